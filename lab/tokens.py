"""Text to token ids and back: characters, or byte-pair encoding of the text at hand."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import InputError

#: What stands for a character that was not in the training text.
UNKNOWN: Final = "\ufffd"
_FILE: Final = "tokenizer.json"
#: The first ids of ``Marked``; the names are ours, so that no folder of others has them.
_MARKS: Final = ["[assay-pad]", "[assay-begin]", "[assay-unknown]"]
#: Of a vocabulary of marked pieces, the share that may be single characters; a rarer run of
#: characters than this is no piece.
_MOST_CHARACTERS: Final = 0.5
_FEWEST_TIMES: Final = 2
#: Marked pieces are learnt from so many texts: more take seconds and add little.
_MOST_LEARNT_TEXTS: Final = 2_000

#: Scripts that are written without spaces: a character is taken for a word.
_UNSPACED: Final = "\u3040-\u30ff\u3400-\u9fff"
_WORD: Final = re.compile(rf"[{_UNSPACED}]|(?:[^\W{_UNSPACED}]|[’'-])+|[^\w\s]")
_TARGET: Final = re.compile(r"[A-Za-z0-9%$.]+|\s|.", re.DOTALL)


def words(text: str) -> list[str]:
    """The words and marks of a sentence, as written."""
    return _WORD.findall(text)


def is_name(word: str) -> bool:
    """Whether a word that nobody knows is better kept than left out: a name, a number."""
    return not (word.isalpha() and word.islower())


def target_tokens(text: str) -> list[str]:
    """Chinese by characters, Latin words and numbers whole; spaces are tokens too."""
    return _TARGET.findall(text)


class Tokenizer(Protocol):
    """Text to ids and back."""

    @property
    def vocab_size(self) -> int:
        """How many ids there are."""

    def encode(self, text: str) -> NDArray[np.int64]:
        """The ids of a text, shape ``(n,)``."""

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids."""

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json``."""


class Characters:
    """One id per character; the first id stands for those that were never seen."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = [UNKNOWN, *(c for c in characters if c != UNKNOWN)]
        self._ids = {c: i for i, c in enumerate(self.characters)}
        codes = np.array([ord(c) for c in self.characters])
        # A table from code point to id: five million characters in a few milliseconds.
        self._table = np.zeros(int(codes.max()) + 1, dtype=np.int64)
        self._table[codes] = np.arange(len(codes))
        self._table[ord(UNKNOWN)] = 0

    @classmethod
    def of(cls, texts: Iterable[str], *, most: int | None = None) -> "Characters":
        """The characters of ``texts``, the commonest first, at most ``most`` ids in all."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(text)
        ordered = sorted(counts, key=lambda c: (-counts[c], c))
        return cls(ordered if most is None else ordered[: most - 1])

    @property
    def vocab_size(self) -> int:
        """How many ids there are, the unknown one included."""
        return len(self.characters)

    def encode(self, text: str) -> NDArray[np.int64]:
        """The ids of a text; characters never seen become id 0."""
        # A lone surrogate, as a terminal may pass one on, is a character never seen.
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        known = codes < len(self._table)
        ids: NDArray[np.int64] = np.where(known, self._table[np.where(known, codes, 0)], 0)
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids."""
        return "".join(self.characters[int(i)] for i in ids)

    def save(self, folder: Path) -> None:
        """Write the characters in the order of their ids."""
        content = {"kind": "char", "characters": self.characters[1:]}
        (folder / _FILE).write_text(json.dumps(content, ensure_ascii=False), "utf-8")


class Marked:
    """Pieces of some characters behind a first mark, as BERT reads a text; ids 0 and 1 pad and
    begin, 2 stands for a character never seen.

    Byte-pair encoding inside runs of letters, which in Chinese are whole clauses: a common
    "不好" is a piece of its own and says more than its characters one by one.

    Source: Sennrich, Haddow, Birch 2016, Neural machine translation of rare words with
    subword units, arXiv:1508.07909.
    """

    pad: Final = 0
    begin: Final = 1
    unknown: Final = 2

    def __init__(self, made: Any) -> None:
        self._made = made
        # A text that names a mark does not contain one.
        made.encode_special_tokens = True

    @classmethod
    def of(cls, texts: Sequence[str], *, most: int) -> "Marked":
        """The commonest pieces of ``texts``, at most ``most`` ids in all."""
        from tokenizers import Tokenizer as Library
        from tokenizers import models, pre_tokenizers, trainers

        made = Library(models.BPE(unk_token=_MARKS[cls.unknown]))
        made.pre_tokenizer = pre_tokenizers.Whitespace()
        trainer = trainers.BpeTrainer(
            vocab_size=most,
            limit_alphabet=max(1, int(most * _MOST_CHARACTERS)),
            min_frequency=_FEWEST_TIMES,
            special_tokens=list(_MARKS),
            show_progress=False,
        )
        made.train_from_iterator(texts[:_MOST_LEARNT_TEXTS], trainer)
        return cls(made)

    @property
    def vocab_size(self) -> int:
        """How many ids there are."""
        return int(self._made.get_vocab_size())

    def encode(self, texts: Sequence[str], *, most: int) -> list[NDArray[np.int64]]:
        """The mark and the first pieces of each text, at most ``most`` ids; on all cores."""
        # A lone surrogate, as a terminal may pass one on, is a character never seen.
        readable = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        found = self._made.encode_batch(readable)
        return [np.array([self.begin, *f.ids[: most - 1]], dtype=np.int64) for f in found]

    def save(self, folder: Path) -> None:
        """Write the library's own file, which ``transformers`` reads too."""
        self._made.save(str(folder / _FILE))


class Pieces:
    """Byte-pair encoding over bytes, by the ``tokenizers`` library: every text has ids."""

    def __init__(self, made: Any) -> None:
        self._made = made

    @classmethod
    def of(cls, text: str, *, vocab_size: int) -> "Pieces":
        """Learn the pieces of ``text``."""
        from tokenizers import Tokenizer as Library
        from tokenizers import decoders, models, pre_tokenizers, trainers

        made = Library(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=max(vocab_size, 256),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        made.train_from_iterator(text.splitlines(keepends=True), trainer)
        return cls(made)

    @property
    def vocab_size(self) -> int:
        """How many ids there are."""
        return int(self._made.get_vocab_size())

    def encode(self, text: str) -> NDArray[np.int64]:
        """The ids of a text, line by line so that the lines are encoded in parallel."""
        parts = self._made.encode_batch(text.splitlines(keepends=True))
        return np.concatenate(
            [np.asarray(p.ids, dtype=np.int64) for p in parts] or [np.zeros(0, np.int64)]
        )

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids."""
        return str(self._made.decode([int(i) for i in ids]))

    def save(self, folder: Path) -> None:
        """Write the library's own file, which ``transformers`` reads too."""
        self._made.save(str(folder / _FILE))


class Words:
    """The words of a sentence, lower-cased; those never seen are numbered in their order.

    Ids below ``n_unknown`` stand for the first, second, ... word that is not known.
    """

    def __init__(self, known: Sequence[str], *, n_unknown: int) -> None:
        self.known = list(known)
        self.n_unknown = n_unknown
        self._ids = {word: i + n_unknown for i, word in enumerate(self.known)}

    @classmethod
    def of(cls, texts: Iterable[str], *, n_unknown: int, most: int) -> "Words":
        """The words of ``texts``, the commonest first, at most ``most``."""
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(word.lower() for word in words(text))
        ordered = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(ordered[:most], n_unknown=n_unknown)

    @property
    def vocab_size(self) -> int:
        """How many ids there are, those of unknown words included."""
        return len(self.known) + self.n_unknown

    def encode(self, text: str) -> NDArray[np.int64]:
        """The ids of a text; all unknown words after the last number share it."""
        ids = [self._ids.get(word.lower()) for word in words(text)]
        return self.numbered(ids)

    def numbered(self, ids: Iterable[int | None]) -> NDArray[np.int64]:
        """``ids`` with a number in place of each ``None``."""
        made, n = [], 0
        for i in ids:
            made.append(min(n, self.n_unknown - 1) if i is None else i)
            n += i is None
        return np.array(made, dtype=np.int64)

    def unknown(self, text: str) -> list[str]:
        """The words that are not known, as written."""
        return [word for word in words(text) if word.lower() not in self._ids]

    def save(self, folder: Path) -> None:
        """Write the words in the order of their ids."""
        content = {"kind": "words", "n_unknown": self.n_unknown, "words": self.known}
        (folder / _FILE).write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def load_marked(folder: Path) -> Marked | None:
    """The marked pieces of a model folder, ``None`` where it holds another tokenizer."""
    from tokenizers import Tokenizer as Library

    try:
        made = Library.from_file(str(folder / _FILE))
    except Exception:  # noqa: BLE001 -- the library raises bare exceptions
        return None
    return Marked(made) if [made.id_to_token(i) for i in range(len(_MARKS))] == _MARKS else None


def load(folder: Path) -> Tokenizer:
    """The tokenizer of a model folder. Raises ``InputError`` where there is none to read."""
    path = folder / _FILE
    try:
        content = json.loads(path.read_text("utf-8"))
        if content.get("kind") == "char":
            return Characters(content["characters"])
        from tokenizers import Tokenizer as Library

        return Pieces(Library.from_file(str(path)))
    except Exception as error:  # noqa: BLE001 -- the library raises bare exceptions
        raise InputError(
            "model",
            "{path} cannot be read ({reason}); give a folder with a tokenizer.json",
            path=str(path),
            reason=type(error).__name__,
        ) from None
