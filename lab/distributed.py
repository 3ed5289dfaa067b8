"""One job on several devices: the process group of ``torchrun``, and what ranks agree on."""

import os
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from costmodel.messages import InputError
from lab.config import LabConfig
from lab.telemetry.host import allowed_cpus

if TYPE_CHECKING:
    from lab.task import Setting, Task

#: A rank that says nothing for this long is lost, and the run ends.
_PATIENCE: Final = timedelta(minutes=5)


def place() -> tuple[int, int, int]:
    """(rank, world, local rank) as ``torchrun`` gives them; alone without it."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
    rank, world, local = (int(os.environ.get(n, d)) for n, d in zip(names, "010", strict=True))
    return rank, world, local


def job_pid(world: int) -> int:
    """The process whose tree is the whole job: ``torchrun``, which has started all ranks, or
    this one where it is alone.
    """
    return os.getpid() if world == 1 else os.getppid()


def threads(given: int | None, world: int) -> int:
    """How many CPU threads this process takes: ``given``, else its share of the cores.

    Alone, it heeds ``OMP_NUM_THREADS`` as every OpenMP program does. Under ``torchrun`` it
    does not: that sets the variable to 1 by itself, however many cores there are.
    """
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if given is None and world == 1 and asked.isdecimal() and int(asked) > 0:
        return int(asked)
    cores = len(allowed_cpus() or ()) or os.cpu_count() or 1
    return given or max(1, cores // world)


def join(device: torch.device) -> None:
    """Join the group: NCCL between GPUs, gloo between CPU processes."""
    backend = "nccl" if device.type == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=_PATIENCE)


def leave() -> None:
    """Leave the group, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()


def wrapped(task: "Task", net: nn.Module) -> nn.Module:
    """``net`` with its gradients averaged over the ranks."""
    if task.setting.world == 1:
        return net
    cuda = task.setting.device.type == "cuda"
    return DistributedDataParallel(net, device_ids=[task.setting.device.index] if cuda else None)


def agreed(value: float, setting: "Setting") -> float:
    """What rank 0 says, on every rank: clocks and signals differ between them."""
    if setting.world == 1:
        return value
    told = torch.tensor([value], dtype=torch.float64, device=setting.device)
    dist.broadcast(told, src=0)
    return float(told)


def mean(loss: torch.Tensor, setting: "Setting") -> torch.Tensor:
    """The mean over the ranks, on every rank: each has seen its own part of the batch."""
    if setting.world > 1:
        dist.all_reduce(loss)
        loss /= setting.world
    return loss


def alone(net: nn.Module) -> AbstractContextManager[None]:
    """Keep gradients to this rank: they are averaged with the last micro-batch of a step."""
    return net.no_sync() if isinstance(net, DistributedDataParallel) else nullcontext()


def check_spreads(config: LabConfig, *, spreads: bool) -> None:
    """Raise ``InputError`` for a workload that one device trains alone."""
    if config.n_devices > 1 and not spreads:
        raise InputError(
            "n_devices",
            "the workload {workload} trains on one device; write 1",
            workload=config.workload,
        )
