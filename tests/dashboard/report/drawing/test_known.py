"""What cannot be drawn is said by name; what is for the pointer alone is passed over."""

from datetime import date

import plotly.graph_objects as go
import pytest

from dashboard.report.drawing.known import NotDrawn
from dashboard.report.drawing.picture import to_svg

POINT = {"x": [1, 2], "y": [3, 4]}


@pytest.mark.parametrize(
    ("figure", "names"),
    [
        (go.Figure(go.Pie(values=[1])), "pie"),
        (go.Figure(go.Scatter(**POINT, stackgroup="a")), "scatter.stackgroup"),
        (go.Figure(go.Scatter(**POINT, fill="tonexty")), "scatter.fill 'tonexty'"),
        (go.Figure(go.Scatter(**POINT, visible="legendonly")), "legendonly"),
        (go.Figure(go.Scatter(**POINT, line_shape="spline")), "scatter.line.shape"),
        (go.Figure(go.Scatter(**POINT, marker_symbol="star", mode="markers")), "star"),
        (go.Figure(go.Scatter(**POINT, line_dash="1px")), "dash"),
        (go.Figure(go.Scatter(**POINT, line_color="teal")), "teal"),
        (go.Figure(go.Scatter(y=[1, 2])), "both x and y"),
        (go.Figure(go.Scatter(x=[date(2026, 1, 1)], y=[1])), "dates"),
        (go.Figure(go.Scatter(x=["2026-01-01"], y=[1])), "dates"),
        (go.Figure(go.Bar(**POINT, textposition="outside")), "bar.textposition"),
        (go.Figure([go.Bar(**POINT), go.Bar(**POINT)], {"barmode": "group"}), "side by side"),
        (go.Figure(go.Heatmap(z=[[1]])), "colorscale"),
        (
            go.Figure(go.Heatmap(z=[[1]], colorscale=[[0, "#000000"]], showscale=True)),
            "heatmap.showscale",
        ),
        (go.Figure(go.Scatter(**POINT), {"title": {"text": "x"}}), "layout.title.text"),
        (go.Figure(go.Scatter(**POINT), {"xaxis": {"type": "date"}}), "layout.xaxis.type"),
        (go.Figure(go.Scatter(**POINT), {"xaxis": {"tickprefix": "$"}}), "xaxis.tickprefix"),
        (go.Figure(go.Scatter(**POINT), {"xaxis": {"type": "log"}}), "tickvals"),
        (go.Figure(go.Scatter(**POINT), {"yaxis": {"range": [0, None]}}), "layout.yaxis.range"),
        (go.Figure(go.Scatter(**POINT), {"shapes": [{"type": "circle"}]}), "layout.shapes.type"),
        (
            go.Figure(go.Scatter(**POINT), {"annotations": [{"text": "a", "x": 1, "y": 1}]}),
            "arrow",
        ),
        (
            go.Figure(go.Scatter(**POINT, showlegend=True), {"legend": {"x": 0.5, "y": 0.5}}),
            "legend",
        ),
    ],
)
def test_what_would_be_left_out_raises_and_is_named(figure: go.Figure, names: str) -> None:
    with pytest.raises(NotDrawn, match=names):
        to_svg(figure, width_px=450)


def test_what_only_the_pointer_meets_is_passed_over() -> None:
    trace = go.Scatter(
        **POINT, hovertext=["a", "b"], hoverinfo="text", customdata=[1, 2], hoverlabel_bgcolor="red"
    )
    figure = go.Figure(trace, {"hovermode": "x", "dragmode": False, "xaxis": {"fixedrange": True}})

    assert to_svg(figure, width_px=450) == to_svg(go.Figure(go.Scatter(**POINT)), width_px=450)


def test_the_template_of_the_screen_changes_nothing() -> None:
    plain, dark = go.Figure(go.Scatter(**POINT)), go.Figure(go.Scatter(**POINT))
    dark.update_layout(template="plotly_dark")

    assert to_svg(plain, width_px=450) == to_svg(dark, width_px=450)


def test_a_picture_too_narrow_for_a_chart_is_refused() -> None:
    with pytest.raises(ValueError, match="px wide"):
        to_svg(go.Figure(), width_px=50)
