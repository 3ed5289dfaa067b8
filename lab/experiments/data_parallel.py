"""Data parallelism: what each further process brings, beside the cost model's forecast."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch

from costmodel.hardware.data_parallel import all_reduced, fully_sharded
from costmodel.messages import Amount, InputError, Message
from lab import jobs
from lab.experiments import intervals, parallel_findings, parallel_times, training
from lab.experiments.intervals import Measured
from lab.experiments.outcome import Outcome
from lab.experiments.registry import EXPERIMENTS
from lab.jobs import Report
from lab.telemetry.host import allowed_cpus

DEFAULTS: Final[Mapping[str, Any]] = EXPERIMENTS["data_parallel"].defaults

_LOOK_EVERY_S: Final = 0.2
_ROOT: Final = Path(__file__).parents[2]
_NAMES: Final[Mapping[str, Message]] = {
    "alone": Message("One process, one thread"),
    "apart": Message("Side by side, no exchange"),
    "ddp": Message("DDP"),
    "fsdp": Message("FSDP"),
}


def run(options: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """Time 2 to n processes. Raises ``InputError`` on a machine of one core."""
    torch.set_num_threads(1)
    outcome = Outcome("data_parallel", options, report)
    cores = len(allowed_cpus() or ()) or os.cpu_count() or 1
    most = options["processes"] or cores
    if most < 2:
        raise InputError(
            "processes", "this machine has one core: two processes would share it; write 2 to see"
        )
    worlds = sorted({2**k for k in range(1, 10) if 2**k < most} | {most})
    _write_plan(options, report.folder)
    for place, world in enumerate(worlds):
        measured = _measured(
            world, options, report, (place / len(worlds), (place + 1) / len(worlds))
        )
        _rows(measured, outcome, is_first=place == 0)
        if world > cores:
            outcome.notes.append(
                Message(
                    "{n} processes share {cores} cores: their efficiency is that of waiting for a "
                    "core.",
                    {"n": world, "cores": cores},
                )
            )
    parallel_findings.conclude(outcome, options, contention=outcome.contention())
    return outcome.as_json()


def _write_plan(options: Mapping[str, Any], folder: Path) -> None:
    config = training.config(
        "gpt",
        {
            "threads": 1,
            "steps": 10**6,
            **{
                name: options[name]
                for name in ("n_layers", "d_model", "batch_size", "context_tokens", "seed")
            },
        },
    )
    # Clipping by the norm of all shards is another exchange: left out for all kinds alike.
    config = config.model_copy(update={"clip_norm": None})
    jobs.write_json(
        folder / "parallel_plan.json",
        {
            "config": config.model_dump(mode="json"),
            "rounds": options["rounds"],
            "steps": options["steps"],
        },
    )


def _measured(
    world: int, options: Mapping[str, Any], report: Report, shares: tuple[float, float]
) -> dict[str, Any]:
    """What the processes timed. Raises ``StoppedError``, and ends them, where asked to stop."""
    path = report.folder / "parallel.json"
    path.unlink(missing_ok=True)
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
        *(f"--nproc-per-node={world}", "--module", "lab.experiments.parallel_worker"),
        str(report.folder),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    with (report.folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=environment, cwd=_ROOT, start_new_session=True
        )
    try:
        while process.poll() is None:
            done = len(_read(path).get("rounds", ()))
            share = shares[0] + (shares[1] - shares[0]) * min(1.0, done / options["rounds"])
            doing = (
                Message("Starting {n} processes", {"n": world})
                if not done
                else Message("{n} processes, round {round}", {"n": world, "round": done + 1})
            )
            report.say(doing, share)
            time.sleep(_LOOK_EVERY_S)
    finally:
        _end(process)
    found = _read(path)
    if process.returncode != 0 or not found.get("is_whole"):
        raise RuntimeError(f"torchrun ended with status {process.returncode}")
    return found


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill the processes that are left: they are in a session of their own."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _rows(measured: Mapping[str, Any], outcome: Outcome, *, is_first: bool) -> None:
    world, tokens = measured["world"], measured["tokens_per_step"]
    if is_first:
        alone = [t["alone"][0] for t in measured["rounds"]]
        step = intervals.median([sorted(t)[len(t) // 2] for t in alone])
        outcome.baseline = {"name": _NAMES["alone"], "step_s": step}
        outcome.row(
            "alone-1",
            label=_NAMES["alone"],
            kind_of="alone",
            processes=1,
            step_s=step,
            tokens_per_s=tokens / step.value,
            efficiency=Measured(value=1.0, low=1.0, high=1.0),
        )
    step, efficiency = parallel_times.apart(measured)
    outcome.row(
        f"apart-{world}",
        label=_NAMES["apart"],
        kind_of="apart",
        processes=world,
        step_s=step,
        tokens_per_s=world * tokens / step.value,
        efficiency=efficiency,
    )
    exchanges = {
        "ddp": all_reduced(len(measured["buckets"])),
        "fsdp": fully_sharded(measured["units"]),
    }
    for kind, exchange in exchanges.items():
        found = parallel_times.compared(measured, kind, exchange)
        outcome.row(
            f"{kind}-{world}",
            label=_NAMES[kind],
            kind_of=kind,
            processes=world,
            step_s=found.step_s,
            tokens_per_s=world * tokens / found.step_s.value,
            efficiency=found.efficiency,
            predicted_efficiency=found.predicted_efficiency,
            error=found.error,
            communication_share=found.communication_share,
            predicted_communication_share=found.predicted_communication_share,
        )
    link = parallel_times.link(measured["rounds"], world)
    outcome.notes.append(
        Message(
            "{n} processes: an all-reduce at other sizes moves {rate} and takes {latency} at "
            "least; the model's gradients are {bytes}. After all steps the replicas of DDP are "
            "{equal}.",
            {
                "n": world,
                "rate": Amount(link.byte_per_s, "byte_per_s"),
                "latency": Amount(link.latency_s, "s"),
                "bytes": Amount(measured["parameter_bytes"], "bytes"),
                "equal": Message("equal to the bit")
                if measured["replicas_equal"]
                else Message("not equal"),
            },
        )
    )
    outcome.more.setdefault("replicas_equal", {})[str(world)] = measured["replicas_equal"]
