"""Percentile intervals of accuracy, F1 and AUC by resampling the test examples.

All three from the same resamples, each kept as how often it drew every example, so that
a resample of a figure is a product of matrices.

Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Drawn counts held at once: 16 MB.
_MOST_HELD: Final = 4_000_000

Draws = NDArray[np.float64]
Counts = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampled:
    """One value of each figure per resample; NaN where the resample cannot give it."""

    accuracy: Draws
    f1: Draws
    auc: Draws


def resample(truth: NDArray[np.int64], scores: Draws, *, n_resamples: int, seed: int) -> Resampled:
    """Accuracy, F1 and AUC of ``n_resamples`` test sets drawn with replacement.

    For two classes F1 and AUC are of the second, else macro means as in ``lab.metrics``.
    """
    n_classes = scores.shape[1]
    predicted = scores.argmax(axis=1)
    called, present = (np.eye(n_classes, dtype=np.float32)[c] for c in (predicted, truth))
    right = called * present
    ranked = [
        _Ranking.of(truth == c, scores[:, c]) for c in ([1] if n_classes == 2 else range(n_classes))
    ]
    accuracy, f1, auc = [], [], []
    for counts in _drawn(len(truth), n_resamples, seed):
        hits = counts @ right
        accuracy.append(hits.sum(axis=1) / len(truth))
        f1.append(_f1(hits, counts @ called + counts @ present))
        auc.append(np.mean([ranking.auc(counts) for ranking in ranked], axis=0))
    return Resampled(
        accuracy=np.concatenate(accuracy, dtype=np.float64),
        f1=np.concatenate(f1, dtype=np.float64),
        auc=np.concatenate(auc, dtype=np.float64),
    )


def _drawn(n: int, n_resamples: int, seed: int) -> Iterator[Counts]:
    """How often each resample drew each example, some resamples at a time."""
    rng = np.random.default_rng(seed)
    at_once = max(1, _MOST_HELD // n)
    for start in range(0, n_resamples, at_once):
        rows = min(at_once, n_resamples - start)
        picks = rng.integers(n, size=(rows, n)) + np.arange(rows)[:, None] * n
        yield np.bincount(picks.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float32)


def _f1(hits: Counts, called_and_present: Counts) -> Counts:
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN: the class does not occur
        of_class = 2 * hits / called_and_present
    if of_class.shape[1] == 2:
        return of_class[:, 1]
    occurs = ~np.isnan(of_class)
    mean: Counts = np.where(occurs, of_class, 0).sum(axis=1) / occurs.sum(axis=1)
    return mean


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranking:
    """Examples in rising order of a score; for each positive, its run of equal scores."""

    order: NDArray[np.intp]
    is_negative: Counts
    positives: NDArray[np.intp]
    first: NDArray[np.intp]
    past: NDArray[np.intp]

    @classmethod
    def of(cls, is_positive: NDArray[np.bool_], score: Draws) -> "_Ranking":
        order = np.argsort(score, kind="stable")
        ranked = score[order]
        positives = np.flatnonzero(is_positive[order])
        return cls(
            order=order,
            is_negative=(~is_positive[order]).astype(np.float32),
            positives=positives,
            first=np.searchsorted(ranked, ranked[positives], side="left"),
            past=np.searchsorted(ranked, ranked[positives], side="right"),
        )

    def auc(self, counts: Counts) -> Counts:
        """The chance that a positive ranks above a negative in each resample; ties half."""
        drawn = counts[:, self.order]
        below = np.zeros((len(counts), len(self.order) + 1), np.float32)
        np.cumsum(drawn * self.is_negative, axis=1, out=below[:, 1:])
        positive = drawn[:, self.positives]
        over = (positive * (below[:, self.first] + below[:, self.past])).sum(axis=1) / 2
        with np.errstate(invalid="ignore"):  # a resample without positives or negatives
            share: Counts = over / (positive.sum(axis=1) * below[:, -1])
        return share
