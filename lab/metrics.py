"""How good predictions are, with the doubt that the size of the test set leaves.

Shares are fractions from 0 to 1. A figure that the test set cannot give (a class that is
not in it, a ranking of one class alone) is ``None``.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lab import bootstrap

#: Resamples behind an interval, and the share of them inside it.
N_RESAMPLES: Final = 1_000
INTERVAL_SHARE: Final = 0.95
#: Points of a ROC curve that are kept for drawing.
_ROC_POINTS: Final = 200
_CALIBRATION_BINS: Final = 15
#: Resamples that must give a figure for its interval to be stated.
_LEAST_VALID_SHARE: Final = 0.9

Scores = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure on the test set and its 95 % interval; ``None`` where there is none.

    Resamples of a test set without a single mistake have none either: a figure at its end
    has no bootstrap interval, save for accuracy, whose chance is known exactly.
    """

    value: float | None
    low: float | None
    high: float | None

    def interval_json(self) -> dict[str, float | None]:
        """The interval, for the record of a run."""
        return {"low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """Precision, recall and F1 of one class, and how many test examples it has.

    Precision is 0 where the class was never predicted and recall ``None`` where the test
    set has none of it; F1 is ``None`` where neither occurs.
    """

    name: str
    n: int
    precision: float
    recall: float | None
    f1: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roc:
    """Points of the ROC curve in rising order, for one class against the rest."""

    false_positive_rate: tuple[float, ...]
    true_positive_rate: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """Every figure of a classifier on its test set.

    ``confusion[i][j]`` counts examples of class ``i`` that were called ``j``. ``macro_f1``
    is over the classes that occur; for two classes ``f1`` is of the second one, and
    otherwise it is ``macro_f1``. ``brier`` sums the squared errors over the classes.
    """

    n: int
    accuracy: Estimate
    f1: Estimate
    auc: Estimate
    precision: float
    recall: float
    macro_f1: float
    weighted_f1: float
    brier: float
    calibration_error: float
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    roc: tuple[Roc | None, ...]

    def as_json(self) -> dict[str, Any]:
        """For the record of a run and ``assay lab train --json``."""
        return {
            "n": self.n,
            "accuracy": self.accuracy.value,
            "f1": self.f1.value,
            "auc": self.auc.value,
            "intervals": {
                "accuracy": self.accuracy.interval_json(),
                "f1": self.f1.interval_json(),
                "auc": self.auc.interval_json(),
            },
            "precision": self.precision,
            "recall": self.recall,
            "macro_f1": self.macro_f1,
            "weighted_f1": self.weighted_f1,
            "brier": self.brier,
            "calibration_error": self.calibration_error,
            "per_class": [
                {
                    "name": each.name,
                    "n": each.n,
                    "precision": each.precision,
                    "recall": each.recall,
                    "f1": each.f1,
                }
                for each in self.per_class
            ],
            "confusion": [list(row) for row in self.confusion],
            "roc": [
                None
                if each is None
                else {
                    "false_positive_rate": list(each.false_positive_rate),
                    "true_positive_rate": list(each.true_positive_rate),
                }
                for each in self.roc
            ],
        }


def classification(
    labels: ArrayLike,
    probabilities: ArrayLike,
    classes: tuple[str, ...],
    *,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
) -> Classification:
    """The figures of predicted ``(example, class)`` probabilities on known labels.

    For two classes precision, recall, F1 and AUC are of the second; for more they are
    macro means over the classes that occur. Intervals are percentile bootstraps over the
    test examples, seeded: they leave out the doubt from training.
    """
    truth = np.asarray(labels, np.int64)
    scores = np.asarray(probabilities, np.float64)
    assert scores.shape == (len(truth), len(classes)), scores.shape
    assert len(truth) > 0
    predicted = scores.argmax(axis=1)
    counts = confusion(truth, predicted, len(classes))
    per_class = class_scores(counts, classes)
    occurring = [each for each in per_class if each.f1 is not None]
    is_binary = len(classes) == 2
    shown = per_class[1:] if is_binary else tuple(occurring)
    drawn = bootstrap.resample(truth, scores, n_resamples=n_resamples, seed=seed)
    return Classification(
        n=len(truth),
        accuracy=share_estimate(int(np.trace(counts)), len(truth), drawn.accuracy),
        f1=estimate(_mean([each.f1 for each in shown]), drawn.f1),
        auc=estimate(auc(truth, scores), drawn.auc),
        precision=_mean([each.precision for each in shown]) or 0.0,
        recall=_mean([each.recall for each in shown]) or 0.0,
        macro_f1=_mean([each.f1 for each in occurring]) or 0.0,
        weighted_f1=sum((each.f1 or 0.0) * each.n for each in per_class) / len(truth),
        brier=brier(truth, scores),
        calibration_error=calibration_error(truth, scores),
        per_class=per_class,
        confusion=tuple(tuple(int(n) for n in row) for row in counts),
        roc=tuple(roc(truth == c, scores[:, c]) for c in range(len(classes))),
    )


def confusion(truth: Labels, predicted: Labels, n_classes: int) -> NDArray[np.int64]:
    """Counts by (true class, predicted class)."""
    cells = np.bincount(truth * n_classes + predicted, minlength=n_classes**2)
    return cells.reshape(n_classes, n_classes)


def class_scores(counts: NDArray[np.int64], classes: tuple[str, ...]) -> tuple[ClassScore, ...]:
    """Precision, recall and F1 of every class from the confusion matrix."""
    right, called, present = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    return tuple(
        ClassScore(
            name=name,
            n=int(present[c]),
            precision=float(right[c] / called[c]) if called[c] else 0.0,
            recall=float(right[c] / present[c]) if present[c] else None,
            f1=float(2 * right[c] / (called[c] + present[c])) if called[c] + present[c] else None,
        )
        for c, name in enumerate(classes)
    )


def auc(truth: Labels, scores: Scores) -> float | None:
    """Area under the ROC curve: of the second of two classes, else the one-versus-rest mean.

    ``None`` where a class does not occur. Ties count half.
    """
    n_classes = scores.shape[1]
    wanted = [1] if n_classes == 2 else range(n_classes)
    found = [binary_auc(truth == c, scores[:, c]) for c in wanted]
    return None if None in found else _mean(found)


def binary_auc(is_positive: NDArray[np.bool_], score: Scores) -> float | None:
    """The chance that a positive ranks above a negative; ``None`` with one side empty."""
    n_positive = int(is_positive.sum())
    n_negative = len(is_positive) - n_positive
    if not n_positive or not n_negative:
        return None
    _, tie, size = np.unique(score, return_inverse=True, return_counts=True)
    rank = np.cumsum(size) - (size - 1) / 2  # of the middle of each run of ties
    over = float(rank[tie][is_positive].sum()) - n_positive * (n_positive + 1) / 2
    return over / (n_positive * n_negative)


def roc(is_positive: NDArray[np.bool_], score: Scores) -> Roc | None:
    """The ROC curve, thinned for drawing; ``None`` with one side empty."""
    n_positive = int(is_positive.sum())
    if n_positive in (0, len(is_positive)):
        return None
    order = np.argsort(-score, kind="stable")
    hit = is_positive[order]
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    true = np.append(0.0, np.cumsum(hit)[last] / n_positive)
    false = np.append(0.0, np.cumsum(~hit)[last] / (len(hit) - n_positive))
    if len(true) > _ROC_POINTS:
        # Evenly along the curve, both ends included.
        kept = np.unique(np.searchsorted(true + false, np.linspace(0, 2, _ROC_POINTS)))
        kept = np.unique(np.append(kept[kept < len(true)], [0, len(true) - 1]))
        true, false = true[kept], false[kept]
    return Roc(false_positive_rate=tuple(false.tolist()), true_positive_rate=tuple(true.tolist()))


def brier(truth: Labels, probabilities: Scores) -> float:
    """Mean squared error of the probabilities, summed over the classes; 0 is perfect."""
    hit = np.eye(probabilities.shape[1])[truth]
    return float(((probabilities - hit) ** 2).sum(axis=1).mean())


def calibration_error(truth: Labels, probabilities: Scores) -> float:
    """How far confidence is from accuracy, over 15 equal bins of confidence.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, equation 3.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    width = 1 / _CALIBRATION_BINS
    bins = np.clip(np.ceil(confidence / width).astype(int) - 1, 0, _CALIBRATION_BINS - 1)
    gap = np.bincount(bins, confidence - right, minlength=_CALIBRATION_BINS)
    return float(np.abs(gap).sum() / len(truth))


def perplexity(loss_nats: float) -> float:
    """The number of equally likely tokens that would puzzle as much: ``e^loss``."""
    return math.exp(loss_nats) if loss_nats < 700 else math.inf


def bits_per_character(loss_nats: float, *, n_tokens: int, n_characters: int) -> float:
    """A loss per token as bits per character, so that tokenizers can be compared."""
    return loss_nats / math.log(2) * n_tokens / n_characters


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def share_estimate(n_hits: int, n: int, draws: NDArray[np.float64]) -> Estimate:
    """A share of which ``n_hits`` of ``n`` were seen: the bootstrap interval of ``draws``, and
    the exact one where all or none are hits, of which every resample says the same.

    Source: Clopper and Pearson 1934, The use of confidence or fiducial limits.
    """
    if 0 < n_hits < n:
        return estimate(n_hits / n, draws)
    from scipy.stats import binomtest

    found = binomtest(n_hits, n).proportion_ci(INTERVAL_SHARE, method="exact")
    return Estimate(value=n_hits / n, low=float(found.low), high=float(found.high))


def estimate(value: float | None, draws: NDArray[np.float64]) -> Estimate:
    """A figure with the 95 % interval of its resamples; without one where too few of them
    give the figure, or all give the same.
    """
    known = draws[np.isfinite(draws)]
    too_few = len(known) < max(1.0, _LEAST_VALID_SHARE * len(draws))
    if value is None or too_few or known.min() == known.max():
        return Estimate(value=value, low=None, high=None)
    tail = (1 - INTERVAL_SHARE) / 2
    low, high = np.quantile(known, (tail, 1 - tail))
    return Estimate(value=value, low=float(low), high=float(high))
