"""Fan, tornado, break-even map and split: they show the numbers that they are given."""

import numpy as np
import pytest

from costmodel.uncertainty import Percentiles
from dashboard.charts import break_even, fan, split, tornado
from dashboard.charts.break_even import Place
from dashboard.charts.fan import Fan
from dashboard.charts.split import SplitLine
from dashboard.charts.tornado import TornadoBar
from dashboard.language import use_language


def test_the_fan_is_the_median_in_two_bands_with_the_proof() -> None:
    rng = np.random.default_rng(0)
    draws = 40e6 - np.cumsum(rng.uniform(1e6, 3e6, (500, 37)), axis=1)
    figure = fan.figure([Fan(label="x", draws=draws)], "usd", proof=Percentiles(9, 12, 16))
    line = figure.data[-1]
    assert line.y == pytest.approx(np.median(draws, axis=0))
    assert len(figure.data) == 3
    shapes = figure.layout.shapes
    assert any(s.type == "rect" and (s.x0, s.x1) == (9, 16) for s in shapes)
    low, high = figure.layout.yaxis.range
    assert low < 0 < high
    assert 0.0 in figure.layout.yaxis.tickvals


def test_a_certain_fan_has_no_band_and_several_have_a_legend() -> None:
    one = np.linspace(10e6, 1e6, 13)[None, :]
    figure = fan.figure([Fan(label="a", draws=one)], "usd")
    assert len(figure.data) == 1
    figure = fan.figure([Fan(label="a", draws=one), Fan(label="b", draws=one / 2)], "usd")
    assert figure.layout.showlegend


def test_bars_go_from_the_middle_to_both_ends() -> None:
    bars = [TornadoBar(label="<b>x", low="1", high="2", at_low=5.0, at_high=12.0)]
    figure = tornado.figure(bars, 10.0, "month")
    assert [float(trace.base + trace.x[0]) for trace in figure.data] == [5.0, 12.0]
    assert "<b>x" not in figure.layout.yaxis.ticktext[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_map_has_its_line_and_both_places(lang: str) -> None:
    with use_language(lang):
        figure = break_even.figure(
            np.geomspace(1e9, 1e12, 20),
            np.geomspace(0.5, 5, 20),
            np.where(np.geomspace(0.5, 5, 20) > 1, 1e11, np.inf),
            (
                Place(label="now", tokens=1e10, price=2.0),
                Place(label="later", tokens=1e11, price=1.0),
            ),
        )
    assert len(figure.data) == 3
    assert len(figure.layout.xaxis.tickvals) >= 3


def test_a_price_that_never_carries_its_cost_leaves_the_line_out() -> None:
    place = Place(label="now", tokens=1e10, price=2.0)
    figure = break_even.figure(
        np.geomspace(1e9, 1e12, 5), np.geomspace(0.5, 5, 5), np.full(5, np.inf), (place, place)
    )
    assert len(figure.data[0].x) == 0


def test_the_split_marks_the_plan() -> None:
    line = SplitLine(label="runway", values=[10.0, 12.0, 14.0], colour="#2f7fb8")
    figure = split.figure([0.2, 0.5, 0.8], [line], planned=0.6)
    assert figure.data[0].y == (10.0, 12.0, 14.0)
    assert figure.layout.shapes[0].x0 == 0.6
