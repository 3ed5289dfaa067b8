"""The smallest sets of answers that change a verdict are found, and nothing smaller exists."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest

from dashboard.risk.assessment import Assessment, assess
from dashboard.risk.bank.loading import bank
from dashboard.risk.verdict.reversal import Reversal, Reversals
from tests.dashboard.risk.cases import AS_OF, ASKED, deal_with, every

AWAY = {"status": "not_applicable", "na_reason": "x", "second_reader": "y"}


def assessed(answers: dict[str, Any]) -> Assessment:
    return assess(deal_with(answers), metrics={}, checks=[], as_of=AS_OF)


def reversals(answers: dict[str, Any]) -> Reversals:
    found = assessed(answers).reversals()
    assert found is not None
    return found


def with_changes(answers: dict[str, Any], reversal: Reversal) -> dict[str, Any]:
    return answers | {
        change.question: {"level": change.level, "status": change.status}
        for change in reversal.changes
    }


def few(kept: Iterable[str], answers: dict[str, Any]) -> dict[str, Any]:
    """Answers of a company to which only ``kept`` apply."""
    return dict.fromkeys(ASKED, AWAY) | {i: {"status": "unknown"} for i in kept} | answers


CASES: dict[str, dict[str, Any]] = {
    "deck only": every(4, "claimed"),
    "documented": every(3, "documented"),
    "verified": every(3, "verified"),
    "unknown": {},
    "weak": every(1, "documented"),
    "unfiled": every(3, "verified", ETH_02={"level": 0, "status": "documented"}),
    "mixed": {
        i: {"level": n % 5, "status": ("claimed", "documented", "verified")[n % 3]}
        for n, i in enumerate(ASKED)
    },
}


@pytest.mark.parametrize("case", CASES)
def test_the_answers_named_lead_where_they_are_said_to(case: str) -> None:
    answers = CASES[case]
    found = reversals(answers)
    now = assessed(answers).verdict.name
    assert now not in found.by_verdict
    assert set(found.by_verdict) | set(found.out_of_reach) | {now} == {
        "proceed", "conditional", "watch", "need_more_evidence", "decline",
    }  # fmt: skip
    for verdict, sets in found.by_verdict.items():
        for reversal in sets[:3]:
            after = assessed(with_changes(answers, reversal)).verdict
            assert (after.name, after.rule) == (verdict, reversal.rule)


@pytest.mark.parametrize("case", CASES)
def test_no_answer_of_a_set_can_be_left_out(case: str) -> None:
    answers = CASES[case]
    for sets in reversals(answers).by_verdict.values():
        first = sets[0]
        for left_out in first.changes:
            fewer = [change for change in first.changes if change is not left_out]
            part = Reversal(
                verdict=first.verdict, rule=first.rule, changes=tuple(fewer), smallest=False
            )
            assert assessed(with_changes(answers, part)).verdict.name != first.verdict


#: Few enough questions to try every set by hand.
SMALL = few(
    ("CMP-01", "CMP-12", "DAT-04", "TEC-06", "MKT-10"),
    {
        "CMP-01": {"level": 3, "status": "claimed"},
        "DAT-04": {"level": 2, "status": "documented"},
        "MKT-10": {"level": 4, "status": "claimed"},
    },
)


def test_the_search_finds_what_trying_every_set_finds() -> None:
    kept = [i for i in ASKED if SMALL[i] is not AWAY]
    now = assessed(SMALL).verdict.name
    smallest: dict[str, int] = {}
    for size in (1, 2):
        for questions in itertools.combinations(kept, size):
            for levels in itertools.product(range(5), repeat=size):
                changed = {
                    i: {"level": level, "status": "verified"}
                    for i, level in zip(questions, levels, strict=True)
                }
                name = assessed(SMALL | changed).verdict.name
                if name != now:
                    smallest.setdefault(name, size)
    found = reversals(SMALL)
    exact = {v: len(s[0].changes) for v, s in found.by_verdict.items() if s[0].smallest}
    assert smallest
    assert {v: n for v, n in exact.items() if n <= 2} == smallest


def test_one_answer_can_sink_a_deal_that_proceeds() -> None:
    found = reversals(every(3, "verified"))
    assert {len(r.changes) for r in found.smallest} == {1}
    assert all(r.smallest for r in found.smallest)
    sinks = {r.changes[0].question for r in found.by_verdict["decline"]}
    assert {"CMP-03", "TMF-08"} <= sinks


def test_the_nearest_answer_is_named_first() -> None:
    unfiled = every(3, "verified", ETH_02={"level": 0, "status": "documented"})
    (only,) = reversals(unfiled).by_verdict["proceed"]
    (change,) = only.changes
    assert (change.question, change.before, change.level) == ("ETH-02", 0, 2)


def test_what_takes_many_answers_is_not_called_the_smallest() -> None:
    found = reversals({})
    (larger,) = found.by_verdict["proceed"]
    assert len(larger.changes) > 3
    assert not larger.smallest
    assert all(change.level == 4 for change in larger.changes)


def test_an_answer_that_can_flip_the_verdict_says_to_which() -> None:
    found = assessed(every(3, "verified"))
    assert found.flips["CMP-03"] == ("conditional", "decline")
    assert found.flips["DAT-01"] == ("conditional", "need_more_evidence")
    assert "CMP-12" not in found.flips  # a minor question changes nothing alone


def test_a_cured_deal_breaker_is_no_way_to_decline() -> None:
    cure = {"by": "LW", "reason": "larger round"}
    answers = every(3, "verified", TMF_04={"level": 0, "status": "verified", "cured": cure})
    found = assessed(answers)
    assert found.verdict.name != "decline"
    assert "decline" not in found.flips.get("TMF-04", ())


def test_every_question_of_the_bank_can_be_part_of_a_search() -> None:
    everything = dict.fromkeys((row.id for row in bank().frame.profile), True)
    found = assess(deal_with({}, profile=everything), metrics={}, checks=[], as_of=AS_OF)
    assert len(found.scores.items) == 64
    assert found.reversals() is not None
