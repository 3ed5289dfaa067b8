"""What a customer can take: price against quality on one task, each offer by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.labels import short
from dashboard.charts.palette import COMPUTED, MUTED
from dashboard.charts.quick import Figure
from dashboard.language import amount, t

_HEIGHT_PX: Final = 320
_LETTERS: Final = 24
_ROOM: Final = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One offer: dollars per million tokens, and its share of the task done well."""

    label: str
    price: float
    score: float
    ours: bool = False


def figure(offers: Sequence[Offer]) -> go.Figure:
    """The offers, the deal's own filled; cheap and good is up and left."""
    figure = Figure()
    for ours, name in ((True, t("the company")), (False, t("rivals"))):
        chosen = [one for one in offers if one.ours == ours]
        if chosen:
            figure.add_trace(
                go.Scatter(
                    x=[one.price for one in chosen],
                    y=[one.score for one in chosen],
                    mode="markers",
                    marker={
                        "color": COMPUTED if ours else MUTED,
                        "size": 13,
                        "symbol": "diamond" if ours else "circle",
                    },
                    name=name,
                    hovertext=[short(one.label, _LETTERS) for one in chosen],
                    hoverinfo="text",
                )
            )
    most = max(one.price for one in offers) or 1.0
    for one in offers:
        left = one.price > 0.6 * most
        figure.add_annotation(
            x=one.price,
            y=one.score,
            text=short(one.label, _LETTERS),
            showarrow=False,
            xanchor="right" if left else "left",
            xshift=-10 if left else 10,
            yshift=0,
            font_size=12,
        )
    scores = [one.score for one in offers]
    room = max(max(scores) - min(scores), 0.05) * _ROOM
    ticks = [n / 20 for n in range(21) if min(scores) - room <= n / 20 <= max(scores) + room]
    figure.update_xaxes(
        title=t("dollars per million tokens"),
        range=[-_ROOM * most / 2, most * (1 + _ROOM)],
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=[amount(tick, "fraction") for tick in ticks],
        range=[min(scores) - room, max(scores) + room],
        fixedrange=True,
        automargin=True,
    )
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend={"orientation": "h", "y": -0.25, "x": 0, "yanchor": "top"},
    )
    return figure
