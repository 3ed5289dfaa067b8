"""Signs stand where their data say: on every kind of axis, to the hundredth of a pixel."""

import math
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.report.drawing.picture import to_svg
from tests.dashboard.report.drawing.seen import elements, numbers, words

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=12)


def drawn(*traces: go.Scatter | go.Bar, **layout: object) -> str:
    return to_svg(go.Figure(list(traces)).update_layout(layout), width_px=500)


def dots(svg: str) -> list[tuple[float, float]]:
    return [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in elements(svg, "circle")]


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    """x, y, width and height of every rectangle but the background."""
    return [
        (
            float(r.attrib["x"]),
            float(r.attrib["y"]),
            float(r.attrib["width"]),
            float(r.attrib["height"]),
        )
        for r in elements(svg, "rect")[1:]
    ]


@given(VALUES, VALUES)
def test_points_keep_their_proportions_and_stay_inside(x: list[float], y: list[float]) -> None:
    n = min(len(x), len(y))
    svg = drawn(
        go.Scatter(x=x[:n], y=y[:n], mode="markers"),
        xaxis_range=[-1.1e6, 1.1e6],
        yaxis_range=[1.1e6, -1.1e6],
    )

    found = dots(svg)
    assert len(found) == n
    scale = 500 - 160, 450 - 180  # less Plotly's own margins
    for (cx, cy), at, up in zip(found, x, y, strict=False):
        assert cx == pytest.approx(80 + scale[0] * (at + 1.1e6) / 2.2e6, abs=12)
        assert cy == pytest.approx(100 + scale[1] * (up + 1.1e6) / 2.2e6, abs=12)
    for i, j in pairwise(range(n)):
        assert (found[j][1] - found[i][1]) == pytest.approx(
            (y[j] - y[i]) / 2.2e6 * scale[1], abs=0.02
        )


@given(VALUES)
def test_an_open_axis_holds_every_point_with_room_around_it(x: list[float]) -> None:
    found = dots(drawn(go.Scatter(x=x, y=list(range(len(x))), mode="markers")))

    assert len(found) == len(x)
    assert all(80 < cx < 420.01 and 100 < cy < 370.01 for cx, cy in found)


def test_on_a_log_axis_every_factor_of_ten_is_as_long() -> None:
    axis = {"type": "log", "tickvals": [1, 10, 100], "ticktext": ["one", "ten", "hundred"]}
    svg = drawn(go.Scatter(x=[1, 10, 100, 1000], y=[0, 0, 0, 0], mode="markers"), xaxis=axis)

    steps = [b[0] - a[0] for a, b in pairwise(dots(svg))]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.02)
    ten = next(found for found in words(svg) if found.text == "ten")
    assert (ten.box[0] + ten.box[2]) / 2 == pytest.approx(dots(svg)[1][0], abs=0.02)


def test_what_has_no_logarithm_is_not_drawn_on_a_log_axis() -> None:
    axis = {"type": "log", "tickvals": [1]}
    assert (
        len(dots(drawn(go.Scatter(x=[0, -1, 1, 10], y=[1, 1, 1, 1], mode="markers"), xaxis=axis)))
        == 2
    )


@given(st.lists(st.floats(0.1, 1e9), min_size=1, max_size=8))
def test_lengths_of_bars_are_as_their_values(values: list[float]) -> None:
    names = [f"row {i}" for i in range(len(values))]
    found = boxes(drawn(go.Bar(x=values, y=names, orientation="h")))

    widths = [width for _, _, width, _ in found]
    longest = max(widths)
    assert widths == pytest.approx([longest * v / max(values) for v in values], abs=0.02)
    assert len({x for x, _, _, _ in found}) == 1


def test_stacked_bars_begin_where_the_one_before_ends() -> None:
    svg = drawn(
        *(go.Bar(x=[v], y=["a"], orientation="h", name=str(v)) for v in (3, 1, 2)),
        barmode="stack",
        showlegend=False,
    )

    one, two, three = boxes(svg)
    assert one[0] + one[2] == pytest.approx(two[0], abs=0.02)
    assert two[0] + two[2] == pytest.approx(three[0], abs=0.02)
    assert one[2] == pytest.approx(3 * two[2], abs=0.05)


def test_a_bar_with_a_base_begins_there_and_ends_at_the_edge_of_the_plot() -> None:
    svg = drawn(go.Bar(x=[5, 100], y=["a", "b"], base=[5, 0], orientation="h"), xaxis_range=[0, 20])

    (a, b) = boxes(svg)
    assert (a[0] - b[0], a[2]) == pytest.approx((b[2] / 4, b[2] / 4), abs=0.02)


def test_on_a_reversed_axis_the_first_row_is_on_top() -> None:
    bar = go.Bar(x=[1, 2], y=["a", "b"], orientation="h")
    usual, turned = boxes(drawn(bar)), boxes(drawn(bar, yaxis_autorange="reversed"))

    assert usual[0][1] > usual[1][1]
    assert turned[0][1] < turned[1][1]


def test_a_line_breaks_where_a_point_is_missing() -> None:
    gaps = [1, 2, None, 4, math.nan, 6, math.inf, 7, 8]
    svg = drawn(go.Scatter(x=list(range(9)), y=gaps, mode="lines", line_color="#123456"))

    (line,) = [p for p in elements(svg, "path") if p.attrib.get("stroke") == "#123456"]
    assert line.attrib["d"].count("M") == 2  # a point alone has no line
    assert "nan" not in svg
    assert "inf" not in svg.replace("info", "")


def test_error_bars_reach_from_end_to_end() -> None:
    error = {"type": "data", "array": [2], "arrayminus": [1], "width": 0, "color": "#654321"}
    svg = drawn(
        go.Scatter(x=[5], y=[5], error_x=error, mode="markers"),
        xaxis_range=[0, 10],
        yaxis_range=[0, 10],
    )

    (bar,) = [p for p in elements(svg, "path") if p.attrib.get("stroke") == "#654321"]
    x0, y0, x1, y1 = numbers(bar.attrib["d"])
    ((cx, cy),) = dots(svg)
    assert y0 == y1 == cy
    assert (x1 - cx) == pytest.approx(2 * (cx - x0), abs=0.02)


def test_a_line_across_stands_at_its_value() -> None:
    figure = go.Figure(go.Scatter(x=[0, 10], y=[0, 10], mode="markers"))
    figure.add_hline(y=5, line={"color": "#abcdef", "width": 1})
    svg = to_svg(figure, width_px=500)

    (line,) = [p for p in elements(svg, "path") if p.attrib.get("stroke") == "#abcdef"]
    (_, low), (_, high) = dots(svg)
    assert numbers(line.attrib["d"])[1] == pytest.approx((low + high) / 2, abs=0.02)


def test_a_marker_outside_the_range_is_not_drawn() -> None:
    svg = drawn(go.Scatter(x=[0, 5, 50], y=[1, 1, 1], mode="markers"), xaxis_range=[0, 10])

    assert len(dots(svg)) == 2


def test_a_trace_that_is_not_visible_is_not_drawn() -> None:
    assert not dots(drawn(go.Scatter(x=[1], y=[1], mode="markers", visible=False)))


def test_fields_of_a_heat_map_fill_their_columns_in_the_colours_of_the_scale() -> None:
    svg = drawn(
        go.Heatmap(
            x=[0, 1, 3],
            y=["a", "b"],
            z=[[0, 1], [None, 0.5]],
            colorscale=[[0, "#000000"], [1, "#ffffff"]],
            showscale=False,
        )
    )

    one, two, three = boxes(svg)
    assert two[2] == pytest.approx(2 * one[2], abs=0.02)
    assert three[0] == two[0]
    fills = [r.attrib["fill"] for r in elements(svg, "rect")[1:]]
    assert fills == ["#000000", "#ffffff", "#808080"]


def test_around_a_circle_points_lie_at_their_angle_and_distance() -> None:
    polar = {
        "angularaxis": {
            "direction": "clockwise",
            "rotation": 90,
            "tickvals": [0, 90, 180],
            "ticktext": ["up", "right", "down"],
        },
        "radialaxis": {"range": [0, 100], "tickvals": [50, 100]},
    }
    marker = {"symbol": "square", "color": "#010203"}
    svg = drawn(
        go.Scatterpolar(r=[0, 50, 100], theta=[0, 90, 180], mode="markers", marker=marker),
        polar=polar,
    )

    rings = elements(svg, "circle")
    cx, cy, radius = (max(float(r.attrib[k]) for r in rings) for k in ("cx", "cy", "r"))
    found = [(x + w / 2, y + h / 2) for x, y, w, h in boxes(svg)]
    expected = [(cx, cy), (cx + radius / 2, cy), (cx, cy + radius)]
    assert np.array(found) == pytest.approx(np.array(expected), abs=0.02)
