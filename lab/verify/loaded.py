"""A checkpoint as a model that answers: from safetensors, offline, with no code of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from torch import Tensor, nn

from costmodel.messages import InputError, shown
from lab import tokens
from lab.models import local_folder


class Tokens(Protocol):
    """Text to ids and back."""

    def encode(self, text: str) -> list[int]:
        """The ids of a text, without marks of beginning or end."""

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids."""


class LanguageModel:
    """A causal language model of a local folder.

    Raises ``InputError`` for one that does not write from left to right, and as
    ``local_folder.language_model`` does.
    """

    def __init__(self, folder: Path) -> None:
        _check_causal(folder)
        model, is_ours = local_folder.causal_model(folder)
        self.model: nn.Module = model.eval()
        self.tokens: Tokens = _Own(tokens.load(folder)) if is_ours else _library_tokens(folder)
        config = getattr(model, "config", None)
        most = getattr(model, "context_tokens", None) or getattr(
            config, "max_position_embeddings", None
        )
        self.context_tokens = int(most or 1024)
        vocab = getattr(model, "vocab_size", None) or getattr(config, "vocab_size", None)
        self.vocab_size = int(vocab or 0)

    def logits(self, ids: Tensor) -> Tensor:
        """(batch, length) ids to (batch, length, vocabulary) logits."""
        out: Any = self.model(ids)
        found: Tensor = out if isinstance(out, Tensor) else out.logits
        return found

    def encode(self, text: str) -> list[int]:
        """The ids of a text. Raises ``InputError`` where the tokenizer is another model's."""
        ids = list(self.tokens.encode(text))
        if ids and max(ids) >= self.vocab_size:
            raise InputError(
                "folder",
                "the tokenizer gives the number {id} and the model knows {n} tokens: it belongs to "
                "another model",
                id=max(ids),
                n=self.vocab_size,
            )
        return ids


def _check_causal(folder: Path) -> None:
    config = local_folder.check_folder(folder, field="folder")
    named = [str(one) for one in config.get("architectures") or ()]
    kind = str(config.get("model_type"))
    if kind in _ENCODERS or any("MaskedLM" in one for one in named):
        raise InputError(
            "evaluate",
            "{kind} does not write from left to right: the chance of a text, and of an answer in "
            "words, is that of a decoder; give questions with labels for a classifier",
            kind=shown(kind),
        )


_ENCODERS: Final = frozenset(
    {"albert", "bert", "deberta", "deberta-v2", "distilbert", "electra", "modernbert", "roberta"}
    | {"bart", "m2m_100", "marian", "mbart", "mt5", "t5", "umt5", "xlm-roberta"}
)


class _Of:
    """A tokenizer of ``tokenizers`` or ``transformers``."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def encode(self, text: str) -> list[int]:
        found = self._inner.encode(text, add_special_tokens=False)
        return list(found if isinstance(found, list) else found.ids)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._inner.decode(list(ids)))


class _Own:
    """A tokenizer of the lab."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def encode(self, text: str) -> list[int]:
        return [int(i) for i in self._inner.encode(text)]

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._inner.decode([int(i) for i in ids]))


def _library_tokens(folder: Path) -> Tokens:
    """The tokenizer of ``tokenizer.json`` itself, whatever a config says of its class; where
    there is none, the one that ``transformers`` makes of the folder's other files.
    """
    try:
        if (folder / "tokenizer.json").is_file():
            from tokenizers import Tokenizer

            return _Of(Tokenizer.from_file(str(folder / "tokenizer.json")))
        from transformers import AutoTokenizer

        found = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        return _Of(found)
    except Exception as error:  # noqa: BLE001 -- the libraries raise what they like
        raise InputError(
            "folder", "the folder's tokenizer cannot be read ({reason})", reason=shown(error)
        ) from None


def pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Rows of ids filled up at the right with zeros, and their lengths."""
    lengths = torch.tensor([len(row) for row in rows])
    ids = torch.zeros(len(rows), int(lengths.max()), dtype=torch.long)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row, dtype=torch.long)
    return ids, lengths
