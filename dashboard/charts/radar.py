"""Scores by area around a circle: the expected line, always inside the band that it may take."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.labels import lines, short
from dashboard.charts.palette import COMPUTED, MUTED
from dashboard.charts.quick import Figure
from dashboard.charts.whiskers import TICKS, ScoreRow
from dashboard.language import points, t

_HEIGHT_PX: Final = 420
_BAND_OPACITY: Final = 0.25
#: Beside the circle a phone has room for labels this wide and this high.
_LETTERS: Final = 12
_LINES: Final = 3

_GRID: Final = "rgba(122,133,150,0.4)"


def figure(areas: Sequence[ScoreRow]) -> go.Figure:
    """The areas clockwise from the top; one without a score keeps its place, with no mark on it.

    The band spans the outer bounds of ``ScoreRow.reach``: a score cannot be drawn without.
    """
    assert len(areas) >= 3, "a circle needs three areas; draw whiskers"
    turn = 360 / len(areas)
    angles = [turn * i for i in range(len(areas))]
    expected = [None if area.reach is None else area.reach.expected for area in areas]
    figure = Figure([_band(areas, angles), _spokes(areas, angles)])
    figure.add_trace(
        _line(
            t("expected"),
            areas,
            angles,
            expected,
            line={"color": COMPUTED, "width": 2.5},
            marker={"color": COMPUTED, "size": 9, "symbol": "circle"},
        )
    )
    stages = [area.stage for area in areas]
    if any(stage is not None for stage in stages):
        figure.add_trace(
            _line(
                t("expected at this stage"),
                areas,
                angles,
                stages,
                line={"color": MUTED, "width": 2, "dash": "dash"},
                marker={"color": MUTED, "size": 7, "symbol": "square-open"},
            )
        )
    figure.update_polars(
        bgcolor="rgba(0,0,0,0)",
        angularaxis={
            "direction": "clockwise",
            "rotation": 90,
            "tickvals": angles,
            "ticktext": [_name(area) for area in areas],
            "gridcolor": _GRID,
            "linecolor": _GRID,
            "ticks": "",
            "tickfont_size": 12,
        },
        radialaxis={
            "range": [0, 100],
            "tickvals": TICKS[1:],
            "angle": 90 - turn / 2,
            "tickangle": 90 - turn / 2,
            "gridcolor": _GRID,
            "ticks": "",
            "showline": False,
            "tickfont_size": 11,
        },
    )
    figure.update_layout(
        height=_HEIGHT_PX,
        margin={"l": 80, "r": 80, "t": 48, "b": 108, "autoexpand": False},
        showlegend=True,
        legend={
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "x": 0.5,
            "xanchor": "center",
            "yanchor": "bottom",
            "traceorder": "normal",
        },
        dragmode=False,
    )
    return figure


def _band(areas: Sequence[ScoreRow], angles: Sequence[float]) -> go.Scatterpolar:
    """From low to high, one piece between each two neighbours that both have a score."""
    r: list[float | None] = []
    theta: list[float | None] = []
    for i, (one, at) in enumerate(zip(areas, angles, strict=True)):
        j = (i + 1) % len(areas)
        other, to = areas[j].reach, angles[j]
        if one.reach is not None and other is not None:
            r += [one.reach.low, one.reach.high, other.high, other.low, one.reach.low, None]
            theta += [at, at, to, to, at, None]
    return go.Scatterpolar(
        r=r,
        theta=theta,
        mode="lines",
        fill="toself",
        fillcolor=_with_opacity(COMPUTED),
        line={"width": 0},
        hoverinfo="skip",
        name=t("outer bounds"),
    )


def _spokes(areas: Sequence[ScoreRow], angles: Sequence[float]) -> go.Scatterpolar:
    """The bounds along each area's own axis, so that a lone score has them too."""
    r: list[float | None] = []
    theta: list[float | None] = []
    for area, angle in zip(areas, angles, strict=True):
        if area.reach is not None:
            r += [area.reach.low, area.reach.high, None]
            theta += [angle, angle, None]
    return go.Scatterpolar(
        r=r,
        theta=theta,
        mode="lines",
        line={"color": COMPUTED, "width": 3},
        opacity=0.55,
        hoverinfo="skip",
        showlegend=False,
    )


def _line(
    name: str,
    areas: Sequence[ScoreRow],
    angles: Sequence[float],
    values: Sequence[float | None],
    *,
    line: dict[str, object],
    marker: dict[str, object],
) -> go.Scatterpolar:
    """Closed, and broken where a value is missing."""
    r = [*values, values[0]]
    return go.Scatterpolar(
        r=r,
        theta=[*angles, angles[0]],
        mode="lines+markers",
        line=line,
        marker=marker,
        name=name,
        connectgaps=False,
        hovertext=[_hover(name, *pair) for pair in zip([*areas, areas[0]], r, strict=True)],
        hoverinfo="text",
    )


def _hover(name: str, area: ScoreRow, value: float | None) -> str:
    return f"{short(area.label, 2 * _LETTERS)}: {name} {points(value)}"


def _name(area: ScoreRow) -> str:
    """The label, and the expected score or a dash below."""
    expected = None if area.reach is None else area.reach.expected
    return "<br>".join([*lines(area.label, _LETTERS, _LINES), f"<b>{points(expected)}</b>"])


def _with_opacity(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_BAND_OPACITY})"
