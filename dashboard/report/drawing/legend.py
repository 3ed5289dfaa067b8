"""The legend: a sign and a name for each kind of trace, in as many lines as they need."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.report.drawing import bars, marks, scatter
from dashboard.report.drawing.elements import group, line, rect
from dashboard.report.drawing.known import NotDrawn
from dashboard.report.drawing.lettering import write
from dashboard.report.drawing.look import EDGE_PX, FONT_PX, LEAST_FONT_PX
from dashboard.report.drawing.text import Label, fit
from dashboard.report.drawing.traces import Content, Trace

_SIGN_PX: Final = 26.0
_SIGN_GAP_PX: Final = 6.0
_ITEM_GAP_PX: Final = 16.0
_LINE_PX: Final = 19.0
_MOST_LINE_PX: Final = 10.0
_MARK_PX: Final = (2.0, 16.0)
_SWATCH_PX: Final = 12.0
#: A name takes no more than this share of a picture beside whose plot it stands.
_MOST_BESIDE: Final = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry and where its upper left corner lies in the legend, in px."""

    trace: Trace
    label: Label
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """Where it stands: above, below or right of the plot, and from which side of it."""

    side: str
    across: str
    of_picture: bool
    items: tuple[Item, ...]
    line_px: float
    width_px: float
    height_px: float


def legend_of(content: Content, width_px: float) -> Legend | None:
    """The legend of a picture so wide; ``None`` where the figure shows none."""
    shown = _entries(content)
    if not shown:
        return None
    side = _side(content)
    across = "h" if content.of("legend.orientation", "v") == "h" else "v"
    room = width_px - 2 * EDGE_PX
    if side == "right":
        room *= _MOST_BESIDE
    most = room - _SIGN_PX - _SIGN_GAP_PX
    labels = [fit(t.name, FONT_PX, most_px=most, least_px=LEAST_FONT_PX) for t in shown]
    widths = [_SIGN_PX + _SIGN_GAP_PX + label.width_px for label in labels]
    places = _places(widths, room) if across == "h" else [(0.0, i) for i in range(len(shown))]
    heights = max(label.height_px for label in labels)
    line_px = max(_LINE_PX, heights)
    return Legend(
        side=side,
        across="center" if content.of("legend.xanchor") == "center" else "left",
        of_picture=content.of("legend.xref", "paper") == "container",
        items=tuple(
            Item(trace=trace, label=label, x=x, y=row * line_px)
            for trace, label, (x, row) in zip(shown, labels, places, strict=True)
        ),
        line_px=line_px,
        width_px=max(x + width for (x, _), width in zip(places, widths, strict=True)),
        height_px=(max(row for _, row in places) + 1) * line_px,
    )


def draw(legend: Legend, left: float, top: float, width_px: float) -> str:
    """The legend from its upper left corner in px."""
    parts = []
    for item in legend.items:
        x, middle = left + item.x, top + item.y + legend.line_px / 2
        parts.append(_sign(item.trace, x, middle))
        parts.append(write(item.label, x + _SIGN_PX + _SIGN_GAP_PX, middle, within_px=width_px))
    return "".join(parts)


def _entries(content: Content) -> list[Trace]:
    traces = [t for t in content.traces if t.kind != "heatmap" and t.of("showlegend", True)]
    weight = sum(2 if t.of("showlegend") else 1 for t in traces)
    shown = content.of("showlegend")
    if not (weight > 1 if shown is None else shown):
        return []
    stacked = content.of("barmode") == "stack" and any(t.kind == "bar" for t in traces)
    grouped = any(t.of("legendgroup") for t in traces)
    default = "+".join((["grouped"] if grouped else []) + (["reversed"] if stacked else []))
    order = str(content.of("legend.traceorder", default))
    if "grouped" in order:
        names = [str(t.of("legendgroup") or f"\x00{i}") for i, t in enumerate(traces)]
        groups = list(dict.fromkeys(names))
        pairs = sorted(zip(names, traces, strict=True), key=lambda pair: groups.index(pair[0]))
        traces = [trace for _, trace in pairs]
    return traces[::-1] if "reversed" in order else traces


def _side(content: Content) -> str:
    x, y = float(content.of("legend.x", 1.02)), float(content.of("legend.y", 1.0))
    anchor = content.of("legend.yanchor", "auto")
    container = content.of("legend.yref", "paper") == "container"
    if container and y == 0 and anchor == "bottom":
        return "below"
    if not container and y <= 0 and anchor == "top":
        return "below"
    if not container and y >= 1 and anchor == "bottom":
        return "above"
    if not container and x > 1:
        return "right"
    raise NotDrawn(
        f"a legend at x {x:g}, y {y:g} is not drawn: it stands above, below or right of the plot"
    )


def _places(widths: Sequence[float], room: float) -> list[tuple[float, int]]:
    """In one line where it fits, otherwise in columns as wide as the widest entry."""
    if sum(widths) + _ITEM_GAP_PX * (len(widths) - 1) <= room:
        starts = [sum(widths[:i]) + _ITEM_GAP_PX * i for i in range(len(widths))]
        return [(start, 0) for start in starts]
    step = max(widths) + _ITEM_GAP_PX
    n = max(1, int((room + _ITEM_GAP_PX) // step))
    return [(i % n * step, i // n) for i in range(len(widths))]


def _sign(trace: Trace, x: float, middle: float) -> str:
    """What a trace looks like, in little."""
    centre = x + _SIGN_PX / 2
    opacity = trace.of("opacity")
    if trace.kind == "bar":
        corner = centre - _SWATCH_PX / 2, middle - _SWATCH_PX / 2
        return group([bars.swatch(trace, *corner, _SWATCH_PX, _SWATCH_PX)], opacity=opacity)
    parts = []
    if trace.is_filled:
        top = middle - _SWATCH_PX / 2
        parts.append(rect(x, top, _SIGN_PX, _SWATCH_PX, **scatter.fill_look(trace)))
    if "lines" in trace.modes and scatter.line_px(trace):
        width = min(scatter.line_px(trace), _MOST_LINE_PX)
        dash = str(trace.of("line.dash", "solid"))
        parts.append(line(x, middle, x + _SIGN_PX, middle, trace.line_colour, width, dash))
    if "markers" in trace.modes:
        mark = marks.marks_of(trace, 1)[0]
        least, most = _MARK_PX
        size = min(max(mark.size_px, least), most)
        parts.append(marks.draw(marks.resized(mark, size), centre, middle))
    if trace.modes == {"text"}:
        parts.append(write(fit("Aa", FONT_PX), centre, middle, across="middle"))
    return group(parts, opacity=opacity)
