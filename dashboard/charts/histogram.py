"""How an outcome is spread over the worlds drawn, with marks across."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.charts.bars import round_ticks
from dashboard.charts.lines import Mark
from dashboard.charts.palette import COMPUTED, MUTED
from dashboard.charts.quick import Figure
from dashboard.language import amount, number, t

_HEIGHT_PX: Final = 280
_N_BINS: Final = 24
#: Above this quantile the last bar gathers what lies further out.
_FURTHEST: Final = 0.97


def figure(draws: NDArray[np.float64], *, marks: Sequence[Mark] = ()) -> go.Figure:
    """Shares of the worlds by multiple; the last bar holds all that lies beyond."""
    most = max(float(np.quantile(draws, _FURTHEST)), *(mark.x for mark in marks), 1e-9) * 1.02
    edges = np.linspace(0.0, most, _N_BINS + 1)
    counts, _ = np.histogram(np.clip(draws, 0.0, most), bins=edges)
    shares = counts / len(draws)
    middles = (edges[1:] + edges[:-1]) / 2
    figure = Figure(
        go.Bar(
            x=middles,
            y=shares,
            marker_color=COMPUTED,
            hovertext=[
                f"{number(float(a))}x – {number(float(b))}x: {amount(float(s), 'fraction')}"
                for a, b, s in zip(edges[:-1], edges[1:], shares, strict=True)
            ],
            hoverinfo="text",
        )
    )
    top = float(shares.max()) * 1.12
    for mark in marks:
        figure.add_vline(x=mark.x, line={"color": MUTED, "dash": "dot", "width": 1.5})
        figure.add_annotation(
            x=mark.x,
            y=1,
            yref="paper",
            text=mark.label,
            showarrow=False,
            xanchor="right" if mark.x > most / 2 else "left",
            yanchor="bottom",
            font_size=12,
        )
    ticks = [0.0, top / 2.24, top / 1.12]
    multiples = round_ticks(most)
    figure.update_xaxes(
        title=t("times the money paid, the last bar holds all beyond"),
        range=[0, most],
        tickvals=multiples,
        ticktext=[f"{number(x)}x" for x in multiples],
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=[amount(tick, "fraction") for tick in ticks],
        range=[0, top],
        fixedrange=True,
        automargin=True,
    )
    figure.update_layout(
        height=_HEIGHT_PX, margin={"l": 8, "r": 8, "t": 24, "b": 8}, showlegend=False
    )
    return figure
