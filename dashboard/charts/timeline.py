"""What is due when: a dot for each task along the days from today."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.labels import short
from dashboard.charts.palette import COMPUTED, MUTED
from dashboard.charts.quick import Figure
from dashboard.language import t

_ROW_PX: Final = 24
_FRAME_PX: Final = 66
_LETTERS: Final = 40
_TICK_DAYS: Final = (30, 60, 90, 180, 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task: what it is about, and in how many days it is due (0: before closing)."""

    label: str
    days: int


def figure(tasks: Sequence[Task]) -> go.Figure:
    """The tasks in the order given, first on top."""
    figure = Figure()
    most = max(*(task.days for task in tasks), 30)
    figure.add_trace(
        go.Scatter(
            x=[x for task in tasks for x in (0, task.days, None)],
            y=[y for i in range(len(tasks)) for y in (i, i, None)],
            mode="lines",
            line={"color": MUTED, "width": 1.5},
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=[task.days for task in tasks],
            y=list(range(len(tasks))),
            mode="markers",
            marker={"color": COMPUTED, "size": 10},
            hovertext=[short(task.label, _LETTERS) for task in tasks],
            hoverinfo="text",
            cliponaxis=False,
        )
    )
    figure.update_yaxes(
        tickvals=list(range(len(tasks))),
        ticktext=[short(task.label, _LETTERS) for task in tasks],
        range=[len(tasks) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        automargin=True,
    )
    ticks = [0, *(days for days in _TICK_DAYS if days <= most)]
    figure.update_xaxes(
        title=t("days from today; at 0: before closing"),
        tickvals=ticks,
        range=[-0.02 * most, most * 1.04],
        zeroline=False,
        fixedrange=True,
    )
    figure.update_layout(
        height=_ROW_PX * len(tasks) + _FRAME_PX,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
    )
    return figure
