"""Lines over a logarithmic axis, with their 90 % range as a band and marks across."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.charts.palette import MUTED
from dashboard.charts.quick import Figure
from dashboard.language import amount

_HEIGHT_PX: Final = 340
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash")
_MOST_TICKS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line, and the band around it where it has one."""

    label: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    colour: str
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """What an axis shows; the vertical one may end before the data do."""

    title: str
    unit: str
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A vertical line at ``x`` with a word above it."""

    x: float
    label: str


def figure(lines: Sequence[Line], *, x: Axis, y: Axis, marks: Sequence[Mark] = ()) -> go.Figure:
    """The lines in the order given; each has a colour and a dash of its own."""
    figure = Figure()
    for number, line in enumerate(lines):
        if line.low is not None and line.high is not None:
            figure.add_trace(_band(line))
        figure.add_trace(_line(line, _DASHES[number % len(_DASHES)], x=x, y=y))
    for mark in marks:
        figure.add_vline(x=mark.x, line={"color": MUTED, "dash": "dot", "width": 1.5})
        figure.add_annotation(
            x=math.log10(mark.x),
            y=1,
            yref="paper",
            text=mark.label,
            showarrow=False,
            yanchor="bottom",
            font_size=12,
        )
    ends = [*(float(v) for line in lines for v in (line.x[0], line.x[-1])), *(m.x for m in marks)]
    ticks = decades(min(ends), max(ends))
    figure.update_xaxes(
        type="log",
        title=x.title,
        tickvals=ticks,
        ticktext=[amount(tick, x.unit) for tick in ticks],
        range=[math.log10(min(ends)), math.log10(max(ends))],
        tickangle=0,
        showgrid=False,
        fixedrange=True,
    )
    top = y.most if y.most is not None else _most(lines) * 1.06
    steps = _steps(top)
    figure.update_yaxes(
        title=y.title,
        range=[0, top],
        tickvals=steps,
        ticktext=[amount(step, y.unit).split(" ")[0] for step in steps],
        fixedrange=True,
        automargin=True,
    )
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 16, "t": 24, "b": 8},
        showlegend=len(lines) > 1,
        legend={"orientation": "h", "x": 0, "y": -0.22, "yanchor": "top"},
        hovermode="closest",
    )
    return figure


def decades(low: float, high: float) -> list[float]:
    """Powers of ten between two numbers, thinned to a handful; 1, 3 and 10 where few."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    inside: list[float] = []
    for multiples in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        inside = [m * 10.0**e for e in range(first, last + 1) for m in multiples]
        inside = [tick for tick in inside if low * 0.999 <= tick <= high * 1.001]
        if len(inside) >= 3:
            break
    return inside[:: math.ceil(len(inside) / _MOST_TICKS)] if inside else [low]


def _line(line: Line, dash: str, *, x: Axis, y: Axis) -> go.Scatter:
    return go.Scatter(
        x=line.x,
        y=line.y,
        mode="lines",
        name=line.label,
        line={"color": line.colour, "width": 2.5, "dash": dash},
        text=[
            f"{amount(float(at), x.unit)}: {amount(float(value), y.unit)}"
            for at, value in zip(line.x, line.y, strict=True)
        ],
        hovertemplate="%{text}<extra>" + line.label + "</extra>",
        legendgroup=line.label,
    )


def _band(line: Line) -> go.Scatter:
    assert line.low is not None
    assert line.high is not None
    return go.Scatter(
        x=np.concatenate([line.x, line.x[::-1]]),
        y=np.concatenate([line.high, line.low[::-1]]),
        fill="toself",
        fillcolor=line.colour,
        opacity=0.2,
        line={"width": 0},
        hoverinfo="skip",
        showlegend=False,
        legendgroup=line.label,
    )


def _most(lines: Sequence[Line]) -> float:
    tops = [float((line.y if line.high is None else line.high).max()) for line in lines]
    return max(*tops, 1e-9)


def _steps(most: float) -> list[float]:
    """Zero and three to six round steps up to ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    step = next(m * power for m in (0.2, 0.25, 0.5, 1, 2) if most / (m * power) <= 6)
    return [step * i for i in range(int(most / step) + 1)]
