"""Volume against price: where a month leaves something, and where the company stands."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.charts.palette import COMPUTED, MUTED, STATED, VERDICT_COLOURS
from dashboard.charts.quick import Figure
from dashboard.language import amount, t

_HEIGHT_PX: Final = 380
_MOST_TICKS: Final = 4
_GAIN: Final = VERDICT_COLOURS["consistent"]
_LOSS: Final = VERDICT_COLOURS["implausible"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the company is: tokens a month and dollars per million of them."""

    label: str
    tokens: float
    price: float


def figure(
    tokens: NDArray[np.float64],
    prices: NDArray[np.float64],
    line_tokens: NDArray[np.float64],
    places: tuple[Place, Place],
) -> go.Figure:
    """The break-even line over the price, and the company now and in a year."""
    reached = np.isfinite(line_tokens)
    figure = Figure()
    top = float(tokens[-1])
    figure.add_trace(
        go.Scatter(
            x=[*prices[reached], prices[reached][-1]] if reached.any() else [],
            y=[*np.clip(line_tokens[reached], tokens[0], top), top] if reached.any() else [],
            mode="lines",
            line={"color": _GAIN, "width": 2.5},
            fill="toself",
            fillcolor="rgba(11,138,111,0.15)",
            name=t("a month leaves something"),
            hoverinfo="skip",
        )
    )
    for place, colour, symbol in zip(
        places, (STATED, COMPUTED), ("diamond", "circle"), strict=True
    ):
        figure.add_trace(
            go.Scatter(
                x=[place.price],
                y=[place.tokens],
                mode="markers",
                marker={"color": colour, "size": 13, "symbol": symbol},
                name=place.label,
                hovertemplate=(
                    f"{place.label}<br>{amount(place.price, 'usd_per_million_tokens')}"
                    f"<br>{amount(place.tokens, 'token')}<extra></extra>"
                ),
            )
        )
    now, later = places
    figure.add_annotation(
        ax=np.log10(now.price),
        ay=np.log10(now.tokens),
        x=np.log10(later.price),
        y=np.log10(later.tokens),
        axref="x",
        ayref="y",
        showarrow=True,
        arrowhead=2,
        arrowcolor=MUTED,
        standoff=8,
        startstandoff=8,
        text="",
    )
    _axis(figure.update_xaxes, prices, "usd_per_million_tokens", t("price per million tokens, $"))
    _axis(figure.update_yaxes, tokens, "token", t("paid tokens a month"))
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 8, "b": 110},
        legend={
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "x": 0,
            "xref": "container",
            "yanchor": "bottom",
        },
    )
    return figure


def _axis(update: object, values: NDArray[np.float64], unit: str, title: str) -> None:
    ends = float(values[0]), float(values[-1])
    powers = range(int(np.floor(np.log10(ends[0]))), int(np.ceil(np.log10(ends[1]))) + 1)
    for multiples in ((1,), (1, 3), (1, 2, 5)):
        every = [m * 10.0**p for p in powers for m in multiples]
        ticks = [tick for tick in every if ends[0] <= tick <= ends[1]]
        if len(ticks) >= _MOST_TICKS - 1:
            break
    ticks = ticks[:: max(1, len(ticks) // _MOST_TICKS)] or [ends[0]]
    plain = "usd" if unit.startswith("usd") else unit
    assert callable(update)
    update(
        type="log",
        title=title,
        tickvals=ticks,
        ticktext=[amount(tick, plain) for tick in ticks],
        range=[np.log10(ends[0]), np.log10(ends[1])],
        fixedrange=True,
        tickangle=0,
        automargin=True,
        showgrid=False,
        zeroline=False,
    )
