"""The compressed variants of a trained model, and what each weighs and how fast it is."""

import copy
import io
import math
import time
import warnings
import zlib
from collections.abc import Callable, Mapping
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from costmodel.messages import Message
from lab.task import Batch

BATCHES: Final = (1, 32)
#: A timing is the fastest of as many calls as this takes, one at least: a short call that
#: another program held up is left out, and a long one outlasts what holds it up.
_TIMING_S: Final = 0.02


class HalfPrecision(nn.Module):
    """A model whose weights and inputs are bf16 and whose logits are fp32."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.inner = copy.deepcopy(model).to(torch.bfloat16)

    def forward(self, *inputs: Tensor) -> Tensor:
        """The logits."""
        shown = [x.to(torch.bfloat16) if x.is_floating_point() else x for x in inputs]
        logits: Tensor = self.inner(*shown)
        return logits.float()


def int8(model: nn.Module) -> nn.Module:
    """Dense layers with int8 weights, activations quantised as they come; the rest stays fp32."""
    with warnings.catch_warnings():
        # torch.ao's successor torchao was measured: slower on a CPU, and noisy to import.
        warnings.filterwarnings("ignore", message=".*torch.ao.quantization is deprecated")
        warnings.filterwarnings("ignore", message=".*quantized tensor creation functions")
        return cast(
            nn.Module,
            torch.ao.quantization.quantize_dynamic(
                copy.deepcopy(model).eval(), {nn.Linear, nn.LSTM}, dtype=torch.qint8
            ),
        )


def saved(model: nn.Module) -> bytes:
    """The file that ``torch.save`` writes of the weights, scales included."""
    buffer = io.BytesIO()
    torch.save(model.state_dict(), buffer)
    return buffer.getvalue()


def packed_bytes(content: bytes) -> int:
    """The file's size after deflate: what zeros would save on the way, not in memory."""
    return len(zlib.compress(content, 6))


def weights_taken(model: nn.Module) -> int:
    """Parameters that are not zero."""
    return sum(int((p != 0).sum()) for p in model.parameters())


def label(kind: str, share: float | None, *, tuned: bool) -> Message:
    """The variant's name for a reader."""
    values = {} if share is None else {"share": f"{100 * share:.0f}%"}
    if tuned:
        return Message(_TUNED[kind].text, values)
    return Message(_PLAIN[kind].text, values)


_PLAIN: Final[Mapping[str, Message]] = {
    "fp32": Message("fp32, as trained"),
    "int8": Message("int8, dense layers"),
    "bf16": Message("bf16 weights"),
    "unstructured": Message("{share} of the weights at zero"),
    "structured": Message("{share} of units and heads taken out"),
}
_TUNED: Final[Mapping[str, Message]] = {
    "fp32": Message("fp32, trained on"),
    "unstructured": Message("{share} of the weights at zero, fine-tuned"),
    "structured": Message("{share} of units and heads taken out, fine-tuned"),
}


def timed(
    models: Mapping[str, nn.Module],
    inputs: Mapping[int, Batch],
    *,
    rounds: int,
    seed: int,
    between: Callable[[int], None],
) -> dict[tuple[str, int], NDArray[np.float64]]:
    """Seconds of a forward pass by model and batch size, the fastest of each round.

    All take turns, in random order, so that what slows the machine slows all alike;
    ``between`` is called with the number of the round.
    """
    taken: dict[tuple[str, int], list[float]] = {(n, b): [] for n in models for b in inputs}
    order = list(taken)
    rng = np.random.default_rng(seed)
    with torch.inference_mode():
        for name, size in order:  # untimed: the first call allocates
            models[name](*inputs[size])
        for place in range(rounds):
            between(place)
            for which in rng.permutation(len(order)):
                name, size = order[which]
                taken[name, size].append(_fastest_s(models[name], inputs[size]))
    return {key: np.array(values) for key, values in taken.items()}


def _fastest_s(model: nn.Module, shown: Batch) -> float:
    until = time.perf_counter() + _TIMING_S
    fastest = math.inf
    while True:
        began = time.perf_counter()
        model(*shown)
        ended = time.perf_counter()
        fastest = min(fastest, ended - began)
        if ended >= until:
            return fastest
