"""What a lab run is asked to do: the options of every workload, validated where they enter.

An option that a workload does not have is refused rather than ignored, so that a run's
config says what was done and nothing else.
"""

import contextlib
import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from costmodel.messages import InputError, shown
from lab.workloads import WORKLOADS, Workload

Precision: TypeAlias = Literal["auto", "fp32", "tf32", "bf16", "fp16"]

#: Options that every workload has, with what stands for "not given".
COMMON: Final[Mapping[str, Any]] = {
    "data": None,
    "minutes": None,
    "steps": None,
    "seed": 0,
    "device": "auto",
    "threads": None,
    "n_devices": 1,
    "precision": "auto",
    "optimizer": "adamw",
    "momentum": 0.9,
    "weight_decay": 0.0,
    "l1": 0.0,
    "l2": 0.0,
    "schedule": "cosine",
    "warmup_steps": 0,
    "clip_norm": None,
    "accumulate": 1,
    "compile": False,
    "profile": False,
    "keep_weights": True,
    "telemetry_hz": 10.0,
    "checkpoint_every_s": 30.0,
    "checkpoint_every_steps": None,
    "evaluate_every_steps": None,
    "most_contention": 0.15,
}


class LabConfig(BaseModel):
    """One run: the workload and each of its options, defaults filled in.

    ``minutes`` and ``steps`` end the run, whichever comes first. ``weight_decay`` is
    AdamW's decoupled one; ``l1`` and ``l2`` are penalties on the weights inside the loss.
    ``most_contention`` is the share of CPU time that other processes may take before the
    run no longer serves for calibration. Options that a workload lacks are ``None``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    workload: str
    data: str | None = Field(
        description="A file, a folder or a shipped data set; otherwise the workload's first."
    )
    minutes: float | None = Field(gt=0, le=60 * 24 * 30, description="Train for this many minutes.")
    steps: int | None = Field(ge=1, le=10**9, description="Train for this many optimiser steps.")
    seed: int = Field(ge=0, lt=2**32, description="Seed of weights, batches and dropout.")
    device: str = Field(
        pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:1."
    )
    threads: int | None = Field(ge=1, le=1024, description="CPU threads; otherwise all cores.")
    n_devices: int = Field(
        ge=1, le=1024, description="Devices of this machine that share the batch, by torchrun."
    )
    precision: Precision = Field(description="auto, fp32, tf32, bf16 or fp16.")
    optimizer: Literal["sgd", "momentum", "adam", "adamw"] = Field(
        description="sgd, momentum, adam or adamw."
    )
    learning_rate: float = Field(gt=0, le=100, description="The highest learning rate.")
    momentum: float = Field(ge=0, lt=1, description="Of sgd with momentum; Adam's first beta.")
    weight_decay: float = Field(ge=0, le=10, description="AdamW's decoupled decay.")
    l1: float = Field(ge=0, le=10, description="Penalty on the sum of absolute weights.")
    l2: float = Field(ge=0, le=10, description="Penalty on half the sum of squared weights.")
    schedule: Literal["constant", "cosine", "linear", "step"] = Field(
        description="constant, cosine, linear or step."
    )
    warmup_steps: int = Field(ge=0, le=10**9, description="Steps of linear warm-up.")
    clip_norm: float | None = Field(gt=0, description="Largest norm of the gradient.")
    batch_size: int = Field(
        ge=1, le=1_000_000, description="Rows of one micro-batch on one device."
    )
    accumulate: int = Field(ge=1, le=100_000, description="Micro-batches of one optimiser step.")
    compile: bool = Field(description="Compile the network with torch.compile.")
    profile: bool = Field(description="Write a profiler trace of a few steps.")
    keep_weights: bool = Field(
        default=True, description="Write checkpoints and the trained model, not the figures alone."
    )
    telemetry_hz: float = Field(gt=0, le=100, description="Readings per second.")
    checkpoint_every_s: float = Field(gt=0, description="Seconds between checkpoints.")
    checkpoint_every_steps: int | None = Field(
        ge=1, description="Steps between checkpoints, in place of seconds."
    )
    evaluate_every_steps: int | None = Field(
        ge=1, description="Steps between looks at held-out data; otherwise about ten looks."
    )
    most_contention: float = Field(
        ge=0,
        le=1,
        description="Share of CPU that others may take before a run no longer calibrates.",
    )
    # Of some workloads only.
    dropout: float | None = Field(
        default=None, ge=0, lt=1, description="Share of activations dropped in training."
    )
    activation: Literal["relu", "gelu", "silu", "tanh", "sigmoid", "leaky-relu"] | None = Field(
        default=None, description="relu, gelu, silu, tanh, sigmoid or leaky-relu."
    )
    loss: Literal["cross-entropy", "mse"] | None = Field(
        default=None, description="cross-entropy or mse."
    )
    label_smoothing: float | None = Field(
        default=None, ge=0, lt=1, description="Share of the label spread over all classes."
    )
    checkpointing: bool | None = Field(
        default=None, description="Recompute activations in the backward pass."
    )
    augment: bool | None = Field(
        default=None,
        description="Change the inputs while training: move pictures, hide words.",
    )
    shape: Literal["gpt2", "llama"] | None = Field(default=None, description="gpt2 or llama.")
    n_layers: int | None = Field(default=None, ge=1, le=1000, description="Layers.")
    d_model: int | None = Field(default=None, ge=1, le=65536, description="Width.")
    n_heads: int | None = Field(default=None, ge=1, le=1024, description="Attention heads.")
    context_tokens: int | None = Field(
        default=None, ge=2, le=1_000_000, description="Tokens that the model sees at once."
    )
    tokenizer: Literal["char", "bpe"] | None = Field(default=None, description="char or bpe.")
    vocab_size: int | None = Field(
        default=None, ge=16, le=1_000_000, description="Most entries of the vocabulary."
    )
    from_folder: str | None = Field(
        default=None, description="A local Hugging Face folder to start from."
    )
    text_column: str | None = Field(default=None, description="Column of the text.")
    label_column: str | None = Field(default=None, description="Column of the label.")
    picture_pixels: int | None = Field(
        default=None, ge=8, le=512, description="Side that pictures are brought to."
    )
    noise_width: int | None = Field(
        default=None, ge=1, le=4096, description="Numbers that the generator draws from."
    )

    @field_validator("workload")
    @classmethod
    def _is_known(cls, name: str) -> str:
        """A run of another version may be of a workload that this one does not have."""
        if name not in WORKLOADS:
            raise ValueError(f"no workload {name}")
        return name

    @property
    def info(self) -> Workload:
        """The workload's own description."""
        return WORKLOADS[self.workload]

    @property
    def tokens_per_step(self) -> int | None:
        """Tokens that one device trains on in one step; ``None`` without a context."""
        if self.context_tokens is None:
            return None
        return self.batch_size * self.context_tokens * self.accumulate


def make(workload: str, given: Mapping[str, Any] | None = None) -> LabConfig:
    """The config of ``workload`` with ``given`` options in place of its defaults.

    Raises ``InputError`` that names the option, what was found and what may be written.
    """
    if workload not in WORKLOADS:
        raise InputError(
            "workload",
            "{name} is not a workload; write one of: {known}",
            name=shown(workload),
            known=", ".join(WORKLOADS),
        )
    defaults = {**COMMON, **WORKLOADS[workload].defaults}
    chosen = {name: value for name, value in (given or {}).items() if value is not None}
    for name in chosen:
        if name not in defaults:
            near = difflib.get_close_matches(name, defaults, n=3)
            raise InputError(
                name,
                "the workload {workload} has no such option; it has: {known}",
                workload=workload,
                known=", ".join(near or sorted(WORKLOADS[workload].defaults)),
            )
    if {"minutes", "steps"} & chosen.keys():
        defaults |= {"minutes": None, "steps": None}
    filled = {**defaults, **chosen, **_whole_paths(chosen, WORKLOADS[workload])}
    try:
        config = LabConfig(workload=workload, **filled)
    except ValidationError as error:
        raise _refusal(error) from None
    _check(config)
    return config


def load(path: Path) -> LabConfig:
    """The config stored in a run folder. Raises ``InputError`` where it cannot be read."""
    try:
        return LabConfig.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(
            str(path),
            "the run's config cannot be read ({reason}); the folder is not a lab run",
            reason=shown(error),
        ) from None


def _whole_paths(chosen: Mapping[str, Any], info: Workload) -> dict[str, str]:
    """The paths among the options, absolute: a run works in another folder than its maker."""
    found = {}
    for name in ("data", "from_folder"):
        given = chosen.get(name)
        if isinstance(given, str | Path) and given not in info.data:
            with contextlib.suppress(OSError, ValueError, RuntimeError):  # no path at all
                path = Path(given).expanduser().absolute()
                if path.exists():
                    found[name] = str(path)
    return found


def _check(config: LabConfig) -> None:
    width, heads = config.d_model, config.n_heads
    if width is not None and heads is not None and width % heads:
        raise InputError(
            "d_model",
            "a width of {width} does not divide among {heads} heads; write a multiple",
            width=width,
            heads=heads,
        )
    turns = config.shape == "llama" or config.workload == "seq2seq"
    if turns and width is not None and heads is not None and width // heads % 2:
        raise InputError(
            "n_heads",
            "rotary positions turn pairs, and {width} for each head is odd; write another "
            "number of heads",
            width=width // heads,
        )
    if config.precision == "fp16" and config.device == "cpu":
        raise InputError(
            "precision",
            "fp16 runs some hundred times slower than fp32 on a CPU; write fp32 or bf16",
        )


def _refusal(error: ValidationError) -> InputError:
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    expected = first.get("ctx", {}).get("expected")
    if expected is not None:
        return InputError(
            field,
            "{value} is not one of the choices here; write {choices}",
            value=shown(first["input"]),
            choices=str(expected).replace("'", "").replace(" or ", ", "),
        )
    limits = {k: v for k, v in first.get("ctx", {}).items() if k in ("ge", "gt", "le", "lt")}
    if limits:
        return InputError(
            field,
            "{value} is outside what this option takes ({limits})",
            value=shown(first["input"]),
            limits=", ".join(f"{_SIGNS[k]} {v:g}" for k, v in limits.items()),
        )
    return InputError(
        field,
        "{value} cannot be used for this option",
        value=shown(first["input"]),
    )


_SIGNS: Final = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
