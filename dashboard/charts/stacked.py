"""One bar of parts that add up: what the memory of a replica holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from costmodel.uncertainty import Percentiles
from dashboard.charts.quick import Figure
from dashboard.language import amount, interval, number

_BAR_PX: Final = 84
#: Each part has a line of its own below the bar, so that a phone shows all of them.
_LINE_PX: Final = 21
#: A part narrower than this share of the bar has no figure written in it.
_LEAST_WRITTEN: Final = 0.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the whole: its value, and its range where it has one."""

    label: str
    value: float
    colour: str
    spread: Percentiles | None = None


def figure(parts: Sequence[Part], unit: str) -> go.Figure:
    """The parts in the order given, from the left; shares of their sum below."""
    whole = sum(part.value for part in parts)
    figure = Figure(
        [
            go.Bar(
                x=[part.value / whole],
                y=[""],
                orientation="h",
                name=f"{part.label} {amount(part.value, unit)}",
                marker_color=part.colour,
                text=[amount(part.value, unit) if part.value / whole > _LEAST_WRITTEN else ""],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                hovertext=[_hover(part, unit)],
                hoverinfo="text",
            )
            for part in parts
        ]
    )
    ticks = (0.0, 0.25, 0.5, 0.75, 1.0)
    figure.update_xaxes(
        range=[0, 1],
        tickvals=ticks,
        ticktext=[f"{number(tick * 100)}%" for tick in ticks],
        tickangle=0,
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(visible=False, fixedrange=True)
    figure.update_layout(
        barmode="stack",
        height=_BAR_PX + _LINE_PX * len(parts),
        margin={"l": 12, "r": 16, "t": 0, "b": 32 + _LINE_PX * len(parts), "autoexpand": False},
        legend={
            "x": 0,
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "maxheight": 400,
            "traceorder": "normal",
        },
    )
    return figure


def _hover(part: Part, unit: str) -> str:
    text = f"{part.label}: {amount(part.value, unit)}"
    if part.spread is None or part.spread.p05 == part.spread.p95:
        return text
    return f"{text} ({interval(part.spread.p05, part.spread.p95, unit)})"
