"""Shapes and annotations: lines and bands over a plot, words and arrows beside the data."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboard.report.drawing.axes import Axis
from dashboard.report.drawing.elements import group, num, paint, rect, stroke, tag
from dashboard.report.drawing.known import NotDrawn
from dashboard.report.drawing.lettering import write
from dashboard.report.drawing.look import EDGE_PX, FONT_PX, INK, LEAST_FONT_PX, LINE_INK
from dashboard.report.drawing.text import Label, fit
from dashboard.report.drawing.traces import of

_ARROW_PX: Final = 2.0
#: The head of an arrow along its way, in widths of its line: tail, half its height, tip.
_HEAD: Final = (-3.7, 2.5, 1.3)
#: Around the words of an annotation.
_PAD_PX: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What a note can refer to: the whole plot in px, and the axes by their short name."""

    left: float
    top: float
    right: float
    bottom: float
    width_px: float
    height_px: float
    axes: Mapping[str, Axis]

    def at(self, ref: str, value: Any, *, is_x: bool, as_data: bool) -> float:
        """A place in px; ``as_data`` where a log axis is given values and not logarithms."""
        if ref == "paper":
            ends = (self.left, self.right) if is_x else (self.bottom, self.top)
            return ends[0] + float(value) * (ends[1] - ends[0])
        name, _, domain = ref.partition(" ")
        if name not in self.axes or domain not in {"", "domain"}:
            raise NotDrawn(f"what refers to {ref!r} is not drawn: the figure has no such axis")
        axis = self.axes[name]
        if domain:
            return axis.share(float(value))
        if axis.count.kind == "log" and not as_data:
            return axis.at(float(value))
        return axis.at(axis.count.place(value))


def shape(given: Mapping[str, Any], board: Board, clips: Mapping[str, str]) -> str:
    """A straight line or a rectangle; one on axes ends where their plot ends."""
    refs = {letter: str(given.get(f"{letter}ref", letter)) for letter in "xy"}
    x0, x1, y0, y1 = (
        board.at(refs[key[0]], given[key], is_x=key[0] == "x", as_data=True)
        for key in ("x0", "x1", "y0", "y1")
    )
    if not all(map(math.isfinite, (x0, x1, y0, y1))):
        return ""
    width = float(of(given, "line.width", 2.0))
    colour = str(of(given, "line.color", LINE_INK))
    look = stroke(colour, width, str(of(given, "line.dash", "solid"))) if width else {}
    if given.get("type") == "line":
        drawn = tag("path", {"d": f"M{num(x0)},{num(y0)}L{num(x1)},{num(y1)}", **look})
    else:
        fill = given.get("fillcolor")
        drawn = rect(
            min(x0, x1),
            min(y0, y1),
            abs(x1 - x0),
            abs(y1 - y0),
            **{**look, **(paint(str(fill)) if fill else {"fill": "none"})},
        )
    names = [ref.partition(" ")[0] for ref in refs.values()]
    clip = next((clips[name] for name in names if name in clips), None)
    return group([drawn], opacity=given.get("opacity"), clip_path=clip)


def annotation(given: Mapping[str, Any], board: Board) -> str:
    """Words at a place, and the arrow that points there."""
    refs = {letter: str(given.get(f"{letter}ref", letter)) for letter in "xy"}
    x = board.at(refs["x"], given.get("x", 0.5), is_x=True, as_data=False)
    y = board.at(refs["y"], given.get("y", 0.5), is_x=False, as_data=False)
    if not (math.isfinite(x) and math.isfinite(y)):
        return ""
    if given.get("showarrow", True):
        return _arrow(given, board, (x, y))
    label = label_of(given, board.width_px)
    across = _anchor(given, "x", refs["x"])
    down = _anchor(given, "y", refs["y"])
    x += {"left": _PAD_PX, "center": 0.0, "right": -_PAD_PX}[across]
    y += {"top": _PAD_PX, "middle": 0.0, "bottom": -_PAD_PX}[down]
    x += float(given.get("xshift", 0))
    y -= float(given.get("yshift", 0))
    top = y - {"top": 0.0, "middle": 0.5, "bottom": 1.0}[down] * label.height_px
    top = max(0.0, min(top, board.height_px - label.height_px))
    return write(
        label,
        x,
        top,
        across={"left": "start", "center": "middle", "right": "end"}[across],
        down="top",
        colour=str(of(given, "font.color", INK)),
        within_px=board.width_px,
    )


def label_of(given: Mapping[str, Any], width_px: float) -> Label:
    """The words of an annotation, no wider than the picture."""
    size = float(of(given, "font.size", FONT_PX))
    return fit(
        str(given.get("text", "")),
        size,
        most_px=width_px - 2 * (EDGE_PX + _PAD_PX),
        least_px=min(size, LEAST_FONT_PX),
    )


def _anchor(given: Mapping[str, Any], letter: str, ref: str) -> str:
    """Where the words stand at their place; of the picture, by the third that it lies in."""
    names = ("left", "center", "right") if letter == "x" else ("bottom", "middle", "top")
    said = str(given.get(f"{letter}anchor", "auto"))
    if said != "auto":
        return said
    if ref != "paper":
        return names[1]
    share = float(given.get(letter, 0.5))
    return names[0 if share < 1 / 3 else 2 if share > 2 / 3 else 1]


def _arrow(given: Mapping[str, Any], board: Board, tip: tuple[float, float]) -> str:
    if given.get("text") or given.get("axref") != given.get("xref", "x"):
        raise NotDrawn("an annotation's arrow is drawn from place to place on its axes, wordless")
    tail = tuple(
        board.at(
            str(given[f"a{letter}ref"]), given[f"a{letter}"], is_x=letter == "x", as_data=False
        )
        for letter in "xy"
    )
    length = math.hypot(tip[0] - tail[0], tip[1] - tail[1])
    width = float(given.get("arrowwidth", _ARROW_PX))
    tail_px, half_px, tip_px = (part * width for part in _HEAD)
    start = float(given.get("startstandoff", 0))
    end = length - float(given.get("standoff", 0)) - tip_px
    if not math.isfinite(length) or start >= end:
        return ""
    along = (tip[0] - tail[0]) / length, (tip[1] - tail[1]) / length

    def at(far: float, beside: float = 0.0) -> str:
        x = tail[0] + far * along[0] - beside * along[1]
        y = tail[1] + far * along[1] + beside * along[0]
        return f"{num(x)},{num(y)}"

    colour = str(given.get("arrowcolor", LINE_INK))
    head = f"M{at(end + tail_px, -half_px)}L{at(end + tail_px, half_px)}L{at(end + tip_px)}Z"
    shaft = tag("path", {"d": f"M{at(start)}L{at(end)}", **stroke(colour, width)})
    return shaft + tag("path", {"d": head, **paint(colour)})
