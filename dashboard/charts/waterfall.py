"""A bill from its first line to its total: each line starts where the medians before it end."""

from collections.abc import Sequence

import plotly.graph_objects as go

from costmodel.uncertainty import Percentiles
from dashboard.charts.bars import Bar, round_ticks
from dashboard.charts.palette import MUTED
from dashboard.charts.quick import Figure
from dashboard.language import amount, ranged


def figure(lines: Sequence[Bar], total: Bar, unit: str) -> go.Figure:
    """Lines top down, the total from zero at the bottom; whiskers span each 90 % range.

    The total's median is its own: medians of lines need not add up to it.
    """
    bars = [*lines, total]
    spreads = [_spread(bar) for bar in bars]
    starts = [sum(spread.p50 for spread in spreads[:i]) for i in range(len(lines))] + [0.0]
    figure = Figure(
        go.Bar(
            base=starts,
            x=[spread.p50 for spread in spreads],
            y=[bar.label for bar in bars],
            orientation="h",
            marker_color=[bar.colour for bar in bars],
            error_x={
                "type": "data",
                "array": [spread.p95 - spread.p50 for spread in spreads],
                "arrayminus": [spread.p50 - spread.p05 for spread in spreads],
                "color": MUTED,
                "thickness": 1.5,
            },
            hovertext=[
                f"{bar.label}: {ranged(spread, unit)}"
                for bar, spread in zip(bars, spreads, strict=True)
            ],
            hoverinfo="text",
        )
    )
    most = max(start + spread.p95 for start, spread in zip(starts, spreads, strict=True))
    ticks = round_ticks(most)
    figure.update_xaxes(
        tickvals=ticks,
        ticktext=[amount(tick, unit) for tick in ticks],
        range=[0, most * 1.04],
        tickangle=0,
        fixedrange=True,
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True, automargin=True)
    figure.update_layout(
        height=36 * len(bars) + 60, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False
    )
    return figure


def _spread(bar: Bar) -> Percentiles:
    return bar.spread or Percentiles(bar.value, bar.value, bar.value)
