"""Rotary positions: queries and keys turned by an angle that grows with their place."""

from typing import Any

import torch
from torch import Tensor


def tables(length: int, d_head: int, *, theta: float) -> tuple[Tensor, Tensor]:
    """(cosines, sines) of ``(length, d_head)``, in the half-and-half order of ``transformers``.

    The half that is turned backwards has its sign in the sines, so that turning is a roll.

    Source: Su et al. 2021, arXiv:2104.09864.
    """
    steps = theta ** -(torch.arange(0, d_head, 2) / d_head)
    angles = torch.outer(torch.arange(length).float(), steps).repeat(1, 2)
    signs = torch.ones(d_head)
    signs[: d_head // 2] = -1
    return angles.cos(), angles.sin() * signs


def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """``x`` of ``(..., d_head)`` turned by tables that broadcast to it."""
    made: Tensor = _Turn.apply(x, cos, sin)
    return made


class _Turn(torch.autograd.Function):
    """A turn, and for the gradient the turn back: in as many passes, not one more."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return torch.addcmul(x * cos, _halves_swapped(x), sin)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        (gradient,) = gradients
        return torch.addcmul(_halves_swapped(gradient * sin), gradient, cos), None, None


def _halves_swapped(x: Tensor) -> Tensor:
    return x.roll(x.shape[-1] // 2, -1)
