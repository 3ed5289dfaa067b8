"""A figure as an SVG picture: the one door of this package."""

import hashlib
import math
from collections.abc import Mapping
from typing import Final

import plotly.graph_objects as go

from dashboard.report.drawing import bars, heatmap, legend, notes, polar, rulers, scatter
from dashboard.report.drawing.elements import PREFIX, num, rect, tag
from dashboard.report.drawing.known import NotDrawn
from dashboard.report.drawing.layout import Arranged, Plot, arrange, bars_on, on_axis
from dashboard.report.drawing.lettering import clean, write
from dashboard.report.drawing.look import FONTS, PAPER, SOFT_INK, TITLE_PX
from dashboard.report.drawing.text import fit
from dashboard.report.drawing.traces import Content, content_of

_PREFIX_DIGITS: Final = 10
_LEAST_WIDTH_PX: Final = 120


def to_svg(
    figure: go.Figure,
    *,
    width_px: int,
    height_px: int | None = None,
    alt: str = "",
    empty: str = "",
) -> str:
    """The figure as it is on screen, in the light theme on white, as the text of an SVG.

    Without ``height_px`` it is as high as the figure says, less the room for a legend that it
    does not need. ``alt`` says what it shows to who cannot see it; ``empty`` is written into a
    plot without data. The same figure gives the same bytes everywhere.

    Raises:
        NotDrawn: the figure has something that would be left out of the picture.
    """
    if width_px < _LEAST_WIDTH_PX:
        raise ValueError(f"a picture {width_px} px wide holds no chart; ask for {_LEAST_WIDTH_PX}")
    content = content_of(figure)
    arranged = arrange(content, float(width_px), None if height_px is None else float(height_px))
    definitions, body = _body(content, arranged, empty)
    body = (tag("defs", {}, definitions) if definitions else "") + body
    digest = hashlib.sha256(body.encode()).hexdigest()[:_PREFIX_DIGITS]
    return _frame(body.replace(PREFIX, f"a{digest}-"), arranged, alt)


def _frame(body: str, arranged: Arranged, alt: str) -> str:
    width, height = num(arranged.width_px), num(math.ceil(arranged.height_px))
    background = rect(0, 0, arranged.width_px, math.ceil(arranged.height_px), fill=PAPER)
    named = tag("title", {}, clean(alt)) if clean(alt) else ""
    return tag(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": width,
            "height": height,
            "viewBox": f"0 0 {width} {height}",
            "font-family": FONTS,
            "role": "img" if named else None,
        },
        named + background + body,
    )


def _body(content: Content, arranged: Arranged, empty: str) -> tuple[str, str]:
    """What is defined, and what is drawn, from the back to the front."""
    clips = {plot: f"url(#{PREFIX}{plot.key})" for plot in arranged.plots}
    definitions = [_clip(plot, arranged) for plot in arranged.plots]
    board = _board(arranged)
    by_axis = {
        name[0] + name[5:]: clip for plot, clip in clips.items() for name in (plot.x, plot.y)
    }
    shapes = {layer: _shapes(content, board, by_axis, layer) for layer in ("below", "above")}
    parts = [shapes["below"]]
    for plot in arranged.plots:
        x, y = arranged.rulers[plot.x], arranged.rulers[plot.y]
        parts.append(rulers.grid(x, y.axis.start_px, y.axis.end_px))
        parts.append(rulers.grid(y, x.axis.start_px, x.axis.end_px))
    for plot in arranged.plots:
        drawn, defined = _traces(content, arranged, plot, clips[plot])
        parts += drawn
        definitions += defined
    if any(trace.kind == "scatterpolar" for trace in content.traces):
        parts.append(_around(content, arranged))
    for plot in arranged.plots:
        x, y = arranged.rulers[plot.x], arranged.rulers[plot.y]
        size = arranged.width_px, arranged.height_px
        parts.append(rulers.draw(x, y.axis.start_px, *size))
        parts.append(rulers.draw(y, x.axis.start_px, *size))
    parts.append(shapes["above"])
    parts += [notes.annotation(given, board) for given in content.of("annotations", ())]
    if arranged.legend:
        parts.append(legend.draw(arranged.legend, *arranged.legend_at, arranged.width_px))
    if content.is_empty:
        parts.append(_sentence(empty, arranged))
    body = "".join(parts)
    used = [text for text in dict.fromkeys(definitions) if f"url(#{_id(text)})" in body]
    return "".join(used), body


def _traces(
    content: Content, arranged: Arranged, plot: Plot, clip: str
) -> tuple[list[str], list[str]]:
    """Fields behind bars behind lines, each kind in the order of the figure."""
    x, y = arranged.axis(plot.x), arranged.axis(plot.y)
    width = arranged.width_px
    here = [t for t in on_axis(content, plot.x) if t.axis("y") == plot.y]
    drawn = [heatmap.draw(t, x, y, clip, width) for t in here if t.kind == "heatmap"]
    defined = []
    for each in bars_on(content, plot, arranged.counts):
        picture, definition = bars.draw(each, x, y, clip, width)
        drawn.append(picture)
        defined.append(definition)
    drawn += [scatter.draw(t, x, y, clip, width) for t in here if t.kind == "scatter"]
    return drawn, [text for text in defined if text]


def _around(content: Content, arranged: Arranged) -> str:
    if arranged.plots:
        raise NotDrawn("a circle beside other plots is not drawn; draw two figures")
    bottom = arranged.height_px
    if arranged.legend and arranged.legend.side == "below":
        bottom = arranged.legend_at[1]
    return polar.draw(content, (0.0, 0.0, arranged.width_px, bottom), arranged.width_px)


def _shapes(content: Content, board: notes.Board, clips: Mapping[str, str], layer: str) -> str:
    return "".join(
        notes.shape(given, board, clips)
        for given in content.of("shapes", ())
        if given.get("layer", "above") == layer
    )


def _board(arranged: Arranged) -> notes.Board:
    area = arranged.area
    return notes.Board(
        left=area.left,
        top=area.top,
        right=area.right,
        bottom=area.bottom,
        width_px=arranged.width_px,
        height_px=arranged.height_px,
        axes={name[0] + name[5:]: ruler.axis for name, ruler in arranged.rulers.items()},
    )


def _clip(plot: Plot, arranged: Arranged) -> str:
    x, y = arranged.axis(plot.x), arranged.axis(plot.y)
    box = rect(x.start_px, y.end_px, x.end_px - x.start_px, y.start_px - y.end_px)
    return tag("clipPath", {"id": PREFIX + plot.key}, box)


def _id(definition: str) -> str:
    return definition.split('id="', 1)[1].split('"', 1)[0]


def _sentence(empty: str, arranged: Arranged) -> str:
    area = arranged.area
    return write(
        fit(empty, TITLE_PX, most_px=arranged.width_px - 8, n_lines=3),
        (area.left + area.right) / 2,
        (area.top + area.bottom) / 2,
        across="middle",
        colour=SOFT_INK,
        within_px=arranged.width_px,
    )
