"""Several quantities, each on its own scale: median, 90 % range, and what was stated."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from costmodel.uncertainty import Percentiles
from dashboard.charts.palette import COMPUTED, MUTED, STATED
from dashboard.language import amount, ranged, t

_ROW_PX: Final = 100
_GAP_PX: Final = 56
_TOP_PX: Final = 30
_LEGEND_PX: Final = 56


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeRow:
    """One quantity of the chart."""

    label: str
    spread: Percentiles
    unit: str
    stated: float | None = None


def figure(rows: Sequence[RangeRow]) -> go.Figure:
    """One strip per quantity; a diamond marks what the deal states."""
    titles = [f"<b>{row.label}</b>  {ranged(row.spread, row.unit)}" for row in rows]
    height_px = _ROW_PX * len(rows) + _LEGEND_PX
    figure = make_subplots(
        rows=len(rows),
        cols=1,
        subplot_titles=titles,
        vertical_spacing=_GAP_PX / (height_px - _LEGEND_PX - _TOP_PX) if len(rows) > 1 else 0,
    )
    first = next((row for row in rows if row.stated is not None), None)
    for number, row in enumerate(rows, start=1):
        _strip(figure, number, row, first_stated=row is first)
    figure.update_annotations(x=0, xanchor="left", font_size=13, yshift=2)
    figure.update_yaxes(visible=False, range=[-1, 1], fixedrange=True)
    figure.update_xaxes(
        type="log",
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        linecolor=MUTED,
        showline=True,
        ticks="outside",
        ticklen=3,
        tickcolor=MUTED,
        tickfont_size=11,
        tickangle=0,
    )
    figure.update_layout(
        height=height_px,
        margin={"l": 8, "r": 8, "t": _TOP_PX, "b": _LEGEND_PX, "autoexpand": False},
        showlegend=any(row.stated is not None for row in rows),
        legend={"orientation": "h", "yref": "container", "y": 0, "x": 0, "yanchor": "bottom"},
        hoverlabel={"namelength": -1},
    )
    return figure


def _strip(figure: go.Figure, number: int, row: RangeRow, *, first_stated: bool) -> None:
    spread = row.spread
    figure.add_trace(
        go.Scatter(
            x=[spread.p05, spread.p95],
            y=[0, 0],
            mode="lines",
            line={"color": COMPUTED, "width": 12},
            opacity=0.45,
            hoverinfo="skip",
            name=t("90% range"),
            legendgroup="range",
            showlegend=number == 1,
        ),
        row=number,
        col=1,
    )
    figure.add_trace(
        go.Scatter(
            x=[spread.p50],
            y=[0],
            mode="markers",
            marker={"color": COMPUTED, "size": 14, "symbol": "line-ns-open", "line_width": 4},
            hovertemplate=f"{amount(spread.p50, row.unit)}<extra>{t('median')}</extra>",
            name=t("median"),
            legendgroup="median",
            showlegend=number == 1,
        ),
        row=number,
        col=1,
    )
    if row.stated is not None:
        figure.add_trace(
            go.Scatter(
                x=[row.stated],
                y=[0],
                mode="markers",
                marker={"color": STATED, "size": 11, "symbol": "diamond"},
                hovertemplate=f"{amount(row.stated, row.unit)}<extra>{t('stated')}</extra>",
                name=t("stated"),
                legendgroup="stated",
                showlegend=first_stated,
            ),
            row=number,
            col=1,
        )
    ends = [spread.p05, spread.p95, *([row.stated] if row.stated is not None else [])]
    ticks = _ticks(min(ends), max(ends))
    figure.update_xaxes(
        tickvals=ticks,
        ticktext=[amount(tick, row.unit, beside=ticks[-1]) for tick in ticks],
        range=_log_range(min(ends), max(ends)),
        row=number,
        col=1,
    )


def _ticks(low: float, high: float) -> list[float]:
    """Two or three round numbers across the span, one where it is narrow."""
    first = math.floor(math.log10(low)) - 1
    last = math.ceil(math.log10(high)) + 1
    inside: list[float] = []
    for multiples in ((1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8)):
        every = [m * 10.0**e for e in range(first, last + 1) for m in multiples]
        inside = [tick for tick in every if low * 0.9 <= tick <= high * 1.1]
        if len(inside) >= 3:
            break
    step = max(1, math.ceil(len(inside) / 3))
    return inside[::step] or [low]


def _log_range(low: float, high: float) -> list[float]:
    margin = max(0.06 * math.log10(high / low), 0.05)
    return [math.log10(low) - margin, math.log10(high) + margin]
