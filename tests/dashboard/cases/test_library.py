"""The case library ships whole, and a wrong cell is refused with its line."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest

from costmodel import facts
from costmodel.facts import FactError
from dashboard.cases import library
from dashboard.cases.library import CLOSED, COLUMNS, chosen, find

GOOD = {
    "id": "a-company",
    "kind": "company",
    "name": "A company",
    "country": "US",
    "founded": "2019",
    "stage": "growth",
    "sector": "general",
    "trains_from_scratch": "yes",
    "claimed_en": "Claimed.",
    "claimed_zh": "说法。",
    "outcome": "fail",
    "basis": "event",
    "outcome_date": "2024-06",
    "outcome_en": "Ended.",
    "outcome_zh": "终止。",
    "lesson_en": "Ask.",
    "lesson_zh": "要问。",
    "evidence": "reported",
    "sources": "opt-chronicles",
    "locator": "page 1",
}


def written(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "cases.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


# --- what ships -----------------------------------------------------------------------------


def test_there_are_cases_of_every_kind_and_of_every_end_but_the_outlier() -> None:
    cases = library.cases()
    assert len(cases) >= 40
    assert len(chosen(cases, kind="run")) >= 8
    assert {case.outcome for case in cases if case.closed} == set(CLOSED) - {"outlier"}


def test_both_languages_say_the_same_numbers_in_kind() -> None:
    """A text is Chinese in Chinese, English in English, and says as many years in both."""
    for case in library.cases():
        for text in (case.claimed, case.happened, case.lesson):
            assert not re.search("[一-鿿]", text.en), case.id
            assert re.search("[一-鿿]", text.zh), case.id
            years = [re.findall(r"(?<!\d)20[12]\d(?!\d)", each) for each in (text.en, text.zh)]
            assert sorted(years[0]) == sorted(years[1]), (case.id, years)


def test_a_case_from_memory_says_where_it_is_to_be_confirmed() -> None:
    recalled = [case for case in library.cases() if case.recalled]
    assert recalled
    for case in recalled:
        assert "to be confirmed at: " in case.locator, case.id
        assert any(source.id == "project-recall" for source in case.sources), case.id


def test_figures_of_a_run_are_those_of_the_published_runs() -> None:
    """DeepSeek-V3 technical report, table 1: 14.8T tokens and 2.788M H800-hours."""
    case = find("run-deepseek-v3")
    assert case is not None
    assert case.run is not None
    assert (case.run.params, case.run.tokens, case.run.gpu_hours) == (671e9, 14.8e12, 2.788e6)
    assert "gpu_hours_reported" not in case.run.recalled


def test_sums_that_can_be_checked_against_each_other_agree() -> None:
    """Stability: $99M over $11M is nine times; Paige: a third; MosaicML: six and twenty times."""
    mosaic, paige = find("mosaicml"), find("paige")
    assert mosaic is not None
    assert paige is not None
    assert mosaic.valuation_usd is not None
    assert mosaic.raised_usd is not None
    assert 1.3e9 / mosaic.valuation_usd == pytest.approx(6, abs=0.2)
    assert 1.3e9 / mosaic.raised_usd == pytest.approx(20, abs=0.5)
    assert paige.raised_usd is not None
    assert 81.25e6 / paige.raised_usd == pytest.approx(1 / 3, abs=0.01)
    assert round(99 / 11) == 9


def test_the_run_of_a_company_is_its_own() -> None:
    for case in library.cases():
        assert case.kind == "company" or case.run is not None


# --- filters --------------------------------------------------------------------------------


def test_filters_narrow_and_empty_ones_do_not() -> None:
    every = library.cases()
    assert chosen(every) == every
    failed = chosen(every, outcome="fail")
    assert failed
    assert all(case.outcome == "fail" for case in failed)
    assert [case.id for case in chosen(every, holding="月之暗面")] == ["moonshot"]
    assert not chosen(every, kind="run", outcome="fail")
    assert {case.sector for case in chosen(every, sector="health")} == {"health"}


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": ""}, "cases.csv:2: id is empty"),
        ({"id": "A b"}, "cases.csv:2: id 'A b' cannot be"),
        ({"lesson_zh": " "}, "cases.csv:2: lesson_zh is empty"),
        ({"country": "USA"}, "two capital letters"),
        ({"kind": "firm"}, "kind 'firm' is not known"),
        ({"stage": "growht"}, "near it: growth"),
        ({"sector": "halth"}, "near it: health"),
        ({"trains_from_scratch": "maybe"}, "write one of yes, no, nothing"),
        ({"founded": "19"}, "founded '19' is not a year"),
        ({"raised_usd": "much"}, "'much' is not a number"),
        ({"raised_usd": "nan"}, "not finite"),
        ({"raised_usd": "-1"}, "below zero"),
        ({"outcome": "acqui-hire"}, "near it: acquihire"),
        ({"outcome": ""}, "outcome '' is not known"),
        ({"outcome_date": ""}, "outcome_date '' cannot be"),
        ({"outcome_date": "June 2024"}, "write it as 2024-06"),
        ({"basis": ""}, "basis '' is not known"),
        ({"outcome": "open", "basis": ""}, "an open case has no outcome_date"),
        ({"outcome": "open", "outcome_date": ""}, "basis is for a closed case"),
        ({"run": "deepseek-v33"}, "near it: .*deepseek-v3"),
        ({"kind": "run"}, "a run needs its row|a run has no outcome"),
        ({"kind": "run", "run": "opt-175b"}, "a run has no outcome class"),
        ({"evidence": "sure"}, "is not a grade"),
        ({"evidence": "recall"}, "go together"),
        ({"recall_columns": "founded"}, "to be confirmed at"),
        (
            {"recall_columns": "founded", "locator": "to be confirmed at: its pages"},
            "project-recall is a source",
        ),
        ({"sources": "nowhere"}, "source 'nowhere' is not in sources.csv"),
        ({"sources": "project-recall"}, "project-recall is a source"),
        (
            {
                "recall_columns": "founder",
                "locator": "to be confirmed at: its pages",
                "sources": "project-recall",
            },
            "near it: founded",
        ),
    ],
)
def test_a_wrong_cell_is_refused_with_file_and_line(
    tmp_path: Path, change: dict[str, str], says: str
) -> None:
    assert library.read(written(tmp_path, GOOD))
    with pytest.raises(FactError, match=says) as refused:
        library.read(written(tmp_path, GOOD | change))
    assert str(refused.value).startswith("cases.csv:2: ")


def test_an_id_stands_once(tmp_path: Path) -> None:
    with pytest.raises(
        FactError, match=r"cases.csv:3: the id 'a-company' stands already in line 2"
    ):
        library.read(written(tmp_path, GOOD, GOOD))


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text("id,name\na,b\n", "utf-8")
    with pytest.raises(FactError, match=r"cases\.csv"):
        library.read(path)


def test_every_row_that_ships_has_as_many_cells_as_the_header() -> None:
    with (facts.data_dir() / "cases.csv").open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    assert all(None not in row and None not in row.values() for row in rows)
