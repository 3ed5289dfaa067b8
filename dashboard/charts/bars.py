"""Horizontal bars: dollars by line with their 90 % range, and shares of an outcome's spread."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from costmodel.uncertainty import Percentiles
from dashboard.charts.palette import COMPUTED, MUTED
from dashboard.charts.quick import Figure
from dashboard.language import amount, interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: a median, and its range where it has one."""

    label: str
    value: float
    spread: Percentiles | None = None
    colour: str = COMPUTED


def figure(bars: Sequence[Bar], unit: str) -> go.Figure:
    """Bars in the order given, first on top, values written at their ends."""
    whiskers = None
    if all(bar.spread is not None for bar in bars):
        spreads = [bar.spread for bar in bars if bar.spread is not None]
        whiskers = {
            "type": "data",
            "array": [spread.p95 - spread.p50 for spread in spreads],
            "arrayminus": [spread.p50 - spread.p05 for spread in spreads],
            "color": MUTED,
            "thickness": 1.5,
        }
    figure = Figure(
        go.Bar(
            x=[bar.value for bar in bars],
            y=[bar.label for bar in bars],
            orientation="h",
            marker_color=[bar.colour for bar in bars],
            error_x=whiskers,
            hovertext=[_hover(bar, unit) for bar in bars],
            hoverinfo="text",
        )
    )
    most = max((bar.spread.p95 if bar.spread else bar.value) for bar in bars)
    ticks = round_ticks(most)
    figure.update_xaxes(
        tickvals=ticks,
        ticktext=[amount(tick, unit) for tick in ticks],
        range=[0, most * 1.08],
        tickangle=0,
        fixedrange=True,
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True, automargin=True)
    figure.update_layout(
        height=44 * len(bars) + 60, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False
    )
    return figure


def round_ticks(most: float) -> list[float]:
    """Zero and at most three multiples of 1, 2 or 5 times a power of ten up to ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    step = next(m * power for m in (0.2, 0.25, 0.5, 1, 2, 2.5, 5) if most / (m * power) <= 3.5)
    return [step * i for i in range(int(most / step) + 1)]


def _hover(bar: Bar, unit: str) -> str:
    if bar.spread is None:
        return f"{bar.label}: {amount(bar.value, unit)}"
    span = interval(bar.spread.p05, bar.spread.p95, unit)
    return f"{bar.label}: {amount(bar.value, unit)} ({span})"
