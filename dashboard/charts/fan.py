"""Cash along time: the median within its 50 % and 90 % bands, and when the proof is due."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from costmodel.uncertainty import Percentiles
from dashboard.charts.palette import COMPUTED, MUTED, STATED
from dashboard.charts.quick import Figure
from dashboard.language import amount, interval, t

_HEIGHT_PX: Final = 360
_BANDS: Final = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.26))
#: Of what lies far below zero only this share of the height above it is shown.
_BELOW: Final = 0.6
_N_STEPS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """Draws by month, shape ``(n, n_months)``, or one line of certain ones."""

    label: str
    draws: NDArray[np.float64]
    colour: str = COMPUTED


def figure(fans: Sequence[Fan], unit: str, *, proof: Percentiles | None = None) -> go.Figure:
    """Every fan with its bands; several show their 90 % band alone. The proof is a line at its
    median in the band of its range.
    """
    figure = Figure()
    bands = _BANDS if len(fans) == 1 else _BANDS[:1]
    months = np.arange(max(fan.draws.shape[-1] for fan in fans))
    ends: list[float] = [0.0]
    for fan in fans:
        draws = np.atleast_2d(fan.draws)
        x = np.arange(draws.shape[-1])
        for low, high, opacity in bands:
            if len(draws) > 1:
                edges = np.quantile(draws, (low, high), axis=0)
                figure.add_trace(_band(x, edges, fan.colour, opacity))
        median = np.median(draws, axis=0)
        outer = np.quantile(draws, (0.05, 0.95), axis=0)
        ends += [float(outer.min()), float(outer.max())]
        figure.add_trace(
            go.Scatter(
                x=x,
                y=median,
                mode="lines",
                line={"color": fan.colour, "width": 2.5},
                name=fan.label,
                customdata=[
                    f"{amount(float(m), unit)} ({interval(float(a), float(b), unit)})"
                    for m, a, b in zip(median, *outer, strict=True)
                ],
                hovertemplate="%{customdata}",
            )
        )
    if proof is not None:
        _mark(figure, proof, last=float(months[-1]))
    top = max(*ends, 1.0)
    bottom = max(min(ends), -_BELOW * top)
    ticks = _ticks(bottom, top)
    figure.add_hline(y=0, line={"color": MUTED, "width": 1.5})
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=[amount(tick, unit) for tick in ticks],
        range=[bottom * 1.05, top * 1.08],
        zeroline=False,
        fixedrange=True,
        automargin=True,
    )
    figure.update_xaxes(
        title=t("months from today"),
        range=[0, float(months[-1])],
        dtick=6,
        tickangle=0,
        showgrid=False,
        fixedrange=True,
    )
    figure.update_layout(
        height=_HEIGHT_PX + (26 * len(fans) if len(fans) > 1 else 0),
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        showlegend=len(fans) > 1,
        legend={"orientation": "h", "yref": "container", "y": 0, "x": 0, "yanchor": "bottom"},
        hovermode="x unified",
        hoverlabel={"namelength": -1},
    )
    if len(fans) > 1:
        figure.update_layout(margin_b=56 + 24 * len(fans))
    return figure


def _band(
    x: NDArray[np.int_], edges: NDArray[np.float64], colour: str, opacity: float
) -> go.Scatter:
    low, high = edges
    return go.Scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([high, low[::-1]]),
        fill="toself",
        fillcolor=_with_opacity(colour, opacity),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def _mark(figure: go.Figure, proof: Percentiles, *, last: float) -> None:
    if proof.p05 < proof.p95 and proof.p05 < last:
        figure.add_vrect(
            x0=proof.p05,
            x1=min(proof.p95, last),
            fillcolor=STATED,
            opacity=0.12,
            line_width=0,
            layer="below",
        )
    if proof.p50 <= last:
        figure.add_vline(
            x=proof.p50,
            line={"color": STATED, "dash": "dot", "width": 2},
            annotation={
                "text": t("proof"),
                "xanchor": "right" if proof.p50 > last / 2 else "left",
                "yanchor": "bottom",
                "font_size": 12,
            },
        )


def _ticks(bottom: float, top: float) -> list[float]:
    """Round steps from below zero to the top, zero among them."""
    rough = top / _N_STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough)
    first = -math.floor(-bottom / step) if bottom < 0 else 0
    return [step * i for i in range(first, int(top / step) + 1)]


def _with_opacity(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
