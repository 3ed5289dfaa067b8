"""From lab runs to the cost model's calibration of this machine.

Only runs that are fit for it count: of one machine, one number format, not disturbed by
other processes, long enough to have a steady speed.
"""

import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from costmodel.hardware import machine
from costmodel.hardware.machine import Calibration, Machine, MeasuredStep
from costmodel.messages import InputError, Message, check_within
from costmodel.workload import hf_config
from lab import config as configs
from lab import launch, processes, runs
from lab.config import LabConfig
from lab.runs import LabRun

#: The sizes trained on a CPU and on a GPU: (layers, width, heads, context, batch).
SIZES: Final[Mapping[str, tuple[tuple[int, int, int, int, int], ...]]] = {
    "cpu": (
        (2, 64, 2, 64, 12),
        (4, 128, 4, 64, 12),
        (4, 192, 4, 64, 8),
        (6, 192, 6, 128, 8),
        (6, 256, 8, 128, 4),
        (6, 320, 5, 128, 6),
        (8, 512, 8, 128, 2),
    ),
    "gpu": (
        (6, 512, 8, 1024, 16),
        (8, 1024, 16, 1024, 8),
        (12, 640, 10, 1024, 16),
        (12, 1024, 16, 1024, 16),
        (16, 1536, 16, 1024, 8),
        (24, 2048, 16, 1024, 8),
        (24, 3072, 24, 1024, 4),
    ),
}
#: A clock held down for less than this share of the run does not disturb its speed.
MOST_HELD_DOWN_SHARE: Final = 0.02
#: Reasons that are how the board works, and are the same for every run of its kind: a large
#: board under full load is at its power limit all the time.
_OF_THE_BOARD: Final = frozenset({"sw_power_cap", "sync_boost"})
_FILE: Final = "calibration.json"
_PROGRESS: Final = "calibrating.json"
LEAST_MINUTES: Final = 0.2
MOST_MINUTES: Final = 600.0
_SHORTEST_RUN_MINUTES: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A run that does not count, and why."""

    run_id: str
    why: Message


def why_not(run: LabRun) -> Message | None:
    """Why a run does not count for calibration; ``None`` where it does."""
    if run.config.workload != "gpt":
        return Message("Only language models calibrate: the cost model prices tokens.")
    if run.result is None or run.state not in ("done", "stopped"):
        return run.why or Message("The run has no result.")
    if run.result["step_ms"]["p50"] is None:
        return Message("The run is too short to have a steady speed.")
    contention = run.result["contention"]
    if contention is not None and contention > run.config.most_contention:
        return Message(
            "Other processes took {share} of the CPU, more than the {most} that is allowed.",
            {
                "share": f"{100 * contention:.0f}%",
                "most": f"{100 * run.config.most_contention:.0f}%",
            },
        )
    if run.result.get("gave_way"):
        return Message("The run gave way to other programs, which made it slower.")
    if held_down_share(run.result) > MOST_HELD_DOWN_SHARE:
        return Message("The GPU's clock was held down by heat or by its supply during the run.")
    if run.config.checkpointing or run.config.compile:
        return Message("Recomputed or compiled steps are another curve.")
    return None


def held_down_share(result: Mapping[str, Any]) -> float:
    """The share of a run in which something out of the ordinary held a GPU's clock down; 0
    where there is no GPU, or one that does not tell.
    """
    seconds = [s for why, s in (result["throttled_s"] or {}).items() if why not in _OF_THE_BOARD]
    return max(seconds, default=0.0) / result["measured_s"] if seconds else 0.0


def from_runs(found: Sequence[LabRun]) -> tuple[Calibration, tuple[Rejected, ...]]:
    """The calibration that these runs say, and those that did not count.

    Raises ``InputError`` where the fit runs are of different machines or too few.
    """
    whys = [(run, why_not(run)) for run in found]
    rejected = tuple(Rejected(run_id=r.run_id, why=why) for r, why in whys if why is not None)
    kept = [run for run, why in whys if why is None]
    makes = {_make_of(run) for run in kept}
    if len(makes) > 1:
        raise InputError(
            "runs",
            "the runs are of {n} different devices or number formats; choose those of one",
            n=len(makes),
        )
    if len(kept) < machine.FEWEST_SIZES and rejected:
        raise InputError(
            "runs",
            "of {all} runs {n} can be used, and {least} are needed. The first that cannot, {run}: "
            "{why}",
            all=len(found),
            n=len(kept),
            least=machine.FEWEST_SIZES,
            run=rejected[0].run_id,
            why=rejected[0].why,
        )
    if not kept:
        raise InputError("runs", "there are no runs to calibrate from; train some")
    return machine.fit(_machine(kept), [_step(run) for run in kept]), rejected


def measure(
    *,
    minutes: float,
    device: str = "auto",
    precision: str = "auto",
    on_run: Callable[[LabRun], None] | None = None,
) -> tuple[Calibration, tuple[Rejected, ...]]:
    """Train each size for its share of ``minutes``, fit, and store the calibration; beside it
    the runs that did not count: a size that does not fit into the device's memory leaves the
    others to say the curve.

    Raises ``InputError`` where too few runs are fit for it.
    """
    kind = launch.device_kind(device)
    each = max(minutes / len(SIZES[kind]), _SHORTEST_RUN_MINUTES)
    found = []
    for config in configs_of(kind, minutes=each, device=device, precision=precision):
        folder = runs.create(config)
        process = launch.spawn(folder, config, attached=True)
        run = None
        for run in launch.follow(folder, process):
            if on_run is not None:
                on_run(run)
        assert run is not None
        found.append(run)
    calibration, rejected = from_runs(found)
    store(calibration)
    return calibration, rejected


def configs_of(
    kind: str, *, minutes: float, device: str = "auto", precision: str = "auto"
) -> Iterable[LabConfig]:
    """The config of each size."""
    for layers, width, heads, context, batch in SIZES[kind]:
        yield configs.make(
            "gpt",
            {
                "minutes": minutes,
                "n_layers": layers,
                "d_model": width,
                "n_heads": heads,
                "context_tokens": context,
                "batch_size": batch,
                "device": device,
                "precision": precision,
                "learning_rate": 1e-3,
                # A large model's checkpoint takes longer to write than its run, and a disk.
                "keep_weights": False,
                "evaluate_every_steps": 10**9,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrating:
    """A calibration that a process of its own measures, or why it ended without one."""

    is_live: bool
    n_done: int
    n_sizes: int
    why: Message | None


def start(*, minutes: float) -> None:
    """Measure in a process that outlives whoever started it."""
    runs.runs_dir().mkdir(parents=True, exist_ok=True)
    with (runs.runs_dir() / "calibration.log").open("ab") as log:
        process = launch.detached(["lab.calibrate", f"{minutes:g}"], log)
    _tell_progress(n_done=0, why=None, process=processes.facts_of(process.pid))


def progress() -> Calibrating | None:
    """The calibration that is being measured or was last; ``None`` where none was."""
    try:
        told = _told()
        if not told["ended"] and not processes.is_alive(told["process"]):
            told = _told()  # it may have ended just after the first look
        why = runs.message_from_json(told["why"]) if told["why"] else None
        live = not told["ended"] and processes.is_alive(told["process"])
        if not live and not told["ended"]:
            why = Message("Measuring this machine was broken off; measure again.")
        return Calibrating(is_live=live, n_done=told["n_done"], n_sizes=told["n_sizes"], why=why)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _told() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((runs.runs_dir() / _PROGRESS).read_text("utf-8"))
    return found


def checked_minutes(text: str) -> float:
    """The minutes typed. Raises ``InputError`` for too few to measure anything."""
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    check_within("minutes", minutes, LEAST_MINUTES, MOST_MINUTES)
    return minutes


def main(arguments: list[str]) -> int:
    """Measure for so many minutes, and say how far it came."""
    done = 0

    def on_run(run: LabRun) -> None:
        nonlocal done
        if not run.is_live:
            done += 1
        _tell_progress(n_done=done, why=None)

    try:
        _tell_progress(n_done=0, why=None)
        measure(minutes=float(arguments[0]), on_run=on_run)
    except InputError as error:
        _tell_progress(n_done=done, why=error.message, ended=True)
        return 1
    _tell_progress(n_done=done, why=None, ended=True)
    return 0


def _tell_progress(
    *,
    n_done: int,
    why: Message | None,
    ended: bool = False,
    process: Mapping[str, Any] | None = None,
) -> None:
    told = {
        "n_done": n_done,
        "n_sizes": len(SIZES["cpu"]),
        "why": None if why is None else runs.message_to_json(why),
        "ended": ended,
        "process": dict(process or processes.this_process()),
    }
    part = runs.runs_dir() / f"{_PROGRESS}.part"
    part.write_text(json.dumps(told), "utf-8")
    part.replace(runs.runs_dir() / _PROGRESS)


def store(calibration: Calibration) -> Path:
    """Keep the calibration of this machine; the newest counts."""
    path = runs.runs_dir() / _FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(calibration.as_json()), "utf-8")
    part.replace(path)
    return path


def stored() -> Calibration | None:
    """The calibration kept on this machine, ``None`` where there is none."""
    try:
        content = json.loads((runs.runs_dir() / _FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    try:
        return Calibration.from_json(content)
    except InputError:
        return None


def _make_of(run: LabRun) -> tuple[Any, ...]:
    assert run.result is not None
    names = ("device", "n_devices", "precision", "threads")
    return tuple(run.result[name] for name in names)


def _machine(kept: Sequence[LabRun]) -> Machine:
    results = [run.result for run in kept if run.result is not None]
    last = results[-1]
    kind = "gpu" if last["device_kind"] == "cuda" else "cpu"
    contention = [r["contention"] for r in results if r["contention"] is not None]
    return Machine(
        device=last["device"],
        kind=kind,  # type: ignore[arg-type]
        chip=last["chip"],
        n_devices=last["n_devices"],
        precision=last["precision"],
        threads=last["threads"],
        measured_at=datetime.now(UTC).date().isoformat(),
        # The best of all runs: a peak that was disturbed would flatter the efficiency.
        peak_flop_per_s=max(r["peak_flop_per_s"] for r in results),
        peak_source=last["peak_source"],
        contention=max(contention) if contention else None,
    )


def _step(run: LabRun) -> MeasuredStep:
    assert run.result is not None
    assert run.config.context_tokens is not None
    content = (run.folder / "model" / "config.json").read_bytes()
    return MeasuredStep(
        run_id=run.run_id,
        spec=hf_config.parse(content, name=run.run_id),
        context_tokens=run.config.context_tokens,
        tokens_per_step=(run.config.tokens_per_step or 0) * run.result["n_devices"],
        step_s=run.result["step_ms"]["p50"] / 1000,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
