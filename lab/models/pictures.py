"""Small networks on pictures: dense, convolutional, recurrent over rows, and a GAN's pair."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

ACTIVATIONS: Final[dict[str, type[nn.Module]]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


def activation(name: str) -> nn.Module:
    """The activation of that name."""
    return nn.LeakyReLU(0.2) if name == "leaky-relu" else ACTIVATIONS[name]()


class Dense(nn.Sequential):
    """Pictures ``(batch, channels, height, width)`` through dense layers to class logits."""

    def __init__(
        self, *, n_inputs: int, n_classes: int, width: int, n_layers: int, act: str, dropout: float
    ) -> None:
        layers: list[nn.Module] = [nn.Flatten()]
        before = n_inputs
        for _ in range(n_layers):
            layers += [nn.Linear(before, width), activation(act)]
            if dropout:
                layers.append(nn.Dropout(dropout))
            before = width
        super().__init__(*layers, nn.Linear(before, n_classes))


class Convolutional(nn.Sequential):
    """Two rounds of convolution and pooling, then a dense layer: LeNet's plan.

    Source: LeCun et al. 1998, Gradient-based learning applied to document recognition.
    """

    def __init__(
        self,
        *,
        channels: int,
        pixels: int,
        n_classes: int,
        width: int,
        act: str,
        dropout: float,
    ) -> None:
        # Small pictures leave room for more maps at the same cost.
        first, second = (32, 64) if pixels <= 16 else (16, 32)
        dropped: list[nn.Module] = [nn.Dropout(dropout)] if dropout else []
        super().__init__(
            nn.Conv2d(channels, first, 3, padding=1),
            activation(act),
            nn.MaxPool2d(2),
            nn.Conv2d(first, second, 3, padding=1),
            activation(act),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(second * (pixels // 4) ** 2, width),
            activation(act),
            *dropped,
            nn.Linear(width, n_classes),
        )


class Recurrent(nn.Module):
    """Rows of a picture, each embedded, through an LSTM; the last state to class logits."""

    def __init__(
        self, *, row_width: int, n_classes: int, width: int, n_layers: int, dropout: float
    ) -> None:
        super().__init__()
        self.embed = nn.Linear(row_width, width)
        self.lstm = nn.LSTM(
            width, width, n_layers, batch_first=True, dropout=dropout if n_layers > 1 else 0.0
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width, n_classes)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of ``(batch, channels, rows, columns)``; a row's channels lie side by side."""
        rows = pictures.transpose(1, 2).flatten(2)
        states, _ = self.lstm(torch.tanh(self.embed(rows)))
        return self.head(self.dropout(states[:, -1]))


class Generator(nn.Sequential):
    """Noise ``(batch, noise)`` to pictures in [-1, 1], flat."""

    def __init__(self, *, noise: int, width: int, n_outputs: int, act: str) -> None:
        super().__init__(
            nn.Linear(noise, width),
            nn.BatchNorm1d(width),
            activation(act),
            nn.Linear(width, 2 * width),
            nn.BatchNorm1d(2 * width),
            activation(act),
            nn.Linear(2 * width, n_outputs),
            nn.Tanh(),
        )


class Discriminator(nn.Sequential):
    """Flat pictures to one logit: real or made."""

    def __init__(self, *, width: int, n_inputs: int, act: str) -> None:
        super().__init__(
            nn.Linear(n_inputs, 2 * width),
            activation(act),
            nn.Dropout(0.3),
            nn.Linear(2 * width, width),
            activation(act),
            nn.Dropout(0.3),
            nn.Linear(width, 1),
        )


class ClassifierLoss(nn.Module):
    """The loss of a classifier: cross-entropy, or the squared error of its probabilities."""

    def __init__(self, model: nn.Module, *, loss: str, label_smoothing: float) -> None:
        super().__init__()
        self.model = model
        self.loss = loss
        self.label_smoothing = label_smoothing

    def forward(self, *batch: Tensor) -> Tensor:
        """The inputs of the model, then the labels ``(batch,)``."""
        *inputs, labels = batch
        logits = self.model(*inputs).float()
        smooth = self.label_smoothing if self.training else 0.0
        if self.loss == "mse":
            n_classes = logits.shape[-1]
            wanted = (
                functional.one_hot(labels, n_classes).float() * (1 - smooth) + smooth / n_classes
            )
            return ((logits.softmax(-1) - wanted) ** 2).sum(-1).mean()
        return functional.cross_entropy(logits, labels, label_smoothing=smooth)
