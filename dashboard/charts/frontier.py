"""Loss against dollars: the best that each budget buys, with its 90 % range."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from costmodel.uncertainty import Percentiles
from dashboard.charts.palette import COMPUTED, STATED
from dashboard.charts.quick import Figure
from dashboard.language import amount, exact, t


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One budget's best buy."""

    usd: float
    loss: Percentiles
    params: float
    chosen: bool


def figure(points: Sequence[Point]) -> go.Figure:
    """The frontier as a line in its band; the budget asked for as a diamond."""
    usd = [point.usd for point in points]
    figure = Figure()
    figure.add_trace(
        go.Scatter(
            x=[*usd, *reversed(usd)],
            y=[*(p.loss.p95 for p in points), *(p.loss.p05 for p in reversed(points))],
            fill="toself",
            fillcolor=COMPUTED,
            opacity=0.2,
            line={"width": 0},
            hoverinfo="skip",
            name=t("90% range"),
        )
    )
    figure.add_trace(
        go.Scatter(
            x=usd,
            y=[point.loss.p50 for point in points],
            mode="lines+markers",
            line={"color": COMPUTED, "width": 2},
            marker={
                "size": [14 if point.chosen else 8 for point in points],
                "symbol": ["diamond" if point.chosen else "circle" for point in points],
                "color": [STATED if point.chosen else COMPUTED for point in points],
            },
            hovertext=[
                f"{amount(p.usd, 'usd')}: {exact(p.params)}, {p.loss.p50:.3f}" for p in points
            ],
            hoverinfo="text",
            name=t("Median"),
        )
    )
    figure.update_xaxes(
        type="log",
        title=t("Dollars of the final run, log scale"),
        tickvals=usd,
        ticktext=[amount(value, "usd") for value in usd],
        fixedrange=True,
    )
    figure.update_yaxes(title=t("Loss, nats per token"), fixedrange=True)
    figure.update_layout(
        height=340,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.0, "x": 0, "yanchor": "bottom"},
    )
    return figure
