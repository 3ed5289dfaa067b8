"""What stands along an axis: grid, ticks, their labels and the title, none over another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np

from dashboard.report.drawing.axes import Axis
from dashboard.report.drawing.elements import line
from dashboard.report.drawing.lettering import write
from dashboard.report.drawing.look import (
    FONT_PX,
    GRID,
    GRID_PX,
    LEAST_FONT_PX,
    LINE_INK,
    LINE_SPACING,
    MOST_LABEL_SHARE,
    SOFT_INK,
    TICK_GAP_PX,
    TITLE_GAP_PX,
    TITLE_PX,
)
from dashboard.report.drawing.text import Label, fit
from dashboard.report.drawing.ticks import Tick, ticks_of
from dashboard.report.drawing.traces import of

#: Free between two labels.
_BETWEEN_PX: Final = {True: 8.0, False: 1.0}
_AXIS_LINE_PX: Final = 1.0
_TICK_PX: Final = 5.0
_MOST_LINES: Final = 3
_MOST_UPRIGHT_SHARE: Final = 0.35
_TITLE_LINES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruler:
    """An axis with what is written along it; ``depth_px`` is the room it takes off the plot.

    ``labels`` lie at places in px; ``is_upright`` where the labels of a horizontal axis are
    turned by 90 degrees.
    """

    axis: Axis
    spec: Mapping[str, Any]
    ticks: tuple[Tick, ...]
    labels: tuple[tuple[float, Label], ...]
    is_upright: bool
    title: Label | None
    depth_px: float

    @property
    def is_shown(self) -> bool:
        """Whether anything of the axis is seen."""
        return bool(self.spec.get("visible", True))

    @property
    def ends_px(self) -> tuple[float, float]:
        """From where to where the labels reach along the axis."""
        halves = [(at, self._half_px(label)) for at, label in self.labels]
        ends = [self.axis.start_px, self.axis.end_px]
        return (
            min([*ends, *(at - half for at, half in halves)]),
            max([*ends, *(at + half for at, half in halves)]),
        )

    @property
    def tick_px(self) -> float:
        """Length of the ticks that stick out."""
        return float(self.spec.get("ticklen", _TICK_PX)) if self.spec.get("ticks") else 0.0

    def _half_px(self, label: Label) -> float:
        across = self.axis.count.is_x and not self.is_upright
        return (label.width_px if across else label.height_px) / 2


def ruler_of(axis: Axis, spec: Mapping[str, Any], width_px: float, height_px: float) -> Ruler:
    """The axis's ticks and labels, in a picture of this size."""
    ticks = tuple(ticks_of(axis, spec)) if spec.get("visible", True) else ()
    at = axis.px(np.array([tick.place for tick in ticks])).tolist() if ticks else []
    size = float(of(spec, "tickfont.size", FONT_PX))
    make = _across if axis.count.is_x else _upwards
    most = width_px * MOST_LABEL_SHARE if not axis.count.is_x else height_px * _MOST_UPRIGHT_SHARE
    labels, is_upright = make(axis, ticks, at, size, most)
    title = None
    if ticks or spec.get("visible", True):
        text = str(of(spec, "title.text", ""))
        title = _title(text, axis.length_px if not axis.count.is_x else width_px) if text else None
    ruler = Ruler(
        axis=axis,
        spec=spec,
        ticks=ticks,
        labels=tuple(labels),
        is_upright=is_upright,
        title=title,
        depth_px=0.0,
    )
    return _with_depth(ruler)


def grid(ruler: Ruler, start_px: float, end_px: float) -> str:
    """Lines across the plot at the ticks, and at zero, from one px to another."""
    spec, axis = ruler.spec, ruler.axis
    if not ruler.is_shown:
        return ""
    colour = str(spec.get("gridcolor", GRID))
    places = (
        [tick.place for tick in ruler.ticks] if spec.get("showgrid", not axis.count.is_x) else []
    )
    zero = spec.get("zeroline", not axis.count.is_x) and axis.count.kind == "linear"
    if zero and min(axis.low, axis.high) <= 0 <= max(axis.low, axis.high) and 0 not in places:
        places.append(0.0)
    return "".join(
        _across_plot(axis, axis.at(place), start_px, end_px, colour, GRID_PX) for place in places
    )


def draw(ruler: Ruler, edge_px: float, width_px: float, height_px: float) -> str:
    """Ticks, labels and title outside the plot, whose edge lies at ``edge_px``."""
    if not ruler.is_shown:
        return ""
    axis, spec = ruler.axis, ruler.spec
    parts = []
    sign = 1 if axis.count.is_x else -1
    if spec.get("showline"):
        colour = str(spec.get("linecolor", LINE_INK))
        ends = sorted((axis.start_px, axis.end_px))
        parts.append(_along(axis, edge_px, ends[0], ends[1], colour))
    if ruler.tick_px:
        colour = str(spec.get("tickcolor", LINE_INK))
        tip = edge_px + sign * ruler.tick_px
        for tick in ruler.ticks:
            at = axis.at(tick.place)
            parts.append(_across_plot(axis, at, edge_px, tip, colour, _AXIS_LINE_PX))
    away = edge_px + sign * (TICK_GAP_PX + ruler.tick_px)
    for at, label in ruler.labels:
        if ruler.is_upright:
            parts.append(write(label, at, away, across="end", colour=SOFT_INK, angle=-90))
        elif axis.count.is_x:
            parts.append(
                write(
                    label,
                    at,
                    away,
                    across="middle",
                    down="top",
                    colour=SOFT_INK,
                    within_px=width_px,
                )
            )
        else:
            half = label.height_px / 2
            inside = max(half, min(at, height_px - half))
            parts.append(write(label, away, inside, across="end", colour=SOFT_INK))
    if ruler.title:
        parts.append(_draw_title(ruler, edge_px, width_px))
    return "".join(parts)


def _with_depth(ruler: Ruler) -> Ruler:
    if not ruler.is_shown:
        return ruler
    across = ruler.axis.count.is_x and not ruler.is_upright
    sizes = [label.height_px if across else label.width_px for _, label in ruler.labels]
    depth = ruler.tick_px + (TICK_GAP_PX + max(sizes) if sizes else 0.0)
    if ruler.title:
        depth += TITLE_GAP_PX + ruler.title.height_px
    return replace(ruler, depth_px=depth)


_Labels = list[tuple[float, Label]]


def _across(
    axis: Axis, ticks: Sequence[Tick], at: Sequence[float], size: float, most_px: float
) -> tuple[_Labels, bool]:
    """Side by side; names that have no room are broken, then set upright, never left out
    while they fit; of numbers those are left out that would touch their neighbour.
    """
    room = _least_step(at, axis.length_px) - _BETWEEN_PX[True]
    if axis.count.kind == "category" and ticks:
        whole = [fit(tick.text, size) for tick in ticks]
        broken = [fit(tick.text, size, most_px=room, n_lines=_MOST_LINES) for tick in ticks]
        for labels in (whole, broken):
            lost = any("…" in label.letters for label in labels if label not in whole)
            if not lost and max(label.width_px for label in labels) <= room:
                return list(zip(at, labels, strict=True)), False
        upright = [fit(tick.text, size, most_px=most_px, least_px=LEAST_FONT_PX) for tick in ticks]
        return _thinned(at, upright, [label.height_px for label in upright], False), True
    labels = [fit(tick.text, size, most_px=max(axis.length_px / 2, 40.0)) for tick in ticks]
    return _thinned(at, labels, [label.width_px for label in labels], True), False


def _upwards(
    axis: Axis, ticks: Sequence[Tick], at: Sequence[float], size: float, most_px: float
) -> tuple[_Labels, bool]:
    room = _least_step(at, axis.length_px)
    n_lines = max(1, min(_MOST_LINES, int(room // (size * LINE_SPACING))))
    labels = [fit(tick.text, size, most_px=most_px, n_lines=n_lines) for tick in ticks]
    return _thinned(at, labels, [label.height_px for label in labels], False), False


def _thinned(
    at: Sequence[float], labels: Sequence[Label], sizes: Sequence[float], across: bool
) -> _Labels:
    """Those that keep off each other: every second or third of an even row, else as they come."""
    pairs = sorted(zip(at, sizes, labels, strict=True), key=lambda entry: entry[0])
    gaps = np.diff([place for place, _, _ in pairs])
    if len(gaps) and np.allclose(gaps, gaps[0]):
        for step in range(1, len(pairs) + 1):
            kept = pairs[::step]
            if _are_apart(kept, across):
                return [(place, label) for place, _, label in kept]
    found: list[tuple[float, float, Label]] = []
    for entry in pairs:
        if not found or _are_apart([found[-1], entry], across):
            found.append(entry)
    return [(place, label) for place, _, label in found]


def _are_apart(entries: Sequence[tuple[float, float, Label]], across: bool) -> bool:
    return all(
        b - a - (size_a + size_b) / 2 >= _BETWEEN_PX[across]
        for (a, size_a, _), (b, size_b, _) in pairwise(entries)
    )


def _least_step(at: Sequence[float], length_px: float) -> float:
    steps = np.diff(sorted(at))
    return float(steps.min()) if len(steps) else length_px


def _title(text: str, most_px: float) -> Label:
    return fit(
        text, TITLE_PX, most_px=most_px - 8, n_lines=_TITLE_LINES, least_px=LEAST_FONT_PX + 1.5
    )


def _draw_title(ruler: Ruler, edge_px: float, width_px: float) -> str:
    assert ruler.title is not None
    middle = (ruler.axis.start_px + ruler.axis.end_px) / 2
    far = ruler.depth_px - ruler.title.height_px / 2
    if ruler.axis.count.is_x:
        return write(
            ruler.title,
            middle,
            edge_px + far,
            across="middle",
            colour=SOFT_INK,
            within_px=width_px,
        )
    return write(ruler.title, edge_px - far, middle, across="middle", colour=SOFT_INK, angle=-90)


def _across_plot(
    axis: Axis, at: float, start: float, end: float, colour: str, width_px: float
) -> str:
    ends = (at, start, at, end) if axis.count.is_x else (start, at, end, at)
    return line(*ends, colour, width_px)


def _along(axis: Axis, edge: float, start: float, end: float, colour: str) -> str:
    ends = (start, edge, end, edge) if axis.count.is_x else (edge, start, edge, end)
    return line(*ends, colour, _AXIS_LINE_PX)
