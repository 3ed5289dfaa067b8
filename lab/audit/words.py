"""Texts as rows of hashed words, all of a batch at once: what duplicates, contamination and
quality are counted on.

A word is a run of letters, digits and combining marks in lower case; each Chinese character
and each kana is a word of its own, so that one rule gives word n-grams for English and
character n-grams for Chinese. Punctuation and spacing do not count.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

U64: TypeAlias = NDArray[np.uint64]
Ints: TypeAlias = NDArray[np.int64]

#: Stands between the texts of a batch; no text keeps one.
BETWEEN: Final = "\x1e"
#: Characters of a script without spaces: Han, kana, Bopomofo and their supplements.
_OWN_WORD: Final = (
    *((0x3041, 0x30FF), (0x3105, 0x312F), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)),
    *((0x20000, 0x323AF),),
)
_NO_WORD, _IN_WORD, _ALONE = 0, 1, 2
_BASE: Final = 0x9E3779B97F4A7C15  # odd, so that its powers can be undone
_MASK: Final = (1 << 64) - 1
_MIX: Final = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
_SHIFT: Final = np.uint64(33)
_FIRST_BITS: Final = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a batch of texts.

    ``hashes`` are 64-bit, one for each word in order; the words of text ``i`` are
    ``hashes[first[i]:first[i + 1]]``. ``lengths`` are in characters. ``codes`` are the
    characters of all texts in lower case, those of text ``i`` ``codes[begins[i]:ends[i]]``.
    """

    hashes: U64
    lengths: Ints
    first: Ints
    codes: NDArray[np.uint32]
    begins: Ints
    ends: Ints

    @property
    def n_texts(self) -> int:
        """How many texts."""
        return len(self.first) - 1

    @property
    def counts(self) -> Ints:
        """Words of each text."""
        return np.diff(self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grams:
    """The hashed n-grams of a batch, repeats included; those of text ``i`` are
    ``hashes[first[i]:first[i + 1]]``.
    """

    hashes: U64
    first: Ints

    @property
    def counts(self) -> Ints:
        """n-grams of each text."""
        return np.diff(self.first)

    @property
    def text_of(self) -> Ints:
        """The text that each n-gram is of."""
        return np.repeat(np.arange(len(self.first) - 1), self.counts)


def words_of(texts: list[str]) -> Words:
    """Cut texts into words. None may hold ``BETWEEN``."""
    joined = BETWEEN.join([*texts, ""]).lower()
    codes = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)
    ends = np.flatnonzero(codes == ord(BETWEEN))
    begins = np.concatenate(([0], ends[:-1] + 1)) if len(ends) else ends
    known = np.minimum(codes, _LAST)
    kind = _kinds()[known]
    starts_word, ends_word = _edges(kind)
    starts = np.flatnonzero(starts_word)
    stops = np.flatnonzero(ends_word) + 1
    sums = np.zeros(len(codes) + 1, np.uint64)
    powers, undone = _powers(1 << max(16, len(codes).bit_length()))
    terms = _of_characters()[known]
    terms *= powers[: len(codes)]
    np.cumsum(terms, out=sums[1:])
    hashes = mixed((sums[stops] - sums[starts]) * undone[starts])
    first = np.concatenate(([0], np.searchsorted(starts, ends)))
    return Words(
        hashes=hashes,
        lengths=stops - starts,
        first=first.astype(np.int64),
        codes=codes,
        begins=begins,
        ends=ends,
    )


def grams_of(words: Words, n: int, *, whole_if_shorter: bool) -> Grams:
    """The n-grams of words. A text of fewer words has none, or with ``whole_if_shorter`` one
    that stands for all of it.
    """
    counts = words.counts
    of_text = np.maximum(counts - n + 1, 0)
    padded = np.concatenate((words.hashes, np.zeros(n, np.uint64)))
    total = len(words.hashes)
    run = np.zeros(total, np.uint64)
    for k in range(n):
        run += padded[k : k + total] * _coefficient(k)
    # The start of each n-gram that does not reach into the next text.
    first = np.concatenate(([0], np.cumsum(of_text)))
    at = np.arange(first[-1]) + np.repeat(words.first[:-1] - first[:-1], of_text)
    hashes = mixed(run[at])
    short = (counts > 0) & (counts < n) if whole_if_shorter else np.zeros(len(counts), bool)
    if not short.any():
        return Grams(hashes=hashes, first=first)
    where = np.flatnonzero(short)
    alone = np.zeros(len(where), np.uint64)
    for k in range(n - 1):
        has = counts[where] > k
        alone[has] += padded[words.first[:-1][where[has]] + k] * _coefficient(k)
    alone += counts[where].astype(np.uint64)
    return Grams(
        hashes=np.insert(hashes, first[where], mixed(alone)),
        first=np.concatenate(([0], np.cumsum(of_text + short))),
    )


def distinct(grams: Grams) -> Grams:
    """The same without repeats within a text; in no order within one."""
    keys = keyed(grams.hashes, grams.text_of)
    _, kept = np.unique(keys, return_index=True)
    kept.sort()
    of_text = np.bincount(grams.text_of[kept], minlength=len(grams.counts))
    return Grams(hashes=grams.hashes[kept], first=np.concatenate(([0], np.cumsum(of_text))))


def keyed(hashes: U64, owners: Ints) -> U64:
    """One hash for a pair of hash and owner, as if the owner were a part of it."""
    key = hashes ^ mixed((owners.astype(np.uint64) + np.uint64(1)) * _coefficient(0))
    return mixed(key)


def among(hashes: U64, few: U64) -> NDArray[np.bool_]:
    """Which hashes are one of a few: most are told apart by their first bits."""
    may = np.zeros(1 << _FIRST_BITS, bool)
    may[few >> np.uint64(64 - _FIRST_BITS)] = True
    found = may[hashes >> np.uint64(64 - _FIRST_BITS)]
    at = np.flatnonzero(found)
    found[at] = np.isin(hashes[at], few)
    return found


def mixed(values: U64) -> U64:
    """Each value spread over all 64 bits, two of them never to one.

    Source: the finaliser of MurmurHash3, Austin Appleby, public domain.
    """
    spread = values ^ (values >> _SHIFT)
    spread *= _MIX[0]
    spread ^= spread >> _SHIFT
    spread *= _MIX[1]
    spread ^= spread >> _SHIFT
    return spread


def _edges(kind: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a word starts, and where one ends."""
    inside = kind == _IN_WORD
    alone = kind == _ALONE
    goes_on = inside.copy()  # the word of the character before goes on here
    goes_on[1:] &= inside[:-1]
    goes_on[:1] = False
    starts = (inside | alone) & ~goes_on
    ends = inside | alone
    ends[:-1] &= ~goes_on[1:]
    return starts, ends


@cache
def _coefficient(k: int) -> np.uint64:
    return np.uint64(pow(_BASE ^ 0x5851F42D4C957F2D, 2 * k + 3, 1 << 64) | 1)


#: Characters above are looked up as this one; none of them is a word.
_LAST: Final = 0x323B0


@cache
def _kinds() -> NDArray[np.uint8]:
    """Whether each character is in a word, a word alone, or none."""
    kinds = np.zeros(_LAST + 1, np.uint8)
    for code in range(0x20000):
        character = chr(code)
        if character.isalnum() or unicodedata.category(character).startswith("M"):
            kinds[code] = _IN_WORD
    for low, high in _OWN_WORD:
        kinds[low : high + 1] = _ALONE
    kinds[0x30FB] = _NO_WORD  # the katakana middle dot
    return kinds


@cache
def _of_characters() -> U64:
    return mixed(np.arange(1, _LAST + 2, dtype=np.uint64) * np.uint64(_BASE))


@cache
def _powers(n: int) -> tuple[U64, U64]:
    """``_BASE`` to the powers below ``n``, and what undoes each."""
    found = []
    for base in (_BASE, pow(_BASE, -1, 1 << 64)):
        powers = np.ones(n, np.uint64)
        have, step = 1, base
        while have < n:  # double what is there: the powers above are those below times a step
            powers[have : 2 * have] = powers[:have] * np.uint64(step)
            have, step = 2 * have, step * step & _MASK
        found.append(powers)
    return found[0], found[1]
