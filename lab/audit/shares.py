"""A share of a sample with how far the whole may lie from it."""

import math
from dataclasses import dataclass
from typing import Any, Final

#: The 95th percentile of the standard normal: the ends of a 90% interval.
_Z: Final = 1.6448536269514722


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """``hits`` of ``n``, with the ends of its 90% interval.

    The interval is of a random sample; one that somebody chose may lie anywhere.
    """

    hits: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share of the sample."""
        return self.hits / self.n

    def as_json(self) -> dict[str, Any]:
        """Its fields."""
        return {
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "hits": self.hits,
            "n": self.n,
        }


def share(hits: int, n: int) -> Share:
    """The share with Wilson's interval.

    Source: Wilson 1927, Probable inference, the law of succession, and statistical inference.
    """
    assert 0 <= hits <= n, (hits, n)
    assert n, "a share of nothing"
    p = hits / n
    centre = p + _Z**2 / (2 * n)
    spread = _Z * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n * n))
    scale = 1 + _Z**2 / n
    low, high = (centre - spread) / scale, (centre + spread) / scale
    # The ends meet the share itself at 0 and 1, where rounding would leave a trace.
    return Share(
        hits=hits,
        n=n,
        low=0.0 if hits == 0 else max(0.0, low),
        high=1.0 if hits == n else min(1.0, high),
    )
