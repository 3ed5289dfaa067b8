"""Medians and paired differences with their 90% intervals, by resampling."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

#: Findings carry the central 90%.
TAIL: Final = 0.05
N_RESAMPLES: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A figure and the ends of its 90% interval; ``None`` where the data give no interval."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the interval. Raises ``ValueError`` where there is none."""
        if self.low is None or self.high is None:
            raise ValueError("the data give no interval")
        return self.low, self.high

    def as_json(self) -> dict[str, float | None]:
        """The entry of a row."""
        return {"value": self.value, "low": self.low, "high": self.high}


def of_draws(value: float, draws: Values) -> Measured:
    """A figure with the central 90% of its resamples; none where a tenth of them lack it."""
    known = draws[np.isfinite(draws)]
    if len(known) < 0.9 * max(len(draws), 1):
        return Measured(value=value)
    low, high = np.quantile(known, (TAIL, 1 - TAIL))
    return Measured(value=value, low=float(low), high=float(high))


def median(values: Sequence[float] | Values, *, seed: int = 0) -> Measured:
    """The median of repeats, by resampling the repeats."""
    taken = np.asarray(values, np.float64)
    picks = np.random.default_rng(seed).integers(len(taken), size=(N_RESAMPLES, len(taken)))
    return of_draws(float(np.median(taken)), np.median(taken[picks], axis=1))


def mean_over(hits: Values, *, seed: int = 0) -> Measured:
    """The mean of ``(repeats, examples)``, by resampling repeats and, within them, examples.

    With one repeat the interval is of the examples alone.
    """
    n_repeats, n = hits.shape
    rng = np.random.default_rng(seed)
    draws = np.empty(N_RESAMPLES)
    for place in range(N_RESAMPLES):
        rows = rng.integers(n_repeats, size=n_repeats)
        weights = np.bincount(rng.integers(n, size=n), minlength=n)
        draws[place] = hits[rows].mean(axis=0) @ weights / n
    return of_draws(float(hits.mean()), draws)
