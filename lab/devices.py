"""The device of a run or a bench: chosen by its option, named, and recognised as a chip."""

import contextlib
import platform
from pathlib import Path

import torch

from costmodel.hardware.accelerators import Accelerator
from costmodel.messages import InputError
from lab.chips import accelerator_of
from lab.telemetry.source import open_source


def chosen(option: str, *, world: int = 1, local_rank: int = 0) -> torch.device:
    """The device that ``auto``, ``cpu``, ``cuda`` or ``cuda:1`` means for this process; of
    several ranks each takes its own.

    Raises ``InputError`` for a device that is not there.
    """
    cuda = torch.cuda.is_available()
    if option.startswith("cuda") and not cuda:
        raise InputError(
            "device",
            "torch finds no CUDA device here; write cpu, or install a driver and a CUDA build",
        )
    if option == "cpu" or not cuda:
        return torch.device("cpu")
    given = torch.device(option if option != "auto" else "cuda")
    index = local_rank if world > 1 else (given.index or 0)
    if index >= torch.cuda.device_count():
        raise InputError(
            "device",
            "there is no device {name}; this machine has {n}",
            name=f"cuda:{index}",
            n=torch.cuda.device_count(),
        )
    return torch.device("cuda", index)


def name_of(device: torch.device) -> str:
    """The device as its driver or the system names it."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return cpu_name()


def chip_of(device: torch.device) -> Accelerator | None:
    """The accelerator on record, ``None`` for a CPU, a part of a GPU, or one not recognised."""
    if device.type != "cuda":
        return None
    total = torch.cuda.get_device_properties(device).total_memory
    source = open_source()
    try:
        index = source.device_for(str(torch.cuda.get_device_properties(device).uuid))
        known = [d for d in source.devices() if d.index == index]
        watts = known[0].power_limit_w if known else None
        total = (known[0].memory_total_bytes if known else None) or total
    finally:
        source.close()
    return accelerator_of(name_of(device), memory_total_bytes=total, power_limit_w=watts)


def cpu_name() -> str:
    """The processor as the system names it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "CPU"
