"""The processes of the data-parallel experiment: ``torchrun --module`` this, with a folder.

Kinds of step take turns, block after block, within one group of processes. What was timed
goes into ``parallel.json`` of the folder after every round.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from lab import config as configs
from lab import distributed, jobs
from lab.optimise import Optimiser
from lab.task import Setting, Task

#: Bytes of an all-reduce that is timed on its own; those near the model's are left out.
LINK_BYTES: Final = (1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 23)
_LINK_CALLS: Final = 6
_TOO_NEAR: Final = 1.15
#: Kinds of step, in the order in which they take turns.
KINDS: Final = ("alone", "apart", "ddp", "fsdp")

Times = list[float]


class Stepper:
    """A net with its optimiser and its own batches, which takes timed steps."""

    def __init__(self, task: Task, net: nn.Module) -> None:
        self.task, self.net = task, net
        self.optimiser = Optimiser(task.config, net)
        self.step = 0
        self.loss = 0.0

    def take(self, n: int) -> Times:
        """Seconds of each of ``n`` steps, after one that is not counted."""
        found = []
        for place in range(n + 1):
            began = time.perf_counter()
            loss = self.task.update(
                self.net, [self.optimiser], self.step, self.task.config.learning_rate
            )
            self.loss = float(loss)
            if place:
                found.append(time.perf_counter() - began)
            self.step += 1
        return found


def main(arguments: list[str]) -> int:
    """Time all kinds of step, round after round."""
    folder = Path(arguments[0])
    plan = json.loads((folder / "parallel_plan.json").read_text("utf-8"))
    rank, world, _ = distributed.place()
    torch.set_num_threads(1)
    device = torch.device("cpu")
    distributed.join(device)
    try:
        setting = Setting(device=device, precision="fp32", rank=rank, world=world)
        config = configs.LabConfig.model_validate(plan["config"])
        measured = _measured(config, setting, plan, folder if rank == 0 else None)
    finally:
        distributed.leave()
    if rank == 0:
        jobs.write_json(folder / "parallel.json", measured | {"is_whole": True})
    return 0


def _measured(
    config: configs.LabConfig, setting: Setting, plan: dict[str, Any], folder: Path | None
) -> dict[str, Any]:
    def fresh(wrap: Callable[[nn.Module], nn.Module]) -> Stepper:
        torch.manual_seed(config.seed)
        task = config.info.make(config, setting)
        net = wrap(task.net)
        net.train()
        return Stepper(task, net)

    steppers = {
        "alone": fresh(lambda net: net),
        "apart": fresh(lambda net: net),
        "ddp": fresh(DistributedDataParallel),
        "fsdp": fresh(_sharded),
    }
    parameters = sum(p.numel() for p in steppers["alone"].task.model.parameters())
    found: dict[str, Any] = {
        "world": setting.world,
        "parameter_bytes": 4 * parameters,
        "tokens_per_step": steppers["alone"].task.items_per_batch,
        "units": config.n_layers + 1 if config.n_layers else 1,
        "buckets": _buckets(4 * parameters),
        "rounds": [],
        "is_whole": False,
    }
    sizes = [n for n in LINK_BYTES if _is_other(n, found["buckets"])]
    for number in range(plan["rounds"] + 1):
        times: dict[str, Any] = {}
        for kind in KINDS:
            dist.barrier()
            took: Times = []
            if kind != "alone" or setting.rank == 0:
                took = steppers[kind].take(plan["steps"])
            times[kind] = _gathered(took, setting.world)
        times["link"] = {str(n): _all_reduces(n) for n in sizes}
        if number:  # the first round warms up
            found["rounds"].append(times)
        if folder is not None:
            jobs.write_json(folder / "parallel.json", found)
    found["replicas_equal"] = _replicas_equal(steppers["ddp"].net, setting)
    found["losses"] = {kind: steppers[kind].loss for kind in ("ddp", "fsdp")}
    return found


def _sharded(net: nn.Module) -> nn.Module:
    """FSDP2: each layer sharded on its own, and the rest together."""
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh("cpu", (dist.get_world_size(),))
    for layer in net.get_submodule("decoder.transformer.h").children():
        fully_shard(layer, mesh=mesh)
    fully_shard(net, mesh=mesh)
    return net


def _buckets(n_bytes: int) -> list[int]:
    """Bytes of the messages in which DDP sends gradients: a small one first, then large ones.

    Source: torch.distributed, ``_DEFAULT_FIRST_BUCKET_BYTES`` and ``bucket_cap_mb``.
    """
    first, further = 1 << 20, 25 << 20
    if n_bytes <= first:
        return [n_bytes]
    left = n_bytes - first
    whole, rest = divmod(left, further)
    return [first, *[further] * whole, *([rest] if rest else [])]


def _is_other(n: int, buckets: list[int]) -> bool:
    """Whether the size is none that the model sends: a forecast may not have seen them."""
    return all(not 1 / _TOO_NEAR <= n / own <= _TOO_NEAR for own in [*buckets, sum(buckets)])


def _all_reduces(n_bytes: int) -> Times:
    """Seconds of each all-reduce of this size, after one that is not counted."""
    block = torch.ones(n_bytes // 4)
    found = []
    for place in range(_LINK_CALLS + 1):
        dist.barrier()
        began = time.perf_counter()
        dist.all_reduce(block)
        if place:
            found.append(time.perf_counter() - began)
    return found


def _gathered(mine: Times, world: int) -> list[Times]:
    found: list[Any] = [None] * world
    dist.all_gather_object(found, mine)
    return found


def _replicas_equal(net: nn.Module, setting: Setting) -> bool:
    """Whether every weight is the same, bit by bit, on all ranks."""
    mine = torch.cat([p.detach().flatten() for p in net.parameters()])
    first = mine.clone()
    dist.broadcast(first, src=0)
    equal = torch.tensor([float(torch.equal(mine, first))])
    dist.all_reduce(equal, op=dist.ReduceOp.MIN)
    return bool(equal.item())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
