"""What is typed on the page becomes a scenario, and a link brings it back."""

import pytest

from costmodel.uncertainty import Range
from costmodel.venture.inputs import known
from dashboard.deal_scenarios import ScenarioEntry
from dashboard.venture import typed


def test_texts_become_numbers_ranges_switches_odds_and_stresses() -> None:
    entry, refused = typed.entry_of(
        {
            "raise_usd": "55M",
            "past_slip": "10-40%",
            "growth_per_month": "-0.05 - 0.1",
            "switch.checklist": "no",
            "case.fail": "60%",
            "stress": "compute_rise,failed_run",
            "part": "returns",
        },
        None,
        name="x",
    )
    assert refused == {}
    assert entry.inputs == {
        "raise_usd": 55e6,
        "past_slip": (0.1, 0.4),
        "growth_per_month": (-0.05, 0.1),
    }
    assert entry.switches.checklist is False
    assert entry.cases == {"fail": 0.6}
    assert entry.stress == ["compute_rise", "failed_run"]


def test_what_is_typed_stands_over_the_scenario_that_it_starts_from() -> None:
    start = ScenarioEntry(
        name="Hard", inputs={"raise_usd": 1e6, "cash_usd": 2e6}, stress=["late_raise"]
    )
    entry, _ = typed.entry_of({"raise_usd": "3M", "stress": typed.NONE}, start, name="x")
    assert entry.inputs == {"raise_usd": 3e6, "cash_usd": 2e6}
    assert entry.stress == []


@pytest.mark.parametrize(
    ("field", "text"),
    [("raise_usd", "-1"), ("raise_usd", ""), ("switch.research", "guess"), ("stress", "rain")],
)
def test_what_cannot_be_read_is_refused_by_its_field(field: str, text: str) -> None:
    entry, refused = typed.entry_of({field: text}, None, name="x")
    assert set(refused) == {field}
    assert refused[field].field == field
    assert entry.inputs == {}


def test_a_link_holds_this_pages_fields_alone() -> None:
    query = {"raise_usd": "1M", "stress": "x", "case.fail": "0.1", "lang": "zh", "deal": "y"}
    assert set(typed.from_query(query)) == {"raise_usd", "stress", "case.fail"}


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (known(40e6), "40M"),
        (known(0.0), "0"),
        (known(19287241655895.26), "19.2872T"),
        (Range(0.1, 0.8, "fraction"), "0.1 - 0.8"),
    ],
)
def test_a_range_is_shown_as_it_could_be_typed(span: Range, text: str) -> None:
    assert typed.text_of(span) == text
