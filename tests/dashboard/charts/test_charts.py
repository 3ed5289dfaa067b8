"""A chart shows the numbers it was given, at the places where they belong."""

import math

import pytest

from costmodel.claims import VERDICTS
from costmodel.uncertainty import Percentiles
from dashboard.charts import bars, course, ranges, ratio, waterfall
from dashboard.charts.bars import Bar
from dashboard.charts.course import Course
from dashboard.charts.palette import VERDICT_COLOURS
from dashboard.charts.ranges import RangeRow
from dashboard.charts.ratio import RatioRow
from dashboard.language import use_language

HOURS = RangeRow(
    label="GPU-hours", spread=Percentiles(2e6, 4e6, 9e6), unit="gpu_hour", stated=2.788e6
)


def test_a_strip_spans_the_90_percent_range_with_the_median_and_the_claim_inside() -> None:
    figure = ranges.figure([HOURS])

    bar, median, stated = figure.data
    assert list(bar.x) == [2e6, 9e6]
    assert list(median.x) == [4e6]
    assert list(stated.x) == [2.788e6]
    low, high = figure.layout.xaxis.range
    assert low < math.log10(2e6) < math.log10(9e6) < high


def test_a_claim_far_outside_the_range_is_still_on_the_axis() -> None:
    row = RangeRow(label="Days", spread=Percentiles(40, 60, 90), unit="day", stated=2.0)

    low, high = ranges.figure([row]).layout.xaxis.range

    assert low < math.log10(2.0)
    assert high > math.log10(90)


def test_an_outcome_without_spread_still_has_an_axis() -> None:
    row = RangeRow(label="Days", spread=Percentiles(60, 60, 60), unit="day")

    low, high = ranges.figure([row]).layout.xaxis.range

    assert low < math.log10(60) < high


def test_every_axis_has_round_ticks_in_its_unit() -> None:
    axis = ranges.figure([HOURS]).layout.xaxis

    assert 1 <= len(axis.tickvals) <= 5
    for tick, text in zip(axis.tickvals, axis.ticktext, strict=True):
        assert float(f"{tick:.1e}") == pytest.approx(tick)
        assert "GPU-hour" in text


def test_a_claim_equal_to_the_median_stands_at_one() -> None:
    row = RatioRow(
        label="Cost",
        stated=4e6,
        computed=Percentiles(2e6, 4e6, 8e6),
        unit="usd",
        verdict="consistent",
    )

    span, dot = ratio.figure([row]).data

    assert list(span.x) == [0.5, 2.0]
    assert list(dot.x) == [1.0]
    assert dot.marker.color == VERDICT_COLOURS["consistent"]


def test_every_verdict_has_a_colour_of_its_own() -> None:
    assert set(VERDICT_COLOURS) == set(VERDICTS)
    assert len(set(VERDICT_COLOURS.values())) == len(VERDICTS)


@pytest.mark.parametrize("most", [0.912, 1.0, 3.7, 16.6e6, 4.14e9, 9.99])
def test_bar_ticks_are_few_round_and_within_the_longest_bar(most: float) -> None:
    ticks = bars.figure([Bar(label="x", value=most)], "usd").layout.xaxis.tickvals

    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 6
    assert max(ticks) <= most * 1.0001


def test_whiskers_reach_the_ends_of_the_range() -> None:
    spread = Percentiles(1e6, 3e6, 8e6)
    figure = bars.figure([Bar(label="x", value=3e6, spread=spread)], "usd")

    assert list(figure.data[0].error_x.array) == [5e6]
    assert list(figure.data[0].error_x.arrayminus) == [2e6]


def test_words_of_a_chart_follow_the_language() -> None:
    with use_language("zh"):
        figure = ranges.figure([HOURS])

    assert "万" in figure.layout.annotations[0].text
    assert figure.data[0].name == "90% 区间"


def test_a_waterfall_starts_each_line_where_the_medians_before_it_end() -> None:
    lines = [
        Bar(label=name, value=p50, spread=Percentiles(p50 / 2, p50, p50 * 2))
        for name, p50 in (("a", 3e6), ("b", 1e6), ("c", 2e6))
    ]
    total = Bar(label="all", value=7e6, spread=Percentiles(5e6, 7e6, 9e6))

    (bar,) = waterfall.figure(lines, total, "usd").data

    assert list(bar.base) == [0, 3e6, 4e6, 0]
    assert list(bar.x) == [3e6, 1e6, 2e6, 7e6]
    assert list(bar.error_x.array) == [3e6, 1e6, 2e6, 2e6]
    assert list(bar.error_x.arrayminus) == [1.5e6, 0.5e6, 1e6, 2e6]


def test_a_course_has_its_median_inside_its_band_and_both_inside_the_axis() -> None:
    spreads = [Percentiles(0, 0, 0), Percentiles(1, 2, 4), Percentiles(2, 4, 8)]
    figure = course.figure(
        [Course(label="x", times=[0, 1, 2], spreads=spreads)], "usd", time_label="months"
    )

    band, median = figure.data
    assert list(band.x) == [0, 1, 2, 2, 1, 0]
    assert list(band.y) == [0, 4, 8, 2, 1, 0]
    assert list(median.y) == [0, 2, 4]
    assert figure.layout.yaxis.range[1] > 8
    assert list(figure.layout.xaxis.range) == [0, 2]


@pytest.mark.parametrize(("at", "anchor"), [(1, "left"), (9, "right")])
def test_the_name_of_a_mark_stays_inside_the_chart(at: float, anchor: str) -> None:
    line = Course(label="x", times=[0, 10], spreads=[Percentiles(1, 1, 1)] * 2)
    figure = course.figure([line], "usd", time_label="months", mark=(at, "here"))

    (named,) = figure.layout.annotations
    assert (named.text, named.xanchor) == ("here", anchor)
    assert [trace.fill for trace in figure.data] == [None]  # no doubt, no band
