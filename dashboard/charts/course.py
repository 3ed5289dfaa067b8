"""Amounts along time: the median as a line inside its 90 % band."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from costmodel.uncertainty import Percentiles
from dashboard.charts.bars import round_ticks
from dashboard.charts.palette import COMPUTED, MUTED
from dashboard.charts.quick import Figure
from dashboard.language import amount, ranged

_HEIGHT_PX = 340
#: How much of the band's colour covers what lies behind it.
_BAND_OPACITY = 0.22


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One line of the chart: a spread for each time."""

    label: str
    times: Sequence[float]
    spreads: Sequence[Percentiles]
    colour: str = COMPUTED


def figure(
    courses: Sequence[Course],
    unit: str,
    *,
    time_label: str,
    mark: tuple[float, str] | None = None,
) -> go.Figure:
    """Every course with its band; ``mark`` is a time worth a line of its own, and its name."""
    figure = Figure()
    for course in courses:
        if any(spread.p05 != spread.p95 for spread in course.spreads):
            figure.add_trace(_band(course))
        figure.add_trace(_median(course, unit))
    ends = [spread.p95 for course in courses for spread in course.spreads]
    ticks = round_ticks(max(ends)) if max(ends) > 0 else [0.0]
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=[amount(tick, unit) for tick in ticks],
        range=[0, max(*ends, 1e-9) * 1.05],
        fixedrange=True,
        automargin=True,
    )
    times = [time for course in courses for time in course.times]
    figure.update_xaxes(
        title=time_label,
        range=[min(times), max(times)],
        fixedrange=True,
        showgrid=False,
        tickangle=0,
        tickformat="d",
        nticks=8,
    )
    if mark is not None:
        figure.add_vline(
            x=mark[0],
            line={"color": MUTED, "dash": "dot", "width": 1.5},
            annotation={
                "text": mark[1],
                "xanchor": "right" if mark[0] > (min(times) + max(times)) / 2 else "left",
                "yanchor": "bottom",
                "font_size": 12,
            },
        )
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        showlegend=len(courses) > 1,
        legend={"orientation": "h", "yref": "container", "y": 0, "x": 0, "yanchor": "bottom"},
        hovermode="x unified",
        hoverlabel={"namelength": -1},
    )
    if len(courses) > 1:
        figure.update_layout(margin_b=72)
    return figure


def _band(course: Course) -> go.Scatter:
    high = [spread.p95 for spread in course.spreads]
    low = [spread.p05 for spread in course.spreads]
    return go.Scatter(
        x=[*course.times, *reversed(course.times)],
        y=[*high, *reversed(low)],
        fill="toself",
        fillcolor=_with_opacity(course.colour),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def _median(course: Course, unit: str) -> go.Scatter:
    return go.Scatter(
        x=list(course.times),
        y=[spread.p50 for spread in course.spreads],
        mode="lines",
        line={"color": course.colour, "width": 2.5},
        name=course.label,
        customdata=[ranged(spread, unit) for spread in course.spreads],
        hovertemplate="%{customdata}",
    )


def _with_opacity(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_BAND_OPACITY})"
