"""What a product is built of: one bar for each part, coloured by who made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go

from dashboard.charts.labels import short
from dashboard.charts.quick import Figure

_ROW_PX: Final = 34
_FRAME_PX: Final = 56
_LETTERS: Final = 44
#: Own parts as what is computed, fine-tuned ones beside it, other firms' in grey.
COLOURS: Final = {"own": "#2f7fb8", "fine_tuned": "#0b8a6f", "third_party": "#7a8594"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One part: its name, its licence, and a key of ``COLOURS``."""

    label: str
    below: str
    kind: str


def figure(layers: Sequence[Layer], kinds: Mapping[str, str]) -> go.Figure:
    """The parts in the order given, first on top; ``kinds`` names the colours."""
    figure = Figure()
    for kind, name in kinds.items():
        of_kind = [(i, layer) for i, layer in enumerate(layers) if layer.kind == kind]
        if not of_kind:
            continue
        figure.add_trace(
            go.Bar(
                x=[1] * len(of_kind),
                y=[i for i, _ in of_kind],
                orientation="h",
                name=name,
                marker_color=COLOURS[kind],
                text=[short(_words(layer), _LETTERS) for _, layer in of_kind],
                textposition="inside",
                textangle=0,
                insidetextfont={"color": "#ffffff", "size": 13},
                hoverinfo="skip",
            )
        )
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, range=[len(layers) - 0.5, -0.5], fixedrange=True)
    figure.update_layout(
        barmode="overlay",
        height=_ROW_PX * len(layers) + _FRAME_PX,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=True,
        legend={"orientation": "h", "y": -0.02, "x": 0, "yanchor": "top", "traceorder": "normal"},
    )
    return figure


def _words(layer: Layer) -> str:
    return f"{layer.label} · {layer.below}" if layer.below else layer.label
