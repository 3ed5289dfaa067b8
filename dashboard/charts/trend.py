"""Lines along months on a plain axis, with their 90 % range as a band where they have one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.charts.bars import round_ticks
from dashboard.charts.palette import MUTED
from dashboard.charts.quick import Figure
from dashboard.language import amount, t

_HEIGHT_PX: Final = 300
_DASHES: Final = ("solid", "dash", "dot")
_BAND_OPACITY: Final = 0.2
_MARGIN: Final = 0.06


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trend:
    """One line: a value for each month, and the band around it where it has one."""

    label: str
    values: NDArray[np.float64]
    colour: str
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None


def figure(trends: Sequence[Trend], unit: str, *, from_zero: bool = False) -> go.Figure:
    """The lines from month 0 on; ``from_zero`` keeps the whole height above nothing."""
    figure = Figure()
    for trend, dash in zip(trends, _DASHES, strict=False):
        months = np.arange(len(trend.values))
        if trend.low is not None and trend.high is not None:
            figure.add_trace(
                go.Scatter(
                    x=[*months, *months[::-1]],
                    y=[*trend.high, *trend.low[::-1]],
                    fill="toself",
                    fillcolor=trend.colour,
                    opacity=_BAND_OPACITY,
                    line={"width": 0},
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
        figure.add_trace(
            go.Scatter(
                x=months,
                y=trend.values,
                mode="lines",
                line={"color": trend.colour, "width": 2.5, "dash": dash},
                name=trend.label,
                hovertext=[amount(float(v), unit) for v in trend.values],
                hoverinfo="text",
            )
        )
    ends = [
        end
        for trend in trends
        for line in (trend.values, trend.low, trend.high)
        if line is not None
        for end in (float(np.min(line)), float(np.max(line)))
    ]
    low, high = min(0.0, *ends) if from_zero or min(ends) < 0 else min(ends), max(0.0, *ends)
    ticks = round_ticks(high) if high > 0 else [0.0]
    if low < 0:
        step = ticks[1] if len(ticks) > 1 else abs(low)
        ticks = [-step * n for n in range(int(-low / step), 0, -1)] + ticks
        figure.add_hline(y=0, line={"color": MUTED, "width": 1})
    room = max(high - low, 1e-9) * _MARGIN
    figure.update_xaxes(title=t("months from today"), zeroline=False, fixedrange=True)
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=[amount(tick, unit) for tick in ticks],
        range=[low - room if low < 0 else 0, high + room],
        fixedrange=True,
        automargin=True,
    )
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.3, "x": 0, "yanchor": "top"},
    )
    return figure
