"""The internal rate of return of dated flows: found by bracketing, or said to be none."""

import math
from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np

#: Rates between which a return is looked for: a loss of almost all, a millionfold a year.
_LEAST: Final = -0.999_999
_MOST: Final = 1e6
_N_GRID: Final = 2_000
_N_HALVINGS: Final = 60
#: Days of a year in the convention of spreadsheets.
_DAYS: Final = 365.0

Flow = tuple[float, float]


def irr(flows: Sequence[Flow]) -> float | None:
    """The yearly rate at which ``sum(usd / (1 + rate)^years)`` is zero; flows are (years, usd).

    Money out is negative. ``None`` where there is none: no money out, none back where some is
    still owed, or flows that have several rates, of which no one is the return. When nothing
    comes back at all the return is -1. Never extrapolates: the rate is bracketed first and
    then halved to.
    """
    paid = [(t, usd) for t, usd in flows if usd != 0.0]
    if not all(math.isfinite(t) and math.isfinite(usd) for t, usd in paid):
        return None
    if not any(usd < 0 for _, usd in paid):
        return None
    if not any(usd > 0 for _, usd in paid):
        return -1.0
    if len(paid) == 2 and paid[0][1] < 0 < paid[1][1] and paid[0][0] < paid[1][0]:
        (first, out), (last, back) = paid
        return math.expm1(math.log(back / -out) / (last - first))
    times = np.asarray([t for t, _ in paid])
    times = times - times.min()
    usd = np.asarray([value for _, value in paid])
    grid = np.linspace(math.log1p(_LEAST), math.log1p(_MOST), _N_GRID)
    values = _value(times, usd, grid)
    ends = np.nonzero(np.diff(np.sign(values)))[0]
    if len(ends) != 1:
        return None
    low, high = float(grid[ends[0]]), float(grid[ends[0] + 1])
    rising = values[ends[0] + 1] > values[ends[0]]
    for _ in range(_N_HALVINGS):
        middle = (low + high) / 2
        if (_value(times, usd, np.asarray([middle]))[0] > 0) == rising:
            high = middle
        else:
            low = middle
    return math.expm1((low + high) / 2)


def xirr(flows: Sequence[tuple[date, float]]) -> float | None:
    """``irr`` of dated flows, a year counted as 365 days, as spreadsheets do."""
    if not flows:
        return None
    first = min(day for day, _ in flows)
    return irr([((day - first).days / _DAYS, usd) for day, usd in flows])


def _value(times: np.ndarray, usd: np.ndarray, log_rates: np.ndarray) -> np.ndarray:
    """Present value at each rate, up to a factor above zero that keeps it within floats."""
    powers = -np.multiply.outer(log_rates, times)
    powers -= powers.max(axis=1, keepdims=True)
    value: np.ndarray = (np.exp(powers) * usd).sum(axis=1)
    return value
