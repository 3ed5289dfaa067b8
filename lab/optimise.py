"""Optimisers, schedules and penalties, as the options name them."""

import inspect
import math
from typing import Final

import torch
from torch import Tensor, nn

from lab.config import LabConfig

#: The learning rate that cosine and linear schedules end at, as a share of the first.
LAST_SHARE: Final = 0.1
#: Of a "step" schedule: a tenth after each third of the run.
_STEP_AT: Final = (1 / 3, 2 / 3)


def learning_rate(config: LabConfig, *, step: int, progress: float) -> float:
    """The rate of a step; ``progress`` in [0, 1] is how much of the budget is used.

    Linear warm-up over ``warmup_steps``, then constant, cosine or linear down to a tenth,
    or a tenth after each third.
    """
    rate = config.learning_rate
    if step < config.warmup_steps:
        return rate * (step + 1) / config.warmup_steps
    match config.schedule:
        case "cosine":
            return rate * (LAST_SHARE + (1 - LAST_SHARE) * (1 + math.cos(math.pi * progress)) / 2)
        case "linear":
            return rate * (1 - (1 - LAST_SHARE) * progress)
        case "step":
            return rate * 0.1 ** sum(progress >= at for at in _STEP_AT)
        case _:
            return rate


#: Keeps a gradient of zero from being divided by zero.
_TINY: Final = 1e-6


class Optimiser:
    """An optimiser over a module with the penalties and the clipping of a config.

    ``weight_decay`` spares vectors (biases, norms); the penalties ``l1 * sum |w|`` and
    ``l2 / 2 * sum w^2`` bear on the same matrices, through their gradient, so the loss that
    is printed is without them.
    """

    def __init__(self, config: LabConfig, module: nn.Module, *, rate_share: float = 1.0) -> None:
        if not config.compile:
            _leave_the_compiler_out()
        self.config = config
        self.rate_share = rate_share
        self.parameters: list[Tensor] = [p for p in module.parameters() if p.requires_grad]
        self.penalised = [p for p in self.parameters if p.dim() >= 2]
        spared = [p for p in self.parameters if p.dim() < 2]
        self.torch = _made(config, self.penalised, spared)
        # The method itself: torch's wrappers around it import the compiler as well.
        self._step = inspect.unwrap(type(self.torch).step)
        self.scaler = (
            torch.amp.GradScaler()
            if config.precision == "fp16" and self.parameters[0].is_cuda
            else None
        )

    def backward(self, loss: Tensor) -> None:
        """Add the gradient of ``loss``."""
        if self.scaler is None:
            loss.backward()
        else:
            self.scaler.scale(loss).backward()

    def step(self, rate: float) -> None:
        """Take one step at this learning rate and drop the gradients."""
        if self.scaler is not None:
            self.scaler.unscale_(self.torch)
        self._penalise()
        if self.config.clip_norm is not None:
            self._clip(self.config.clip_norm)
        for group in self.torch.param_groups:
            group["lr"] = rate * self.rate_share
        if self.scaler is None:
            with torch.no_grad():
                self._step(self.torch)
        else:
            self.scaler.step(self.torch)
            self.scaler.update()
        self.torch.zero_grad(set_to_none=True)

    def _penalise(self) -> None:
        weights = [p for p in self.penalised if p.grad is not None]
        gradients = [p.grad for p in weights if p.grad is not None]
        if self.config.l2:
            torch._foreach_add_(gradients, [p.detach() for p in weights], alpha=self.config.l2)
        if self.config.l1:
            signs = torch._foreach_sign([p.detach() for p in weights])
            torch._foreach_add_(gradients, signs, alpha=self.config.l1)

    def _clip(self, most: float) -> None:
        """Shrink the gradient to the norm ``most``, as ``clip_grad_norm_`` does; on a CPU one
        that is short enough is left alone.
        """
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
        if norm.is_cpu and norm <= most:
            return
        torch._foreach_mul_(gradients, (most / (norm + _TINY)).clamp(max=1.0))


def _made(config: LabConfig, decayed: list[Tensor], spared: list[Tensor]) -> torch.optim.Optimizer:
    rate = config.learning_rate
    if config.optimizer in ("sgd", "momentum"):
        momentum = config.momentum if config.optimizer == "momentum" else 0.0
        return torch.optim.SGD([*decayed, *spared], lr=rate, momentum=momentum, fused=True)
    betas = (config.momentum, 0.95 if config.info.kind == "language" else 0.999)
    if config.optimizer == "adam":
        return torch.optim.Adam([*decayed, *spared], lr=rate, betas=betas, fused=True)
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": spared, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=rate, betas=betas, fused=True)


def _leave_the_compiler_out() -> None:
    """Let torch's optimisers work without importing its compiler, which takes two seconds.

    torch wraps some of their methods for the compiler to pass over, and imports it to do so
    at their first call; marked so beforehand, a method is called as it is.
    """
    for method in vars(torch.optim.Optimizer).values():
        plain = getattr(method, "__wrapped__", None)
        if plain is not None and not hasattr(plain, _PASSED_OVER):
            setattr(plain, _PASSED_OVER, plain)


_PASSED_OVER: Final = "__dynamo_disable"
