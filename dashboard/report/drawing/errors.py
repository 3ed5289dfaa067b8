"""Error bars: from the low to the high end of each value, with a short line across the ends."""

from typing import Any, Final

import numpy as np

from dashboard.report.drawing.axes import Axis, Count, Extent
from dashboard.report.drawing.elements import Points, num, numbers, path, stroke, tag
from dashboard.report.drawing.known import NotDrawn
from dashboard.report.drawing.traces import Trace

_WIDTH_PX: Final = 4.0
_THICKNESS_PX: Final = 2.0


def ends_of(trace: Trace, letter: str, values: Any) -> tuple[Points, Points] | None:
    """The ends as values of the data, ``None`` where the trace has no error bars this way."""
    given = trace.of(f"error_{letter}")
    if not given or not given.get("visible", True) or given.get("array") is None:
        return None
    if given.get("type", "data") != "data":
        raise NotDrawn(f"error bars of type {given['type']!r} are not drawn, only 'data'")
    up = numbers(given["array"])
    down = up if given.get("arrayminus") is None else numbers(given["arrayminus"])
    middle = numbers(values)
    return middle - down, middle + up


def extent_of(trace: Trace, letter: str, count: Count, values: Any) -> list[Extent]:
    """What an open axis has to hold of them."""
    ends = ends_of(trace, letter, values)
    return [] if ends is None else [Extent(count.places(np.concatenate(ends)), extra=True)]


def draw(
    trace: Trace, letter: str, along: Axis, values: Any, across_px: Points, colour: str
) -> str:
    """The bars along one axis, at places in px on the other; a low end beyond a log axis is
    drawn to the axis's beginning.
    """
    ends = ends_of(trace, letter, values)
    if ends is None:
        return ""
    low, high = (along.px(along.count.places(end)) for end in ends)
    low = np.where(np.isfinite(high) & ~np.isfinite(low), along.start_px, low)
    half = float(trace.of(f"error_{letter}.width", _WIDTH_PX))
    steps = []
    for start, end, at in zip(low.tolist(), high.tolist(), across_px.tolist(), strict=True):
        if np.isfinite([start, end, at]).all() and start != end:
            steps.append(_bar(start, end, at, half, is_x=letter == "x"))
    if not steps:
        return ""
    look = stroke(
        str(trace.of(f"error_{letter}.color", colour)),
        float(trace.of(f"error_{letter}.thickness", _THICKNESS_PX)),
    )
    return tag("path", {"d": "".join(steps), **look})


def _bar(start: float, end: float, at: float, half: float, *, is_x: bool) -> str:
    lines = [((start, at), (end, at))]
    if half:
        lines += [((place, at - half), (place, at + half)) for place in (start, end)]
    turned = [[pair if is_x else pair[::-1] for pair in ends] for ends in lines]
    return path([[f"{num(x)},{num(y)}" for x, y in ends] for ends in turned])
