"""The nine concerns about a large-model company in one picture, and what ties them together.

Each concern has a card of its own place, three by three, the model in the middle: two maps can
be compared at a glance. Ties run between the cards, never behind one that they do not concern.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.charts.labels import between, ink_on, lines, short
from dashboard.charts.palette import BAND_COLOURS, MUTED
from dashboard.charts.quick import Figure
from dashboard.charts.whiskers import Reach
from dashboard.language import points

_Points = NDArray[np.float64]

#: Column and row of each concern; neighbours are those that most often share a question.
PLACES: Final = {
    "compute": (0, 0),
    "rd_cost": (1, 0),
    "competition": (2, 0),
    "data_quality": (0, 1),
    "model": (1, 1),
    "market_demand": (2, 1),
    "ethics_privacy": (0, 2),
    "technical_maturity": (1, 2),
    "applications": (2, 2),
}
#: Half a card, and what a tie keeps away from it, where columns and rows are 1 apart.
HALF_WIDTH: Final = 0.40
HALF_HEIGHT: Final = 0.33
_CLEARANCE: Final = 0.03
_ROW_PX: Final = 128
#: What fits on a card 100 px wide.
_LETTERS: Final = 14
_LINES: Final = 2
_BENDS: Final = (0.0, 0.3, -0.3, 0.5, -0.5, 0.7, -0.7, 0.9, -0.9, 1.1, -1.1)
_SAMPLES: Final = 41
#: How much of its colour a thinly known concern keeps.
_THIN_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One concern in the reader's language: its score, and what its band is called.

    ``band`` is its key in the palette, ``None`` where nobody knows; ``says`` is the word for it,
    "unknown" then. Without a ``reach`` the card shows no number. ``thin`` is dashed and pale:
    little evidence stands behind it, as ``answered`` tells.
    """

    label: str
    band: str | None
    says: str
    reach: Reach | None = None
    thin: bool = False
    answered: str = ""

    def __post_init__(self) -> None:
        assert self.band in BAND_COLOURS, self.band


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """Two concerns that share questions or a cross-check; ``says`` names them."""

    one: str
    other: str
    says: str

    def __post_init__(self) -> None:
        assert self.one != self.other, self
        assert {self.one, self.other} <= set(PLACES), self


def figure(concerns: Mapping[str, Concern], ties: Sequence[Tie]) -> go.Figure:
    """A card for each of the nine keys of ``PLACES``, and a line for each tie."""
    assert set(concerns) == set(PLACES), set(PLACES) ^ set(concerns)
    figure = Figure()
    for tie in ties:
        points = route(*sorted((tie.one, tie.other)))
        figure.add_trace(
            go.Scatter(
                x=points[:, 0],
                y=points[:, 1],
                mode="lines",
                line={"color": MUTED, "width": 2},
                text=_tie_hover(tie, concerns),
                hoverinfo="text",
                name="tie",
            )
        )
    for key, (column, row) in PLACES.items():
        concern = concerns[key]
        figure.add_trace(_card(concern, column, row))
        figure.add_annotation(
            x=column,
            y=row,
            text=_card_text(concern),
            showarrow=False,
            font={"size": 12, "color": ink_on(_fill(concern))},
            captureevents=False,
        )
    figure.update_xaxes(visible=False, range=[-0.5, 2.5], fixedrange=True)
    figure.update_yaxes(visible=False, range=[2.5, -0.5], fixedrange=True)
    figure.update_layout(
        height=3 * _ROW_PX,
        margin={"l": 2, "r": 2, "t": 0, "b": 0, "autoexpand": False},
        showlegend=False,
        hovermode="closest",
    )
    return figure


@cache
def route(one: str, other: str) -> _Points:
    """The way of a tie from card to card, straight where it can be, past every other card."""
    start, end = np.array(PLACES[one], float), np.array(PLACES[other], float)
    others = [np.array(p, float) for k, p in PLACES.items() if k not in (one, other)]
    bends = sorted(
        ((a, b) for a in _BENDS for b in _BENDS), key=lambda ab: (abs(ab[0]) + abs(ab[1]), ab)
    )
    for a, b in bends:
        points = _curve(start, end, a, b)
        if _is_clear(points, others):
            return points
    points = _around_the_middle(start, end)
    assert _is_clear(points, others), (one, other)
    return points


def _curve(start: _Points, end: _Points, a: float, b: float) -> _Points:
    """A cubic curve whose two handles lie ``a`` and ``b`` beside the straight line."""
    along = end - start
    aside = np.array([-along[1], along[0]]) / np.linalg.norm(along)
    handles = (start, start + along / 3 + a * aside, start + 2 * along / 3 + b * aside, end)
    return _bezier(handles)


def _around_the_middle(start: _Points, end: _Points) -> _Points:
    """From corner to opposite corner: along the gaps around the card in the middle."""
    middle = np.array([1.0, 1.0])
    corner = np.array([end[0], start[1]])
    stops = [(point + middle) / 2 for point in (start, corner, end)]
    turns = [(stops[0] + stops[1]) / 2, (stops[1] + stops[2]) / 2]
    legs = [
        _bezier((start, stops[0], stops[0], turns[0])),
        _bezier((turns[0], stops[1], stops[1], turns[1])),
        _bezier((turns[1], stops[2], stops[2], end)),
    ]
    return np.concatenate(legs)


def _bezier(handles: Sequence[_Points]) -> _Points:
    s = np.linspace(0, 1, _SAMPLES)[:, np.newaxis]
    p0, p1, p2, p3 = handles
    points: _Points = (
        (1 - s) ** 3 * p0 + 3 * (1 - s) ** 2 * s * p1 + 3 * (1 - s) * s**2 * p2 + s**3 * p3
    )
    return points


def _is_clear(points: _Points, others: Sequence[_Points]) -> bool:
    """Whether the way stays inside the picture and off the other cards."""
    if points.min() < -0.48 or points.max() > 2.48:
        return False
    reach = np.array([HALF_WIDTH, HALF_HEIGHT]) + _CLEARANCE
    return not any((np.abs(points - card) < reach).all(axis=1).any() for card in others)


def _fill(concern: Concern) -> str:
    """The colour of the band; of one that little evidence stands behind, most of the way to
    that of the unknown.
    """
    fill = BAND_COLOURS[concern.band]
    return between(BAND_COLOURS[None], fill, _THIN_SHARE) if concern.thin else fill


def _card(concern: Concern, column: int, row: int) -> go.Scatter:
    known = concern.band is not None and not concern.thin
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return go.Scatter(
        x=[column + HALF_WIDTH * sign for sign, _ in corners],
        y=[row + HALF_HEIGHT * sign for _, sign in corners],
        mode="lines",
        fill="toself",
        fillcolor=_fill(concern),
        line={"color": MUTED, "width": 1 if known else 2, "dash": "solid" if known else "dash"},
        hoveron="fills",
        text=_card_hover(concern),
        hoverinfo="text",
        name="card",
    )


def _card_text(concern: Concern) -> str:
    name = "<br>".join(lines(concern.label, _LETTERS, _LINES))
    return f"<b>{name}</b><br>{_numbers(concern)}{_says(concern, _LETTERS)}"


def _says(concern: Concern, most: int) -> str:
    """The word for the band, and below it how many of the questions are answered."""
    return "<br>".join(short(text, most) for text in (concern.says, concern.answered) if text)


def _numbers(concern: Concern) -> str:
    reach = concern.reach
    if reach is None:
        return ""
    span = f"({points(reach.low)} – {points(reach.high)})"
    return f"{points(reach.expected)} {span}<br>"


def _card_hover(concern: Concern) -> str:
    return f"<b>{short(concern.label, 40)}</b><br>{_numbers(concern)}{_says(concern, 40)}"


def _tie_hover(tie: Tie, concerns: Mapping[str, Concern]) -> str:
    names = " – ".join(short(concerns[key].label, 20) for key in (tie.one, tie.other))
    return "<br>".join([f"<b>{names}</b>", *lines(tie.says, 44, 6)])
