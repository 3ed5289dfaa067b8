"""Taking weights out of trained models: zeros where the smallest were, or fewer units."""

import copy
import itertools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from lab.models.bert import Bert
from lab.models.pictures import Convolutional, Dense


def unstructured(model: nn.Module, share: float) -> nn.Module:
    """A copy with the ``share`` of smallest weights at zero, over all dense and convolutional
    layers together.
    """
    from torch.nn.utils import prune

    pruned = copy.deepcopy(model)
    layers = _prunable(pruned)
    prune.global_unstructured(
        [(layer, "weight") for layer in layers],
        pruning_method=prune.L1Unstructured,
        amount=share,
    )
    for layer in layers:
        prune.remove(layer, "weight")  # the zeros stay, the extra tensors go
    return pruned


def zeros_kept(model: nn.Module) -> Callable[[], None]:
    """What puts the zeros of ``model`` back after a step of fine-tuning."""
    masks = [(layer.weight, layer.weight.detach() != 0) for layer in _prunable(model)]

    def put_back() -> None:
        with torch.no_grad():
            for weight, kept in masks:
                weight.mul_(kept)

    return put_back


def _prunable(model: nn.Module) -> list[Any]:
    return [m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d)]


def structured(model: nn.Module, share: float) -> nn.Module | None:
    """A copy that is really smaller: hidden units, and heads, of the least weight taken out.

    ``None`` for a network whose units this does not know how to take out. At least one unit
    and one head stay.
    """
    smaller = copy.deepcopy(model)
    if isinstance(smaller, Bert):
        for layer in smaller.bert.encoder.layer:
            _take_out_heads(layer, share)
            _take_out_units(layer.intermediate, "dense", layer.output, "dense", share)
        return smaller
    if isinstance(smaller, Dense | Convolutional):
        places = [n for n, layer in enumerate(smaller) if isinstance(layer, nn.Linear)]
        for first, second in itertools.pairwise(places):
            _take_out_units(smaller, str(first), smaller, str(second), share)
        return smaller
    return None


def _take_out_units(before: Any, name: str, after: Any, later: str, share: float) -> None:
    """Of the units between two dense layers keep those with the largest weights in and out."""
    into, out = before.get_submodule(name), after.get_submodule(later)
    size = into.weight.detach().norm(dim=1) * out.weight.detach().norm(dim=0)
    kept = _largest(size, share)
    setattr(before, name, _linear(into.weight[kept], into.bias[kept]))
    setattr(after, later, _linear(out.weight[:, kept], out.bias))


def _take_out_heads(layer: Any, share: float) -> None:
    own, output = layer.attention.get_submodule("self"), layer.attention.output
    d_head = own.query.out_features // layer.n_heads
    weight = output.dense.weight.detach()
    size = own.value.weight.detach().view(layer.n_heads, -1).norm(dim=1)
    size = size * weight.view(weight.shape[0], layer.n_heads, d_head).norm(dim=(0, 2))
    heads = _largest(size, share)
    kept = (heads[:, None] * d_head + torch.arange(d_head)).flatten()
    for name in ("query", "key", "value"):
        part = getattr(own, name)
        setattr(own, name, _linear(part.weight[kept], part.bias[kept]))
    output.dense = _linear(output.dense.weight[:, kept], output.dense.bias)
    layer.n_heads = len(heads)


def _largest(size: Tensor, share: float) -> Tensor:
    """The indices that stay, in their order."""
    n_kept = max(1, len(size) - round(share * len(size)))
    return size.topk(n_kept).indices.sort().values


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight = nn.Parameter(weight.detach().clone())
    layer.bias = nn.Parameter(bias.detach().clone())
    return layer
