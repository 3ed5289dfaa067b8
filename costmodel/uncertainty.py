"""Ranges in, draws through, percentiles out.

A ``Range`` is what somebody is 90 % sure of. Drawing it gives a NumPy array; index ``i``
is the same world in every array that took part, so draw an assumption once and reuse it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Draws: TypeAlias = NDArray[np.float64]
Number: TypeAlias = float | Draws
Kind: TypeAlias = Literal["positive", "fraction", "real"]

#: Standard normal quantile at 95 %: the upper end of a central 90 % range.
Z_95: Final = NormalDist().inv_cdf(0.95)


class RangeError(ValueError):
    """A range that cannot be: reversed, outside its kind's domain, or not a number."""


@dataclass(frozen=True, slots=True)
class Range:
    """A central 90 % range and the shape of the doubt between its ends.

    ``positive`` is log-normal, ``fraction`` logit-normal (open interval 0..1), ``real``
    normal; ``low`` and ``high`` are the 5th and 95th percentiles. Equal ends mean a known
    value. Raises ``RangeError`` when an end is outside the kind's domain.
    """

    low: float
    high: float
    kind: Kind = "positive"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise RangeError(f"range {self.low} to {self.high}: both ends must be finite numbers")
        if self.low > self.high:
            raise RangeError(f"range {self.low} to {self.high}: write the lower end first")
        if self.kind == "positive" and self.low <= 0:
            raise RangeError(f"range {self.low} to {self.high}: both ends must be above zero")
        if self.kind == "fraction" and not (self.low > 0 and self.high < 1):
            known_one = self.low == self.high == 1
            if not known_one:
                hint = f"; write {self.high:g} % as {self.high / 100:g}" if self.high > 1 else ""
                raise RangeError(
                    f"range {self.low} to {self.high}: a fraction lies between 0 and 1{hint}"
                )

    @property
    def mid(self) -> float:
        """The median of the range's distribution."""
        if self.low == self.high:
            return self.low
        return float(self._from_normal(0.0))

    def widened(self, factor: float) -> "Range":
        """The range that many times as wide about its median, on its kind's own scale."""
        low, high = (float(self._from_normal(z * factor)) for z in (-Z_95, Z_95))
        return Range(low, high, self.kind)

    def draw(self, rng: np.random.Generator, n: int) -> Draws:
        """``n`` independent draws, shape ``(n,)``."""
        if self.low == self.high:
            return np.full(n, self.low)
        return np.asarray(self._from_normal(rng.standard_normal(n)), dtype=np.float64)

    def at(self, z: Number) -> Number:
        """The value that lies ``z`` standard normal deviations from the median: for draws
        that hang together, and for single percentiles.
        """
        return self.low + 0 * z if self.low == self.high else self._from_normal(z)

    def _from_normal(self, z: Number) -> Number:
        """Map standard normal ``z`` onto the range, ``-Z_95`` to ``low``, ``Z_95`` to ``high``."""
        if self.kind == "real":
            centre, spread = (self.low + self.high) / 2, (self.high - self.low) / (2 * Z_95)
            return centre + spread * z
        if self.kind == "positive":
            low, high = math.log(self.low), math.log(self.high)
            return np.exp((low + high) / 2 + (high - low) / (2 * Z_95) * z)
        low, high = _logit(self.low), _logit(self.high)
        return 1 / (1 + np.exp(-((low + high) / 2 + (high - low) / (2 * Z_95) * z)))


@dataclass(frozen=True, slots=True)
class Sample:
    """Observed values that stand for themselves: no shape is read into them.

    ``low``, ``mid`` and ``high`` are the 5th, 50th and 95th percentiles; draws follow the
    interpolated quantile function. Raises ``RangeError`` below three values.
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.values) < 3 or not all(math.isfinite(value) for value in self.values):
            raise RangeError(f"{len(self.values)} values cannot show a spread; three are the least")

    @property
    def low(self) -> float:
        """The 5th percentile."""
        return float(np.quantile(self.values, 0.05))

    @property
    def mid(self) -> float:
        """The median."""
        return float(np.median(self.values))

    @property
    def high(self) -> float:
        """The 95th percentile."""
        return float(np.quantile(self.values, 0.95))

    def draw(self, rng: np.random.Generator, n: int) -> Draws:
        """``n`` independent draws, shape ``(n,)``."""
        steps = np.linspace(0, 1, len(self.values))
        drawn: Draws = np.interp(rng.random(n), steps, np.sort(self.values))
        return drawn


Spread: TypeAlias = Range | Sample


@dataclass(frozen=True, slots=True)
class Percentiles:
    """The median of an outcome with its central 90 % range."""

    p05: float
    p50: float
    p95: float

    @classmethod
    def of(cls, outcome: Number) -> "Percentiles":
        """Percentiles of draws; a plain number is certain, all three equal.

        Raises ``RangeError`` for an empty array or one with a value that is not finite.
        """
        values = np.asarray(outcome, dtype=np.float64)
        if values.size == 0 or not np.isfinite(values).all():
            raise RangeError("an outcome without draws, or with one that is not finite")
        if values.ndim == 0:
            value = float(values)
            return cls(value, value, value)
        p05, p50, p95 = np.quantile(values, (0.05, 0.5, 0.95))
        return cls(float(p05), float(p50), float(p95))

    def as_json(self) -> dict[str, float]:
        """The ``P`` object of the command line's JSON."""
        return {"p05": self.p05, "p50": self.p50, "p95": self.p95}


def sensitivity(outcome: Draws, inputs: Mapping[str, Number]) -> dict[str, float]:
    """Share of the outcome's spread that each input explains, largest first.

    Squared Spearman rank correlation, normalised over the inputs so that the shares sum
    to one; inputs without spread are left out. Exact for an outcome that is a product of
    independent log-normal inputs up to ranking noise.

    Source: Saltelli et al. 2008, Global Sensitivity Analysis: The Primer, section 1.2.5.
    """
    ranked = _ranks(outcome)
    shares = {
        name: float(np.corrcoef(ranked, _ranks(np.asarray(draws)))[0, 1]) ** 2
        for name, draws in inputs.items()
        if np.ndim(draws) and np.ptp(draws) > 0
    }
    total = sum(shares.values())
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return {name: share / total for name, share in ordered} if total > 0 else {}


def predictive_range(
    sample: Sequence[float],
    kind: Kind = "positive",
    *,
    like: Sequence[Sequence[float]] = (),
) -> Range:
    """The 90 % range in which the *next* value of ``kind`` falls, judged by a small sample.

    Student's t on the kind's own scale (log or logit), centred on ``sample`` and widened by
    ``sqrt(1 + 1/n)``. The spread is pooled with that within the groups ``like``, so that a
    handful of values that happen to lie close together cannot promise more than they know.
    Raises ``RangeError`` below three values in all, or for an empty sample.

    Source: Hahn and Meeker 1991, Statistical Intervals, section 4.7.
    """
    groups = [_SCALES[kind](np.asarray(group, dtype=np.float64)) for group in (sample, *like)]
    freedom = sum(len(group) - 1 for group in groups if len(group))
    n = len(sample)
    if n == 0 or freedom < 2:
        raise RangeError(f"{n} observations cannot show a spread; three are the least")
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups if len(group))
    half = student_t_95(freedom) * math.sqrt(squares / freedom * (1 + 1 / n))
    centre = float(groups[0].mean())
    back = {"positive": math.exp, "fraction": _expit, "real": float}[kind]
    return Range(float(back(centre - half)), float(back(centre + half)), kind)


def student_t_95(freedom: int) -> float:
    """Student's t quantile at 95 %, within 0.3 % from two degrees of freedom on.

    Cornish-Fisher expansion to the fourth order; SciPy would do it too, and takes as long
    to import as everything else that an estimate needs.

    Source: Abramowitz and Stegun 1964, Handbook of Mathematical Functions, 26.7.5.
    """
    z = Z_95
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (4 * 96 * freedom**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * freedom**4)
    )


def larger(a: Number, b: Number) -> Number:
    """The larger of two numbers, element by element where either is an array."""
    if isinstance(a, float) and isinstance(b, float):
        return max(a, b)
    result: Draws = np.maximum(a, b)
    return result


def smaller(a: Number, b: Number) -> Number:
    """The smaller of two numbers, element by element where either is an array."""
    return -larger(-a, -b)


def choose(condition: object, a: Number, b: Number) -> Number:
    """``a`` where the condition holds, else ``b``; a plain condition stays a plain number."""
    if isinstance(condition, (bool, np.bool_)):
        return a if condition else b
    result: Draws = np.where(condition, a, b)  # type: ignore[call-overload]
    return result


def _ranks(values: Draws) -> Draws:
    return np.argsort(np.argsort(values)).astype(np.float64)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _logits(shares: Draws) -> Draws:
    odds: Draws = np.log(shares / (1 - shares))
    return odds


_SCALES: Final[dict[Kind, Callable[[Draws], Draws]]] = {
    "positive": np.log,
    "fraction": _logits,
    "real": np.asarray,
}


def _expit(value: float) -> float:
    return 1 / (1 + math.exp(-value))
