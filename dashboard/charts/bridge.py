"""From one sum to another: what was lost and what was won in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.bars import round_ticks
from dashboard.charts.palette import COMPUTED, VERDICT_COLOURS
from dashboard.charts.quick import Figure
from dashboard.language import amount

_ROW_PX: Final = 38
_FRAME_PX: Final = 52
_WON: Final = VERDICT_COLOURS["consistent"]
_LOST: Final = VERDICT_COLOURS["implausible"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: a sum that stands by itself (``is_sum``), or what is added to the one before."""

    label: str
    value: float
    is_sum: bool = False


def figure(steps: Sequence[Step], unit: str) -> go.Figure:
    """The steps top down; each begins where the one before ends."""
    bases, ends, colours, at = [], [], [], 0.0
    for step in steps:
        start = 0.0 if step.is_sum else at
        at = step.value if step.is_sum else at + step.value
        bases.append(min(start, at))
        ends.append(abs(at - start))
        colours.append(COMPUTED if step.is_sum else _WON if step.value >= 0 else _LOST)
    most = max(base + end for base, end in zip(bases, ends, strict=True)) or 1.0
    figure = Figure(
        go.Bar(
            base=bases,
            x=ends,
            y=[step.label for step in steps],
            orientation="h",
            marker_color=colours,
            hoverinfo="skip",
        )
    )
    for step, base, end in zip(steps, bases, ends, strict=True):
        figure.add_annotation(
            x=base + end,
            y=step.label,
            text=_signed(step, unit),
            showarrow=False,
            xanchor="left",
            xshift=6,
            font_size=12,
        )
    ticks = round_ticks(most)
    figure.update_xaxes(
        tickvals=ticks,
        ticktext=[amount(tick, unit) for tick in ticks],
        range=[0, most * 1.2],
        tickangle=0,
        fixedrange=True,
    )
    figure.update_yaxes(autorange="reversed", fixedrange=True, automargin=True)
    figure.update_layout(
        height=_ROW_PX * len(steps) + _FRAME_PX,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
    )
    return figure


def _signed(step: Step, unit: str) -> str:
    shown = amount(step.value, unit)
    return f"+{shown}" if not step.is_sum and step.value > 0 else shown
