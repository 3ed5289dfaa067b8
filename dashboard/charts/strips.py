"""Many ratios by group: one dot each, filled where the range held, hollow where it did not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.palette import COMPUTED, MUTED, VERDICT_COLOURS
from dashboard.charts.quick import Figure
from dashboard.language import number, t

_TICKS: Final = (0.25, 0.33, 0.5, 0.7, 1, 1.4, 2, 3, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One ratio of a group; ``blind`` where nobody had it in view."""

    group: str
    ratio: float
    inside: bool
    blind: bool
    hover: str


def figure(dots: Sequence[Dot], *, title: str) -> go.Figure:
    """Groups in the order of their first dot, first on top; 1 is a perfect match."""
    figure = Figure()
    groups = list(dict.fromkeys(dot.group for dot in dots))
    for inside, blind in ((True, False), (False, False), (True, True), (False, True)):
        chosen = [dot for dot in dots if (dot.inside, dot.blind) == (inside, blind)]
        if chosen:
            figure.add_trace(_dots(chosen, inside=inside, blind=blind))
    ratios = [dot.ratio for dot in dots]
    low, high = min(*ratios, 0.5), max(*ratios, 2.0)
    ticks = [tick for tick in _TICKS if low * 0.95 <= tick <= high * 1.05]
    figure.add_vline(x=1, line={"color": MUTED, "dash": "dot", "width": 1.5})
    figure.update_xaxes(
        type="log",
        title=title,
        tickvals=ticks,
        ticktext=[f"{number(tick)}×" for tick in ticks],
        range=[math.log10(low * 0.9), math.log10(high * 1.1)],
        tickangle=0,
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        categoryorder="array", categoryarray=groups[::-1], fixedrange=True, automargin=True
    )
    figure.update_layout(
        height=28 * len(groups) + 130,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
    )
    return figure


def _dots(dots: Sequence[Dot], *, inside: bool, blind: bool) -> go.Scatter:
    shape = "diamond" if blind else "circle"
    name = t("inside the 90% range") if inside else t("outside")
    return go.Scatter(
        x=[dot.ratio for dot in dots],
        y=[dot.group for dot in dots],
        mode="markers",
        marker={
            "color": COMPUTED if inside else VERDICT_COLOURS["implausible"],
            "symbol": shape if inside else f"{shape}-open",
            "size": 11 if blind else 9,
            "line_width": 2,
        },
        name=t("{name}, not in view", name=name) if blind else name,
        hovertext=[dot.hover for dot in dots],
        hoverinfo="text",
    )
