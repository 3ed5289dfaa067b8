"""How well the answers of each area are known: its questions by evidence status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.labels import inert, ink_on, short
from dashboard.charts.palette import EVIDENCE_COLOURS, EVIDENCE_PATTERNS, MUTED
from dashboard.charts.quick import Figure
from dashboard.language import t

_ROW_PX: Final = 54
_TOP_PX: Final = 4
#: One line of the legend for each two statuses, as on a phone.
_LEGEND_LINE_PX: Final = 24
_MOST_LETTERS: Final = 28
#: A part narrower than this share of the widest bar has no count written in it.
_LEAST_WRITTEN: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """One area: its questions by status, and how many of its P0 questions are closed."""

    label: str
    counts: Mapping[str, int]
    p0_closed: int
    n_p0: int

    def __post_init__(self) -> None:
        assert set(self.counts) <= set(EVIDENCE_COLOURS), self.counts
        assert min(self.counts.values(), default=0) >= 0, self.counts
        assert 0 <= self.p0_closed <= self.n_p0, self


def figure(rows: Sequence[CoverageRow], statuses: Mapping[str, str]) -> go.Figure:
    """A bar for each area, its statuses from the left in the order of ``statuses``.

    ``statuses`` names every status in the reader's language; one that no area has is left out.
    """
    assert all(set(row.counts) <= set(statuses) for row in rows)
    most = max((sum(row.counts.values()) for row in rows), default=0)
    figure = Figure()
    for status, name in statuses.items():
        counts = [row.counts.get(status, 0) for row in rows]
        if any(counts):
            figure.add_trace(_parts(rows, status, name, counts, most))
    for place, row in enumerate(rows):
        for x, anchor, text in (
            (0, "left", f"<b>{short(row.label, _MOST_LETTERS)}</b>"),
            (1, "right", _p0(row)),
        ):
            figure.add_annotation(
                x=x,
                xref="paper",
                xanchor=anchor,
                y=-place + 0.3,
                yanchor="bottom",
                text=text,
                showarrow=False,
                font_size=13,
            )
    figure.update_xaxes(visible=False, range=[0, max(most, 1)], fixedrange=True)
    figure.update_yaxes(visible=False, range=[-len(rows) + 0.7, 0.85], fixedrange=True)
    legend_px = _LEGEND_LINE_PX * ((len(figure.data) + 1) // 2) + 12
    figure.update_layout(
        barmode="stack",
        height=_TOP_PX + _ROW_PX * len(rows) + legend_px,
        margin={"l": 8, "r": 8, "t": _TOP_PX, "b": legend_px, "autoexpand": False},
        showlegend=True,
        legend={
            "orientation": "h",
            "y": 0,
            "x": 0,
            "yanchor": "top",
            "traceorder": "normal",
        },
    )
    return figure


def _parts(
    rows: Sequence[CoverageRow], status: str, name: str, counts: Sequence[int], most: int
) -> go.Bar:
    colour = EVIDENCE_COLOURS[status]
    ink = ink_on(colour)
    return go.Bar(
        x=list(counts),
        y=[-place for place in range(len(rows))],
        width=0.46,
        orientation="h",
        name=short(name, _MOST_LETTERS),
        marker={
            "color": colour,
            "line": {"color": MUTED, "width": 1},
            "pattern": {
                "shape": EVIDENCE_PATTERNS[status],
                "fgcolor": ink,
                "fgopacity": 0.3,
                "solidity": 0.2,
                "fillmode": "overlay",
                "size": 7,
            },
        },
        text=[f"<b>{n}</b>" if n / most >= _LEAST_WRITTEN else "" for n in counts],
        textposition="inside",
        insidetextanchor="middle",
        insidetextfont={"color": ink, "size": 13},
        textangle=0,
        constraintext="none",
        hovertext=[
            f"{short(row.label, _MOST_LETTERS)}<br>{inert(name)}: {n}"
            for row, n in zip(rows, counts, strict=True)
        ],
        hoverinfo="text",
    )


def _p0(row: CoverageRow) -> str:
    if not row.n_p0:
        return t("no P0 questions")
    return t("P0 closed: {closed} of {n}", closed=str(row.p0_closed), n=str(row.n_p0))
