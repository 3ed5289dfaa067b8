"""What the lab's options and states are called on the page."""

from collections.abc import Mapping
from typing import Final

from dashboard.language import N_, t

_OPTIONS: Final[Mapping[str, str]] = {
    "data": N_("Data: empty for the shipped set, or a path"),
    "minutes": N_("Minutes"),
    "steps": N_("Steps, in place of minutes"),
    "seed": N_("Seed"),
    "device": N_("Device"),
    "threads": N_("CPU threads"),
    "n_devices": N_("Devices that share the batch"),
    "precision": N_("Number format"),
    "optimizer": N_("Optimisation method"),
    "learning_rate": N_("Learning rate"),
    "momentum": N_("Momentum"),
    "weight_decay": N_("Weight decay"),
    "l1": N_("L1 penalty"),
    "l2": N_("L2 penalty"),
    "schedule": N_("Learning-rate schedule"),
    "warmup_steps": N_("Warm-up steps"),
    "clip_norm": N_("Largest gradient norm"),
    "batch_size": N_("Batch size"),
    "accumulate": N_("Micro-batches per step"),
    "compile": N_("Compile the network"),
    "profile": N_("Write a profiler trace"),
    "dropout": N_("Dropout"),
    "activation": N_("Activation"),
    "loss": N_("Loss function"),
    "label_smoothing": N_("Label smoothing"),
    "checkpointing": N_("Recompute activations"),
    "augment": N_("Augment: move pictures, hide words"),
    "shape": N_("Shape"),
    "n_layers": N_("Layers"),
    "d_model": N_("Width"),
    "n_heads": N_("Attention heads"),
    "context_tokens": N_("Context, tokens"),
    "tokenizer": N_("Tokeniser"),
    "vocab_size": N_("Largest vocabulary"),
    "from_folder": N_("Local Hugging Face folder"),
    "text_column": N_("Column of the text"),
    "label_column": N_("Column of the label"),
    "picture_pixels": N_("Side of a picture, pixels"),
    "noise_width": N_("Width of the noise"),
}
#: Options that the page leaves to the command line.
_NOT_ON_THE_PAGE: Final = frozenset(
    {
        "telemetry_hz",
        "checkpoint_every_s",
        "checkpoint_every_steps",
        "evaluate_every_steps",
        "most_contention",
        "keep_weights",
    }
)


def option_label(name: str) -> str:
    """What an option is called."""
    return t(_OPTIONS[name])


def on_the_page(names: Mapping[str, object]) -> list[str]:
    """The options that the page offers, in their own order."""
    return [name for name in names if name not in _NOT_ON_THE_PAGE]
