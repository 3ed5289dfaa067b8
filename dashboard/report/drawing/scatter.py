"""Lines, areas, markers and words of a trace over two axes or around a circle."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from dashboard.report.drawing import errors, marks
from dashboard.report.drawing.axes import Axis, Count, Extent
from dashboard.report.drawing.elements import Points, group, paint, path, pieces, stroke, tag
from dashboard.report.drawing.known import NotDrawn
from dashboard.report.drawing.lettering import write
from dashboard.report.drawing.look import FONT_PX, INK
from dashboard.report.drawing.text import fit
from dashboard.report.drawing.traces import Trace, each

_LINE_PX: Final = 2.0
#: Of a filled area whose colour the figure leaves open.
_FILL_OPACITY: Final = 0.5
_DOWN: Final = {"top": -1, "middle": 0, "bottom": 1}
_ACROSS: Final = {"left": ("end", -1), "center": ("middle", 0), "right": ("start", 1)}


def extents(trace: Trace, letter: str, count: Count) -> list[Extent]:
    """What an open axis has to hold: lines alone go to its ends, markers keep off them."""
    values = trace.of(letter, ())
    marked = bool({"markers", "text"} & trace.modes)
    bars = any(errors.ends_of(trace, way, trace.of(way, ())) for way in "xy")
    padded = marked or bars or letter == "y"
    pad_px = marks.radius_px(trace) if "markers" in trace.modes else 0.0
    return [
        Extent(count.places(values), pad_px if padded else 0.0, extra=padded),
        *errors.extent_of(trace, letter, count, values),
    ]


def draw(trace: Trace, x: Axis, y: Axis, clip: str | None, width_px: float) -> str:
    """The trace over its axes; ``clip`` is the plot that lines and areas end at.

    A marker or word stands whole where its point lies in the plot, and not at all elsewhere.
    """
    values = {axis.count.name[0]: trace.of(axis.count.name[0], ()) for axis in (x, y)}
    n = min(len(values["x"]), len(values["y"]))
    at_x, at_y = (a.px(a.count.places(values[k][:n])) for k, a in (("x", x), ("y", y)))
    bars = [
        errors.draw(trace, "x", x, values["x"][:n], at_y, trace.line_colour),
        errors.draw(trace, "y", y, values["y"][:n], at_x, trace.line_colour),
    ]
    behind = group([_area(trace, at_x, at_y), *bars, _line(trace, at_x, at_y)], clip_path=clip)
    shown = x.holds(at_x) & y.holds(at_y)
    return group([behind, *_signs(trace, at_x, at_y, shown, width_px)], opacity=_opacity(trace))


def draw_around(trace: Trace, at_x: Points, at_y: Points, width_px: float) -> str:
    """The trace at places in px that an angle and a distance gave."""
    shown = np.isfinite(at_x) & np.isfinite(at_y)
    parts = [_area(trace, at_x, at_y), _line(trace, at_x, at_y)]
    return group([*parts, *_signs(trace, at_x, at_y, shown, width_px)], opacity=_opacity(trace))


def line_px(trace: Trace) -> float:
    """Width of the line."""
    return float(trace.of("line.width", _LINE_PX))


def fill_look(trace: Trace) -> dict[str, object]:
    """Colour and opacity of the area."""
    given = trace.of("fillcolor")
    if given is not None:
        return paint(str(given))
    return {**paint(trace.line_colour), "fill-opacity": _FILL_OPACITY}


def _opacity(trace: Trace) -> float | None:
    given = trace.of("opacity")
    return None if given in (None, 1) else float(given)


def _area(trace: Trace, at_x: Points, at_y: Points) -> str:
    if not trace.is_filled:
        return ""
    found = [piece for piece in pieces(at_x, at_y) if len(piece) > 1]
    return tag("path", {"d": path(found, closed=True), **fill_look(trace)}) if found else ""


def _line(trace: Trace, at_x: Points, at_y: Points) -> str:
    if "lines" not in trace.modes or not line_px(trace):
        return ""
    found = [piece for piece in pieces(at_x, at_y) if len(piece) > 1]
    look = stroke(trace.line_colour, line_px(trace), str(trace.of("line.dash", "solid")))
    look["stroke-linejoin"] = "round"
    return tag("path", {"d": path(found), **look}) if found else ""


def _signs(trace: Trace, at_x: Points, at_y: Points, shown: Any, width_px: float) -> Sequence[str]:
    """The markers, and the words over them."""
    places = np.flatnonzero(shown).tolist()
    written: list[str] = []
    looks = marks.marks_of(trace, len(at_x)) if "markers" in trace.modes else []
    if looks:
        written += [marks.draw(looks[i], float(at_x[i]), float(at_y[i])) for i in places]
    if "text" in trace.modes:
        sizes = [look.size_px for look in looks] or [0.0] * len(at_x)
        written += _words(trace, at_x, at_y, places, sizes, width_px)
    return written


def _words(
    trace: Trace,
    at_x: Points,
    at_y: Points,
    places: Sequence[int],
    marker_px: Sequence[float],
    width_px: float,
) -> list[str]:
    n = len(at_x)
    texts = each(trace.of("text"), n, "")
    colours = each(trace.of("textfont.color"), n, INK)
    sizes = each(trace.of("textfont.size"), n, FONT_PX)
    positions = each(trace.of("textposition"), n, "middle center")
    written = []
    for i in places:
        down, _, across = str(positions[i]).partition(" ")
        if down not in _DOWN or across not in _ACROSS:
            raise NotDrawn(f"the textposition {positions[i]!r} is not drawn")
        # A little more than the marker's radius, as some are larger than they say.
        away = marker_px[i] / 1.6 + 1 if marker_px[i] else 0.0
        anchor, side = _ACROSS[across]
        written.append(
            write(
                fit(str(texts[i]), float(sizes[i]), most_px=width_px),
                float(at_x[i]) + side * away,
                float(at_y[i]) + _DOWN[down] * away,
                across=anchor,
                down={"top": "bottom", "middle": "middle", "bottom": "top"}[down],
                colour=str(colours[i]),
                italic=trace.of("textfont.style") == "italic",
                within_px=width_px,
            )
        )
    return written
