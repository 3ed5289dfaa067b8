"""Duplicates: texts that equal an earlier one, and texts nearly equal to an earlier one.

Bands of MinHash values bring candidates together; whether a pair counts is decided by its true
Jaccard index over all its n-grams, so what is reported is right and only a pair that shares no
band can be missed. Bands lie on disk, and a part of one at a time is sorted in memory.

Source: Broder 1997, On the resemblance and containment of documents; the deduplication of Lee
et al. 2022, arXiv:2107.06499, works alike.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lab.audit.signatures import Bands, band_hashes, signatures
from lab.audit.spool import Column, Spool
from lab.audit.words import U64, Grams, Ints, distinct, grams_of, keyed, words_of

#: Words of an n-gram; characters where a script has no spaces between words.
GRAM: Final = 5
#: Texts whose hashes are sorted together.
_SORTED_AT_ONCE: Final = 1 << 21
#: Earlier texts of one band that a text is compared with: the first, and those right before it.
_BEFORE: Final = 6
#: Earlier texts that a text is compared with in all, those that share most bands first.
_TRIED: Final = 48
#: Texts whose candidates are judged together, and bytes of text that are cut at once.
_JUDGED_AT_ONCE: Final = 1 << 15
_BYTES_AT_ONCE: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """What was found among ``n`` texts.

    ``exact[i]`` and ``near[i]`` say whether text ``i`` equals, or at the threshold nearly
    equals, an earlier one; ``near`` includes ``exact``. ``pairs`` are (later, earlier,
    Jaccard) of texts that are near and not equal; ``exact_pairs`` (later, earlier). Both hold
    the first of them only.
    """

    threshold: float
    exact: NDArray[np.bool_]
    near: NDArray[np.bool_]
    pairs: tuple[tuple[int, int, float], ...]
    exact_pairs: tuple[tuple[int, int], ...]
    n_compared: int


#: Pairs that are kept for the reader.
MOST_PAIRS: Final = 100_000


class Index:
    """Takes the texts batch by batch and then says which of them repeat."""

    def __init__(self, spool: Spool, *, threshold: float, bands: Bands) -> None:
        self._spool = spool
        self._threshold = threshold
        self._bands = bands
        self._equal = spool.column("equal")
        self._columns = [spool.column(f"band-{k}") for k in range(bands.n)]

    def add(self, digests: U64, grams: Grams) -> None:
        """The next texts: a hash of the whole of each, and its n-grams."""
        rows = signatures(grams, self._bands.n * self._bands.rows)
        hashes = band_hashes(rows, self._bands)
        # A text without a word resembles none: a hash of its own in each band.
        empty = np.flatnonzero(grams.counts == 0)
        hashes[empty] = keyed(hashes[empty, 0], digests[empty].astype(np.int64))[:, None]
        self._equal.add(digests)
        for column, values in zip(self._columns, hashes.T, strict=True):
            column.add(values)

    def find(self, tell: Callable[[float], None]) -> Duplicates:
        """Which texts repeat; ``tell`` hears the share of the work that is done."""
        n = self._spool.n_texts
        exact = np.zeros(n, bool)
        exact_pairs: list[tuple[int, int]] = []
        for order, first in _groups(self._equal, n):
            later = order != first
            exact[order[later]] = True
            room = MOST_PAIRS - len(exact_pairs)
            found = zip(order[later][:room].tolist(), first[later][:room].tolist(), strict=True)
            exact_pairs += found
        self._bring_together(exact, tell)
        near = exact.copy()
        pairs: list[tuple[int, int, float]] = []
        n_compared = 0
        for k in range(_n_buckets(n)):
            share = 0.5 + 0.5 * k / _n_buckets(n)
            n_compared += self._judge(k, near, pairs, partial(tell, share))
        return Duplicates(
            threshold=self._threshold,
            exact=exact,
            near=near,
            pairs=tuple(pairs),
            exact_pairs=tuple(exact_pairs),
            n_compared=n_compared,
        )

    def _bring_together(self, exact: NDArray[np.bool_], tell: Callable[[float], None]) -> None:
        """Write the candidates of each band, as later and earlier text, by bucket of the later."""
        for k, column in enumerate(self._columns):
            tell(0.5 * k / len(self._columns))
            for order, first in _groups(column, len(exact), without=exact):
                later, earlier = _candidates(order, first)
                bucket = later // _JUDGED_AT_ONCE
                for number in np.unique(bucket).tolist():
                    mine = bucket == number
                    packed = later[mine] << 32 | earlier[mine]
                    self._spool.column(f"pairs-{number}").add(packed)

    def _judge(
        self,
        number: int,
        near: NDArray[np.bool_],
        pairs: list[tuple[int, int, float]],
        beat: Callable[[], None],
    ) -> int:
        """Decide the candidates of one bucket, the likeliest of each text first; ``beat`` is
        called after every few megabytes, and may end it.
        """
        parts = [part for _, part in self._spool.column(f"pairs-{number}").parts()]
        if not parts:
            return 0
        packed, shared = np.unique(np.concatenate(parts), return_counts=True)
        later = (packed >> np.uint64(32)).astype(np.int64)
        earlier = (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)
        order = np.lexsort((earlier, -shared, later))
        later, earlier = later[order], earlier[order]
        new = np.concatenate(([True], later[1:] != later[:-1]))
        rank = np.arange(len(later)) - np.flatnonzero(new)[np.cumsum(new) - 1]
        n_compared = 0
        lengths = self._spool.lengths()
        for turn in range(min(int(rank.max()) + 1, _TRIED)):
            open_ = np.flatnonzero((rank == turn) & ~near[later])
            for part in _by_bytes(open_, lengths[later[open_]] + lengths[earlier[open_]]):
                beat()
                jaccard = self._jaccard(later[part], earlier[part])
                hit = jaccard >= self._threshold
                near[later[part[hit]]] = True
                room = MOST_PAIRS - len(pairs)
                pairs += [
                    (int(later[p]), int(earlier[p]), float(j))
                    for p, j in zip(part[hit][:room], jaccard[hit][:room], strict=True)
                ]
            n_compared += len(open_)
        return n_compared

    def _jaccard(self, later: Ints, earlier: Ints) -> NDArray[np.float64]:
        numbers, where = np.unique(np.concatenate((later, earlier)), return_inverse=True)
        texts = self._spool.texts(numbers)
        grams = distinct(grams_of(words_of(texts), GRAM, whole_if_shorter=True))
        return jaccard_of_pairs(grams, where[: len(later)], where[len(later) :])


def jaccard_of_pairs(grams: Grams, some: Ints, others: Ints) -> NDArray[np.float64]:
    """The Jaccard index of pairs of texts, given by their numbers; ``grams`` are distinct."""
    sides = [_taken(grams, side) for side in (some, others)]
    keys = np.sort(np.concatenate([keyed(hashes, pair) for hashes, pair in sides]))
    both = keys[1:][keys[1:] == keys[:-1]]
    hashes, pair = sides[0]
    mine = keyed(hashes, pair)
    common = np.bincount(pair[np.isin(mine, both)], minlength=len(some))
    union = grams.counts[some] + grams.counts[others] - common
    found: NDArray[np.float64] = common / np.maximum(union, 1)
    return found


def _taken(grams: Grams, numbers: Ints) -> tuple[NDArray[np.uint64], Ints]:
    """The n-grams of some texts one after the other, and the place of their text."""
    counts = grams.counts[numbers]
    begins = np.concatenate(([0], np.cumsum(counts)))
    at = np.arange(begins[-1]) + np.repeat(grams.first[:-1][numbers] - begins[:-1], counts)
    return grams.hashes[at], np.repeat(np.arange(len(numbers)), counts)


def _groups(
    column: Column, n: int, *, without: NDArray[np.bool_] | None = None
) -> Iterator[tuple[Ints, Ints]]:
    """The texts that share a value with another one, in order within each group, and beside
    each the first of its group; of a part of the values at a time.
    """
    n_parts = -(-n // _SORTED_AT_ONCE)
    for part in range(n_parts):
        values, numbers = [], []
        for at, piece in column.parts():
            mine = piece % np.uint64(n_parts) == part if n_parts > 1 else np.ones(len(piece), bool)
            if without is not None:
                mine &= ~without[at : at + len(piece)]
            values.append(piece[mine])
            numbers.append(at + np.flatnonzero(mine))
        value, number = np.concatenate(values), np.concatenate(numbers)
        order = np.argsort(value, kind="stable")
        value, number = value[order], number[order]
        same = value[1:] == value[:-1]
        kept = np.zeros(len(value), bool)
        kept[1:] |= same
        kept[:-1] |= same
        new = np.concatenate(([True], ~same))[kept]
        number = number[kept]
        if len(number):
            yield number, number[np.flatnonzero(new)[np.cumsum(new) - 1]]


def _candidates(order: Ints, first: Ints) -> tuple[Ints, Ints]:
    """Each text of a group with the first of it and with those right before it."""
    later, earlier = [order[order != first]], [first[order != first]]
    for back in range(1, _BEFORE + 1):
        mine = first[back:] == first[:-back]
        mine &= order[:-back] != first[back:]  # the first is there already
        later.append(order[back:][mine])
        earlier.append(order[:-back][mine])
    return np.concatenate(later), np.concatenate(earlier)


def _by_bytes(places: Ints, n_bytes: Ints) -> Iterator[Ints]:
    """Places in runs of no more bytes than are cut at once, each with one at the least."""
    if len(places):
        turn = np.cumsum(n_bytes) // _BYTES_AT_ONCE
        yield from np.split(places, np.flatnonzero(np.diff(turn)) + 1)


def _n_buckets(n: int) -> int:
    return -(-n // _JUDGED_AT_ONCE)
