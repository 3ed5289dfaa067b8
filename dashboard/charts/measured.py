"""Measured points with their intervals, joined in series; a fitted line with its range behind."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.lines import decades
from dashboard.charts.palette import COMPUTED, MUTED, STATED
from dashboard.charts.quick import Figure
from dashboard.language import amount, interval

_HEIGHT_PX: Final = 340
#: Okabe and Ito's hues, as the rest of the house has them; dash and symbol differ too.
COLOURS: Final = (COMPUTED, "#c77700", "#0b8a6f", STATED, "#8f3f97", "#d1495b")
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "solid")
_SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "x", "cross")
_MOST_TICKS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A measured figure ``y`` at ``x``, with the ends of its interval where it has one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points of one kind; ``joined`` by a line where the order along x means something."""

    label: str
    points: tuple[Point, ...]
    joined: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """An axis: its title, its unit, and whether it is logarithmic."""

    title: str
    unit: str
    log: bool = False


def figure(series: Sequence[Series], *, x: Scale, y: Scale, fit: Series | None = None) -> go.Figure:
    """The series in the order given, over the range of ``fit``."""
    chart = Figure()
    if fit is not None:
        chart.add_trace(_range(fit))
        chart.add_trace(
            go.Scatter(
                x=[p.x for p in fit.points],
                y=[p.y for p in fit.points],
                mode="lines",
                name=fit.label,
                line={"color": MUTED, "width": 2, "dash": "dash"},
                hoverinfo="skip",
            )
        )
    for number, one in enumerate(series):
        chart.add_trace(_points(one, number, x=x, y=y))
    chart.update_xaxes(title=x.title, fixedrange=True, showgrid=False, **_ticks(series, fit, x))
    chart.update_yaxes(title=y.title, fixedrange=True, automargin=True)
    if y.log:
        chart.update_yaxes(type="log")
    elif y.unit == "fraction":
        chart.update_yaxes(tickformat=".0%")
    chart.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 16, "t": 16, "b": 8},
        showlegend=len(series) > 1 or fit is not None,
        legend={"orientation": "h", "x": 0, "y": -0.24, "yanchor": "top"},
        hovermode="closest",
    )
    return chart


def _ticks(series: Sequence[Series], fit: Series | None, x: Scale) -> dict[str, object]:
    """Ticks with units on a logarithmic axis; the values themselves where they are few."""
    values = sorted({p.x for one in (*series, *([fit] if fit else [])) for p in one.points})
    if not x.log:
        if len(values) > _MOST_TICKS or not values:
            return {}
        return {"tickvals": values, "ticktext": [amount(v, x.unit) for v in values]}
    if not values:
        return {"type": "log"}
    marks = decades(values[0], values[-1])
    return {
        "type": "log",
        "tickvals": marks,
        "ticktext": [amount(v, x.unit) for v in marks],
        "range": [math.log10(values[0]) - 0.05, math.log10(values[-1]) + 0.05],
        "tickangle": 0,
    }


def _points(one: Series, number: int, *, x: Scale, y: Scale) -> go.Scatter:
    colour = COLOURS[number % len(COLOURS)]
    bars = None
    if all(p.low is not None and p.high is not None for p in one.points):
        bars = {
            "type": "data",
            "symmetric": False,
            "array": [(p.high or 0.0) - p.y for p in one.points],
            "arrayminus": [p.y - (p.low or 0.0) for p in one.points],
            "thickness": 1.5,
            "color": colour,
        }
    return go.Scatter(
        x=[p.x for p in one.points],
        y=[p.y for p in one.points],
        error_y=bars,
        mode="lines+markers" if one.joined else "markers",
        name=one.label,
        line={"color": colour, "width": 2, "dash": _DASHES[number % len(_DASHES)]},
        marker={"color": colour, "size": 8, "symbol": _SYMBOLS[number % len(_SYMBOLS)]},
        text=[_said(p, x, y) for p in one.points],
        hovertemplate="%{text}<extra>" + one.label + "</extra>",
    )


def _said(point: Point, x: Scale, y: Scale) -> str:
    shown = f"{amount(point.x, x.unit)}: {amount(point.y, y.unit)}"
    if point.low is not None and point.high is not None:
        shown += f" ({interval(point.low, point.high, y.unit)})"
    return f"{point.label}<br>{shown}" if point.label else shown


def _range(fit: Series) -> go.Scatter:
    lows = [p.low if p.low is not None else p.y for p in fit.points]
    highs = [p.high if p.high is not None else p.y for p in fit.points]
    xs = [p.x for p in fit.points]
    return go.Scatter(
        x=[*xs, *reversed(xs)],
        y=[*highs, *reversed(lows)],
        fill="toself",
        fillcolor=MUTED,
        opacity=0.2,
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
    )
