"""Likelihood by impact: the id of every question in its cell, hollow where it is not proven."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.labels import inert, ink_on, lines, short
from dashboard.charts.palette import BAND_COLOURS, MUTED
from dashboard.charts.quick import Figure
from dashboard.language import t

SIDE: Final = 5
_LINE_PX: Final = 14
_PAD_PX: Final = 10
#: A cell has room for its band's name and at least this many ids.
_LEAST_LINES: Final = 2
_TOP_PX: Final = 4
_AXIS_PX: Final = 54
_LEGEND_PX: Final = 60
#: What fits across a cell on a phone, beside the sign.
_ID_LETTERS: Final = 8
_BAND_LETTERS: Final = 9
#: Beside a cell a phone has room for a hover this wide. Of a few questions it gives the words,
#: of more the ids alone.
_HOVER_LETTERS: Final = 26
_HOVER_WORDS: Final = 4
_HOVER_IDS_A_LINE: Final = 2
#: Where in its column a sign stands, as a share of the column's width.
_INDENT: Final = 0.13

_Cell = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """One question's residual risk; ``proven`` where its status is more than a claim.

    ``span`` is the least and the greatest likelihood that its bounds leave open.
    """

    id: str
    label: str
    likelihood: int
    impact: int
    proven: bool
    span: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        assert {self.likelihood, self.impact} <= set(range(1, SIDE + 1)), self
        assert self.span is None or self.span[0] <= self.likelihood <= self.span[1], self


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A band of risk: its key in the palette, its name, and the residual it begins at."""

    band: str
    label: str
    least: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """A risk, or how many more there are, at its place in the figure."""

    x: float
    y: float
    text: str
    colour: str
    proven: bool | None


def figure(
    risks: Sequence[Risk], zones: Sequence[Zone], *, per_line: int = 1, most_lines: int = 20
) -> go.Figure:
    """The cells in the colour of their zone; rows grow with the ids that they hold.

    ``zones`` rise from a residual of 1 or less. A phone has room for one id ``per_line`` of a
    cell, a page of 1280 px for three, four where it has no sidebar. What does not fit into
    ``most_lines`` is counted in the cell, and named when the reader points at it.
    """
    assert zones[0].least <= 1
    cells: dict[_Cell, list[Risk]] = {
        (likelihood, impact): []
        for likelihood in range(1, SIDE + 1)
        for impact in range(1, SIDE + 1)
    }
    for risk in risks:
        cells[risk.likelihood, risk.impact].append(risk)
    room = per_line * most_lines
    heights = [_row_px(likelihood, cells, per_line, room) for likelihood in range(1, SIDE + 1)]
    edges = [0, *accumulate(heights)]
    figure = Figure(_fills(cells, zones, edges))
    figure.add_trace(_names(cells, zones, edges, per_line))
    marks = [
        mark
        for cell, held in cells.items()
        for mark in _marks(cell, held, zones, edges, per_line=per_line, room=room)
    ]
    for proven in (True, False, None):
        chosen = [mark for mark in marks if mark.proven is proven]
        if chosen:
            figure.add_trace(_signs(chosen, proven=proven))
    for proven, name in (
        (True, t("documented, verified or contradicted")),
        (False, t("unknown, assumed or claimed")),
    ):
        figure.add_trace(
            go.Scatter(
                x=[None],
                y=[None],
                mode="markers",
                marker={"symbol": _symbol(proven=proven), "size": 9, "color": MUTED},
                name=name,
            )
        )
    figure.update_xaxes(
        title={"text": t("Impact"), "standoff": 4},
        range=[0.5, SIDE + 0.5],
        tickvals=list(range(1, SIDE + 1)),
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        title={"text": t("Likelihood"), "standoff": 8},
        range=[0, edges[-1]],
        tickvals=[(low + high) / 2 for low, high in pairwise(edges)],
        ticktext=[str(i) for i in range(1, SIDE + 1)],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_layout(
        height=edges[-1] + _TOP_PX + _AXIS_PX + _LEGEND_PX,
        margin={
            "l": 44,
            "r": 4,
            "t": _TOP_PX,
            "b": _AXIS_PX + _LEGEND_PX,
            "autoexpand": False,
        },
        showlegend=True,
        legend={"orientation": "h", "y": -_AXIS_PX / edges[-1], "x": 0, "yanchor": "top"},
        hovermode="closest",
        hoverlabel={"align": "left"},
    )
    return figure


def zone_of(likelihood: int, impact: int, zones: Sequence[Zone]) -> Zone:
    """The last zone that a cell's residual reaches."""
    return [zone for zone in zones if zone.least <= likelihood * impact][-1]


def _row_px(
    likelihood: int, cells: Mapping[_Cell, Sequence[Risk]], per_line: int, room: int
) -> int:
    most = max(len(cells[likelihood, impact]) for impact in range(1, SIDE + 1))
    n_lines = math.ceil(min(most, room) / per_line)
    return _LINE_PX * (1 + max(n_lines, _LEAST_LINES)) + _PAD_PX


def _fills(
    cells: Mapping[_Cell, Sequence[Risk]], zones: Sequence[Zone], edges: Sequence[int]
) -> go.Heatmap:
    span = range(1, SIDE + 1)
    order = {zone.band: i for i, zone in enumerate(zones)}
    steps = len(zones)
    scale = [
        [(i + end) / steps, BAND_COLOURS[zone.band]]
        for i, zone in enumerate(zones)
        for end in (0, 1)
    ]
    return go.Heatmap(
        x=[i - 0.5 for i in range(1, SIDE + 2)],
        y=list(edges),
        z=[[order[zone_of(row, column, zones).band] for column in span] for row in span],
        zmin=-0.5,
        zmax=steps - 0.5,
        colorscale=scale,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertext=[
            [_hover((row, column), cells[row, column], zones) for column in span] for row in span
        ],
        hoverinfo="text",
    )


def _names(
    cells: Mapping[_Cell, Sequence[Risk]],
    zones: Sequence[Zone],
    edges: Sequence[int],
    per_line: int,
) -> go.Scatter:
    """The name of its band in the corner of every cell, so that no colour has to be told."""
    of = {cell: zone_of(*cell, zones) for cell in cells}
    return go.Scatter(
        x=[impact - 0.5 + _INDENT / 2 / per_line for _, impact in cells],
        y=[edges[likelihood] - _PAD_PX / 2 - _LINE_PX / 2 for likelihood, _ in cells],
        mode="text",
        text=[short(of[cell].label, _BAND_LETTERS) for cell in cells],
        textposition="middle right",
        textfont={
            "size": 10,
            "style": "italic",
            "color": [ink_on(BAND_COLOURS[of[cell].band]) for cell in cells],
        },
        hoverinfo="skip",
        showlegend=False,
    )


def _marks(
    cell: _Cell,
    held: Sequence[Risk],
    zones: Sequence[Zone],
    edges: Sequence[int],
    *,
    per_line: int,
    room: int,
) -> list[_Mark]:
    """The ids from the top of the cell, line by line; the last place counts what is left."""
    likelihood, impact = cell
    colour = ink_on(BAND_COLOURS[zone_of(*cell, zones).band])
    shown = held if len(held) <= room else held[: room - 1]
    marks = []
    for place in range(min(len(held), room)):
        line, column = divmod(place, per_line)
        risk = shown[place] if place < len(shown) else None
        marks.append(
            _Mark(
                x=impact - 0.5 + (column + _INDENT) / per_line,
                y=edges[likelihood] - _PAD_PX / 2 - _LINE_PX * (line + 1.5),
                text=short(risk.id, _ID_LETTERS) if risk else f"+{len(held) - len(shown)}",
                colour=colour,
                proven=risk.proven if risk else None,
            )
        )
    return marks


def _signs(marks: Sequence[_Mark], *, proven: bool | None) -> go.Scatter:
    """The signs and ids of one kind; what is only counted has no sign."""
    return go.Scatter(
        x=[mark.x for mark in marks],
        y=[mark.y for mark in marks],
        mode="text" if proven is None else "markers+text",
        marker={
            "symbol": _symbol(proven=proven),
            "size": 7,
            "color": [mark.colour for mark in marks],
            "line_width": 0 if proven else 1.5,
        },
        text=[f" {mark.text}" for mark in marks],
        textposition="middle right",
        textfont={"size": 11, "color": [mark.colour for mark in marks]},
        hoverinfo="skip",
        showlegend=False,
    )


def _symbol(*, proven: bool | None) -> str:
    return "circle" if proven else "circle-open"


def _hover(cell: _Cell, held: Sequence[Risk], zones: Sequence[Zone]) -> str:
    """Everything that the cell holds, whether or not it has room for it."""
    likelihood, impact = cell
    head = f"<b>{likelihood} × {impact} = {likelihood * impact}</b> "
    head += short(zone_of(likelihood, impact, zones).label, _HOVER_LETTERS)
    ids = [f"{_sign(risk)} {inert(risk.id)}{_whisker(risk)}" for risk in held]
    if len(held) <= _HOVER_WORDS:
        told = [
            line
            for sign, risk in zip(ids, held, strict=True)
            for line in (f"<b>{sign}</b>", *lines(risk.label, _HOVER_LETTERS, 2))
        ]
    else:
        starts = range(0, len(ids), _HOVER_IDS_A_LINE)
        told = ["  ".join(ids[i : i + _HOVER_IDS_A_LINE]) for i in starts]
    return "<br>".join([head, *told])


def _whisker(risk: Risk) -> str:
    """Of what is not proven: from which likelihood to which it may lie."""
    return "" if risk.proven or risk.span is None else f" ├{risk.span[0]}–{risk.span[1]}┤"


def _sign(risk: Risk) -> str:
    return "●" if risk.proven else "○"
