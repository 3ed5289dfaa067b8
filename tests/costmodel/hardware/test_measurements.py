"""Published rows are read as they stand, and a cell that cannot be read is named."""

import csv
from pathlib import Path

import pytest

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import measurements, whole_runs
from costmodel.hardware.measurements import COLUMNS
from costmodel.workload.flops import active_params, total_params
from costmodel.workload.model_spec import ModelSpec, SizeOnly

ROW = {
    "run_id": "x-1",
    "source": "a table",
    "model": "MPT-1b",
    "n_layers": "24",
    "d_model": "2048",
    "n_heads": "16",
    "n_kv_heads": "16",
    "d_ff": "8192",
    "vocab_size": "50368",
    "context_tokens": "2048",
    "chip": "H100 SXM 80GB",
    "n_accelerators": "8",
    "precision": "bf16",
    "tensor_parallel": "1",
    "pipeline_parallel": "1",
    "pipeline_interleave": "1",
    "context_parallel": "1",
    "sharding": "full_shard",
    "micro_batch": "8",
    "global_batch_sequences": "256",
    "recompute": "none",
    "flash_attention": "yes",
    "tokens_per_s_per_gpu": "40000",
    "step_s": "",
}


def written_as(path: Path, row: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(row))
        writer.writeheader()
        writer.writerow(row)
    return path


def written(folder: Path, **cells: str) -> Path:
    return written_as(folder / "steps.csv", ROW | cells)


def test_the_columns_are_those_of_the_shipped_rows() -> None:
    assert set(COLUMNS) <= set(ROW)


def test_a_rate_gives_the_step(tmp_path: Path) -> None:
    (row,) = measurements.read(written(tmp_path))
    assert row.step_s == pytest.approx(256 * 2048 / (40_000 * 8))
    (stated,) = measurements.read(written(tmp_path, step_s="2.5"))
    assert stated.step_s == 2.5


def test_four_times_the_width_is_the_ungated_form(tmp_path: Path) -> None:
    (plain,) = measurements.read(written(tmp_path))
    (gated,) = measurements.read(written(tmp_path, d_ff="5632"))
    assert not plain.spec.gated_mlp
    assert gated.spec.gated_mlp


def test_without_a_micro_batch_several_are_tried(tmp_path: Path) -> None:
    (row,) = measurements.read(written(tmp_path, micro_batch=""))
    assert [layout.micro_batch for layout in row.layouts] == [1, 2, 4, 8]


def test_a_tuned_interleave_is_every_even_split(tmp_path: Path) -> None:
    cells = {"pipeline_parallel": "4", "pipeline_interleave": "tuned", "sharding": "zero1"}
    (row,) = measurements.read(written(tmp_path, **cells))
    assert [layout.interleave for layout in row.layouts] == [1, 2, 3, 6]


@pytest.mark.parametrize(
    ("cells", "match"),
    [
        ({"chip": "H9000"}, "steps.csv:2: chip: H9000 is not an accelerator"),
        ({"sharding": "half"}, "steps.csv:2: sharding 'half'; write one of"),
        ({"precision": "int3"}, "steps.csv:2: precision 'int3'"),
        ({"n_layers": "many"}, "steps.csv:2 n_layers: 'many' is not a number"),
        ({"d_model": ""}, "steps.csv:2: d_model is empty"),
        ({"n_kv_heads": "3"}, "n_kv_heads must divide"),
    ],
)
def test_a_cell_that_cannot_be_read_names_file_line_and_remedy(
    tmp_path: Path, cells: dict[str, str], match: str
) -> None:
    with pytest.raises(FactError, match=match.replace("(", r"\(")):
        measurements.read(written(tmp_path, **cells))


def test_every_row_is_either_fit_or_left_out_with_a_reason() -> None:
    fit = {m.run_id for m in measurements.published()}
    out = {row.run_id: row.reason for row in measurements.excluded()}
    assert not fit & set(out)
    assert all(reason.strip() for reason in out.values())
    assert len(fit) > 200


def test_whole_runs_are_either_compared_or_left_out_with_a_reason() -> None:
    kept = {run.run_id for run in whole_runs.published()}
    out = {row.run_id: row.reason for row in whole_runs.excluded()}
    assert not kept & set(out)
    assert all(out.values())
    assert {"bloom-176b", "llama3.1-405b", "deepseek-v3"} <= kept
    assert "llama3.1-8b" in out


def test_a_whole_runs_flop_are_about_six_a_parameter_and_token() -> None:
    """Attention comes on top; a small model's embedding, which is looked up, is much of it."""
    for run in whole_runs.published():
        if isinstance(run.plan.model, ModelSpec) and total_params(run.plan.model) > 1e9:
            flop = 6 * active_params(run.plan.model) * run.plan.tokens
            assert 0.9 < run.model_flop / flop < 1.3, run.run_id


def test_a_file_without_the_experts_widths_gets_those_on_record(tmp_path: Path) -> None:
    with (facts.data_dir() / "reference_runs.csv").open(encoding="utf-8", newline="") as handle:
        (row,) = [row for row in csv.DictReader(handle) if row["run_id"] == "deepseek-v3"]
    (known,) = [run for run in whole_runs.published() if run.run_id == "deepseek-v3"]
    short = {name: row[name] for name in whole_runs.COLUMNS}
    (found,) = whole_runs.read(written_as(tmp_path / "a.csv", short))
    assert found.plan.model == known.plan.model
    assert found.merged_dispatch
    (unlike,) = whole_runs.read(written_as(tmp_path / "b.csv", short | {"total_params": "3e11"}))
    assert isinstance(unlike.plan.model, SizeOnly)


def test_a_runs_software_is_of_the_time_when_it_began() -> None:
    runs = {run.run_id: run.released for run in whole_runs.published()}
    assert runs["bloom-176b"] < "2022-06"
    assert runs["llama3.1-405b"] < "2024-07"
