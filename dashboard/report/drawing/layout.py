"""The places of everything in a picture: margins that hold every label, plots, the legend."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dashboard.report.drawing import bars, heatmap, scatter
from dashboard.report.drawing.axes import Axis, Count, Extent, axis_of, count_of
from dashboard.report.drawing.legend import Legend, legend_of
from dashboard.report.drawing.look import EDGE_PX, GRID, HEIGHT_PX, LEAST_PLOT_SHARE
from dashboard.report.drawing.rulers import Ruler, ruler_of
from dashboard.report.drawing.traces import Content, Trace

_PASSES: Final = 4
#: Margins of a figure that names none, as in Plotly.
_MARGINS: Final = {"l": 80.0, "r": 80.0, "t": 100.0, "b": 80.0}
_LEGEND_GAP_PX: Final = 8.0
_LEAST_PLOT_PX: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A part of the picture, in px from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Two axes that traces lie over, by their names in the layout."""

    x: str
    y: str

    @property
    def key(self) -> str:
        """For ids."""
        return f"c{self.x[5:]}-{self.y[5:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """A picture of a size with the plots' common area and every axis in it."""

    width_px: float
    height_px: float
    area: Box
    plots: tuple[Plot, ...]
    counts: Mapping[str, Count]
    rulers: Mapping[str, Ruler]
    legend: Legend | None
    legend_at: tuple[float, float]

    def axis(self, name: str) -> Axis:
        """The axis of a name in the layout."""
        return self.rulers[name].axis


def arrange(content: Content, width_px: float, height_px: float | None) -> Arranged:
    """Places for all; without a height the figure's own, as much higher as its legend needs."""
    xs, ys = content.axes("x"), content.axes("y")
    counts = {name: _count(content, name) for name in (*xs, *ys)}
    plots = _plots(content, xs, ys)
    legend = legend_of(content, width_px)
    given = {k: float(content.of(f"margin.{k}", v)) for k, v in _MARGINS.items()}
    wanted = float(content.of("height", HEIGHT_PX))
    is_fixed = content.of("margin.autoexpand", True) is False
    plot_px = wanted - given["t"] - given["b"]
    need = dict(given)
    area, rulers, height = Box(left=0, top=0, right=0, bottom=0), dict[str, Ruler](), wanted
    for _ in range(_PASSES):
        if height_px is not None:
            height = height_px
        elif is_fixed:
            height = need["t"] + plot_px + need["b"]
        else:
            height = max(wanted, need["t"] + need["b"] + LEAST_PLOT_SHARE * wanted)
        area = Box(
            left=need["l"],
            top=need["t"],
            right=max(width_px - need["r"], need["l"] + _LEAST_PLOT_PX),
            bottom=max(height - need["b"], need["t"] + _LEAST_PLOT_PX),
        )
        rulers = _rulers(content, counts, plots, area, width_px, height)
        need = _needs(content, plots, rulers, legend, given, area)
    return Arranged(
        width_px=width_px,
        height_px=height,
        area=area,
        plots=plots,
        counts=counts,
        rulers=rulers,
        legend=legend,
        legend_at=_legend_at(legend, area, width_px, height),
    )


def on_axis(content: Content, name: str) -> list[Trace]:
    """The traces that lie along an axis."""
    return [t for t in content.traces if t.kind != "scatterpolar" and t.axis(name[0]) == name]


def bars_on(content: Content, plot: Plot, counts: Mapping[str, Count]) -> list[bars.Bars]:
    """All bars of a plot."""
    drawn = [t for t in on_axis(content, plot.x) if t.kind == "bar" and t.axis("y") == plot.y]
    mode = str(content.of("barmode", "group"))
    return bars.bars_of(drawn, mode, {"x": counts[plot.x], "y": counts[plot.y]})


def _count(content: Content, name: str) -> Count:
    data = [t.of(name[0], ()) for t in on_axis(content, name)]
    return count_of(name, content.of(name, {}), data)


def _plots(content: Content, xs: list[str], ys: list[str]) -> tuple[Plot, ...]:
    """The pairs of axes that traces use; a pair without one where there is none."""
    pairs = [Plot(x=t.axis("x"), y=t.axis("y")) for t in content.traces if t.kind != "scatterpolar"]
    if not pairs and xs and ys:
        pairs = [Plot(x=x, y=y) for x, y in zip(xs, ys, strict=False)]
    return tuple(dict.fromkeys(pairs))


def _extents(
    content: Content, plots: tuple[Plot, ...], counts: Mapping[str, Count], name: str
) -> list[Extent]:
    letter, count = name[0], counts[name]
    found: list[Extent] = []
    for plot in plots:
        if name in {plot.x, plot.y}:
            found += bars.extents(bars_on(content, plot, counts), letter, count)
    for trace in on_axis(content, name):
        if trace.kind == "scatter":
            found += scatter.extents(trace, letter, count)
        elif trace.kind == "heatmap":
            found += heatmap.extents(trace, letter, count)
    for shape in content.of("shapes", ()):
        if str(shape.get(f"{letter}ref", letter)) == letter + name[5:]:
            ends = [shape.get(f"{letter}0"), shape.get(f"{letter}1")]
            found.append(Extent(count.places(ends)))
    return found


def _spec(content: Content, name: str) -> Mapping[str, Any]:
    """What the figure says of an axis; where bars stand side by side it has no grid unasked, and
    where it has neither data nor a range a line and no numbers.
    """
    traces = [t for t in on_axis(content, name) if t.kind == "bar"]
    given: Mapping[str, Any] = content.of(name, {})
    if content.is_empty and given.get("range") is None:
        bare = {"tickvals": (), "showgrid": False, "zeroline": False}
        return {"showline": True, "linecolor": GRID, **given, **bare}
    if any(bars.position_of(trace) == name[0] for trace in traces):
        return {"showgrid": False, "zeroline": False, **given}
    return given


def _rulers(
    content: Content,
    counts: Mapping[str, Count],
    plots: tuple[Plot, ...],
    area: Box,
    width_px: float,
    height_px: float,
) -> dict[str, Ruler]:
    found = {}
    for name, count in counts.items():
        spec = _spec(content, name)
        low, high = spec.get("domain") or (0.0, 1.0)
        if count.is_x:
            span = area.right - area.left
            ends = area.left + low * span, area.left + high * span
        else:
            span = area.bottom - area.top
            ends = area.bottom - low * span, area.bottom - high * span
        extents = [] if spec.get("range") else _extents(content, plots, counts, name)
        axis = axis_of(count, spec, extents, *ends)
        found[name] = ruler_of(axis, spec, width_px, height_px)
    return found


def _needs(
    content: Content,
    plots: tuple[Plot, ...],
    rulers: Mapping[str, Ruler],
    legend: Legend | None,
    given: Mapping[str, float],
    area: Box,
) -> dict[str, float]:
    """The margins that hold what stands outside the plots; never less than the figure's own,
    but below, where a figure leaves room for a legend as high as a phone needs.
    """
    left, right, top, below = 0.0, 0.0, 0.0, 0.0
    for plot in plots:
        x, y = rulers[plot.x], rulers[plot.y]
        first, last = x.ends_px
        left = max(left, y.depth_px - (x.axis.start_px - area.left), area.left - first)
        right = max(right, last - area.right)
        below = max(below, x.depth_px - (area.bottom - y.axis.start_px))
        below = max(below, y.ends_px[1] - area.bottom)
        top = max(top, area.top - y.ends_px[0])
    need = {
        "l": max(given["l"], left + EDGE_PX),
        "r": max(given["r"], right + EDGE_PX),
        "t": max(given["t"], top + EDGE_PX),
        "b": max(given["b"], below + EDGE_PX),
    }
    if not plots:
        need["b"] = given["t"] if legend else need["b"]
        below = need["b"]
    if legend is None:
        return need
    if legend.side == "above":
        need["t"] = max(need["t"], top + legend.height_px + _LEGEND_GAP_PX)
    elif legend.side == "below":
        need["b"] = below + _LEGEND_GAP_PX + legend.height_px + EDGE_PX
    else:
        need["r"] = max(need["r"], legend.width_px + 2 * _LEGEND_GAP_PX)
    return need


def _legend_at(
    legend: Legend | None, area: Box, width_px: float, height_px: float
) -> tuple[float, float]:
    """Its upper left corner; moved to the left where it has no room from the plot on."""
    if legend is None:
        return 0.0, 0.0
    if legend.side == "right":
        return area.right + _LEGEND_GAP_PX, area.top
    if legend.across == "center":
        left = (width_px - legend.width_px) / 2
    else:
        left = EDGE_PX if legend.of_picture else area.left
    left = max(EDGE_PX, min(left, width_px - EDGE_PX - legend.width_px))
    if legend.side == "above":
        return left, area.top - _LEGEND_GAP_PX / 2 - legend.height_px
    return left, height_px - EDGE_PX - legend.height_px
