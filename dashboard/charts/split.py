"""Months over the split of the spend: how long the cash lasts, and when the proof is there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.palette import MUTED
from dashboard.charts.quick import Figure
from dashboard.language import amount, number, t

_HEIGHT_PX: Final = 320
_DASHES: Final = ("solid", "dash", "dot")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitLine:
    """One line: a value for each share."""

    label: str
    values: Sequence[float]
    colour: str


def figure(
    shares: Sequence[float], lines: Sequence[SplitLine], *, planned: float, unit: str = "month"
) -> go.Figure:
    """The lines over the share of research; the planned split is a line across."""
    figure = Figure()
    for line, dash in zip(lines, _DASHES, strict=False):
        figure.add_trace(
            go.Scatter(
                x=list(shares),
                y=list(line.values),
                mode="lines",
                line={"color": line.colour, "width": 2.5, "dash": dash},
                name=line.label,
                customdata=[amount(value, unit) for value in line.values],
                hovertemplate="%{customdata}",
            )
        )
    figure.add_vline(
        x=planned,
        line={"color": MUTED, "dash": "dot", "width": 1.5},
        annotation={
            "text": t("as planned"),
            "yanchor": "bottom",
            "xanchor": "right" if planned > 0.5 else "left",
            "font_size": 12,
        },
    )
    most = max(max(line.values) for line in lines)
    figure.update_xaxes(
        title=t("share that goes to research"),
        range=[min(shares), max(shares)],
        tickvals=[0.2, 0.4, 0.6, 0.8],
        ticktext=[f"{number(share * 100)}%" for share in (0.2, 0.4, 0.6, 0.8)],
        fixedrange=True,
        showgrid=False,
        tickangle=0,
    )
    figure.update_yaxes(
        title=t("months"), range=[0, most * 1.1], fixedrange=True, automargin=True, nticks=5
    )
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 28, "b": 84},
        legend={
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "x": 0,
            "xref": "container",
            "yanchor": "bottom",
        },
        hovermode="x unified",
        hoverlabel={"namelength": -1},
    )
    return figure
