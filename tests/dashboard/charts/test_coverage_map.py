"""The coverage map counts every question once, under its own status."""

import pytest

from dashboard.charts import coverage_map
from dashboard.charts.coverage_map import CoverageRow
from dashboard.charts.palette import EVIDENCE_COLOURS
from dashboard.language import use_language

STATUSES = {status: f"<i>{status}</i>" for status in EVIDENCE_COLOURS}
ROWS = [
    CoverageRow(label="Compute", counts={"unknown": 3, "verified": 9}, p0_closed=2, n_p0=6),
    CoverageRow(label="Data", counts={"contradicted": 1, "verified": 0}, p0_closed=0, n_p0=0),
]


def test_bars_are_the_counts_and_a_status_that_nobody_has_is_left_out() -> None:
    figure = coverage_map.figure(ROWS, STATUSES)

    drawn = {bar.name: list(bar.x) for bar in figure.data}
    assert drawn == {
        "&lt;i&gt;unknown&lt;/i&gt;": [3, 0],
        "&lt;i&gt;verified&lt;/i&gt;": [9, 0],
        "&lt;i&gt;contradicted&lt;/i&gt;": [0, 1],
    }
    assert figure.layout.barmode == "stack"
    assert figure.layout.xaxis.range[1] == 12


def test_a_count_is_written_where_it_has_room_and_zero_never() -> None:
    unknown, verified, contradicted = coverage_map.figure(ROWS, STATUSES).data

    assert list(unknown.text) == ["<b>3</b>", ""]
    assert list(verified.text) == ["<b>9</b>", ""]
    assert list(contradicted.text) == ["", "<b>1</b>"]


def test_the_share_of_p0_closed_stands_beside_its_area() -> None:
    notes = [note.text for note in coverage_map.figure(ROWS, STATUSES).layout.annotations]

    assert notes == ["<b>Compute</b>", "P0 closed: 2 of 6", "<b>Data</b>", "no P0 questions"]
    with use_language("zh"):
        assert "2/6" in coverage_map.figure(ROWS, STATUSES).layout.annotations[1].text


def test_areas_without_questions_draw_nothing() -> None:
    empty = CoverageRow(label="x", counts={}, p0_closed=0, n_p0=0)

    figure = coverage_map.figure([empty], STATUSES)

    assert len(figure.data) == 0
    assert figure.layout.annotations[0].text == "<b>x</b>"


@pytest.mark.parametrize(
    ("counts", "closed"), [({"guessed": 1}, 0), ({"unknown": -1}, 0), ({"unknown": 1}, 2)]
)
def test_counts_that_cannot_be_are_our_own_slip(counts: dict[str, int], closed: int) -> None:
    with pytest.raises(AssertionError):
        CoverageRow(label="x", counts=counts, p0_closed=closed, n_p0=1)
