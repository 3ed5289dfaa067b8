"""Markers: a sign of each symbol around its place, in the sizes of Plotly."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from dashboard.report.drawing.elements import num, paint, tag
from dashboard.report.drawing.known import NotDrawn
from dashboard.report.drawing.look import LINE_INK, PAPER
from dashboard.report.drawing.traces import Trace, each

_SIZE_PX: Final = 6.0
#: How much of a marker's colour covers what lies behind, where sizes differ.
_BUBBLE_OPACITY: Final = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The look of one marker; ``line_px`` is the width of its outline."""

    symbol: str
    size_px: float
    colour: str
    line_px: float
    line_colour: str
    opacity: float


def marks_of(trace: Trace, n: int) -> list[Mark]:
    """One for each point."""
    sizes = trace.of("marker.size")
    bubbles = not isinstance(sizes, int | float | None)
    line = trace.of("line.color")
    colour = line or trace.colour
    own = trace.of("marker.color")
    outline = line if line and own != line else PAPER if bubbles else LINE_INK
    columns = (
        each(trace.of("marker.symbol"), n, "circle"),
        each(sizes, n, _SIZE_PX),
        each(own, n, colour),
        each(trace.of("marker.line.width"), n, 0.0),
        each(trace.of("marker.line.color"), n, outline),
        each(trace.of("marker.opacity"), n, _BUBBLE_OPACITY if bubbles else 1.0),
    )
    return [
        Mark(
            symbol=str(symbol),
            size_px=float(size),
            colour=str(fill),
            line_px=float(width),
            line_colour=str(edge),
            opacity=float(opacity),
        )
        for symbol, size, fill, width, edge, opacity in zip(*columns, strict=True)
    ]


def draw(mark: Mark, x: float, y: float) -> str:
    """The marker at a place in px."""
    name, hollow = mark.symbol.removesuffix("-open"), mark.symbol.endswith("-open")
    if name not in _SHAPES:
        raise NotDrawn(
            f"the symbol {mark.symbol!r} is not drawn, only {', '.join(_SHAPES)} and their -open"
        )
    look: dict[str, object] = {}
    if hollow or name == "line-ns":
        colour = mark.colour if hollow else mark.line_colour
        look = {"fill": "none", **paint(colour, "stroke"), "stroke-width": mark.line_px or 1.0}
    else:
        look = paint(mark.colour)
        if mark.line_px:
            look = {**look, **paint(mark.line_colour, "stroke"), "stroke-width": mark.line_px}
    if mark.opacity != 1.0:
        look["opacity"] = mark.opacity
    element, shape = _SHAPES[name](x, y, mark.size_px / 2)
    return tag(element, {**shape, **look})


def resized(mark: Mark, size_px: float) -> Mark:
    """The same marker in another size."""
    return replace(mark, size_px=size_px)


def radius_px(trace: Trace) -> float:
    """Room that Plotly leaves around the markers of a trace on an open axis."""
    sizes = trace.of("marker.size", _SIZE_PX)
    listed = [sizes] if isinstance(sizes, int | float) else [s for s in sizes if s is not None]
    return max(*(float(size) / 1.6 for size in listed), 3.0, 3.0)


_Shape = tuple[str, dict[str, object]]


def _circle(x: float, y: float, r: float) -> _Shape:
    return "circle", {"cx": x, "cy": y, "r": r}


def _square(x: float, y: float, r: float) -> _Shape:
    return "rect", {"x": x - r, "y": y - r, "width": 2 * r, "height": 2 * r}


def _path(x: float, y: float, *corners: tuple[float, float]) -> _Shape:
    steps = "L".join(f"{num(x + dx)},{num(y + dy)}" for dx, dy in corners)
    return "path", {"d": f"M{steps}" + ("Z" if len(corners) > 2 else "")}


def _diamond(x: float, y: float, r: float) -> _Shape:
    d = 1.3 * r
    return _path(x, y, (d, 0), (0, d), (-d, 0), (0, -d))


def _x(x: float, y: float, r: float) -> _Shape:
    a = 0.8 * r / math.sqrt(2)
    half = ((0, a), (a, 2 * a), (2 * a, a), (a, 0), (2 * a, -a), (a, -2 * a))
    return _path(x, y, *half, *((-dx, -dy) for dx, dy in half))


def _triangle(x: float, y: float, r: float, sign: int) -> _Shape:
    side = 2 * r / math.sqrt(3)
    return _path(x, y, (-side, -sign * r / 2), (side, -sign * r / 2), (0, sign * r))


def _triangle_down(x: float, y: float, r: float) -> _Shape:
    return _triangle(x, y, r, 1)


def _triangle_up(x: float, y: float, r: float) -> _Shape:
    return _triangle(x, y, r, -1)


def _line_ns(x: float, y: float, r: float) -> _Shape:
    return _path(x, y, (0, 1.4 * r), (0, -1.4 * r))


_SHAPES: Final[Mapping[str, Callable[[float, float, float], _Shape]]] = {
    "circle": _circle,
    "square": _square,
    "diamond": _diamond,
    "x": _x,
    "triangle-up": _triangle_up,
    "triangle-down": _triangle_down,
    "line-ns": _line_ns,
}
