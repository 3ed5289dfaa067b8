"""The workloads by name: what each trains, its options and their defaults.

Readable without torch; the code of a workload is imported by the process that trains it.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from costmodel.messages import Message

if TYPE_CHECKING:
    from lab.config import LabConfig
    from lab.task import Setting, Task

Unit: TypeAlias = Literal["tokens", "samples"]
Kind: TypeAlias = Literal["language", "classifier", "translation", "generator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One workload: ``module`` holds ``make(config, setting) -> Task``."""

    name: str
    title: Message
    about: Message
    kind: Kind
    unit: Unit
    defaults: Mapping[str, Any]
    data: tuple[str, ...]

    def make(self, config: "LabConfig", setting: "Setting") -> "Task":
        """The task to train; imports torch."""
        module = importlib.import_module(f"lab.workloads.{self.name.replace('-', '_')}")
        task: Task = module.make(config, setting)
        return task


#: What Transformers on words or characters have in common, and classifiers of pictures.
_TRANSFORMER: Final[Mapping[str, Any]] = {
    "minutes": 1.0,
    "clip_norm": 1.0,
    "d_model": 128,
    "n_heads": 4,
    "checkpointing": False,
}
_PICTURES: Final[Mapping[str, Any]] = {
    "steps": 1000,
    "batch_size": 64,
    "learning_rate": 2e-3,
    "dropout": 0.2,
    "loss": "cross-entropy",
    "label_smoothing": 0.0,
    "picture_pixels": None,
}

WORKLOADS: Final[Mapping[str, Workload]] = {
    workload.name: workload
    for workload in (
        Workload(
            name="gpt",
            title=Message("GPT: a language model"),
            about=Message("A decoder in GPT-2's or Llama's shape that learns to continue a text."),
            kind="language",
            unit="tokens",
            data=("shakespeare", "python-docs"),
            defaults={
                **_TRANSFORMER,
                "batch_size": 12,
                "learning_rate": 2e-3,
                "weight_decay": 0.1,
                "warmup_steps": 50,
                "shape": "gpt2",
                "n_layers": 4,
                "context_tokens": 64,
                "tokenizer": "char",
                "vocab_size": 4096,
                "dropout": 0.0,
            },
        ),
        Workload(
            name="bert-sentiment",
            title=Message("BERT: sentiment of Chinese reviews"),
            about=Message("An encoder that tells praise from complaint, beside TF-IDF."),
            kind="classifier",
            unit="samples",
            data=("reviews",),
            defaults={
                **_TRANSFORMER,
                "batch_size": 32,
                "learning_rate": 5e-4,
                "weight_decay": 0.01,
                "warmup_steps": 50,
                "n_layers": 2,
                "context_tokens": 64,
                "vocab_size": 12000,
                "dropout": 0.0,
                "loss": "cross-entropy",
                "label_smoothing": 0.0,
                "augment": True,
                "from_folder": None,
                "text_column": None,
                "label_column": None,
            },
        ),
        Workload(
            name="seq2seq",
            title=Message("Transformer: English to Chinese"),
            about=Message("An encoder and a decoder that translate names or messages."),
            kind="translation",
            unit="tokens",
            data=("emoji", "libreoffice"),
            defaults={
                **_TRANSFORMER,
                "batch_size": 64,
                "learning_rate": 2e-3,
                "weight_decay": 0.1,
                "warmup_steps": 100,
                "n_layers": 1,
                "context_tokens": 48,
                "dropout": 0.1,
                "label_smoothing": 0.0,
                "augment": True,
            },
        ),
        Workload(
            name="gan",
            title=Message("GAN: generator against discriminator"),
            about=Message("Two networks, one that draws digits and one that tells them apart."),
            kind="generator",
            unit="samples",
            data=("digits", "fashion-mnist"),
            defaults={
                "steps": 4000,
                "batch_size": 64,
                "optimizer": "adam",
                "learning_rate": 2e-4,
                "momentum": 0.5,
                "schedule": "constant",
                "loss": "cross-entropy",
                "activation": "leaky-relu",
                "d_model": 128,
                "noise_width": 32,
            },
        ),
        Workload(
            name="mlp",
            title=Message("MLP: a dense network on digits"),
            about=Message("The plainest classifier of pictures: two dense layers."),
            kind="classifier",
            unit="samples",
            data=("digits", "fashion-mnist"),
            defaults={
                **_PICTURES,
                "weight_decay": 0.1,
                "n_layers": 2,
                "d_model": 256,
                "dropout": 0.3,
                "activation": "relu",
                "label_smoothing": 0.1,
                "augment": False,
            },
        ),
        Workload(
            name="cnn",
            title=Message("CNN: a classifier of pictures"),
            about=Message("Convolutions on digits, clothes, or a folder of labelled pictures."),
            kind="classifier",
            unit="samples",
            data=("digits", "fashion-mnist"),
            defaults={
                **_PICTURES,
                "d_model": 64,
                "activation": "relu",
                "label_smoothing": 0.05,
                "augment": True,
            },
        ),
        Workload(
            name="lstm",
            title=Message("LSTM: digits row by row"),
            about=Message("A recurrent network that reads a picture as a sequence of rows."),
            kind="classifier",
            unit="samples",
            data=("digits", "fashion-mnist"),
            defaults={
                **_PICTURES,
                "steps": 1500,
                "learning_rate": 3e-3,
                "n_layers": 1,
                "d_model": 96,
            },
        ),
    )
}
