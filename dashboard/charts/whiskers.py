"""Scores from 0 to 100 as dot and whisker: where they are expected, and between which bounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import plotly.graph_objects as go

from dashboard.charts.labels import inert, short
from dashboard.charts.palette import COMPUTED, MUTED, STATED
from dashboard.charts.quick import Figure
from dashboard.language import points, t

_ROW_PX: Final = 56
_LEGEND_PX: Final = 84
_AXIS_PX: Final = 32
_TOP_PX: Final = 4
#: Above its strip a row has its name and numbers; 350 px hold as many letters, both included.
_MOST_LETTERS: Final = 30
#: Where in its row a strip and the mark of the stage lie, 0 bottom and 1 top.
_STRIP: Final = 0.25
_STAGE: Final = 0.44
_TITLE: Final = 0.54
TICKS: Final = (0, 25, 50, 75, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A score with its outer bounds, and the band from the 10th to the 90th percentile.

    The expected score is the most likely one of every item: it may lie outside the band.
    """

    low: float
    expected: float
    high: float
    band: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        assert 0 <= self.low <= self.expected <= self.high <= 100, self
        if self.band is not None:
            assert self.low <= self.band[0] <= self.band[1] <= self.high, self


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One score of the chart, its label in the reader's language.

    Without a ``reach`` there is no score, and none is drawn. ``known`` is the score of what is
    answered alone, as stated; ``stage`` is what the company's stage leads one to expect.
    """

    label: str
    reach: Reach | None
    known: float | None = None
    stage: float | None = None


def figure(overall: ScoreRow, areas: Sequence[ScoreRow]) -> go.Figure:
    """One strip a row, the overall score first, then the areas in the order given."""
    rows = [overall, *areas]
    figure = Figure()
    for trace in (_bounds(rows), _bands(rows), _known(rows), _expected(rows), _stages(rows)):
        if any(x is not None for x in trace.x):
            figure.add_trace(trace)
    for place, row in enumerate(rows):
        figure.add_annotation(
            x=0,
            xref="paper",
            xanchor="left",
            y=-place + _TITLE,
            yanchor="bottom",
            text=f"<b>{short(row.label, _MOST_LETTERS)}</b>  {_numbers(row)}",
            hovertext=inert(row.label),
            showarrow=False,
            align="left",
            font_size=13,
        )
    figure.add_hline(y=0, line={"color": MUTED, "width": 1})
    figure.update_xaxes(
        range=[-2, 102],
        tickvals=TICKS,
        tickangle=0,
        showgrid=True,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(visible=False, range=[-len(rows) + 1, 1], fixedrange=True)
    figure.update_layout(
        height=_TOP_PX + _ROW_PX * len(rows) + _AXIS_PX + _LEGEND_PX,
        margin={
            "l": 12,
            "r": 12,
            "t": _TOP_PX,
            "b": _AXIS_PX + _LEGEND_PX,
            "autoexpand": False,
        },
        showlegend=True,
        legend={
            "orientation": "h",
            "y": -_AXIS_PX / (_ROW_PX * len(rows)),
            "x": 0,
            "yanchor": "top",
            "traceorder": "normal",
        },
        hovermode="closest",
    )
    return figure


def _bounds(rows: Sequence[ScoreRow]) -> go.Scatter:
    reaches = [None if row.reach is None else (row.reach.low, row.reach.high) for row in rows]
    return _spans(
        t("outer bounds"),
        reaches,
        mode="lines+markers",
        line={"color": MUTED, "width": 2},
        marker={"symbol": "line-ns-open", "size": 10, "color": MUTED, "line_width": 2},
    )


def _bands(rows: Sequence[ScoreRow]) -> go.Scatter:
    bands = [None if row.reach is None else row.reach.band for row in rows]
    return _spans(
        t("P10 to P90"),
        bands,
        mode="lines",
        line={"color": COMPUTED, "width": 12},
        opacity=0.45,
    )


def _spans(
    name: str, ends: Sequence[tuple[float, float] | None], **look: dict[str, Any] | float | str
) -> go.Scatter:
    """One line from end to end in every row that has one."""
    x: list[float | None] = []
    y: list[float | None] = []
    for place, pair in enumerate(ends):
        if pair is not None:
            x += [*pair, None]
            y += [-place + _STRIP, -place + _STRIP, None]
    return go.Scatter(x=x, y=y, name=name, hoverinfo="skip", **look)


def _expected(rows: Sequence[ScoreRow]) -> go.Scatter:
    return _marks(
        t("expected"),
        rows,
        [None if row.reach is None else row.reach.expected for row in rows],
        {"symbol": "circle", "size": 13, "color": COMPUTED},
    )


def _known(rows: Sequence[ScoreRow]) -> go.Scatter:
    return _marks(
        t("known: answers as given"),
        rows,
        [row.known for row in rows],
        {"symbol": "diamond-open", "size": 12, "color": STATED, "line_width": 2.5},
    )


def _stages(rows: Sequence[ScoreRow]) -> go.Scatter:
    return _marks(
        t("expected at this stage"),
        rows,
        [row.stage for row in rows],
        {"symbol": "triangle-down", "size": 10, "color": MUTED},
        height=_STAGE,
    )


def _marks(
    name: str,
    rows: Sequence[ScoreRow],
    values: Sequence[float | None],
    marker: dict[str, Any],
    *,
    height: float = _STRIP,
) -> go.Scatter:
    shown = [(i, row, x) for i, (row, x) in enumerate(zip(rows, values, strict=True))]
    drawn = [(i, row, x) for i, row, x in shown if x is not None]
    return go.Scatter(
        x=[x for _, _, x in drawn],
        y=[-i + height for i, _, _ in drawn],
        mode="markers",
        marker=marker,
        cliponaxis=False,
        name=name,
        hovertext=[f"{short(row.label, _MOST_LETTERS)}: {name} {points(x)}" for _, row, x in drawn],
        hoverinfo="text",
    )


def _numbers(row: ScoreRow) -> str:
    if row.reach is None:
        return points(None)
    return f"{points(row.reach.expected)} ({points(row.reach.low)} – {points(row.reach.high)})"
