"""Rotary positions: queries and keys turned by an angle that grows with their place."""

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
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, -1), sin)
