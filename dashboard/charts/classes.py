"""How a classifier did: its confusion matrix and its ROC curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from dashboard.charts.palette import COMPUTED, LAW_COLOURS, MUTED
from dashboard.charts.quick import Figure

_MOST_CURVES = 5
#: Opaque: what is written on a cell goes by its colour, on a light page and on a dark one.
_FEW = "#c3d9e9"


def confusion(
    counts: Sequence[Sequence[int]], labels: Sequence[str], *, true: str, called: str
) -> go.Figure:
    """Rows are the true classes, columns what they were called; the count in each cell."""
    shares = [[n / max(sum(row), 1) for n in row] for row in counts]
    drawn = Figure(
        go.Heatmap(
            z=shares,
            x=list(labels),
            y=list(labels),
            text=[[str(n) for n in row] for row in counts],
            texttemplate="%{text}",
            colorscale=[[0, _FEW], [1, COMPUTED]],
            zmin=0,
            zmax=1,
            showscale=False,
            hovertemplate=f"{true}: %{{y}}<br>{called}: %{{x}}<br>%{{text}}<extra></extra>",
        )
    )
    drawn.update_xaxes(title=called, type="category", fixedrange=True, automargin=True)
    drawn.update_yaxes(
        title=true, type="category", autorange="reversed", fixedrange=True, automargin=True
    )
    drawn.update_layout(
        height=max(260, 90 + 28 * len(labels)), margin={"l": 8, "r": 8, "t": 8, "b": 8}
    )
    return drawn


def roc(
    curves: Sequence[Mapping[str, Any] | None],
    labels: Sequence[str],
    *,
    false_rate: str,
    true_rate: str,
) -> go.Figure:
    """The curve of each class against the rest; of two classes, that of the second."""
    shown = [(label, curve) for label, curve in zip(labels, curves, strict=True) if curve]
    if len(labels) == 2:
        shown = shown[-1:]
    drawn = Figure()
    drawn.add_trace(
        go.Scatter(
            x=[0, 1],
            y=[0, 1],
            mode="lines",
            line={"color": MUTED, "dash": "dot", "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    for number, (label, curve) in enumerate(shown):
        drawn.add_trace(
            go.Scatter(
                x=curve["false_positive_rate"],
                y=curve["true_positive_rate"],
                mode="lines",
                name=label,
                line={
                    "color": LAW_COLOURS[number % len(LAW_COLOURS)],
                    "dash": "solid" if number < _MOST_CURVES else "dash",
                    "width": 2,
                },
            )
        )
    drawn.update_xaxes(title=false_rate, range=[0, 1], fixedrange=True, nticks=5)
    drawn.update_yaxes(title=true_rate, range=[0, 1.02], fixedrange=True, nticks=5)
    drawn.update_layout(
        height=300, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=len(shown) > 1
    )
    return drawn
