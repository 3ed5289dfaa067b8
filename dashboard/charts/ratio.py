"""Claims against the estimate on one scale: stated over computed, 1 is a perfect match."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from costmodel.uncertainty import Percentiles
from dashboard.charts.palette import COMPUTED, MUTED, VERDICT_COLOURS
from dashboard.charts.quick import Figure
from dashboard.language import amount, number, t
from dashboard.terms import verdict_label

_TICKS: Final = tuple(m * 10.0**e for e in range(-4, 5) for m in (1, 2, 5))
_FINE_TICKS: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.25, 1.5, 2, 2.5, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioRow:
    """One claim of the chart."""

    label: str
    stated: float
    computed: Percentiles
    unit: str
    verdict: str


def figure(rows: Sequence[RatioRow]) -> go.Figure:
    """One line per claim: the computed 90 % range as a bar, the claim as a dot."""
    figure = Figure()
    labels = [row.label for row in rows]
    low = [row.computed.p05 / row.computed.p50 for row in rows]
    high = [row.computed.p95 / row.computed.p50 for row in rows]
    for row, start, end in zip(rows, low, high, strict=True):
        figure.add_trace(
            go.Scatter(
                x=[start, end],
                y=[row.label, row.label],
                mode="lines",
                line={"color": COMPUTED, "width": 12},
                opacity=0.45,
                hoverinfo="skip",
                name=t("90% range"),
                legendgroup="range",
                showlegend=row is rows[0],
            )
        )
    for verdict in dict.fromkeys(row.verdict for row in rows):
        of_verdict = [row for row in rows if row.verdict == verdict]
        figure.add_trace(
            go.Scatter(
                x=[row.stated / row.computed.p50 for row in of_verdict],
                y=[row.label for row in of_verdict],
                mode="markers",
                marker={"color": VERDICT_COLOURS[verdict], "size": 13, "symbol": "diamond"},
                name=verdict_label(verdict),
                customdata=[
                    (amount(row.stated, row.unit), amount(row.computed.p50, row.unit))
                    for row in of_verdict
                ],
                hovertemplate=(
                    f"{t('stated')} %{{customdata[0]}}<br>"
                    f"{t('computed')} %{{customdata[1]}}<extra></extra>"
                ),
            )
        )
    ends = [*low, *high, *(row.stated / row.computed.p50 for row in rows)]
    ticks = [tick for tick in _TICKS if min(ends) * 0.9 <= tick <= max(ends) * 1.1]
    if len(ticks) < 3:
        ticks = [tick for tick in _FINE_TICKS if min(ends) * 0.9 <= tick <= max(ends) * 1.1]
    figure.add_vline(x=1, line={"color": MUTED, "dash": "dot", "width": 1})
    figure.update_xaxes(
        type="log",
        title=t("stated over computed median, log scale"),
        tickvals=ticks,
        ticktext=[f"{number(tick)}×" for tick in ticks],
        fixedrange=True,
        showgrid=False,
    )
    figure.update_yaxes(
        categoryorder="array", categoryarray=labels[::-1], fixedrange=True, showgrid=False
    )
    figure.update_layout(
        height=46 * len(rows) + 110,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": 1.0, "x": 0, "yanchor": "bottom"},
    )
    return figure
