"""The parts of a workbook: clean texts, widths, ways to an input, fields by their path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import deal as deals
from dashboard.report.workbook import entries
from dashboard.report.workbook.cells import MOST_CHARACTERS, clean, n_lines, number_format, plain
from dashboard.report.workbook.inputs.derived import leads_back, way_to
from dashboard.report.workbook.risk import marks
from tests.dashboard.report.workbook.office import sample_case

SAMPLE = "example-startup"


@given(st.text(max_size=200))
def test_a_clean_text_is_clean_already(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert "\r" not in once


@pytest.mark.parametrize("character", ["x", "数", "🚀"])
def test_a_text_is_cut_where_excel_would_cut(character: str) -> None:
    cut = clean(character * 40_000)
    units = len(cut.encode("utf-16-le")) // 2
    assert MOST_CHARACTERS - 2 <= units <= MOST_CHARACTERS


def test_control_characters_and_halves_of_pairs_go() -> None:
    assert clean("a\x00b\x0bc\ud800d\uffffe\tf\ng") == "abcde\tf\ng"


def test_chinese_takes_twice_the_room() -> None:
    assert n_lines("数" * 20, 20) == n_lines("x" * 40, 20)


def test_numbers_are_shown_by_their_unit() -> None:
    assert number_format("fraction", 0.4) == "0.0%"
    assert number_format("usd", 1.5e6) == "#,##0"
    assert number_format("usd", 0.12) == "#,##0.00"
    assert number_format("token", 2e12) == "0.000E+00"


def test_an_infinite_number_never_reaches_a_cell() -> None:
    with pytest.raises(AssertionError):
        plain(float("inf"))


def test_a_way_holds_only_where_it_gives_the_input() -> None:
    values = {"people_usd_per_month": 20e3, "headcount": 4.0, "loaded_usd_per_person_year": 60e3}
    stated = {"headcount", "loaded_usd_per_person_year"}
    found = way_to("people_usd_per_month", values, stated=stated, taken={})
    assert found == "=headcount*loaded_usd_per_person_year/12"
    other = {**values, "people_usd_per_month": 21e3}
    assert way_to("people_usd_per_month", other, stated=stated, taken={}) is None
    assert way_to("people_usd_per_month", values, stated={"headcount"}, taken={}) is None


def test_a_formula_that_leads_back_to_its_input_is_found() -> None:
    taken = {"b": "=c+1", "ab": "=cd*2", "cd": "=ef"}
    assert leads_back("ef", "ab/12", taken)
    assert not leads_back("gh", "ab/12", taken)


def test_a_question_goes_through_the_steps_of_the_assessment() -> None:
    case = sample_case(SAMPLE)
    found = marks.marks_of(case.deal, case.assessment, tuple(case.checks))
    assert [one.question.id for one in found] == list(case.assessment.graded)
    items = {item.question: item for item in case.assessment.scores.items}
    for one in found:
        if one.is_counted:
            item = items[one.question.id]
            assert one.weighed.expected == item.expected
            assert one.stake == item.stake


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "Example startup"),
        ("company.stage", "series_a"),
        ("finance.cash_usd", 4.2e6),
        ("plan.tokens", 2e12),
        ("profile.cn_market", True),
    ],
)
def test_a_field_is_shown_as_the_deal_has_it(path: str, value: object) -> None:
    assert entries.shown_at(deals.sample(SAMPLE), path).value == value
    assert entries.is_path(path)
    assert entries.is_known(path)


def test_a_stated_range_is_shown_by_its_middle() -> None:
    shown = entries.shown_at(deals.sample(SAMPLE), "plan.cluster.usd_per_gpu_hour")
    assert shown.value == pytest.approx((1.7 * 2.6) ** 0.5)
