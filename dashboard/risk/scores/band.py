"""The band within which a score falls in most worlds, and how far it rests on the weights.

Each item is drawn from a triangle over its bounds with its mode where it is expected. Items
share an optimism: where one company's answers are too rosy, the others tend to be.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from costmodel.uncertainty import Draws
from dashboard.risk.scores.scoring import AreaScore, Scores

Single: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The 10th, 50th and 90th percentile of a score from 0 to 100."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightStability:
    """What changing the area weights does, each down and up by the share that is tested.

    ``low`` and ``high`` bound the expected overall score over all combinations; ``weakest``
    counts, by area, the share of them in which it takes most from the score.
    """

    low: float
    high: float
    weakest: Mapping[str, float]


def ranks(
    rng: np.random.Generator, *, n: int, n_questions: int, rho: float, n_more: int = 0
) -> Single:
    """In each of ``n`` worlds, where each question falls within its bounds: 0 lowest, 1 highest.

    Any two questions are correlated by ``rho``. In single precision: a band is shown to a
    tenth, and half the bytes take half the time. ``n_more`` questions of a sector come last and
    leave the ranks of the others as they are.
    """
    shared = rng.standard_normal((n, 1), dtype=np.float32)
    own = np.hstack(
        [rng.standard_normal((n, columns), dtype=np.float32) for columns in (n_questions, n_more)]
    )
    found: Single = ndtr(np.float32(np.sqrt(rho)) * shared + np.float32(np.sqrt(1 - rho)) * own)
    return found


@lru_cache(maxsize=8)
def seeded_ranks(seed: int, n: int, n_questions: int, rho: float, n_more: int = 0) -> Single:
    """The ranks of a seed, drawn once: every assessment of that seed lives in the same worlds."""
    rng = np.random.default_rng(seed)
    found = ranks(rng, n=n, n_questions=n_questions, rho=rho, n_more=n_more)
    found.flags.writeable = False
    return found


def bands(
    scores: Scores, *, worlds: Mapping[str, Single], numbers: Mapping[str, float]
) -> tuple[Mapping[str, Band], Band | None]:
    """The band of every area, and of the overall score; ``worlds`` holds each question's ranks.

    An item's ranks do not depend on the other items, so that answering one moves no other.
    """
    if not scores.areas:
        return {}, None
    drawn = {area.area: _area_draws(area, worlds) for area in scores.areas.values()}
    weights = [area.weight for area in scores.areas.values()]
    overall = overall_draws(np.stack(list(drawn.values()), axis=-1), weights, numbers)
    quantiles = (numbers["band_low"], 0.5, numbers["band_high"])
    return {area: _band(w, quantiles) for area, w in drawn.items()}, _band(overall, quantiles)


def overall_draws(
    areas: Draws, weights: Sequence[float] | Draws, numbers: Mapping[str, float]
) -> Draws:
    """The overall score of area scores along the last axis, in every world at once."""
    share = numbers["worst_area_share"]
    mean: Draws = (areas * np.asarray(weights)).sum(axis=-1)
    worst: Draws = areas.min(axis=-1)
    return (1 - share) * mean + share * worst


def weight_stability(scores: Scores, numbers: Mapping[str, float]) -> WeightStability | None:
    """The expected overall score with every area's weight down, as it is, and up."""
    if not scores.areas:
        return None
    shift = numbers["weight_shift"]
    expected = np.array([area.score.expected for area in scores.areas.values()])
    base = np.array([area.weight for area in scores.areas.values()])
    weights = base * _shifts(len(base), shift)
    weights /= weights.sum(axis=1, keepdims=True)
    overall = overall_draws(expected, weights, numbers)
    takes_most = np.argmax(weights * (100 - expected), axis=1)
    counts = np.bincount(takes_most, minlength=len(base)) / len(weights)
    return WeightStability(
        low=float(overall.min()),
        high=float(overall.max()),
        weakest=dict(zip(scores.areas, counts.tolist(), strict=True)),
    )


def rank_stability(one: Scores, other: Scores, numbers: Mapping[str, float]) -> float | None:
    """The share of changed weights in which two deals keep the order of their expected scores.

    ``None`` where the deals do not have the same areas.
    """
    if list(one.areas) != list(other.areas) or not one.areas:
        return None
    base = np.array([area.weight for area in one.areas.values()])
    weights = base * _shifts(len(base), numbers["weight_shift"])
    weights /= weights.sum(axis=1, keepdims=True)
    expected = [
        np.array([area.score.expected for area in scores.areas.values()]) for scores in (one, other)
    ]
    first, second = (overall_draws(e, weights, numbers) for e in expected)
    now = [float(overall_draws(e, base, numbers)) for e in expected]
    return float(np.mean(np.sign(first - second) == np.sign(now[0] - now[1])))


def _shifts(n_areas: int, shift: float) -> Draws:
    """Every combination of down, as it is, and up for ``n_areas`` weights."""
    return np.array(list(itertools.product((1 - shift, 1.0, 1 + shift), repeat=n_areas)))


def _area_draws(area: AreaScore, worlds: Mapping[str, Single]) -> Draws:
    rank = np.stack([worlds[item.question] for item in area.items])
    low, mode, high, stake = (
        np.array(column, dtype=np.float32)[:, np.newaxis]
        for column in zip(
            *((item.low, item.expected, item.high, item.stake) for item in area.items), strict=True
        )
    )
    mean = (_triangular(rank, low, mode, high) * (stake / stake.sum())).sum(axis=0)
    found: Draws = 100.0 * mean.astype(np.float64)
    return found


def _triangular(rank: Single, low: Single, mode: Single, high: Single) -> Single:
    """The values at these ranks of triangles; one without width is its mode."""
    width = high - low
    up, down = width * (mode - low), width * (high - mode)
    falls = rank * width >= mode - low
    scaled = np.sqrt(np.where(falls, (1 - rank) * down, rank * up))
    found: Single = np.where(falls, high - scaled, low + scaled)
    return found


def _band(worlds: Draws, quantiles: tuple[float, float, float]) -> Band:
    p10, p50, p90 = np.quantile(worlds, quantiles).tolist()
    return Band(p10=p10, p50=p50, p90=p90)
