"""A quantity while it is measured: the mean as a line inside the least and the most."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.charts.palette import COMPUTED
from lab.events import Series

_HEIGHT_PX = 240
_BAND_OPACITY = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its name, its colour and dash, and the thinned series."""

    label: str
    series: Series
    colour: str = COMPUTED
    dash: str = "solid"


def figure(
    lines: Sequence[Line],
    *,
    title: str,
    time_label: str,
    scale: float = 1.0,
    from_zero: bool = True,
    suffix: str = "",
    most: float | None = None,
) -> go.Figure:
    """Every line with its band; values are multiplied by ``scale``, ``most`` ends the axis."""
    drawn = go.Figure()
    for line in lines:
        s = line.series
        if not s.t_s:
            continue
        if any(low != high for low, high in zip(s.low, s.high, strict=True)):
            drawn.add_trace(
                go.Scatter(
                    x=[*s.t_s, *reversed(s.t_s)],
                    y=[scale * v for v in (*s.high, *reversed(s.low))],
                    fill="toself",
                    fillcolor=_with_opacity(line.colour),
                    line={"width": 0},
                    mode="lines",
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
        drawn.add_trace(
            go.Scatter(
                x=list(s.t_s),
                y=[scale * v for v in s.mean],
                # A single point has no line to be seen by.
                mode="lines" if len(s.t_s) > 1 else "markers",
                line={"color": line.colour, "width": 2, "dash": line.dash},
                marker={"color": line.colour},
                name=line.label,
                hovertemplate="%{y:.4~g}" + suffix,
            )
        )
    drawn.update_yaxes(
        fixedrange=True,
        automargin=True,
        rangemode="tozero" if from_zero else "normal",
        ticksuffix=suffix,
        nticks=5,
    )
    if most is not None:
        drawn.update_yaxes(range=[0, most])
    drawn.update_xaxes(title=time_label, fixedrange=True, showgrid=False, nticks=6)
    drawn.update_layout(
        title={"text": title, "font_size": 14, "x": 0, "xanchor": "left"},
        height=_HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        showlegend=len(lines) > 1,
        legend={"orientation": "h", "y": 1.0, "x": 1, "xanchor": "right", "yanchor": "bottom"},
        hovermode="x unified",
        # The same chart each second: what the reader hovers over must not jump.
        uirevision="live",
    )
    return drawn


def _with_opacity(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_BAND_OPACITY})"
