"""Which runs calibrate this machine, and what becomes of those that do not."""

import json
from pathlib import Path
from typing import Any

import pytest

from costmodel.messages import InputError
from lab import calibrate, processes, runs, shapes
from lab.events import Events
from lab.runs import LabRun
from tests.lab.small import gpt, text_file

#: What a run on a quiet machine reports.
QUIET: dict[str, Any] = {
    "step_ms": {"p50": 10.0},
    "contention": 0.01,
    "gave_way": False,
    "throttled_s": None,
    "measured_s": 100.0,
    "device": "a CPU",
    "device_kind": "cpu",
    "chip": None,
    "n_devices": 1,
    "precision": "fp32",
    "threads": 2,
    "peak_flop_per_s": 1e11,
    "peak_source": "measured",
}


def ended(folder: Path, *, n_layers: int = 1, state: str = "done", **told: Any) -> LabRun:
    """A run of this size that ended so."""
    config = gpt(text_file(folder), n_layers=n_layers)
    made = runs.create(config)
    with Events(made) as events:
        events.put_meta(state=state, **processes.this_process())
    (made / "model").mkdir()
    shape = shapes.decoder_config(
        "gpt2",
        vocab_size=64,
        n_layers=n_layers,
        d_model=32,
        n_heads=2,
        context_tokens=16,
        dropout=0.0,
    )
    (made / "model" / "config.json").write_text(json.dumps(shape), "utf-8")
    result = QUIET | {"step_ms": {"p50": 4.0 + 3.0 * n_layers}} | told
    (made / "result.json").write_text(json.dumps(result), "utf-8")
    return runs.load(made)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({}, None),
        ({"contention": 0.3}, "Other processes took"),
        ({"contention": 0.1, "gave_way": True}, "gave way"),
        ({"step_ms": {"p50": None}}, "too short"),
        ({"throttled_s": {"sw_power_cap": 99.0}}, None),
        ({"throttled_s": {"sw_power_cap": 99.0, "hw_thermal_slowdown": 5.0}}, "held down"),
        ({"throttled_s": {"hw_thermal_slowdown": 1.0}}, None),
    ],
)
def test_a_run_that_something_slowed_does_not_count(
    tmp_path: Path, told: dict[str, Any], says: str | None
) -> None:
    why = calibrate.why_not(ended(tmp_path, **told))
    assert (why is None) if says is None else (why is not None and says in str(why))


def test_a_board_at_its_power_limit_is_at_its_usual_speed(tmp_path: Path) -> None:
    run = ended(tmp_path, throttled_s={"sw_power_cap": 100.0, "sync_boost": 3.0})
    assert run.result is not None
    assert calibrate.held_down_share(run.result) == 0.0


def test_runs_that_do_not_count_leave_the_others_to_say_the_curve(tmp_path: Path) -> None:
    good = [ended(tmp_path, n_layers=n) for n in (1, 2, 3, 4, 6)]
    lost = ended(tmp_path, n_layers=8, state="failed")
    found, rejected = calibrate.from_runs([*good, lost])
    assert found.run_ids == tuple(run.run_id for run in good)
    assert [each.run_id for each in rejected] == [lost.run_id]


def test_too_few_runs_are_refused_with_the_first_reason(tmp_path: Path) -> None:
    few = [ended(tmp_path, n_layers=n) for n in (1, 2)]
    bad = ended(tmp_path, n_layers=3, contention=0.9)
    with pytest.raises(InputError, match=f"of 3 runs 2 can be used.*{bad.run_id}.*took 90%"):
        calibrate.from_runs([*few, bad])
    with pytest.raises(InputError, match="there are no runs"):
        calibrate.from_runs([])


@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_the_sizes_of_a_calibration_leave_nothing_heavy_behind(kind: str) -> None:
    made = list(calibrate.configs_of(kind, minutes=0.1))
    assert len(made) == len(calibrate.SIZES[kind])
    assert not any(config.keep_weights for config in made)
