"""One run from its folder to its result: the device, the task, the loop, the figures."""

import contextlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import torch

from costmodel.messages import InputError, Message
from lab import bench, checkpoint, crowd, devices, distributed, figures, memory
from lab import config as configs
from lab.config import LabConfig
from lab.events import Events
from lab.measure import Measurement, Measuring
from lab.runs import RunState, message_to_json
from lab.task import Setting, Task
from lab.train import Loop, Outcome, Progress, StopFlag

#: Seconds for the ceiling that MFU is held against where no data sheet gives one.
_CEILING_S: Final = 1.0
_TRACED_STEPS: Final = 5


def run(folder: Path, events: Events | None, *, resume: bool) -> tuple[RunState, Message | None]:
    """Train the run in ``folder``; ``events`` is ``None`` on all ranks but the first.

    Raises ``CrowdedError`` where the run is better continued in a new process.
    """
    config = configs.load(folder / "config.json")
    setting = _setting(config)
    limited = sys.platform == "linux" and setting.device.type == "cpu"
    with memory.limited() if limited else contextlib.nullcontext():
        try:
            return _run(folder, config, setting, events, resume=resume)
        finally:
            distributed.leave()


def _run(
    folder: Path, config: LabConfig, setting: Setting, events: Events | None, *, resume: bool
) -> tuple[RunState, Message | None]:
    stop = StopFlag(folder)
    torch.manual_seed(config.seed)
    task = config.info.make(config, setting)
    # cuDNN plans its attention anew for each shape, which takes longer than many a step.
    torch.backends.cuda.enable_cudnn_sdp(not task.varies)
    distributed.check_spreads(config, spreads=task.spreads)
    loop = Loop(task, folder=folder, events=events, stop=stop)
    kept = checkpoint.latest(folder) if resume else None
    if kept is not None:
        loop.resume(kept)
    elif resume and events is not None:
        events.forget_after(0, t_s=0.0)  # there is nothing to go on from
    if events is None:
        outcome = loop.run()
        return outcome.state, outcome.why
    _tell_environment(folder, setting)
    taken = crowd.taken_before()
    notes = task.notes if kept is None else []
    for note in [*notes, *([] if taken is None else [crowd.note(taken)])]:
        _put_note(events, note, loop.progress)
    events.put_meta(state="running", beat=time.time())
    if setting.device.type == "cpu" and setting.world == 1:
        threads = torch.get_num_threads()
        loop.crowd = crowd.watched(folder, threads, config.most_contention)
    with loop.crowd or contextlib.nullcontext():
        with (
            Measuring(config, setting, events, since=loop.progress) as measuring,
            _profiled(folder, config, setting, loop),
        ):
            outcome = loop.run()
        events.put_meta(state="evaluating", beat=time.time())
        for note in measuring.notes:
            _put_note(events, note, outcome.progress)
        if outcome.state == "failed" and (good := checkpoint.latest(folder)) is not None:
            checkpoint.restore(good, net=task.net, optimisers=loop.optimisers)
        result = _result(folder, task, outcome, measuring.measurement)
    result["gave_way"] = taken is not None
    if taken is not None:
        result["contention"] = max(taken, result["contention"] or 0.0)
    _write_json(folder / "result.json", result)
    _tensorboard(folder, events)
    return outcome.state, outcome.why


def _put_note(events: Events, note: Message, at: Progress) -> None:
    events.put("note", t_s=at.elapsed_s, step=at.step, message=message_to_json(note))


def _setting(config: LabConfig) -> Setting:
    """The device and the number format. Raises ``InputError`` for what is not there."""
    rank, world, local = distributed.place()
    device = devices.chosen(config.device, world=world, local_rank=local)
    if device.type == "cpu":
        torch.set_num_threads(distributed.threads(config.threads, world))
    else:
        torch.cuda.set_device(device)
    if world > 1:
        distributed.join(device)
    precision = config.precision
    if precision == "auto":
        # Emulated, bf16 is slower than fp32.
        capable = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        precision = "bf16" if capable else "fp32"
    if precision == "fp16" and device.type == "cpu":
        raise InputError(
            "precision",
            "fp16 runs some hundred times slower than fp32 on a CPU; write fp32 or bf16",
        )
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    return Setting(device=device, precision=precision, rank=rank, world=world)


def _result(folder: Path, task: Task, outcome: Outcome, measured: Measurement) -> dict[str, Any]:
    """The fields that ``assay lab train --json`` prints."""
    config, setting = task.config, task.setting
    steps = outcome.progress.steps
    # What the earlier processes of a resumed run met, this one cannot vouch for.
    measured_steps = [step for step in steps if step.step > measured.since_step]
    speed = figures.speed(measured_steps)
    flop = None
    if task.flop_per_batch is not None:
        flop = task.flop_per_batch * config.accumulate * setting.world
    ceiling = bench.matmul(setting.device, setting.precision, seconds=_CEILING_S)
    ceiling_flop_per_s = ceiling.best * setting.world
    chip = devices.chip_of(setting.device)
    datasheet = None
    if chip is not None and chip.has_peak(_PEAK_OF[setting.precision]):
        datasheet = chip.peak(_PEAK_OF[setting.precision]).value * setting.world
    mfu_datasheet = figures.mfu(flop, speed.mean_step_s, datasheet)
    mfu_measured = figures.mfu(flop, speed.mean_step_s, ceiling_flop_per_s)
    model_folder = folder / "model"
    model_folder.mkdir(exist_ok=True)
    if config.keep_weights:
        checkpoint.save_weights(task.model, model_folder / "model.safetensors")
    task.export(model_folder)
    task.model.eval()
    metrics: dict[str, Any] = {}
    baseline: dict[str, Any] | None = None
    if steps:
        with torch.no_grad():
            metrics = task.metrics()
        baseline = _plain(task.baseline())
    items = sum(step.items for step in steps)
    return {
        "run_id": folder.name,
        "workload": config.workload,
        "state": outcome.state,
        "device": devices.name_of(setting.device),
        "device_kind": setting.device.type,
        "chip": None if chip is None else chip.name,
        "n_devices": setting.world,
        "precision": setting.precision,
        "threads": torch.get_num_threads() if setting.device.type == "cpu" else None,
        "steps": outcome.progress.step,
        "elapsed_s": outcome.progress.elapsed_s,
        "items": items,
        "warm_up_steps_dropped": speed.warm_up_dropped,
        **figures.as_json(speed, unit=config.info.unit),
        "params": sum(p.numel() for p in task.model.parameters()),
        "flop_per_step": flop,
        "flop_rule": "6 per weight in a matrix product and causal attention",
        "mfu": mfu_measured if mfu_datasheet is None else mfu_datasheet,
        "peak_flop_per_s": ceiling_flop_per_s if datasheet is None else datasheet,
        "peak_source": "measured" if datasheet is None else "datasheet",
        "mfu_datasheet": mfu_datasheet,
        "datasheet_flop_per_s": datasheet,
        "mfu_measured": mfu_measured,
        "ceiling": ceiling.as_json(),
        # Energy is of this process: a run that was resumed took its first steps in another.
        **measured.as_json(
            items=sum(step.items for step in measured_steps),
            unit=config.info.unit,
        ),
        "loss": figures.loss_now(steps),
        "metrics": _plain(metrics),
        "baseline": baseline,
        "data": dict(task.data),
    }


_PEAK_OF: Final[dict[str, Any]] = {"fp32": "fp32", "tf32": "tf32", "bf16": "bf16", "fp16": "fp16"}


def _tell_environment(folder: Path, setting: Setting) -> None:
    import psutil

    _write_json(
        folder / "environment.json",
        {
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "platform": platform.platform(),
            "device": devices.name_of(setting.device),
            "device_kind": setting.device.type,
            "threads": torch.get_num_threads(),
            "cpu": devices.cpu_name(),
            "cpu_count": os.cpu_count(),
            "memory_total_bytes": psutil.virtual_memory().total,
            "cuda": torch.version.cuda,
            "world": setting.world,
        },
    )


@contextlib.contextmanager
def _profiled(folder: Path, config: LabConfig, setting: Setting, loop: Loop) -> Iterator[None]:
    """A Chrome trace of a few steady steps, where the config asks for one."""
    if not config.profile:
        yield
        return
    from torch.profiler import ProfilerActivity, profile, schedule

    activities = [ProfilerActivity.CPU]
    if setting.device.type == "cuda":
        activities.append(ProfilerActivity.CUDA)
    profiler = profile(
        activities=activities,
        schedule=schedule(wait=figures.WARM_UP_STEPS, warmup=2, active=_TRACED_STEPS, repeat=1),
        on_trace_ready=lambda p: p.export_chrome_trace(str(folder / "trace.json")),
    )
    with profiler:
        loop.after_step = profiler.step
        yield


def _tensorboard(folder: Path, events: Events) -> None:
    """Event files that TensorBoard reads, made from the run's own."""
    from torch.utils.tensorboard import SummaryWriter

    began = time.time()
    with SummaryWriter(str(folder / "tensorboard")) as writer:
        for step in events.steps():
            at = began + step.t_s
            writer.add_scalar("loss/train", step.loss, step.step, walltime=at)
            writer.add_scalar("learning_rate", step.learning_rate, step.step, walltime=at)
            writer.add_scalar("step_s", step.step_s, step.step, walltime=at)
        for event in events.events("validation"):
            writer.add_scalar("loss/validation", event.payload["loss"], event.step)


def _plain(value: Any) -> Any:
    """JSON of messages, NumPy numbers and numbers that are not finite."""
    if isinstance(value, Message):
        return message_to_json(value)
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return None
    return value


def _write_json(path: Path, content: Any) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False), "utf-8")
    part.replace(path)
