"""Axes: where a value of the data lies in the picture, and how far an axis reaches.

An axis counts as Plotly does: values themselves, their decimal logarithms, or the places of
categories. Ranges that a figure leaves open follow Plotly's rules of padding.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from dashboard.report.drawing.elements import Points, numbers
from dashboard.report.drawing.known import NotDrawn

#: Share of an axis that stays free beyond points that ask for room.
_EXTRA_SHARE: Final = 0.05
#: A word that Plotly takes for a date.
_DATE: Final = re.compile(r"\d{4}-\d{1,2}(-\d{1,2}.*)?$")
#: Padding in px never takes more of an axis than leaves this share of it.
_LEAST_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Extent:
    """Places on an axis that its open range has to hold, with room in px around each.

    ``extra`` asks for a share of the axis besides; ``firm`` is an end that the range keeps
    where nothing lies beyond, like the zero of bars.
    """

    places: Points
    pad_px: float = 0.0
    extra: bool = False
    firm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How an axis counts: linear, log or category; ``name`` as in the layout."""

    name: str
    kind: str
    categories: tuple[str, ...] = ()

    @property
    def is_x(self) -> bool:
        """Whether it runs across."""
        return self.name.startswith("x")

    def places(self, values: Any) -> Points:
        """Values of the data as places on the axis, not a number where there is none."""
        if self.kind == "category":
            order = {name: float(i) for i, name in enumerate(self.categories)}
            return np.array([_category(order, value) for value in values], dtype=float)
        found = numbers(values)
        if self.kind == "log":
            with np.errstate(all="ignore"):
                found = np.log10(np.where(found > 0, found, np.nan))
        return found

    def place(self, value: Any) -> float:
        """The place of one value."""
        return float(self.places([value])[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """An axis in the picture: its range in places, and in px where the range begins and ends."""

    count: Count
    low: float
    high: float
    start_px: float
    end_px: float

    @property
    def length_px(self) -> float:
        """How long it is."""
        return abs(self.end_px - self.start_px)

    def px(self, places: Points) -> Points:
        """Places in px of the picture."""
        span = self.end_px - self.start_px
        return self.start_px + (places - self.low) / (self.high - self.low) * span

    def at(self, place: float) -> float:
        """One place in px."""
        return float(self.px(np.array([place]))[0])

    def share(self, share: float) -> float:
        """A share of the axis's domain in px: 0 left or bottom, 1 right or top."""
        return self.start_px + share * (self.end_px - self.start_px)

    def holds(self, px: Points) -> Any:
        """Which of the places in px lie on the axis."""
        low, high = sorted((self.start_px, self.end_px))
        with np.errstate(invalid="ignore"):
            return (px >= low - 0.5) & (px <= high + 0.5)


def count_of(name: str, spec: Mapping[str, Any], data: Sequence[Any]) -> Count:
    """How an axis counts: as it says, or by the values that the traces have on it."""
    kind = spec.get("type") or "-"
    if kind != "category" and any(_has_dates(values) for values in data):
        raise NotDrawn(f"layout.{name}: dates are not drawn; write months or days as numbers")
    if kind == "-":
        kind = "category" if any(_has_words(values) for values in data) else "linear"
    if kind != "category":
        return Count(name=name, kind=kind)
    first = list(spec.get("categoryarray") or ())
    every = [str(value) for values in (first, *data) for value in values if value is not None]
    return Count(name=name, kind=kind, categories=tuple(dict.fromkeys(every)))


def axis_of(
    count: Count,
    spec: Mapping[str, Any],
    extents: Sequence[Extent],
    start_px: float,
    end_px: float,
) -> Axis:
    """The axis over its range, which the data decide where the figure does not."""
    given = spec.get("range")
    if given is not None:
        low, high = (float(end) if end is not None else math.nan for end in given)
        if not (math.isfinite(low) and math.isfinite(high) and low != high):
            raise NotDrawn(f"layout.{count.name}.range {given!r} is not drawn; write both ends")
    else:
        low, high = _open_range(extents, abs(end_px - start_px), log=count.kind == "log")
        if spec.get("autorange") == "reversed":
            low, high = high, low
    return Axis(count=count, low=low, high=high, start_px=start_px, end_px=end_px)


def _open_range(extents: Sequence[Extent], length_px: float, *, log: bool) -> tuple[float, float]:
    ends = [_ends(extent) for extent in extents if np.isfinite(extent.places).any()]
    if not ends:
        return (0.0, 1.0) if log else (-1.0, 6.0)
    room = [
        e.pad_px + (_EXTRA_SHARE * length_px if e.extra else 0.0)
        for e in extents
        if np.isfinite(e.places).any()
    ]
    lows = [(low, pad) for (low, _), pad in zip(ends, room, strict=True)]
    highs = [(high, pad) for (_, high), pad in zip(ends, room, strict=True)]
    best, low, high = 0.0, (math.inf, 0.0), (-math.inf, 0.0)
    for least in lows:
        for most in highs:
            span, free = most[0] - least[0], length_px - least[1] - most[1]
            if span <= 0:
                continue
            if free <= _LEAST_SHARE * length_px:
                per_px, pair = span / length_px, ((least[0], 0.0), (most[0], 0.0))
            else:
                per_px, pair = span / free, (least, most)
            if per_px > best:
                best, (low, high) = per_px, pair
    if best == 0.0:
        return lows[0][0] - 1, lows[0][0] + 1
    found = low[0] - best * low[1], high[0] + best * high[1]
    firm = [end for e in extents if e.firm for end in _ends(e)]
    if firm and min(firm) <= min(low[0] for low in lows):
        found = min(firm), found[1]
    if firm and max(firm) >= max(high[0] for high in highs):
        found = found[0], max(firm)
    return found


def _ends(extent: Extent) -> tuple[float, float]:
    known = extent.places[np.isfinite(extent.places)]
    return float(known.min()), float(known.max())


def _has_words(values: Any) -> bool:
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu":
        return False
    return any(isinstance(value, str) and not _is_number(value) for value in values)


def _has_dates(values: Any) -> bool:
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu":
        return False
    return any(
        isinstance(value, date | np.datetime64)
        or (isinstance(value, str) and _DATE.match(value) is not None)
        for value in values
    )


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _category(order: Mapping[str, float], value: Any) -> float:
    if value is None:
        return math.nan
    if str(value) in order:
        return order[str(value)]
    return float(value) if isinstance(value, int | float) else math.nan
