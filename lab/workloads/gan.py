"""A generator against a discriminator, judged by a classifier of real pictures."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from costmodel.messages import InputError, Message
from lab import metrics
from lab.config import LabConfig
from lab.models.flop import training_flop
from lab.models.pictures import ClassifierLoss, Convolutional, Discriminator, Generator
from lab.optimise import Optimiser
from lab.picture_task import PictureSet
from lab.task import Batch, Setting, Task, given

_JUDGE_STEPS: Final = 500
_JUDGE_BATCH: Final = 64
_JUDGED: Final = 1000
_RESAMPLES: Final = 200
_GRID: Final = 8
#: The generator that is kept is a running mean of the trained one, which swings.
_MEAN_DECAY: Final = 0.99
#: One-sided: the discriminator is told that real pictures are real for nine parts in ten.
#: Salimans et al. 2016, Improved Techniques for Training GANs, arXiv:1606.03498, section 3.4.
_REAL: Final = 0.9


class Adversaries(Task):
    """Both networks take a step on each batch."""

    spreads: ClassVar[bool] = False

    def __init__(self, config: LabConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        for option, is_asked in (
            ("accumulate", config.accumulate > 1),
            ("compile", config.compile),
        ):
            if is_asked:
                raise InputError(
                    option,
                    "the workload {workload} does not take this option; leave it out",
                    workload=config.workload,
                )
        self.noise_width = given(config.noise_width)
        width, act = given(config.d_model), given(config.activation)
        shown = PictureSet(config, setting)
        self.notes += shown.notes
        self.data = shown.data
        self.labels = shown.labels
        self.pictures, self.targets = shown.pictures, shown.targets
        self.test_pictures, self.test_targets = shown.test_pictures, shown.test_targets
        self.shape = self.pictures.shape[1:]
        device = setting.device
        n = math.prod(self.shape)
        self.generator, self.kept = (
            Generator(noise=self.noise_width, width=width, n_outputs=n, act=act).to(device)
            for _ in range(2)
        )
        self.kept.load_state_dict(self.generator.state_dict())
        self.kept.requires_grad_(False)
        self.discriminator = Discriminator(width=width, n_inputs=n, act=act).to(device)
        self.model = self.kept
        self.net = nn.ModuleDict(
            {"generator": self.generator, "discriminator": self.discriminator, "kept": self.kept}
        )
        self.items_per_batch = config.batch_size
        noise = torch.zeros(1, self.noise_width, device=device)
        make_flop = training_flop(self.generator, noise)
        judge_flop = training_flop(self.discriminator, torch.zeros(1, n, device=device))
        # The generator is run once more for the discriminator's step, forward alone; the
        # discriminator sees real and made pictures, and once more for the generator's step.
        self.flop_per_batch = config.batch_size * (make_flop * 4 / 3 + 3 * judge_flop)
        self._judge: nn.Module | None = None

    def optimisers(self) -> list[Optimiser]:
        """One for each side."""
        return [Optimiser(self.config, net) for net in (self.generator, self.discriminator)]

    def batch(self, index: int) -> Batch:
        """Real pictures in [-1, 1], flat, and noise for two rounds of made ones."""
        rng = self.rng(index)
        size = self.config.batch_size
        rows = torch.from_numpy(rng.integers(0, len(self.pictures), size=size))
        noise = rng.standard_normal((2, size, self.noise_width), dtype=np.float32)
        real = self.pictures[rows.to(self.setting.device)].flatten(1) * 2 - 1
        return real, torch.from_numpy(noise).to(self.setting.device)

    def update(
        self, net: nn.Module, optimisers: Sequence[Optimiser], step: int, learning_rate: float
    ) -> Tensor:
        """A step of the discriminator, then one of the generator; the sum of their losses."""
        real, noise = self.batch(step)
        with self.setting.autocast():
            with torch.no_grad():
                made = self.generator(noise[0])
            judged = self.discriminator(torch.cat((real, made))).float()
            on_real, on_made = judged.chunk(2)
            against = self._loss(on_real, _REAL) + self._loss(on_made, 0.0)
        optimisers[1].backward(against)
        optimisers[1].step(learning_rate)
        with self.setting.autocast():
            loss = self._loss(self.discriminator(self.generator(noise[1])).float(), 1.0)
        optimisers[0].backward(loss)
        optimisers[0].step(learning_rate)
        optimisers[1].torch.zero_grad(set_to_none=True)
        self._keep()
        return (loss + against).detach()

    def validation_loss(self) -> float:
        """The same sum as in training, on held-out pictures and new made ones."""
        real = self.test_pictures[:512].flatten(1) * 2 - 1
        made = self._made(len(real), seed=2)
        losses = [
            self._loss(self.discriminator(pictures).float(), wanted)
            for pictures, wanted in ((real, _REAL), (made, 0.0), (made, 1.0))
        ]
        return float(sum(losses))

    def metrics(self) -> dict[str, Any]:
        """How real and how varied 1,000 made pictures are, to a classifier of real ones.

        ``score`` is ``exp(E KL(p(y|x) || p(y)))``: at most the number of classes; beside it
        the score of real held-out pictures. ``modes`` are the classes that at least half
        their even share of the made pictures fall into. ``nearest`` is the mean distance of
        a made picture to its nearest real one, beside that of held-out pictures: far below
        it means copies.

        Source: Salimans et al. 2016, arXiv:1606.03498, section 4 (there with Inception).
        """
        judge = self._trained_judge()
        made = self._as_pictures(self._made(_JUDGED, seed=1))
        of_made, of_real = self._judged(judge, made), self._judged(judge, self.test_pictures)
        counts = np.bincount(of_made.argmax(1), minlength=len(self.labels))
        even = len(made) / len(self.labels)
        known = self.pictures.flatten(1)
        accuracy = (of_real.argmax(1) == self.test_targets.cpu().numpy()).mean()
        rng = np.random.default_rng(0)
        resampled = [score(of_made[rng.integers(_JUDGED, size=_JUDGED)]) for _ in range(_RESAMPLES)]
        of_score = metrics.estimate(score(of_made), np.array(resampled))
        return {
            "score": of_score.value,
            "intervals": {"score": of_score.interval_json()},
            "score_of_real": score(of_real),
            "modes": int((counts >= even / 2).sum()),
            "classes_seen": int((counts > 0).sum()),
            "n_classes": len(self.labels),
            "made_by_class": dict(zip(self.labels, counts.tolist(), strict=True)),
            "nearest": float(torch.cdist(made.flatten(1), known).min(1).values.mean()),
            "nearest_of_real": float(
                torch.cdist(self.test_pictures[:_JUDGED].flatten(1), known).min(1).values.mean()
            ),
            "judge_accuracy": float(accuracy),
        }

    def baseline(self) -> dict[str, Any]:
        """Pixels drawn on their own, each from the real pictures' values at its place."""
        rng = np.random.default_rng((self.config.seed, 3))
        real = self.pictures.flatten(1).cpu().numpy()
        rows = rng.integers(0, len(real), size=(_JUDGED, real.shape[1]))
        drawn = torch.from_numpy(real[rows, np.arange(real.shape[1])]).to(self.setting.device)
        found = self._judged(self._trained_judge(), drawn.view(-1, *self.shape))
        counts = np.bincount(found.argmax(1), minlength=len(self.labels))
        return {
            "name": Message("Pixels drawn independently"),
            "score": score(found),
            "classes_seen": int((counts > 0).sum()),
        }

    def sample(self) -> Mapping[str, Any]:
        """A grid of made pictures as bytes 0..255, row by row."""
        made = self._as_pictures(self._made(_GRID * _GRID, seed=0))
        levels = (made.clamp(0, 1) * 255).round().byte().cpu()
        return {"columns": _GRID, "shape": list(self.shape), "pictures": levels.flatten(1).tolist()}

    def export(self, folder: Path) -> None:
        """What the generator takes and gives."""
        content = {
            "workload": "gan",
            "noise_width": self.config.noise_width,
            "d_model": self.config.d_model,
            "activation": self.config.activation,
            "shape": list(self.shape),
        }
        (folder / "config.json").write_text(json.dumps(content), "utf-8")

    def _loss(self, logits: Tensor, wanted: float) -> Tensor:
        targets = torch.full_like(logits, wanted)
        if self.config.loss == "mse":  # Mao et al. 2017, least-squares GAN, arXiv:1611.04076
            return functional.mse_loss(logits, targets)
        return functional.binary_cross_entropy_with_logits(logits, targets)

    @torch.no_grad()
    def _keep(self) -> None:
        kept: list[Tensor] = list(self.kept.parameters())
        new: list[Tensor] = list(self.generator.parameters())
        torch._foreach_lerp_(kept, new, 1 - _MEAN_DECAY)
        for mine, its in zip(self.kept.buffers(), self.generator.buffers(), strict=True):
            mine.copy_(its)

    @torch.no_grad()
    def _made(self, n: int, *, seed: int) -> Tensor:
        rng = np.random.default_rng((self.config.seed, 4, seed))
        noise = rng.standard_normal((n, self.noise_width), dtype=np.float32)
        self.kept.eval()
        made: Tensor = self.kept(torch.from_numpy(noise).to(self.setting.device))
        return made.float()

    def _as_pictures(self, flat: Tensor) -> Tensor:
        return ((flat + 1) / 2).view(-1, *self.shape)

    @torch.no_grad()
    def _judged(self, judge: nn.Module, shown: Tensor) -> "np.ndarray[Any, Any]":
        parts = [judge(part).softmax(-1).cpu() for part in shown.split(512)]
        return torch.cat(parts).double().numpy()

    def _trained_judge(self) -> nn.Module:
        """A classifier of the real pictures, trained on the training part alone."""
        if self._judge is not None:
            return self._judge
        with torch.random.fork_rng(), torch.enable_grad():
            torch.manual_seed(self.config.seed)
            judge = Convolutional(
                channels=self.shape[0],
                pixels=self.shape[-1],
                n_classes=len(self.labels),
                width=64,
                act="relu",
                dropout=0.0,
            ).to(self.setting.device)
            net = ClassifierLoss(judge, loss="cross-entropy", label_smoothing=0.0)
            optimiser = torch.optim.AdamW(judge.parameters(), lr=2e-3)
            rng = np.random.default_rng((self.config.seed, 5))
            for _ in range(_JUDGE_STEPS):
                drawn = rng.integers(0, len(self.pictures), size=_JUDGE_BATCH)
                rows = torch.from_numpy(drawn).to(self.setting.device)
                net(self.pictures[rows], self.targets[rows]).backward()
                optimiser.step()
                optimiser.zero_grad()
        self._judge = judge.eval()
        return self._judge


def score(shares: "np.ndarray[Any, Any]") -> float:
    """``exp`` of the mean Kullback-Leibler divergence of each row from the mean row."""
    safe = np.clip(shares, 1e-12, 1)
    mean = safe.mean(0)
    return float(np.exp((safe * (np.log(safe) - np.log(mean))).sum(1).mean()))


def make(config: LabConfig, setting: Setting) -> Task:
    """The task."""
    return Adversaries(config, setting)
