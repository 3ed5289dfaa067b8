"""What was asked of the predictions on published figures that they have not seen."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from costmodel import backtest, facts
from costmodel.backtest import Backtest, Row
from costmodel.hardware import measurements

STEPS = backtest.steps()
RUNS = backtest.runs()


def of(prefix: str) -> Backtest:
    rows = tuple(row for row in STEPS.rows if row.group.startswith(prefix))
    return Backtest(rows=rows, excluded=())


def test_llm_foundry_in_16_bit_leaving_one_model_out() -> None:
    bf16 = {m.run_id for m in measurements.published() if m.precision == "bf16"}
    rows = tuple(row for row in of("llm-foundry").rows if row.id in bf16)
    assert len(rows) == 161
    assert Backtest(rows=rows, excluded=()).mape <= 0.07


@pytest.mark.parametrize(("source", "bar"), [("narayanan-2021", 0.08), ("korthikanti-2022", 0.06)])
def test_the_megatron_tables_each_left_out_whole(source: str, bar: float) -> None:
    assert of(source).mape <= bar


def test_narrow_formats_and_experts_leaving_one_model_out() -> None:
    rows = (*of("nemo").rows, *of("megatron-bridge").rows)
    assert Backtest(rows=rows, excluded=()).mape <= 0.15


def test_whole_runs_with_hours_and_layout_on_record() -> None:
    assert RUNS.of(backtest.WITH_LAYOUT).median_ape <= 0.15


def test_eighty_percent_intervals_hold_about_eighty_percent() -> None:
    assert 0.75 <= STEPS.coverage_80 <= 0.85
    assert 0.75 <= of("llm-foundry").coverage_80 <= 0.85
    narrow = Backtest(rows=(*of("nemo").rows, *of("megatron-bridge").rows), excluded=())
    assert 0.75 <= narrow.coverage_80 <= 0.85
    assert 0.75 <= RUNS.coverage_80 <= 0.85


def test_intervals_are_calibrated_at_every_level() -> None:
    curve = backtest.coverage_curve((0.2, 0.5, 0.8, 0.95))
    for level, steps, runs in curve:
        assert steps == pytest.approx(level, abs=0.10)
        assert runs == pytest.approx(level, abs=0.20)
    assert [s for _, s, _ in curve] == sorted(s for _, s, _ in curve)


def test_an_interval_holds_its_own_prediction() -> None:
    for row in (*STEPS.rows, *RUNS.rows):
        assert row.low_80 <= row.predicted <= row.high_80, row.id


def test_errors_and_coverage_are_what_the_rows_say() -> None:
    def row(published: float) -> Row:
        return Row(
            id="x",
            source="s",
            group="g",
            model="m",
            chip="c",
            params=1e9,
            unit="s",
            published=published,
            predicted=1.0,
            low_80=0.8,
            high_80=1.2,
        )

    found = Backtest(rows=(row(1.0), row(4.0), row(0.5)), excluded=())
    assert found.mape == pytest.approx((0 + 0.75 + 1) / 3)
    assert found.median_ape == pytest.approx(0.75)
    assert found.coverage_80 == pytest.approx(1 / 3)
    assert [r.published for r in found.outside()] == [4.0, 0.5]


def copied(path: Path, source: Path, keep: set[str], **changed: str) -> Path:
    with source.open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["run_id"] in keep]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(row | changed for row in rows)
    return path


def test_another_file_of_steps_is_predicted_without_its_own_models(tmp_path: Path) -> None:
    ids = {m.run_id for m in measurements.published() if m.spec.name == "MPT-760m"}
    path = copied(tmp_path / "steps.csv", facts.data_dir() / "step_time.csv", ids, series="")
    found = backtest.steps(path)
    known = {row.id: row for row in STEPS.rows}
    assert len(found.rows) == len(ids)
    for row in found.rows:
        assert row.predicted == pytest.approx(known[row.id].predicted, rel=0.02)


def test_the_rate_of_a_row_is_read_only_to_compare(tmp_path: Path) -> None:
    ids = {m.run_id for m in measurements.published() if m.spec.name == "MPT-125m"}
    shipped = facts.data_dir() / "step_time.csv"
    true = backtest.steps(copied(tmp_path / "a.csv", shipped, ids))
    false = backtest.steps(copied(tmp_path / "b.csv", shipped, ids, step_s="77"))
    np.testing.assert_allclose(
        [row.predicted for row in true.rows], [row.predicted for row in false.rows], rtol=1e-6
    )
    assert all(row.published == 77 for row in false.rows)


def test_the_hours_of_a_run_are_read_only_to_compare(tmp_path: Path) -> None:
    shipped = facts.data_dir() / "reference_runs.csv"
    keep = {"llama2-70b", "deepseek-v3", "mpt-7b"}
    true = backtest.runs(copied(tmp_path / "a.csv", shipped, keep))
    false = backtest.runs(copied(tmp_path / "b.csv", shipped, keep, gpu_hours_reported="5e5"))
    np.testing.assert_allclose(
        [row.predicted for row in true.rows], [row.predicted for row in false.rows]
    )
    known = {row.id: row.predicted for row in RUNS.rows}
    for row in true.rows:
        assert row.predicted == pytest.approx(known[row.id], rel=0.01)


def test_a_row_that_no_layout_predicts_is_left_out_with_the_reason(tmp_path: Path) -> None:
    ids = {"llmfoundry-000", "llmfoundry-006"}
    path = copied(
        tmp_path / "steps.csv",
        facts.data_dir() / "step_time.csv",
        ids,
        n_accelerators="7",
        tensor_parallel="2",
    )
    found = backtest.steps(path)
    assert not found.rows
    assert all("do not divide into groups of 2" in row.reason for row in found.excluded)


def test_a_file_that_gives_no_reasons_gets_those_on_record(tmp_path: Path) -> None:
    shipped = facts.data_dir() / "reference_runs.csv"
    path = tmp_path / "runs.csv"
    with shipped.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    with path.open("w", encoding="utf-8", newline="") as handle:
        columns = [name for name in rows[0] if name != "unfit_reason"]
        writer = csv.DictWriter(handle, fieldnames=columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    found = backtest.runs(path)
    assert {row.id for row in found.rows} == {row.id for row in RUNS.rows}
    assert {row.run_id: row.reason for row in found.excluded} == {
        row.run_id: row.reason for row in RUNS.excluded
    }


def test_the_fit_names_its_rows() -> None:
    stored = facts.read_json("step_time_fit")
    rows = {r for c in stored["errors"].values() for s in c.values() for r in s}
    assert rows == {row.id for row in STEPS.rows}
    assert json.dumps(stored)


@pytest.mark.parametrize("run_id", ["llmfoundry-000", "narayanan2021-18.4b"])
def test_a_row_under_another_name_does_not_see_itself(tmp_path: Path, run_id: str) -> None:
    shipped = facts.data_dir() / "step_time.csv"
    (own,) = backtest.steps(copied(tmp_path / "a.csv", shipped, {run_id})).rows
    other = {"run_id": "x", "model": "Foo", "series": "", "gated_mlp": "no"}
    (named,) = backtest.steps(copied(tmp_path / "b.csv", shipped, {run_id}, **other)).rows
    assert named.predicted == pytest.approx(own.predicted, rel=1e-6)
    assert named.low_80 == pytest.approx(own.low_80, rel=1e-6)


@pytest.mark.parametrize("run_id", ["llama1-65b", "opt-175b"])
def test_a_run_under_another_name_does_not_see_itself(tmp_path: Path, run_id: str) -> None:
    shipped = facts.data_dir() / "reference_runs.csv"
    (own,) = backtest.runs(copied(tmp_path / "a.csv", shipped, {run_id})).rows
    (named,) = backtest.runs(copied(tmp_path / "b.csv", shipped, {run_id}, run_id="x")).rows
    assert (named.low_80, named.predicted) == pytest.approx((own.low_80, own.predicted))


def test_rows_with_no_like_left_on_record_are_judged_by_all_others_and_wider(
    tmp_path: Path,
) -> None:
    """Both tables of tensor and pipeline parallelism asked at once as one series."""
    ids = {row.id for row in (*of("narayanan").rows, *of("korthikanti").rows)}
    shipped = facts.data_dir() / "step_time.csv"
    found = backtest.steps(copied(tmp_path / "steps.csv", shipped, ids, series="both"))
    assert len(found.rows) == len(ids)
    stored_widths = {row.id: row.high_80 / row.predicted for row in STEPS.rows}
    for row in found.rows:
        assert row.high_80 / row.predicted > stored_widths[row.id]


def test_rows_of_one_name_are_each_their_own(tmp_path: Path) -> None:
    ids = {"llmfoundry-000", "llmfoundry-006"}
    shipped = facts.data_dir() / "step_time.csv"
    apart = backtest.steps(copied(tmp_path / "a.csv", shipped, ids)).rows
    together = backtest.steps(copied(tmp_path / "b.csv", shipped, ids, run_id="x")).rows
    for one, other in zip(apart, together, strict=True):
        assert other.predicted == pytest.approx(one.predicted, rel=1e-6)


@pytest.mark.parametrize(
    "changed",
    [
        {"chip": "TPU v5p"},
        {"chip": "MI300X"},
        {"chip": "A100 80GB SXM", "precision": "fp8"},
        {"precision": "mxfp8"},
        {"n_accelerators": "3", "tensor_parallel": "2"},
        {"sharding": "none", "micro_batch": "512", "global_batch_sequences": "524288"},
        {
            "micro_batch": "",
            "chip": "A100 40GB SXM",
            "n_accelerators": "1",
            "context_tokens": "1e6",
        },
    ],
)
def test_a_step_that_cannot_be_predicted_is_listed_beside_those_that_can(
    tmp_path: Path, changed: dict[str, str]
) -> None:
    shipped = facts.data_dir() / "step_time.csv"
    path = copied(tmp_path / "a.csv", shipped, {"llmfoundry-000", "llmfoundry-006"})
    with path.open(encoding="utf-8", newline="") as handle:
        good, bad = csv.DictReader(handle)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(good))
        writer.writeheader()
        writer.writerows([good, bad | changed])
    found = backtest.steps(path)
    assert [row.id for row in found.rows] == [good["run_id"]]
    assert [row.run_id for row in found.excluded] == [bad["run_id"]]
    assert found.excluded[0].reason
    assert "is published" not in found.excluded[0].reason


def test_a_run_that_fits_nowhere_is_listed_beside_those_that_do(tmp_path: Path) -> None:
    shipped = facts.data_dir() / "reference_runs.csv"
    path = copied(tmp_path / "a.csv", shipped, {"llama1-65b"}, chip_count="1")
    found = backtest.runs(path)
    assert not found.rows
    assert "does not fit" in found.excluded[0].reason


@pytest.mark.parametrize(
    ("file", "cell"),
    [("reference_runs", cell) for cell in (
        ("gpu_hours_reported", "0"), ("gpu_hours_reported", "-5"), ("heads", "32-40"),
        ("ffn", "4h"), ("release_date", "Q3 2023"), ("training_tokens", "0"),
        ("active_params", "0"), ("layers", "1e300"),
    )]
    + [("step_time", cell) for cell in (
        ("step_s", "0"), ("step_s", "-3"), ("n_heads", "0"), ("n_accelerators", "0"),
        ("recompute", "Full"), ("flash_attention", "No"), ("pipeline_parallel", "0"),
        ("micro_batch", "1.5"),
        ("global_batch_sequences", "-4"),
    )],
)  # fmt: skip
def test_a_cell_that_cannot_be_is_refused_with_its_line(
    tmp_path: Path, file: str, cell: tuple[str, str]
) -> None:
    run = {"reference_runs": "llama1-65b", "step_time": "narayanan2021-18.4b"}[file]
    shipped = facts.data_dir() / f"{file}.csv"
    path = copied(tmp_path / "a.csv", shipped, {run}, **{cell[0]: cell[1]})
    read = backtest.runs if file == "reference_runs" else backtest.steps
    with pytest.raises(facts.FactError, match=r"a\.csv:2"):
        read(path)
