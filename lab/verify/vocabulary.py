"""The tokens of a folder's tokenizer, read as data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from lab.verify.matrices import Places

_MOST_BYTES: Final = 200_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Tokens with their ids, from ``file``."""

    ids: Mapping[str, int]
    file: str

    @property
    def n(self) -> int:
        """One more than the largest id: the rows that an embedding needs."""
        return max(self.ids.values(), default=-1) + 1


def of(folder: Path) -> Vocabulary | None:
    """The folder's vocabulary; ``None`` where it has none in a form that is read as text."""
    for name in ("tokenizer.json", "vocab.json", "vocab.txt"):
        path = folder / name
        try:
            if path.is_file() and path.stat().st_size <= _MOST_BYTES:
                ids = _read(path)
                if ids:
                    return Vocabulary(ids=ids, file=name)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return None


def _read(path: Path) -> dict[str, int]:
    if path.suffix == ".txt":
        lines = path.read_text("utf-8").splitlines()
        return {token: i for i, token in enumerate(lines) if token}
    found = json.loads(path.read_text("utf-8"))
    if path.name == "vocab.json":
        return _checked(found)
    if isinstance(found.get("model"), Mapping):
        return _of_tokenizers(found)
    # A run of the lab keeps its tokens as a list.
    listed = found.get("characters") or found.get("tokens") or found.get("pieces")
    return {str(token): i for i, token in enumerate(listed)}


def _of_tokenizers(found: Mapping[str, Any]) -> dict[str, int]:
    vocab = found["model"]["vocab"]
    if isinstance(vocab, list):  # Unigram: pairs of token and score
        ids = {str(entry[0]): i for i, entry in enumerate(vocab)}
    else:
        ids = _checked(vocab)
    for added in found.get("added_tokens") or ():
        ids[str(added["content"])] = int(added["id"])
    return ids


def _checked(found: Mapping[str, Any]) -> dict[str, int]:
    return {str(token): int(i) for token, i in found.items() if int(i) >= 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Tokens that two vocabularies share, and how many of those have the same id.

    ``share`` is of the smaller vocabulary; ``rows`` are the ids in each, in one order.
    """

    n: int
    share: float
    same_id_share: float
    rows: tuple[Places, Places]


def overlap(one: Vocabulary, base: Vocabulary) -> Overlap:
    """What two vocabularies have in common."""
    shared = sorted(one.ids.keys() & base.ids.keys())
    ours = np.array([one.ids[token] for token in shared], dtype=np.intp)
    theirs = np.array([base.ids[token] for token in shared], dtype=np.intp)
    smaller = min(len(one.ids), len(base.ids))
    return Overlap(
        n=len(shared),
        share=len(shared) / smaller if smaller else 0.0,
        same_id_share=float(np.mean(ours == theirs)) if shared else 0.0,
        rows=(ours, theirs),
    )
