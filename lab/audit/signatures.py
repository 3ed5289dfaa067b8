"""MinHash signatures of a batch, computed column by column, and the bands that bring similar
texts together. The values are those of ``datasketch.MinHash`` with the same permutations.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lab.audit.words import U64, Grams, mixed

U32: TypeAlias = NDArray[np.uint32]

#: Chance that two texts at exactly the threshold share a band, at the least.
RECALL_AT_THRESHOLD: Final = 0.998
#: Permutations that are affordable.
_MOST: Final = 100
_SEED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """``n`` bands of ``rows`` MinHash values each.

    Two texts of Jaccard ``j`` share one or more with a chance of ``1 - (1 - j^rows)^n``.

    Source: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4.
    """

    n: int
    rows: int

    def chance(self, jaccard: float) -> float:
        """The chance that two texts so similar are looked at."""
        return float(1 - (1 - jaccard**self.rows) ** self.n)


def bands_for(threshold: float) -> Bands:
    """The longest bands, so the fewest pairs to look at in vain, that still find
    ``RECALL_AT_THRESHOLD`` of the pairs at ``threshold``.
    """
    best = Bands(n=1, rows=8)
    for rows in range(1, 9):
        missed = 1 - threshold**rows
        n = 1 if missed <= 0 else math.ceil(math.log(1 - RECALL_AT_THRESHOLD) / math.log(missed))
        if rows == 1 or n * rows <= _MOST:
            best = Bands(n=max(n, 1), rows=rows)
    return best


@cache
def permutations(n: int) -> tuple[U32, U32]:
    """The factors and summands of ``datasketch``."""
    from datasketch import MinHash

    factors, summands = MinHash(num_perm=n, seed=_SEED, scheme="affine32").permutations
    return factors, summands


def signatures(grams: Grams, n: int) -> U32:
    """The ``n`` MinHash values of each text, a row each.

    A text without n-grams has the largest values, as an empty ``MinHash`` has.
    """
    values = spread(low_half(grams.hashes))
    factors, summands = permutations(n)
    found = np.full((n, len(grams.counts)), np.uint32(0xFFFFFFFF))
    filled = np.flatnonzero(grams.counts)
    if len(filled):
        first = grams.first[:-1][filled]
        row = np.empty_like(values)
        for k in range(n):
            np.multiply(values, factors[k], out=row)
            np.add(row, summands[k], out=row)
            found[k, filled] = np.minimum.reduceat(row, first)
    return found.T


def low_half(hashes: U64) -> U32:
    """The 32 bits that stand for an n-gram in a signature."""
    return (hashes & np.uint64(0xFFFFFFFF)).astype(np.uint32)


def spread(values: U32) -> U32:
    """As ``datasketch`` does before it permutes: the 32-bit finaliser of MurmurHash3."""
    found = values ^ (values >> np.uint32(16))
    found *= np.uint32(0x85EBCA6B)
    found ^= found >> np.uint32(13)
    found *= np.uint32(0xC2B2AE35)
    found ^= found >> np.uint32(16)
    return found


def band_hashes(rows: U32, bands: Bands) -> U64:
    """A hash for each text (rows) and band (columns)."""
    cut = rows[:, : bands.n * bands.rows].reshape(len(rows), bands.n, bands.rows).astype(np.uint64)
    total = np.zeros(cut.shape[:2], np.uint64)
    for k in range(bands.rows):
        total = mixed(total + cut[:, :, k] + np.uint64(k + 1))
    return total
