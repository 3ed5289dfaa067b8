"""What a workload hands to the training loop: a model, its data and its scores."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeAlias, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from costmodel.messages import InputError, Message, shown
from lab import distributed
from lab.config import LabConfig
from lab.optimise import Optimiser

Batch: TypeAlias = tuple[Tensor, ...]
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where and in which number format a run computes; ``rank`` of ``world`` processes."""

    device: torch.device
    precision: str
    rank: int = 0
    world: int = 1

    @property
    def dtype(self) -> torch.dtype:
        """The format of matrix products."""
        return {"bf16": torch.bfloat16, "fp16": torch.float16}.get(self.precision, torch.float32)

    def autocast(self) -> AbstractContextManager[Any]:
        """Matrix products in ``dtype``, weights and sums in fp32."""
        mixed = self.dtype != torch.float32
        return torch.autocast(self.device.type, dtype=self.dtype, enabled=mixed)


class Task(ABC):
    """A workload set up: ``net`` maps a batch to its loss, ``model`` is what is kept.

    Batches depend on the seed, the step and the rank alone, so that a run that goes on
    from a checkpoint sees what the unbroken one would have seen.
    """

    #: Whether ``torchrun`` may spread the batch over several devices.
    spreads: ClassVar[bool] = True
    #: Whether batches differ in shape.
    varies: ClassVar[bool] = False

    def __init__(self, config: LabConfig, setting: Setting) -> None:
        self.config = config
        self.setting = setting
        self.notes: list[Message] = []

    net: nn.Module
    model: nn.Module
    #: Tokens or samples of one micro-batch on one device.
    items_per_batch: int
    #: Model FLOP of training on one micro-batch, matrix products and causal attention;
    #: ``None`` where no closed form is known.
    flop_per_batch: float | None
    #: What the data are: name, licence, counts, hash.
    data: Mapping[str, Any]

    @abstractmethod
    def batch(self, index: int) -> Batch:
        """The micro-batch of that index, on the device."""

    @abstractmethod
    def validation_loss(self) -> float:
        """The loss on a part of the held-out data, in the unit of the training loss."""

    @abstractmethod
    def metrics(self) -> dict[str, Any]:
        """The scores on the held-out data, with intervals."""

    @abstractmethod
    def baseline(self) -> dict[str, Any]:
        """The scores of a simple method on the same held-out data."""

    @abstractmethod
    def export(self, folder: Path) -> None:
        """Write what ``model/`` needs beside the weights: config, vocabulary."""

    def sample(self) -> Mapping[str, Any] | None:
        """Something to look at while it trains: a text, a grid of pictures."""
        return None

    def optimisers(self) -> list[Optimiser]:
        """One optimiser over the whole net."""
        return [Optimiser(self.config, self.net)]

    def update(
        self, net: nn.Module, optimisers: Sequence[Optimiser], step: int, learning_rate: float
    ) -> Tensor:
        """One optimiser step over ``accumulate`` micro-batches; the mean loss, detached."""
        n = self.config.accumulate
        total = None
        for part in range(n):
            batch = self.batch(step * n + part)
            with nullcontext() if part == n - 1 else distributed.alone(net):
                with self.setting.autocast():
                    loss = net(*batch)
                optimisers[0].backward(loss / n if n > 1 else loss)
            found = loss.detach()
            total = found if total is None else total + found
        optimisers[0].step(learning_rate)
        assert total is not None
        return total / n if n > 1 else total

    def rng(self, index: int) -> np.random.Generator:
        """The generator of one batch: by seed, index and rank."""
        return np.random.default_rng((self.config.seed, index, self.setting.rank))


def given(value: _V | None) -> _V:
    """An option that this workload always has."""
    assert value is not None
    return value


def check_enough(
    n: int, least: int, what: Message, *, batch: int | None = None, world: int = 1
) -> None:
    """Raise ``InputError`` where a data set is too small to train and test on, or has fewer
    rows than one step takes: ``batch`` on each of ``world`` devices.
    """
    if batch is not None and least <= n < batch * world:
        raise InputError(
            "batch_size",
            "{what}: {n} do not fill one step, which takes {batch} on each of {world} devices; "
            "lower the batch size",
            what=what,
            n=n,
            batch=batch,
            world=world,
        )
    if n < least:
        raise InputError(
            "data",
            "{what}: {n} are too few to train and test on; {least} are the least",
            what=what,
            n=n,
            least=least,
        )


def chosen_data(config: LabConfig) -> str | Path | None:
    """The data that the config names: a shipped set's name, a path, or ``None`` for the usual.

    Raises ``InputError`` for what is neither.
    """
    if config.data is None or config.data in config.info.data:
        return config.data
    path = Path(config.data)
    if not path.exists():
        raise InputError(
            "data",
            "{name} is neither a file here nor a shipped data set; write a path, or one of: "
            "{known}",
            name=shown(config.data),
            known=", ".join(config.info.data),
        )
    return path
