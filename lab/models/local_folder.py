"""Models from a local Hugging Face folder: weights as safetensors, never code, no network."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from costmodel.messages import InputError, Message, shown
from lab import checkpoint, tokens
from lab.models import bert, decoder


class TextEncoder(Protocol):
    """Text to the ids that an encoder reads."""

    @property
    def pad(self) -> int:
        """The id that fills a row."""

    @property
    def unknown(self) -> int:
        """The id of what is not known, or is hidden."""

    @property
    def vocab_size(self) -> int:
        """How many ids there are."""

    def encode(self, texts: Sequence[str], *, most: int) -> list[NDArray[np.int64]]:
        """The ids of each text, at most ``most``."""

    def save(self, folder: Path) -> None:
        """Write the tokenizer's files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalClassifier:
    """A classifier from a folder; ``notes`` say what was made anew."""

    model: nn.Module
    tokenizer: TextEncoder
    most_tokens: int
    notes: tuple[Message, ...]


def check_folder(folder: Path, *, field: str = "from_folder") -> dict[str, Any]:
    """The ``config.json`` of a folder that can be loaded safely.

    Raises ``InputError`` for a folder without one, with code of its own, or whose weights
    are only there as a pickle.
    """
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
        if not isinstance(config, dict):
            raise TypeError("a list")
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            field,
            "{path} has no config.json that can be read ({reason}); give a local Hugging Face "
            "folder",
            path=str(folder),
            reason=shown(error),
        ) from None
    if "auto_map" in config or _maps_code(folder) or any(folder.glob("*.py")):
        raise InputError(
            field,
            "{path} brings code of its own, which is never run; give a model of an architecture "
            "that transformers knows",
            path=str(folder),
        )
    if not list(folder.glob("*.safetensors")):
        raise InputError(
            field,
            "{path} holds no safetensors weights; pickled ones can run code and are never opened",
            path=str(folder),
        )
    for weights in folder.glob("*.safetensors"):
        checkpoint.check_is_safetensors(weights)
    return config


def classifier(folder: Path, *, labels: Sequence[str]) -> LocalClassifier:
    """The folder's encoder with a head for ``labels``; the head is new where they differ."""
    config = check_folder(folder)
    own = tokens.load_marked(folder)
    if own is not None:
        model = bert.Bert(config, dropout=0.0, checkpointing=False)
        checkpoint.load_weights(model, folder / "model.safetensors")
        same = list(config["id2label"].values()) == list(labels)
        if not same:
            model.classifier = nn.Linear(config["hidden_size"], len(labels))
        return LocalClassifier(
            model=model,
            tokenizer=own,
            most_tokens=int(config["max_position_embeddings"]),
            notes=() if same else (_NEW_HEAD,),
        )
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    with _told(folder, "from_folder"):
        loaded = AutoModelForSequenceClassification.from_pretrained(
            folder,
            num_labels=len(labels),
            ignore_mismatched_sizes=True,
            use_safetensors=True,
            **_LOCAL,
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, **_LOCAL)
    before = list((config.get("id2label") or {}).values())
    loaded.config.id2label = dict(enumerate(labels))
    return LocalClassifier(
        model=_Library(loaded),
        tokenizer=_LibraryTokenizer(tokenizer),
        most_tokens=int(getattr(loaded.config, "max_position_embeddings", 512)),
        notes=() if before == list(labels) else (_NEW_HEAD,),
    )


def save_classifier(model: nn.Module, tokenizer: TextEncoder, folder: Path) -> None:
    """The config and tokenizer of a model that came from a folder."""
    if isinstance(model, _Library):
        model.hf_config.save_pretrained(folder)
    tokenizer.save(folder)


def language_model(folder: Path) -> tuple[Any, Any]:
    """(decoder, tokenizer): ours where the folder is a run's, else those of ``transformers``."""
    model, is_ours = causal_model(folder)
    if is_ours:
        return model, tokens.load(folder)
    from transformers import AutoTokenizer

    with _told(folder, "model"):
        return model, AutoTokenizer.from_pretrained(folder, **_LOCAL)


def causal_model(folder: Path) -> tuple[Any, bool]:
    """The decoder of a folder, and whether it is one of the lab's own."""
    config = check_folder(folder, field="model")
    is_ours = config.get("model_type") in ("gpt2", "llama") and bool(config.get("assay"))
    if is_ours or _tokenizer_kind(folder) == "char":
        with _told(folder, "model"):
            made = decoder.make(config, dropout=0.0, checkpointing=False)
        checkpoint.load_weights(made, folder / "model.safetensors")
        return made, True
    from transformers import AutoModelForCausalLM

    with _told(folder, "model"):
        return AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, **_LOCAL), False


_NEW_HEAD: Final = Message("The folder's classifier was not trained for these labels.")
#: Nothing is fetched, and no code of the folder runs.
_LOCAL: Final[Mapping[str, Any]] = {"local_files_only": True, "trust_remote_code": False}


@contextmanager
def _told(folder: Path, field: str) -> Iterator[None]:
    """Whatever a folder does to the loader becomes an ``InputError`` of ``field``."""
    try:
        yield
    except (OSError, ArithmeticError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(
            field,
            "{path} cannot be loaded ({reason}); give a complete Hugging Face folder",
            path=str(folder),
            reason=shown(error),
        ) from None


def _maps_code(folder: Path) -> bool:
    """Whether the tokenizer's config names code to run."""
    try:
        return "auto_map" in (folder / "tokenizer_config.json").read_text("utf-8")
    except (OSError, ValueError):
        return False


def _tokenizer_kind(folder: Path) -> str | None:
    try:
        content = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return content.get("kind") if isinstance(content, dict) else None


class _Library(nn.Module):
    """A classifier of ``transformers`` under our signature."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner
        self.hf_config = inner.config
        # Under the library's own names, so that the folder loads there again.
        self.register_state_dict_post_hook(_without_inner)
        self.register_load_state_dict_pre_hook(_with_inner)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        logits: Tensor = self.inner(input_ids=ids, attention_mask=mask.long()).logits
        return logits


def _without_inner(module: nn.Module, state: dict[str, Tensor], prefix: str, rest: Any) -> None:
    for name in [name for name in state if name.startswith(f"{prefix}inner.")]:
        state[prefix + name.removeprefix(f"{prefix}inner.")] = state.pop(name)


def _with_inner(module: nn.Module, state: dict[str, Tensor], prefix: str, *rest: Any) -> None:
    for name in [name for name in state if name.startswith(prefix)]:
        state[f"{prefix}inner.{name.removeprefix(prefix)}"] = state.pop(name)


class _LibraryTokenizer:
    def __init__(self, inner: Any) -> None:
        self.inner = inner

    @property
    def pad(self) -> int:
        return int(self.inner.pad_token_id or 0)

    @property
    def unknown(self) -> int:
        token = self.inner.mask_token_id
        return int(token if token is not None else self.inner.unk_token_id or 0)

    @property
    def vocab_size(self) -> int:
        return len(self.inner)

    def encode(self, texts: Sequence[str], *, most: int) -> list[NDArray[np.int64]]:
        rows = self.inner(list(texts), truncation=True, max_length=most)["input_ids"]
        return [np.asarray(ids, dtype=np.int64) for ids in rows]

    def save(self, folder: Path) -> None:
        self.inner.save_pretrained(folder)
