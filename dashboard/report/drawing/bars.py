"""Bars: from where each begins to where it ends, with its hatching and what is written in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from dashboard.charts.labels import ink_on
from dashboard.report.drawing import errors
from dashboard.report.drawing.axes import Axis, Count, Extent
from dashboard.report.drawing.elements import PREFIX, Points, group, numbers, opaque, paint, rect
from dashboard.report.drawing.hatching import Hatching, hatching_of
from dashboard.report.drawing.known import NotDrawn
from dashboard.report.drawing.lettering import write
from dashboard.report.drawing.look import FONT_PX, LINE_INK
from dashboard.report.drawing.text import fit
from dashboard.report.drawing.traces import Trace, each, of

#: Between neighbours that name no width, as a share of the distance.
_GAP: Final = 0.2
#: Free at both ends of a bar beside the text in it.
_TEXT_PAD_PX: Final = 3.0
_LEAST_TEXT_PX: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """The bars of a trace: places of their middles, widths, and the values they span."""

    trace: Trace
    places: Points
    widths: Points
    starts: Points
    ends: Points

    @property
    def is_across(self) -> bool:
        """Whether they lie: their values run along the horizontal axis."""
        return _is_across(self.trace)


def bars_of(traces: Sequence[Trace], mode: str, counts: Mapping[str, Count]) -> list[Bars]:
    """The bars of all traces on one pair of axes, stacked as the figure says."""
    if len(traces) > 1 and mode == "group":
        raise NotDrawn("bars of several traces side by side are not drawn; stack or overlay them")
    found: list[Bars] = []
    step = _least_step([counts[position_of(t)].places(t.of(position_of(t), ())) for t in traces])
    tops: dict[tuple[float, bool], float] = {}
    for trace in traces:
        if counts[_value(trace)].kind != "linear":
            raise NotDrawn("bars whose values lie on a log or category axis are not drawn")
        places = counts[position_of(trace)].places(trace.of(position_of(trace), ()))
        values = numbers(trace.of(_value(trace), ()))
        n = min(len(places), len(values))
        places, values = places[:n], values[:n]
        starts = numbers(each(trace.of("base"), n, 0.0))
        if mode in {"stack", "relative"}:
            for i, (place, value) in enumerate(zip(places.tolist(), values.tolist(), strict=True)):
                key = place, mode == "relative" and value < 0
                starts[i] += tops.get(key, 0.0)
                tops[key] = tops.get(key, 0.0) + (value if np.isfinite(value) else 0.0)
        found.append(
            Bars(
                trace=trace,
                places=places,
                widths=numbers(each(trace.of("width"), n, step * (1 - _GAP))),
                starts=starts,
                ends=starts + values,
            )
        )
    return found


def extents(drawn: Sequence[Bars], letter: str, count: Count) -> list[Extent]:
    """What an open axis has to hold of them: all of each bar, and zero where none begins above."""
    found: list[Extent] = []
    step = _least_step([bars.places for bars in drawn])
    for bars in drawn:
        if position_of(bars.trace) == letter:
            half = np.maximum(bars.widths, step) / 2
            found.append(Extent(np.concatenate([bars.places - half, bars.places + half])))
        else:
            found += [Extent(bars.ends, extra=True), Extent(bars.starts, firm=True)]
            found += errors.extent_of(bars.trace, letter, count, bars.ends)
    return found


def position_of(trace: Trace) -> str:
    """The letter of the axis along which the bars stand side by side: it shows no grid."""
    return "y" if _is_across(trace) else "x"


def draw(bars: Bars, x: Axis, y: Axis, clip: str | None, width_px: float) -> tuple[str, str]:
    """The bars, then what they need among the definitions; they end where the plot ends."""
    trace = bars.trace
    along, beside = (x, y) if bars.is_across else (y, x)
    low, high = sorted((along.start_px, along.end_px))
    starts, ends = (np.clip(along.px(v), low, high) for v in (bars.starts, bars.ends))
    middles = beside.px(bars.places)
    halves = np.abs(beside.px(bars.places + bars.widths / 2) - middles)
    n = len(middles)
    colours = each(trace.of("marker.color"), n, trace.colour)
    texts = each(trace.of("text"), n, "")
    hatching = hatching_of(trace)
    parts, words = [], []
    for i in range(n):
        box = float(starts[i]), float(ends[i]), float(middles[i]), float(halves[i])
        if not np.isfinite(box).all() or box[0] == box[1]:
            continue
        parts.append(_bar(trace, box, str(colours[i]), i, hatching, is_across=bars.is_across))
        if texts[i] and trace.of("textposition") == "inside":
            words.append(_word(trace, str(texts[i]), box, str(colours[i]), bars, width_px))
    whiskers = errors.draw(
        trace, along.count.name[0], along, bars.ends, middles, str(colours[0] if n else "")
    )
    opacity = trace.of("opacity")
    inner = [*parts, group([whiskers], clip_path=clip), *words]
    return group(inner, opacity=opacity), hatching.definition if hatching else ""


def swatch(trace: Trace, x: float, y: float, width: float, height: float) -> str:
    """What the legend shows of a trace."""
    colour = str(each(trace.of("marker.color"), 1, trace.colour)[0])
    hatching = hatching_of(trace)
    box = x, x + width, y + height / 2, height / 2
    return _bar(trace, box, colour, 0, hatching, is_across=True)


def _bar(
    trace: Trace,
    box: tuple[float, float, float, float],
    colour: str,
    place: int,
    hatching: Hatching | None,
    *,
    is_across: bool,
) -> str:
    x, y, width, height = _corners(box, is_across=is_across)
    edge = float(each(trace.of("marker.line.width"), place + 1, 0.0)[place])
    look: dict[str, object] = dict(paint(colour))
    if edge:
        ink = str(each(trace.of("marker.line.color"), place + 1, LINE_INK)[place])
        look = {**look, **paint(ink, "stroke"), "stroke-width": edge}
    drawn = rect(x, y, width, height, **look)
    if hatching:
        drawn += rect(x, y, width, height, fill=f"url(#{PREFIX}{hatching.key})")
    return drawn


def _word(
    trace: Trace,
    text: str,
    box: tuple[float, float, float, float],
    colour: str,
    bars: Bars,
    width_px: float,
) -> str:
    """The text in the middle of its bar; where the figure lets it, small enough to fit."""
    x, y, width, height = _corners(box, is_across=bars.is_across)
    size = float(of(trace.props, "insidetextfont.size", FONT_PX))
    most = width_px
    if trace.of("constraintext", "both") in {"both", "inside"}:
        most = max(width - 2 * _TEXT_PAD_PX, 0.0)
        size = min(size, max(height - 2 * _TEXT_PAD_PX, _LEAST_TEXT_PX))
    return write(
        fit(text, size, most_px=most, least_px=_LEAST_TEXT_PX),
        x + width / 2,
        y + height / 2,
        across="middle",
        colour=str(trace.of("insidetextfont.color") or ink_on(opaque(colour))),
        within_px=width_px,
    )


def _corners(
    box: tuple[float, float, float, float], *, is_across: bool
) -> tuple[float, float, float, float]:
    """x, y, width and height of a bar from its ends, its middle and half its width."""
    start, end, middle, half = box
    near, length = min(start, end), abs(end - start)
    if is_across:
        return near, middle - half, length, 2 * half
    return middle - half, near, 2 * half, length


def _least_step(places: Sequence[Points]) -> float:
    every = np.unique(np.concatenate(places)) if places else np.array([])
    steps = np.diff(every[np.isfinite(every)])
    return float(steps.min()) if len(steps) else 1.0


def _is_across(trace: Trace) -> bool:
    return bool(trace.of("orientation", "v") == "h")


def _value(trace: Trace) -> str:
    return "x" if _is_across(trace) else "y"
