"""How far each input moves an outcome: bars to both sides of the middle, widest on top."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.labels import lines
from dashboard.charts.palette import MUTED, OWNED, RENTED
from dashboard.charts.quick import Figure
from dashboard.language import amount, t

_ROW_PX: Final = 46
_FRAME_PX: Final = 96
#: Letters of a label that a phone has room for, in two lines.
_LETTERS: Final = 21
_N_TICKS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TornadoBar:
    """One input in the reader's language: what it is at both ends, and the outcome there."""

    label: str
    low: str
    high: str
    at_low: float
    at_high: float


def figure(bars: Sequence[TornadoBar], middle: float, unit: str) -> go.Figure:
    """Bars from the middle to the outcome at the input's 10th and at its 90th percentile."""
    figure = Figure()
    names = ["<br>".join(lines(bar.label, _LETTERS, 2)) for bar in bars]
    for at_high, colour, name in (
        (False, OWNED, t("input at its 10th percentile")),
        (True, RENTED, t("input at its 90th percentile")),
    ):
        ends = [bar.at_high if at_high else bar.at_low for bar in bars]
        figure.add_trace(
            go.Bar(
                x=[end - middle for end in ends],
                base=middle,
                y=list(range(len(bars))),
                orientation="h",
                marker_color=colour,
                name=name,
                hovertext=[
                    f"{bar.label}: {bar.high if at_high else bar.low} → {amount(end, unit)}"
                    for bar, end in zip(bars, ends, strict=True)
                ],
                hoverinfo="text",
            )
        )
    values = [middle, *(v for bar in bars for v in (bar.at_low, bar.at_high))]
    low, high = min(values), max(values)
    room = max((high - low) * 0.06, 1e-9)
    ticks = [low, middle, high]
    if high - middle < 0.18 * (high - low):
        ticks = [low, middle]
    elif middle - low < 0.18 * (high - low):
        ticks = [middle, high]
    figure.add_vline(x=middle, line={"color": MUTED, "width": 1.5})
    figure.update_xaxes(
        tickvals=ticks[:_N_TICKS],
        ticktext=[amount(tick, unit) for tick in ticks[:_N_TICKS]],
        range=[low - room, high + room],
        tickangle=0,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=list(range(len(bars))),
        ticktext=names,
        autorange="reversed",
        fixedrange=True,
        automargin=True,
    )
    figure.update_layout(
        barmode="overlay",
        height=_ROW_PX * len(bars) + _FRAME_PX,
        margin={"l": 8, "r": 16, "t": 8, "b": 78},
        legend={
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "x": 0,
            "xref": "container",
            "yanchor": "bottom",
        },
        hoverlabel={"namelength": -1},
    )
    return figure
