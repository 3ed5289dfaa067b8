"""Loss against size by a power law: the slope with its interval, and a floor where there is one.

``L = A N^-alpha``, a straight line of logarithms; ``L = E + A N^-alpha`` where the data say
what E is. Intervals are of 90%.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import InputError
from lab.experiments.intervals import TAIL, Measured

Values = NDArray[np.float64]

#: A law of three numbers needs as many sizes and some to judge it by.
FEWEST_FOR_FLOOR: Final = 5
FEWEST_SIZES: Final = 4
#: A fit is not asked about sizes or compute farther out than this.
MOST_EXTRAPOLATION: Final = 10.0
#: Where a floor is searched for, as shares of the lowest loss.
_FLOORS: Final = 100
#: Searches more, each between the ends that the one before allowed.
_FINER: Final = 2
_HIGHEST_FLOOR: Final = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """``log L = intercept - slope log N``; ``spread`` is what is left over, in log loss."""

    intercept: float
    slope: Measured
    r_squared: float
    spread: float
    mean_log: float
    sum_squares: float
    n: int

    def predict(self, params: float) -> Measured:
        """The loss of a further size, with the interval of one new observation."""
        at = math.log(params)
        middle = self.intercept - self.slope.value * at
        wide = 1 + 1 / self.n + (at - self.mean_log) ** 2 / self.sum_squares
        half = _student(self.n - 2) * self.spread * math.sqrt(wide)
        return Measured(
            value=math.exp(middle), low=math.exp(middle - half), high=math.exp(middle + half)
        )

    def as_json(self) -> dict[str, Any]:
        """For the result and its chart."""
        return {
            "intercept": self.intercept,
            "slope": self.slope.as_json(),
            "r_squared": self.r_squared,
            "spread": self.spread,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The irreducible loss, ``None`` where the data do not say it; and the ends of what they
    allow, an end being ``None`` where nothing bounds it.
    """

    value: float | None
    low: float | None
    high: float | None
    exponent: float | None

    def as_json(self) -> dict[str, Any]:
        """For the result."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "exponent": self.exponent,
        }


def line(params: Sequence[float], losses: Sequence[float]) -> Line:
    """The straight line through log loss over log parameters. Raises ``InputError`` below four
    sizes.
    """
    if len(set(params)) < FEWEST_SIZES:
        raise InputError(
            "widths",
            "{n} sizes are too few for a slope with an interval; write at least {least}",
            n=len(set(params)),
            least=FEWEST_SIZES,
        )
    x, y = np.log(np.asarray(params, float)), np.log(np.asarray(losses, float))
    n = len(x)
    centred = x - x.mean()
    squares = float(centred @ centred)
    slope = float(centred @ y) / squares
    left = y - y.mean() - slope * centred
    total = float((y - y.mean()) @ (y - y.mean()))
    spread = math.sqrt(float(left @ left) / (n - 2))
    half = _student(n - 2) * spread / math.sqrt(squares)
    return Line(
        intercept=float(y.mean() - slope * x.mean()),
        slope=Measured(value=-slope, low=-slope - half, high=-slope + half),
        r_squared=1 - float(left @ left) / total if total > 0 else 0.0,
        spread=spread,
        mean_log=float(x.mean()),
        sum_squares=squares,
        n=n,
    )


def floor(params: Sequence[float], losses: Sequence[float], *, noise: float) -> Floor:
    """The irreducible loss by profile likelihood; ``noise`` is the least error of a log loss.

    For each E the best A and alpha are found; E is allowed where the misfit stays below
    ``s2 F(1, n - 3)`` above the least. It is identified where both ends are inside, above
    zero and below the lowest loss.

    Source: Bates and Watts 1988, Nonlinear Regression Analysis, section 6.1 (profiles).
    """
    x, y = np.log(np.asarray(params, float)), np.log(np.asarray(losses, float))
    if len(x) < FEWEST_FOR_FLOOR:
        return Floor(value=None, low=None, high=None, exponent=None)
    found = _profile(x, y, 0.0, _HIGHEST_FLOOR * float(np.exp(y.min())), noise)
    has_low, has_high = found.first > 0, found.last < _FLOORS - 1
    for _ in range(_FINER):
        near = found.tried[max(0, found.first - 1)], found.tried[min(_FLOORS - 1, found.last + 1)]
        found = _profile(x, y, *near, noise)
    low, high = float(found.tried[found.first]), float(found.tried[found.last])
    if not (has_low and has_high):
        ends = low if has_low else None, high if has_high else None
        return Floor(value=None, low=ends[0], high=ends[1], exponent=None)
    value = float(found.tried[found.best])
    return Floor(value=value, low=low, high=high, exponent=found.exponent)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """Floors that were tried, the best, and the first and last that the data allow."""

    tried: Values
    best: int
    first: int
    last: int
    exponent: float


def _profile(x: Values, y: Values, low: float, high: float, noise: float) -> _Profile:
    tried = np.linspace(low, high, _FLOORS)
    fits = [_misfit(x, y, float(each)) for each in tried]
    misfits = np.array([misfit for misfit, _ in fits])
    best = int(misfits.argmin())
    freedom = len(x) - 3
    variance = max(float(misfits[best]) / freedom, noise**2)
    inside = np.flatnonzero(misfits <= misfits[best] + variance * _f_quantile(freedom))
    return _Profile(
        tried=tried,
        best=best,
        first=int(inside[0]),
        last=int(inside[-1]),
        exponent=fits[best][1],
    )


def _misfit(x: Values, y: Values, at: float) -> tuple[float, float]:
    """The least sum of squares of log loss with the floor at ``at``, and its exponent."""
    from scipy.optimize import least_squares

    reducible = np.log(np.exp(y) - at)
    centred = x - x.mean()
    exponent = -float(centred @ reducible) / float(centred @ centred)
    start = np.array([float(reducible.mean()), max(exponent, 1e-3)])

    def left(values: Values) -> Values:
        found: Values = np.log(at + np.exp(values[0] - values[1] * centred)) - y
        return found

    found = least_squares(left, start, method="lm")
    return float(2 * found.cost), float(found.x[1])


def _student(freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf(1 - TAIL, freedom))


def _f_quantile(freedom: int) -> float:
    from scipy.stats import f

    return float(f.ppf(1 - 2 * TAIL, 1, freedom))
