"""What of a figure can be drawn; of everything else the renderer says so and draws nothing."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final


class NotDrawn(ValueError):  # noqa: N818 - says what happened; the name is the sentence
    """A figure has something that the renderer does not know: no picture rather than a part."""


#: What an attribute may be; ``None`` is anything.
_Known = Mapping[str, Collection[object] | None]

_YES_OR_NO: Final = (True, False)
#: What is for the pointer or the page alone: paper has neither.
_NOT_FOR_PAPER: Final = frozenset(
    {
        "captureevents",
        "customdata",
        "dragmode",
        "fixedrange",
        "hoverinfo",
        "hoverlabel",
        "hovermode",
        "hoveron",
        "hovertemplate",
        "hovertext",
        "template",
        "type",
        "uid",
        "uirevision",
    }
)


def _free(*paths: str) -> dict[str, None]:
    return dict.fromkeys(paths)


_LEGEND_ENTRY: Final[_Known] = {
    **_free("name", "legendgroup", "opacity"),
    "showlegend": _YES_OR_NO,
    "visible": _YES_OR_NO,
}
_LINES: Final[_Known] = {
    **_LEGEND_ENTRY,
    **_free("line.color", "line.width", "line.dash", "fillcolor"),
    **_free("marker.color", "marker.size", "marker.symbol", "marker.opacity"),
    **_free("marker.line.width", "marker.line.color"),
    "fill": ("none", "toself"),
    "mode": (
        *("lines", "markers", "text", "none"),
        *("lines+markers", "markers+text", "lines+text", "lines+markers+text"),
    ),
    "connectgaps": (False,),
    "cliponaxis": _YES_OR_NO,
}
_ERRORS: Final = ("type", "array", "arrayminus", "color", "thickness", "width", "visible")
_TRACES: Final[Mapping[str, _Known]] = {
    "scatter": {
        **_LINES,
        **_free("x", "y", "xaxis", "yaxis", "text", "textposition"),
        **_free("textfont.size", "textfont.color"),
        "textfont.style": ("normal", "italic"),
        **_free(*(f"error_{axis}.{name}" for axis in "xy" for name in _ERRORS)),
    },
    "scatterpolar": {**_LINES, **_free("r", "theta"), "subplot": ("polar",)},
    "bar": {
        **_LEGEND_ENTRY,
        **_free("x", "y", "xaxis", "yaxis", "base", "width"),
        "orientation": ("h", "v"),
        **_free("marker.color", "marker.line.color", "marker.line.width"),
        "marker.pattern.shape": ("", "/", "\\", "x", "-", "|", "+", "."),
        "marker.pattern.fillmode": ("overlay",),
        **_free("marker.pattern.fgcolor", "marker.pattern.fgopacity"),
        **_free("marker.pattern.solidity", "marker.pattern.size"),
        **_free("text", "insidetextfont.color", "insidetextfont.size"),
        "textposition": ("inside", "none"),
        "insidetextanchor": ("middle",),
        "textangle": (0,),
        "constraintext": ("none", "both", "inside"),
        **_free(*(f"error_{axis}.{name}" for axis in "xy" for name in _ERRORS)),
    },
    "heatmap": {
        **_free("name", "x", "y", "z", "xaxis", "yaxis", "text", "colorscale", "zmin", "zmax"),
        **_free("xgap", "ygap"),
        "texttemplate": ("%{text}",),
        "showscale": (False,),
        "showlegend": (False,),
        "visible": _YES_OR_NO,
    },
}
_AXIS: Final[_Known] = {
    **_free("anchor", "automargin", "categoryarray", "domain", "dtick", "gridcolor", "linecolor"),
    **_free("nticks", "range", "tickangle", "tickcolor", "tickfont.size", "ticklen", "ticktext"),
    **_free("tickvals", "title.text", "title.standoff"),
    "autorange": (True, False, "reversed"),
    "categoryorder": ("trace", "array"),
    "showgrid": _YES_OR_NO,
    "showline": _YES_OR_NO,
    "tickformat": ("", "d"),
    "tickmode": ("array", "auto", "linear"),
    "ticks": ("", "outside"),
    "type": ("-", "linear", "log", "category"),
    "visible": _YES_OR_NO,
    "zeroline": _YES_OR_NO,
}
_LAYOUT: Final[_Known] = {
    **_free("height", "margin.l", "margin.r", "margin.t", "margin.b"),
    "margin.autoexpand": _YES_OR_NO,
    "showlegend": _YES_OR_NO,
    "barmode": ("group", "stack", "relative", "overlay"),
    **_free("legend.x", "legend.y", "legend.maxheight"),
    "legend.orientation": ("h", "v"),
    "legend.traceorder": ("normal", "reversed", "grouped", "grouped+reversed"),
    "legend.xref": ("paper", "container"),
    "legend.yref": ("paper", "container"),
    "legend.xanchor": ("auto", "left", "center"),
    "legend.yanchor": ("auto", "top", "bottom"),
    "polar.bgcolor": ("rgba(0,0,0,0)",),
    "polar.angularaxis.direction": ("clockwise", "counterclockwise"),
    **_free(*(f"polar.{a}.{n}" for a in ("angularaxis", "radialaxis") for n in ("gridcolor",))),
    **_free("polar.angularaxis.rotation", "polar.angularaxis.tickvals"),
    **_free("polar.angularaxis.ticktext", "polar.angularaxis.tickfont.size"),
    **_free("polar.angularaxis.linecolor", "polar.radialaxis.range"),
    **_free("polar.radialaxis.tickvals", "polar.radialaxis.angle", "polar.radialaxis.tickangle"),
    **_free("polar.radialaxis.tickfont.size"),
    "polar.angularaxis.ticks": ("",),
    "polar.radialaxis.ticks": ("",),
    "polar.radialaxis.showline": (False,),
}
_SHAPE: Final[_Known] = {
    **_free("x0", "x1", "y0", "y1", "xref", "yref", "line.color", "line.width", "line.dash"),
    **_free("fillcolor", "opacity"),
    "layer": ("above", "below"),
    "type": ("line", "rect"),
}
_NOTE: Final[_Known] = {
    **_free("x", "y", "xref", "yref", "text", "font.size", "font.color", "align"),
    **_free("xshift", "yshift", "ax", "ay", "axref", "ayref", "arrowcolor", "arrowwidth"),
    **_free("standoff", "startstandoff"),
    "arrowhead": (2,),
    "showarrow": _YES_OR_NO,
    "textangle": (0,),
    "xanchor": ("auto", "left", "center", "right"),
    "yanchor": ("auto", "top", "middle", "bottom"),
}


def check_trace(trace: Mapping[str, Any]) -> None:
    """Refuse a trace that has something which would be left out of the picture."""
    kind = trace.get("type", "scatter")
    if kind not in _TRACES:
        raise NotDrawn(f"traces of type {kind!r} are not drawn, only {', '.join(_TRACES)}")
    _check(trace, _TRACES[kind], kind)
    for one, other in (("x", "y"), ("r", "theta")):
        if (trace.get(one) is None) != (trace.get(other) is None):
            raise NotDrawn(f"{kind} is drawn with both {one} and {other}, never counted up")


def check_layout(layout: Mapping[str, Any]) -> None:
    """Refuse a layout that has something which would be left out of the picture."""
    rest = dict(layout)
    for shape in rest.pop("shapes", ()):
        _check(shape, _SHAPE, "layout.shapes")
    for note in rest.pop("annotations", ()):
        _check(note, _NOTE, "layout.annotations")
    for name in [key for key in rest if key.startswith(("xaxis", "yaxis"))]:
        axis = rest.pop(name)
        _check(axis, _AXIS, f"layout.{name}")
    _check(rest, _LAYOUT, "layout")


def _check(part: Mapping[str, Any], known: _Known, where: str) -> None:
    for path, value in _leaves(part, ""):
        if path not in known:
            if path in _NOT_FOR_PAPER:
                continue
            raise NotDrawn(f"{where}.{path} is not drawn; draw the figure without it, or teach it")
        allowed = known[path]
        if allowed is None or value is None:
            continue
        if isinstance(value, list | tuple | dict) or value not in allowed:
            choices = ", ".join(repr(choice) for choice in allowed)
            raise NotDrawn(f"{where}.{path} {value!r} is not drawn, only {choices}")


def _leaves(part: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for key, value in part.items():
        if isinstance(value, Mapping):
            if key not in _NOT_FOR_PAPER:
                yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
