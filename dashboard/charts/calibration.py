"""Predictions against published figures: each row's ratio, and whether intervals hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.charts.palette import COMPUTED, MUTED, STATED, VERDICT_COLOURS
from dashboard.charts.quick import Figure
from dashboard.language import exact, number, t

_TICKS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 2.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One row: predicted over published, with its interval, at the model's size."""

    label: str
    params: float
    ratio: float
    low: float
    high: float
    covered: bool


def ratios(dots: Sequence[Dot]) -> go.Figure:
    """Predicted over published by model size, 80 % intervals as whiskers; 1 is perfect."""
    figure = Figure()
    figure.add_hline(y=1, line={"color": MUTED, "dash": "dot", "width": 1})
    for covered, name, colour in (
        (True, t("inside the 80% interval"), COMPUTED),
        (False, t("outside"), VERDICT_COLOURS["implausible"]),
    ):
        chosen = [dot for dot in dots if dot.covered == covered]
        figure.add_trace(
            go.Scatter(
                x=[dot.params for dot in chosen],
                y=[dot.ratio for dot in chosen],
                error_y={
                    "type": "data",
                    "array": [dot.high - dot.ratio for dot in chosen],
                    "arrayminus": [dot.ratio - dot.low for dot in chosen],
                    "thickness": 1,
                    "width": 0,
                    "color": colour,
                },
                mode="markers",
                marker={
                    "color": colour,
                    "size": 8,
                    "symbol": "circle" if covered else "x",
                },
                hovertext=[f"{dot.label}: {number(dot.ratio)}×" for dot in chosen],
                hoverinfo="text",
                name=name,
            )
        )
    sizes = [10.0**e for e in range(7, 14)]
    ends = [dot.params for dot in dots]
    ticks = [size for size in sizes if min(ends) / 3 <= size <= max(ends) * 3]
    figure.update_xaxes(
        type="log",
        title=t("Parameters, log scale"),
        tickvals=ticks,
        ticktext=[exact(tick) for tick in ticks],
        fixedrange=True,
    )
    figure.update_yaxes(
        type="log",
        title=t("Predicted over published"),
        tickvals=_TICKS,
        ticktext=[number(tick) for tick in _TICKS],
        fixedrange=True,
    )
    figure.update_layout(
        height=380,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.0, "x": 0, "yanchor": "bottom"},
    )
    return figure


def coverage(levels: Sequence[tuple[float, float, float]]) -> go.Figure:
    """Share of left-out rows inside, against the interval's level: the diagonal is perfect."""
    figure = Figure()
    x = [level for level, _, _ in levels]
    figure.add_trace(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            line={"color": MUTED, "dash": "dot", "width": 1},
            hoverinfo="skip",
            name=t("perfect"),
        )
    )
    for i, (name, colour) in enumerate(
        ((t("steps"), COMPUTED), (t("whole runs"), STATED)), start=1
    ):
        figure.add_trace(
            go.Scatter(
                x=x,
                y=[row[i] for row in levels],
                mode="lines+markers",
                line={"color": colour, "width": 2},
                name=name,
            )
        )
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    text = [f"{round(tick * 100)}%" for tick in ticks]
    figure.update_xaxes(
        title=t("Level of the interval"),
        tickvals=ticks,
        ticktext=text,
        range=[0, 1],
        fixedrange=True,
    )
    figure.update_yaxes(
        title=t("Rows inside"), tickvals=ticks, ticktext=text, range=[0, 1.02], fixedrange=True
    )
    figure.update_layout(
        height=340,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.0, "x": 0, "yanchor": "bottom"},
    )
    return figure
