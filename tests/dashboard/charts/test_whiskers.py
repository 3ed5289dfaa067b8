"""Dots and whiskers, and the radar, stand where the scores are; a missing one is not drawn."""

import html
from collections.abc import Iterable

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts import radar, whiskers
from dashboard.charts.labels import width
from dashboard.charts.whiskers import Reach, ScoreRow
from dashboard.language import use_language

OVERALL = ScoreRow(
    label="Overall",
    reach=Reach(low=36.5, expected=53.7, high=86.5, band=(45, 66)),
    known=100,
    stage=50,
)
DATA = ScoreRow(label="Data", reach=Reach(low=12, expected=37, high=90), known=None, stage=40)
MISSING = ScoreRow(label="Technology", reach=None)
NASTY = ScoreRow(label="<b>x</b><br>&amp; %{x} " + "long" * 50, reach=DATA.reach)
REACHES = st.lists(st.floats(0, 100), min_size=3, max_size=3).map(
    lambda v: Reach(low=min(v), expected=sorted(v)[1], high=max(v))
)


def test_every_mark_stands_at_its_value_in_its_row() -> None:
    bounds, band, known, expected, stage = whiskers.figure(OVERALL, [DATA]).data

    assert list(bounds.x) == [36.5, 86.5, None, 12, 90, None]
    assert list(band.x) == [45, 66, None]
    assert list(known.x) == [100]
    assert list(expected.x) == [53.7, 37]
    assert list(stage.x) == [50, 40]
    first, second = expected.y
    assert list(bounds.y) == [first, first, None, second, second, None]
    assert list(known.y) == list(band.y)[:1] == [first]
    assert first > second  # the overall score on top


def test_without_marks_their_kind_is_not_in_the_legend() -> None:
    names = [trace.name for trace in whiskers.figure(DATA, []).data]

    assert names == ["outer bounds", "expected", "expected at this stage"]


def test_a_missing_score_keeps_its_row_and_is_no_zero() -> None:
    figure = whiskers.figure(OVERALL, [MISSING, DATA])

    expected = figure.data[3]
    assert list(expected.x) == [53.7, 37]
    assert expected.y[0] - expected.y[1] == pytest.approx(2)
    assert [a.text for a in figure.layout.annotations] == [
        "<b>Overall</b>  53.7 (36.5 – 86.5)",
        "<b>Technology</b>  –",
        "<b>Data</b>  37 (12 – 90)",
    ]


def test_an_expected_score_outside_its_band_is_drawn_where_it_is() -> None:
    row = ScoreRow(label="x", reach=Reach(low=0, expected=25, high=100, band=(28, 58)))

    _, band, expected = whiskers.figure(row, []).data

    assert list(expected.x) == [25]
    assert list(band.x)[:2] == [28, 58]


@pytest.mark.parametrize(
    "ends", [(-1, 5, 9), (0, 5, 101), (6, 5, 9), (0, 10, 9), (float("nan"), 5, 9)]
)
def test_a_score_outside_its_bounds_is_our_own_slip(ends: tuple[float, float, float]) -> None:
    with pytest.raises(AssertionError):
        Reach(low=ends[0], expected=ends[1], high=ends[2])


@given(st.lists(st.one_of(st.none(), REACHES), min_size=3, max_size=8))
def test_a_radar_draws_each_score_inside_its_band(reaches: list[Reach | None]) -> None:
    areas = [ScoreRow(label=f"area {i}", reach=reach) for i, reach in enumerate(reaches)]

    figure = radar.figure(areas)

    band, spokes, expected = figure.data
    values = [None if reach is None else reach.expected for reach in reaches]
    assert list(expected.r) == [*values, values[0]]
    assert expected.connectgaps is False
    held = [reach for reach in reaches if reach is not None]
    assert list(spokes.r) == [x for reach in held for x in (reach.low, reach.high, None)]
    n = len(reaches)
    pairs = [(reaches[i], reaches[(i + 1) % n]) for i in range(n)]
    assert list(band.r) == [
        x
        for a, b in pairs
        if a is not None and b is not None
        for x in (a.low, a.high, b.high, b.low, a.low, None)
    ]


def test_a_radar_has_every_area_and_the_ring_of_the_stage() -> None:
    figure = radar.figure([OVERALL, DATA, MISSING])

    axis = figure.layout.polar.angularaxis
    assert list(axis.ticktext) == [
        "Overall<br><b>53.7</b>",
        "Data<br><b>37</b>",
        "Technology<br><b>–</b>",
    ]
    assert list(axis.tickvals) == [0, 120, 240]
    assert list(figure.data[3].r) == [50, 40, None, 50]
    assert figure.layout.polar.bgcolor == "rgba(0,0,0,0)"  # the page shows through


def test_a_radar_of_two_areas_is_our_own_slip() -> None:
    with pytest.raises(AssertionError):
        radar.figure([OVERALL, DATA])


@pytest.mark.parametrize(
    "figure", [whiskers.figure(NASTY, [NASTY]), radar.figure([NASTY, NASTY, DATA])]
)
def test_a_name_with_markup_is_inert_and_leaves_room_for_the_chart(figure: go.Figure) -> None:
    for text in _texts(figure):
        plain = text.replace("<b>", "").replace("</b>", "").replace("<br>", "\n")
        assert "<" not in plain
        for line in plain.split("\n"):
            assert width(html.unescape(line)) <= 64


@pytest.mark.parametrize("n", [2, 6])
def test_rows_of_one_name_stay_rows_of_their_own(n: int) -> None:
    expected = whiskers.figure(OVERALL, [DATA] * n).data[3]

    assert len(set(expected.y)) == n + 1


def test_words_follow_the_language() -> None:
    with use_language("zh"):
        names = [trace.name for trace in whiskers.figure(OVERALL, [DATA]).data]
        assert "预期" in radar.figure([DATA] * 3).data[2].name

    assert names[0] == "上下界"


def _texts(figure: go.Figure) -> Iterable[str]:
    """What is written in the figure; the full name in a hover of its own is not cut."""
    yield from (note.text for note in figure.layout.annotations)
    yield from figure.layout.polar.angularaxis.ticktext or ()
    for trace in figure.data:
        yield from trace.hovertext or ()
