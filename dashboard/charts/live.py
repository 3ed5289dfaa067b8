"""A quantity while it is measured: the mean as a line inside the least and the most.

Vega-Lite and not Plotly: each second's data moves into the chart that stands, where a
Plotly chart of other data is taken away and built anew.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboard.charts.palette import COMPUTED, MUTED
from lab.events import Series

_HEIGHT_PX: Final = 240
_BAND_OPACITY: Final = 0.2
_DASHES: Final[Mapping[str, list[int]]] = {
    "solid": [1, 0],
    "dash": [6, 4],
    "dot": [2, 3],
    "dashdot": [8, 3, 2, 3],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: its name, its colour and dash, and the thinned series."""

    label: str
    series: Series
    colour: str = COMPUTED
    dash: str = "solid"


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns of numbers, and the Vega-Lite specification that draws them.

    The specification says nothing of the numbers: while they alone change, the browser
    keeps its chart.
    """

    data: Mapping[str, Sequence[float | str]]
    spec: Mapping[str, Any]


def chart(
    lines: Sequence[Line],
    *,
    title: str,
    time_label: str,
    scale: float = 1.0,
    from_zero: bool = True,
    suffix: str = "",
    most: float | None = None,
) -> Chart:
    """Every line with its band; values are multiplied by ``scale``, ``most`` ends the axis."""
    drawn = [line for line in lines if line.series.t_s]
    data: dict[str, list[Any]] = {"line": [], "time": [], "mean": [], "low": [], "high": []}
    for line in drawn:
        data["line"] += [line.label] * len(line.series.t_s)
        data["time"] += line.series.t_s
        for name in ("mean", "low", "high"):
            data[name] += [scale * v for v in getattr(line.series, name)]
    labels = [line.label for line in drawn]
    legend = {
        "orient": "top",
        "title": None,
        "symbolType": "stroke",
        "symbolOpacity": 1,
        "symbolSize": 300,
        "padding": 0,
        "offset": 4,
    }
    colour = {
        "field": "line",
        "type": "nominal",
        "scale": {"domain": labels, "range": [line.colour for line in drawn]},
        "legend": legend if len(labels) > 1 else None,
    }
    dash = {
        "field": "line",
        "type": "nominal",
        "scale": {"domain": labels, "range": [_DASHES[line.dash] for line in drawn]},
        "legend": legend if len(labels) > 1 else None,
    }
    time = {
        "field": "time",
        "type": "quantitative",
        "title": time_label,
        "scale": {"zero": False, "nice": False},
        "axis": {"grid": False, "tickCount": 6, "titlePadding": 4},
    }
    value_scale: dict[str, Any] = {"zero": from_zero}
    if most is not None:
        value_scale["domain"] = [0, most]
    value = {
        "type": "quantitative",
        "title": None,
        "scale": value_scale,
        "axis": {"tickCount": 5, "labelExpr": f"datum.label + {json.dumps(suffix)}"},
    }
    spec = {
        # In SVG seven charts of a second each leave a busy machine's page no time to answer.
        "usermeta": {"embedOptions": {"renderer": "canvas"}},
        "padding": {"top": 0, "bottom": 4, "left": 0, "right": 4},
        "title": {"text": title, "anchor": "start", "fontSize": 14, "offset": 4},
        "height": _HEIGHT_PX,
        "encoding": {"x": time, "color": colour},
        "layer": [
            {
                "mark": {"type": "area", "opacity": _BAND_OPACITY, "line": False},
                "encoding": {
                    "y": {"field": "low", **value},
                    "y2": {"field": "high"},
                },
            },
            {
                # With round ends a single point is a dot.
                "mark": {"type": "line", "strokeWidth": 2, "strokeCap": "round"},
                "encoding": {"y": {"field": "mean", **value}, "strokeDash": dash},
            },
            _under_the_pointer(labels, time_label=time_label, suffix=suffix),
        ],
    }
    return Chart(data, spec)


def _under_the_pointer(labels: Sequence[str], *, time_label: str, suffix: str) -> dict[str, Any]:
    """What each line says at the time under the pointer; the rules that carry it are not seen."""
    places = " : ".join(
        [
            *(f"datum.line == {json.dumps(label)} ? '{i}'" for i, label in enumerate(labels)),
            "''",
        ]
    )
    values = [
        {
            "calculate": f"isValid(datum['{place}'])"
            f" ? format(datum['{place}'], '.4~g') + {json.dumps(suffix)} : '–'",
            "as": f"said{place}",
        }
        for place, _ in enumerate(labels)
    ]
    return {
        "transform": [
            {"calculate": places, "as": "place"},
            {"pivot": "place", "value": "mean", "groupby": ["time"]},
            *values,
        ],
        "mark": {"type": "rule", "strokeWidth": 12},
        "encoding": {
            "color": {"value": MUTED},
            # At 0 the browser would not find it under the pointer.
            "opacity": {"value": 0.001},
            "tooltip": [
                {"field": "time", "type": "quantitative", "title": time_label, "format": ".4~g"},
                *(
                    {"field": f"said{place}", "type": "nominal", "title": label}
                    for place, label in enumerate(labels)
                ),
            ],
        },
    }
