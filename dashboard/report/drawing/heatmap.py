"""Fields of a heat map: each in the colour of its value, with what is written on it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.charts.labels import ink_on
from dashboard.report.drawing.axes import Axis, Count, Extent
from dashboard.report.drawing.elements import Points, group, mixed, numbers, opaque, paint, rect
from dashboard.report.drawing.known import NotDrawn
from dashboard.report.drawing.lettering import write
from dashboard.report.drawing.look import FONT_PX, LINE_SPACING
from dashboard.report.drawing.text import fit, parse
from dashboard.report.drawing.traces import Trace


def extents(trace: Trace, letter: str, count: Count) -> list[Extent]:
    """An open axis ends where the fields end."""
    return [Extent(_edges(trace, letter, count))]


def draw(trace: Trace, x: Axis, y: Axis, clip: str | None, width_px: float) -> str:
    """The fields row by row; one without a value stays empty."""
    across, down = (axis.px(_edges(trace, axis.count.name[0], axis.count)) for axis in (x, y))
    values = [numbers(row) for row in trace.of("z", ())]
    least, most = trace.of("zmin"), trace.of("zmax")
    if values and (least is None or most is None):
        known = np.concatenate(values)
        known = known[np.isfinite(known)]
        if len(known):
            least = float(known.min()) if least is None else least
            most = float(known.max()) if most is None else most
    scale = trace.of("colorscale")
    if isinstance(scale, str) or scale is None:
        raise NotDrawn("heatmap.colorscale is drawn as a list of shares and colours alone")
    gaps = float(trace.of("xgap", 0)), float(trace.of("ygap", 0))
    texts = trace.of("text") if trace.of("texttemplate") else None
    size = _text_px(texts, across, down, gaps) if texts is not None else 0.0
    fields, words = [], []
    for i, row in enumerate(values):
        top, bottom = sorted((float(down[i]), float(down[i + 1])))
        for j, value in enumerate(row.tolist()):
            if math.isnan(value):
                continue
            left, right = sorted((float(across[j]), float(across[j + 1])))
            colour = _colour(scale, (value - least) / ((most - least) or 1))
            fields.append(
                rect(
                    left + gaps[0] / 2,
                    top + gaps[1] / 2,
                    max(right - left - gaps[0], 0),
                    max(bottom - top - gaps[1], 0),
                    **paint(colour),
                )
            )
            if texts is not None and size > 0:
                words.append(
                    write(
                        fit(str(texts[i][j]), size, most_px=right - left),
                        (left + right) / 2,
                        (top + bottom) / 2,
                        across="middle",
                        colour=ink_on(opaque(colour)),
                        within_px=width_px,
                    )
                )
    return group(fields, clip_path=clip) + "".join(words)


def _edges(trace: Trace, letter: str, count: Count) -> Points:
    """Places of the edges between the fields: as given, or half way between their middles."""
    rows = trace.of("z", ())
    n = len(rows) if letter == "y" else max((len(row) for row in rows), default=0)
    given = trace.of(letter)
    middles = np.arange(n, dtype=float) if given is None else count.places(given)
    if len(middles) == n + 1:
        return middles
    if len(middles) != n:
        raise NotDrawn(f"heatmap.{letter} has {len(middles)} places for {n} fields")
    if n < 2:
        return np.array([middles[0] - 0.5, middles[0] + 0.5]) if n else np.array([])
    halves = (middles[:-1] + middles[1:]) / 2
    return np.array([2 * middles[0] - halves[0], *halves, 2 * middles[-1] - halves[-1]])


def _colour(scale: Sequence[Sequence[Any]], share: float) -> str:
    """The colour at a share of the scale; at a step of two colours, the upper one."""
    share = min(max(share, 0.0), 1.0)
    above = next((i for i, (end, _) in enumerate(scale) if end > share), len(scale))
    if above == 0 or above == len(scale):
        return str(scale[min(above, len(scale) - 1)][1])
    (low, one), (high, other) = scale[above - 1], scale[above]
    return mixed(str(one), str(other), (share - low) / (high - low))


def _text_px(
    texts: Sequence[Sequence[str]], across: Points, down: Points, gaps: tuple[float, float]
) -> float:
    """One size for all, with which the longest text fits the narrowest field."""
    every = [parse(str(text)) for row in texts for text in row]
    letters = max((len("".join(r.text for r in line)) for t in every for line in t), default=0)
    n_lines = max(map(len, every), default=1)
    width = float(np.abs(np.diff(across)).min()) - gaps[0]
    height = float(np.abs(np.diff(down)).min()) - gaps[1]
    if not letters:
        return 0.0
    by_width = math.floor(width / letters / (LINE_SPACING / 2))
    return float(min(by_width, math.floor(height / n_lines / LINE_SPACING), FONT_PX))
