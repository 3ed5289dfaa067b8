"""Training with differential privacy: DP-SGD as a task of the lab's own loop.

Opacus clips each example's gradient and adds the noise; how the gradients of single examples
come about depends on the network. Layers that Opacus knows are hooked. Others, such as the
lab's own decoders, whose rows are not examples and whose embeddings are tied, are
differentiated example by example by ``torch.func``.

Source: Abadi et al. 2016, arXiv:1607.00133.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lab.optimise import Optimiser
from lab.task import Batch, Task


class PrivateTask(Task):
    """Wraps a task: rows are drawn one by one, gradients clipped by example, noise added.

    ``noise`` is the standard deviation over ``clip_norm``; without either the same steps are
    taken without privacy, batches drawn in the same way. ``draw`` gives the rows by index.
    """

    def __init__(
        self,
        task: Task,
        model: nn.Module,
        inputs: Batch,
        *,
        noise: float | None,
        clip_norm: float,
        seed: int,
    ) -> None:
        super().__init__(task.config, task.setting)
        self.model = model
        self.net = model
        self.inputs = inputs
        self.items_per_batch = task.config.batch_size
        self.flop_per_batch = None
        self.data = task.data
        self._seed = seed
        self._loss = nn.functional.cross_entropy
        made = Optimiser(task.config, model)
        self._plain: Optimiser | None = made if noise is None else None
        self._private: Any = None
        if noise is not None:
            self._private = dp_optimiser(
                made.torch,
                noise=noise,
                clip_norm=clip_norm,
                batch_size=task.config.batch_size,
                seed=seed,
            )
            self.net = hooked(model)

    @property
    def sample_rate(self) -> float:
        """The chance of each row to be in a batch."""
        return min(1.0, self.config.batch_size / len(self.inputs[0]))

    def batch(self, index: int) -> Batch:
        """Each row with the same chance, independent of all others."""
        n = len(self.inputs[0])
        drawn = np.random.default_rng((self._seed, 6, index)).random(n) < self.sample_rate
        rows = torch.from_numpy(np.flatnonzero(drawn))
        return tuple(part[rows] for part in self.inputs)

    def update(
        self, net: nn.Module, optimisers: Sequence[Optimiser], step: int, learning_rate: float
    ) -> Tensor:
        """One step; one on an empty batch is not taken, and is counted all the same."""
        *shown, labels = self.batch(step)
        if not len(labels):
            return torch.zeros(())
        loss = self._loss(self.net(*shown), labels)
        with warnings.catch_warnings():
            # Opacus' hooks: it is said that inputs need no gradient, which is so.
            warnings.filterwarnings("ignore", message="Full backward hook is firing")
            loss.backward()
        if self._plain is not None:
            self._plain.step(learning_rate)
        else:
            for group in self._private.param_groups:
                group["lr"] = learning_rate
            self._private.step()
            self._private.zero_grad()
        return loss.detach()

    def optimisers(self) -> list[Optimiser]:
        """None for the loop to look after: the private one is no ``Optimiser``."""
        return []

    def validation_loss(self) -> float:
        """Not looked at."""
        raise NotImplementedError

    def metrics(self) -> dict[str, Any]:
        """Not looked at."""
        raise NotImplementedError

    def baseline(self) -> dict[str, Any]:
        """Not looked at."""
        raise NotImplementedError

    def export(self, folder: Any) -> None:
        """Nothing is kept."""


def dp_optimiser(
    inner: torch.optim.Optimizer, *, noise: float, clip_norm: float, batch_size: int, seed: int
) -> Any:
    """``inner`` behind Opacus' clipping and noise, from a seeded generator."""
    from opacus.optimizers import DPOptimizer

    return DPOptimizer(
        inner,
        noise_multiplier=noise,
        max_grad_norm=clip_norm,
        expected_batch_size=batch_size,
        loss_reduction="mean",
        generator=torch.Generator().manual_seed(seed),
    )


def hooked(model: nn.Module) -> nn.Module:
    """``model`` with hooks that keep each example's gradient."""
    from opacus import GradSampleModule

    return GradSampleModule(model)


def example_gradients(
    model: nn.Module, loss: Callable[..., Tensor], batch: Batch
) -> dict[str, Tensor]:
    """The gradient of each example by parameter, ``(batch, *shape)``, by ``torch.func``.

    Right for any network, tied weights and rows that are not examples included: each example
    goes through the network as a batch of its own, so nothing is broadcast over the batch.
    """
    from torch.func import functional_call, grad, vmap

    values = {name: p.detach() for name, p in model.named_parameters()}

    def of_one(parameters: dict[str, Tensor], *example: Tensor) -> Tensor:
        *inputs, wanted = (part[None] for part in example)
        return loss(functional_call(model, parameters, tuple(inputs)), wanted)

    in_dims = (None, *(0 for _ in batch))
    with warnings.catch_warnings():
        # Attention on a CPU is then done example by example, which is slow and right.
        warnings.filterwarnings("ignore", message="There is a performance drop")
        found: dict[str, Tensor] = vmap(grad(of_one), in_dims=in_dims, randomness="different")(
            values, *batch
        )
    return found


def private_step(
    model: nn.Module, loss: Callable[..., Tensor], batch: Batch, optimiser: Any
) -> None:
    """One DP step of a network that Opacus cannot hook; ``optimiser`` is ``dp_optimiser``'s."""
    for name, gradient in example_gradients(model, loss, batch).items():
        model.get_parameter(name).grad_sample = gradient  # type: ignore[attr-defined]
    optimiser.step()
    optimiser.zero_grad()


def explicit_places(ids: Tensor) -> dict[str, Tensor]:
    """The arguments that ``transformers``' GPT-2 and BERT need under Opacus' hooks.

    They otherwise make position ids of batch one and broadcast them; a hook then sees one
    example for the position embedding where the others see a batch, and the step fails,
    though Opacus' validator finds nothing wrong. BERT also takes ``token_type_ids``.
    """
    return {"position_ids": torch.arange(ids.shape[1]).expand_as(ids).contiguous()}


def epsilon(*, noise: float, sample_rate: float, steps: int, delta: float) -> float:
    """Epsilon after ``steps`` by the PRV accountant.

    Source: Gopi, Lee and Wutschitz 2021, arXiv:2106.02848.
    """
    from opacus.accountants import PRVAccountant

    accountant = PRVAccountant()
    accountant.history = [(noise, sample_rate, steps)]
    with _first_guess():
        return float(accountant.get_epsilon(delta))


def noise_for(*, epsilon: float, sample_rate: float, steps: int, delta: float) -> float:
    """The least noise that keeps to ``epsilon``, by the PRV accountant."""
    from opacus.accountants.utils import get_noise_multiplier

    with _first_guess():
        return float(
            get_noise_multiplier(
                target_epsilon=epsilon,
                target_delta=delta,
                sample_rate=sample_rate,
                steps=steps,
                accountant="prv",
            )
        )


@contextlib.contextmanager
def _first_guess() -> Iterator[None]:
    """The PRV accountant starts from another's answer, whose coarseness does not matter."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Optimal order is the largest alpha")
        yield
