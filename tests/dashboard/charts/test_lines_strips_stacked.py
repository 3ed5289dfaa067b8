"""Stacked parts, lines with bands and strips of ratios show what they were given."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.uncertainty import Percentiles
from dashboard.charts import lines, stacked, strips
from dashboard.charts.lines import Axis, Line, Mark
from dashboard.charts.palette import LAW_COLOURS, MEMORY_COLOURS
from dashboard.charts.stacked import Part
from dashboard.charts.strips import Dot
from dashboard.language import use_language

PARTS = [
    Part(label="weights", value=60e9, colour="#000001"),
    Part(label="cache", value=15e9, colour="#000002", spread=Percentiles(10e9, 15e9, 20e9)),
    Part(label="free", value=5e9, colour="#000003"),
]
X = np.geomspace(1e9, 1e12, 7)
LINE = Line(label="law", x=X, y=np.linspace(0, 0.3, 7), colour="#123456")
SIZE, LOSS = Axis(title="parameters", unit="parameter"), Axis(title="loss", unit="nat_per_token")


def test_parts_fill_the_bar_and_say_their_amounts() -> None:
    figure = stacked.figure(PARTS, "bytes")

    assert [bar.x[0] for bar in figure.data] == pytest.approx([0.75, 0.1875, 0.0625])
    assert [bar.name for bar in figure.data] == ["weights 60 GB", "cache 15 GB", "free 5 GB"]
    assert figure.data[2].text[0] == ""  # too narrow for a figure
    assert "10 – 20 GB" in figure.data[1].hovertext[0]


def test_every_part_of_the_memory_and_every_law_has_a_colour_of_its_own() -> None:
    assert len(set(MEMORY_COLOURS.values())) == len(MEMORY_COLOURS) == 4
    assert len(set(LAW_COLOURS)) == len(LAW_COLOURS)


def test_a_line_with_a_range_has_a_band_behind_it() -> None:
    banded = Line(label="b", x=X, y=LINE.y, low=LINE.y - 0.01, high=LINE.y + 0.2, colour="#654321")

    plain, band, line = lines.figure([LINE, banded], x=SIZE, y=LOSS).data

    assert plain.line.dash != line.line.dash
    assert list(line.y) == list(banded.y)
    assert max(band.y) == pytest.approx(0.5)
    assert band.fill == "toself"
    assert lines.figure([banded], x=SIZE, y=LOSS).layout.yaxis.range[1] > 0.5


def test_a_mark_stands_at_its_value_with_its_word() -> None:
    figure = lines.figure([LINE], x=SIZE, y=LOSS, marks=[Mark(x=1e10, label="the plan")])

    assert figure.layout.shapes[0].x0 == 1e10
    assert figure.layout.annotations[0].x == pytest.approx(10)
    assert figure.layout.annotations[0].text == "the plan"


@given(st.floats(-12, 18), st.floats(0.05, 14))
def test_ticks_are_few_and_inside_the_axis(low: float, width: float) -> None:
    ends = 10**low, 10 ** (low + width)
    ticks = lines.decades(*ends)

    assert 1 <= len(ticks) <= 7
    assert all(ends[0] * 0.998 <= tick <= ends[1] * 1.002 for tick in ticks)


def test_dots_are_hollow_outside_the_range_and_diamonds_where_nobody_looked() -> None:
    dots = [
        Dot(group="A", ratio=1.1, inside=True, blind=False, hover="a"),
        Dot(group="A", ratio=3.0, inside=False, blind=False, hover="b"),
        Dot(group="B", ratio=0.6, inside=False, blind=True, hover="c"),
    ]

    figure = strips.figure(dots, title="ratio")

    marks = {trace.hovertext[0]: trace.marker.symbol for trace in figure.data}
    assert marks == {"a": "circle", "b": "circle-open", "c": "diamond-open"}
    low, high = figure.layout.xaxis.range
    assert low < math.log10(0.6) < math.log10(3.0) < high
    assert list(figure.layout.yaxis.categoryarray) == ["B", "A"]


def test_words_of_the_strips_follow_the_language() -> None:
    with use_language("zh"):
        dot = Dot(group="A", ratio=1.0, inside=True, blind=False, hover="")
        figure = strips.figure([dot], title="")

    assert "区间" in figure.data[0].name
