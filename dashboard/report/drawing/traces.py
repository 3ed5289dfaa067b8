"""Traces as the figure gives them, with Plotly's defaults for what it leaves open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from dashboard.report.drawing.known import check_layout, check_trace
from dashboard.report.drawing.look import COLOURWAY

#: With fewer points than this a trace that says nothing of its mode shows them.
_MOST_MARKED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A visible trace: what the figure says of it, and the colour that its place gives it."""

    props: Mapping[str, Any]
    kind: str
    name: str
    colour: str

    def of(self, path: str, default: Any = None) -> Any:
        """What the figure says at a dotted path."""
        return of(self.props, path, default)

    @property
    def modes(self) -> frozenset[str]:
        """Of a line: which of lines, markers and text it shows."""
        mode = self.of("mode")
        if mode is None:
            n = len(self.of("x", ()) if self.kind == "scatter" else self.of("r", ()))
            mode = "lines+markers" if n < _MOST_MARKED else "lines"
        return frozenset(str(mode).split("+"))

    @property
    def is_filled(self) -> bool:
        """Whether it encloses an area."""
        return bool(self.of("fill", "none") == "toself")

    @property
    def line_colour(self) -> str:
        """Of its line; a marker without a colour of its own shares it."""
        marker = self.of("marker.color")
        return str(self.of("line.color") or (marker if isinstance(marker, str) else self.colour))

    def axis(self, letter: str) -> str:
        """The name of its axis in the layout."""
        return letter + "axis" + str(self.of(f"{letter}axis", letter))[1:]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that is to be drawn."""

    traces: Sequence[Trace]
    layout: Mapping[str, Any]

    def of(self, path: str, default: Any = None) -> Any:
        """What the layout says at a dotted path."""
        return of(self.layout, path, default)

    def axes(self, letter: str) -> list[str]:
        """Names of the axes of a direction, in the order of their numbers."""
        named = [key for key in self.layout if key.startswith(f"{letter}axis")]
        flat = [t for t in self.traces if t.kind != "scatterpolar"]
        used = [trace.axis(letter) for trace in flat]
        if not named and not used and any(t.kind == "scatterpolar" for t in self.traces):
            return []
        every = {*named, *used} or {f"{letter}axis"}
        return sorted(every, key=lambda name: (len(name), name))

    @property
    def is_empty(self) -> bool:
        """Whether no trace has anything that could be seen."""
        return not any(_has_data(trace) for trace in self.traces)


def content_of(figure: go.Figure) -> Content:
    """The figure, if every part of it can be drawn.

    Raises:
        NotDrawn: it has something that would be left out.
    """
    layout = figure.layout.to_plotly_json()
    layout.pop("template", None)
    check_layout(layout)
    traces = []
    for i, raw in enumerate(figure.data):
        props = raw.to_plotly_json()
        check_trace(props)
        if props.get("visible", True):
            traces.append(
                Trace(
                    props=props,
                    kind=props.get("type", "scatter"),
                    name=str(props["name"] if props.get("name") is not None else f"trace {i}"),
                    colour=COLOURWAY[i % len(COLOURWAY)],
                )
            )
    return Content(traces, layout)


def of(part: Mapping[str, Any], path: str, default: Any = None) -> Any:
    """What a part of a figure says at a dotted path; the default where it says nothing."""
    found: Any = part
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
        if found is None:
            return default
    return found


def each(value: Any, n: int, default: Any) -> list[Any]:
    """One value for each of ``n`` points, from a list of them or from one for all."""
    if isinstance(value, list | tuple | np.ndarray):
        listed = [default if v is None else v for v in list(value)[:n]]
        return listed + [default] * (n - len(listed))
    return [default if value is None else value] * n


def _has_data(trace: Trace) -> bool:
    names = {"scatterpolar": ("r",), "heatmap": ("z",)}.get(trace.kind, ("x", "y"))
    found = [trace.of(name) for name in names]
    return all(
        values is not None
        and any(value is not None for value in np.ravel(np.array(values, object)))
        for values in found
    )
