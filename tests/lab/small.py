"""Small things to train: a text, a language model's config, a linear net as a task."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from lab import config as configs
from lab.config import LabConfig
from lab.models.translator import Translator
from lab.task import Batch, Setting, Task

TEXT = "\n".join(
    f"{n} bottles: the quick brown fox jumps over {n * n % 97} lazy dogs, {n % 7} times."
    for n in range(200)
)
CPU = Setting(device=torch.device("cpu"), precision="fp32")


def text_file(folder: Path) -> Path:
    """A text that a language model learns from."""
    path = folder / "small.txt"
    path.write_text(TEXT, "utf-8")
    return path


def gpt(data: Path, **options: Any) -> LabConfig:
    """A language model of a few thousand weights."""
    small = {
        "data": str(data),
        "steps": 20,
        "n_layers": 1,
        "d_model": 32,
        "n_heads": 2,
        "context_tokens": 16,
        "batch_size": 4,
        "threads": 1,
        "device": "cpu",
        "warmup_steps": 5,
    }
    return configs.make("gpt", {**small, **options})


def translator(*, dropout: float = 0.0, checkpointing: bool = False) -> Translator:
    """An encoder-decoder of 60 source and 60 target ids, two layers of 32."""
    return Translator(
        source_vocab=60,
        target_vocab=60,
        width=32,
        n_layers=2,
        n_heads=4,
        most_tokens=12,
        dropout=dropout,
        checkpointing=checkpointing,
    )


def linear(**options: Any) -> LabConfig:
    """Options of a dense network; ``Line`` goes by those of optimiser and budget alone."""
    plain = {
        "steps": 30,
        "batch_size": 4,
        "optimizer": "sgd",
        "learning_rate": 0.1,
        "schedule": "constant",
        "threads": 1,
        "device": "cpu",
        "checkpoint_every_s": 3600.0,
    }
    return configs.make("mlp", {**plain, **options})


class SquaredError(nn.Module):
    """Mean squared error of a linear layer."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        loss: Tensor = ((self.layer(x) - y) ** 2).mean()
        return loss


class Line(Task):
    """Rows in order, ``y = x w`` with noise; ``broken_at`` gives a NaN batch there."""

    flop_per_batch = None

    def __init__(
        self, config: LabConfig, *, n_inputs: int = 6, broken_at: int | None = None
    ) -> None:
        super().__init__(config, CPU)
        rng = torch.Generator().manual_seed(config.seed)
        self.x = torch.randn(4096, n_inputs, generator=rng)
        wanted = torch.linspace(-1, 1, n_inputs)[:, None]
        self.y = self.x @ wanted + 0.1 * torch.randn(4096, 1, generator=rng)
        torch.manual_seed(config.seed)
        self.model = nn.Linear(n_inputs, 1)
        self.net = SquaredError(self.model)
        self.items_per_batch = config.batch_size
        self.data: Mapping[str, Any] = {"name": "a line"}
        self.broken_at = broken_at
        self.n_samples = 0

    def batch(self, index: int) -> Batch:
        first = index * self.config.batch_size % len(self.x)
        x = self.x[first : first + self.config.batch_size]
        y = self.y[first : first + self.config.batch_size]
        return x, y * torch.nan if index == self.broken_at else y

    def validation_loss(self) -> float:
        torch.rand(3)  # a look at held-out data may draw numbers; the training may not notice
        return float(self.net(self.x[-64:], self.y[-64:]))

    def metrics(self) -> dict[str, Any]:
        return {}

    def baseline(self) -> dict[str, Any]:
        return {}

    def export(self, folder: Path) -> None:
        (folder / "config.json").write_text("{}", "utf-8")
