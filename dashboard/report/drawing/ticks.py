"""Ticks of an axis: those that the figure names, or round ones as Plotly chooses them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboard.report.drawing.axes import Axis
from dashboard.report.drawing.known import NotDrawn

_ROUND: Final = (2, 5, 10)
#: Room for one tick that nobody asked for, across and upwards.
_ROOM_PX: Final = {True: 80.0, False: 40.0}
_FEWEST, _MOST = 4, 9
#: Powers of a thousand from 10⁻¹⁵ on.
_PREFIXES: Final = ("f", "p", "n", "μ", "m", "", "k", "M", "G", "T")
_MOST_TICKS: Final = 1000


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what is written there, with its bit of HTML."""

    place: float
    text: str


def ticks_of(axis: Axis, spec: Mapping[str, Any]) -> list[Tick]:
    """The ticks that lie on the axis, in the order of their places."""
    named = spec.get("tickvals")
    if named is not None:
        places = axis.count.places(named).tolist()
        texts = spec.get("ticktext")
        texts = [_plain(value) for value in named] if texts is None else list(texts)
        found = [Tick(place, str(text)) for place, text in zip(places, texts, strict=False)]
    elif axis.count.kind == "category":
        found = [Tick(float(i), name) for i, name in enumerate(axis.count.categories)]
    elif axis.count.kind == "log":
        raise NotDrawn(f"layout.{axis.count.name}: a log axis is drawn with its tickvals alone")
    else:
        found = _round_ticks(axis, spec)
    low, high = sorted((axis.low, axis.high))
    slack = 1e-9 * (high - low)
    return sorted(
        (tick for tick in found if low - slack <= tick.place <= high + slack),
        key=lambda tick: tick.place,
    )


def _round_ticks(axis: Axis, spec: Mapping[str, Any]) -> list[Tick]:
    low, high = sorted((axis.low, axis.high))
    step = float(spec.get("dtick") or _step(axis, spec.get("nticks"), high - low))
    n = min(math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1, _MOST_TICKS)
    first = math.ceil(low / step - 1e-9)
    values = [(first + i) * step for i in range(n)]
    if spec.get("tickformat") == "d":
        return [Tick(value, _signed(f"{round(value)}")) for value in values]
    power = 0
    largest = max(abs(low), abs(high))
    exponent = math.floor(math.log10(largest) + 0.01)
    if abs(exponent) > 3:
        power = min(max(3 * round((exponent - 1) / 3), -15), 12)
    digits = max(0, 2 - math.floor(math.log10(step) + 0.01) + power)
    return [Tick(value, _scaled(value, power, digits)) for value in values]


def _step(axis: Axis, n_ticks: int | None, span: float) -> float:
    n = n_ticks or min(max(axis.length_px / _ROOM_PX[axis.count.is_x], _FEWEST), _MOST) + 1
    rough = span / n
    base = 10.0 ** math.floor(math.log10(rough))
    return base * next(times for times in _ROUND if rough / base < times)


def _scaled(value: float, power: int, digits: int) -> str:
    text = f"{value / 10.0**power:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if float(text) == 0:
        return "0"
    return _signed(text) + _PREFIXES[power // 3 + 5]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _signed(f"{float(value):.12g}")


def _signed(text: str) -> str:
    return text.replace("-", "−")
