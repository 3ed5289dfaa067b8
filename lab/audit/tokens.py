"""How many tokens a sample has: by a tokenizer on this machine, else by a stated estimate.

A tokenizer reads a random part of a large sample, and its tokens per byte stand for the rest.
"""

import random
from pathlib import Path
from typing import Any, Final

import numpy as np

from costmodel.messages import Amount, InputError, Message, shown
from lab.audit.words import Words

#: Bytes of text that a tokenizer reads whole, and in all.
_READ_WHOLE: Final = 4_000_000
_MOST_READ: Final = 16_000_000
#: Tokens for a character. Source: DeepSeek's API documentation, Token and token usage:
#: "1 English character ≈ 0.3 token, 1 Chinese character ≈ 0.6 token".
_PER_CHARACTER: Final = 0.3
_PER_HAN: Final = 0.6


class Tokens:
    """Counts tokens, batch by batch."""

    def __init__(self, folder: Path | None, *, seed: int = 0) -> None:
        self._rng = random.Random(seed)
        self._tokenizer = None if folder is None else _load(folder)
        self._name = None if folder is None else folder.name
        self._n_bytes = 0
        self._read_bytes = 0
        self._read_tokens = 0
        self._estimate = 0.0

    def add(self, contents: list[bytes], texts: list[str], words: Words) -> None:
        """The next texts."""
        n_bytes = sum(map(len, contents))
        self._n_bytes += n_bytes
        if self._tokenizer is None:
            codes = words.codes
            n_han = int(np.count_nonzero((codes >= 0x3041) & (codes <= 0x9FFF)))
            n = len(codes) - words.n_texts
            self._estimate += _PER_HAN * n_han + _PER_CHARACTER * (n - n_han)
            return
        often = min(1.0, _READ_WHOLE / max(self._n_bytes, 1))
        for content, text in zip(contents, texts, strict=True):
            if self._read_bytes < _MOST_READ and self._rng.random() < often:
                self._read_bytes += len(content)
                encoded = self._tokenizer.encode(text, add_special_tokens=False)
                self._read_tokens += len(encoded.ids)

    @property
    def n_tokens(self) -> float:
        """Tokens of the whole sample."""
        if self._tokenizer is None:
            return self._estimate
        return self._n_bytes * self._read_tokens / max(self._read_bytes, 1)

    def as_json(self) -> dict[str, Any]:
        """How they were counted."""
        counted = "estimate" if self._tokenizer is None else "tokenizer"
        return {
            "counted_by": counted,
            "tokenizer": self._name,
            "bytes_read": self._read_bytes if self._tokenizer is not None else None,
            "bytes_per_token": self._n_bytes / self.n_tokens if self.n_tokens else None,
        }

    def note(self) -> Message:
        """Which count it is."""
        if self._tokenizer is None:
            return Message(
                "Tokens are an estimate, {rest} for a character and {han} for a Chinese one, as "
                "DeepSeek states for its own; give a tokenizer's folder to count them",
                {"rest": _PER_CHARACTER, "han": _PER_HAN},
            )
        if self._read_bytes >= self._n_bytes:
            return Message("Tokens were counted by {name}", {"name": self._name or ""})
        return Message(
            "Tokens were counted by {name} on {read} of the {all}, chosen at random",
            {
                "name": self._name or "",
                "read": Amount(self._read_bytes, "bytes"),
                "all": Amount(self._n_bytes, "bytes"),
            },
        )


def _load(folder: Path) -> Any:
    """The fast tokenizer in a folder, read as data: nothing in it is run."""
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json" if folder.is_dir() else folder
    if not file.is_file():
        raise InputError(
            "tokenizer",
            "{path} has no tokenizer.json; give the folder of a Hugging Face tokenizer",
            path=shown(folder.name),
        )
    try:
        return Tokenizer.from_file(str(file))
    except Exception as broken:  # noqa: BLE001 -- the library raises nothing narrower
        raise InputError(
            "tokenizer",
            "{path} is no tokenizer that can be read ({reason})",
            path=shown(file.name),
            reason=shown(broken),
        ) from None
