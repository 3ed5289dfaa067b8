"""Claims against the estimate on one scale: stated over computed, 1 is a perfect match."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from costmodel.uncertainty import Percentiles
from dashboard.charts.palette import COMPUTED, MUTED, VERDICT_COLOURS
from dashboard.language import amount, number, t
from dashboard.terms import verdict_label


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
    figure = go.Figure()
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
    ticks = [tick for tick in _TICKS if min(ends) * 0.7 <= tick <= max(ends) * 1.5]
    figure.add_vline(x=1, line={"color": MUTED, "dash": "dot", "width": 1})
    figure.update_xaxes(
        type="log",
        title=t("stated over computed median"),
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


_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
