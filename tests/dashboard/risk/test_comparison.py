"""Between two versions: what changed, what each change does, which one moved the verdict."""

from typing import Any

import pytest

from dashboard.risk.assessment import Assessment, assess
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override
from dashboard.risk.comparison import compare
from tests.dashboard.risk.cases import AS_OF, deal_with, every


def assessed(answers: dict[str, Any], *overrides: Override, **more: Any) -> Assessment:
    return assess(
        deal_with(answers, **more), metrics={}, checks=[], as_of=AS_OF,
        parameters=bank().parameters(overrides),
    )  # fmt: skip


GOOD = every(3, "verified")


def test_nothing_changed_is_nothing_said() -> None:
    found = compare(assessed(GOOD), assessed(GOOD))
    assert (found.changes, found.moved_by, found.effect) == ((), (), 0)


def test_the_change_that_moved_the_verdict_is_named_among_others() -> None:
    before = assessed(GOOD)
    after = assessed(
        GOOD
        | {
            "CMP-12": {"level": 2, "status": "verified"},
            "ETH-02": {"level": 0, "status": "documented"},
            "DAT-04": {"level": 4, "status": "verified"},
        }
    )
    found = compare(before, after)
    assert (found.before, found.after) == ("proceed", "decline")
    assert found.moved_by == ("ETH-02",)
    assert found.changes[0].question == "ETH-02"
    assert {change.question for change in found.changes} == {"CMP-12", "ETH-02", "DAT-04"}
    by_question = {change.question: change for change in found.changes}
    assert by_question["DAT-04"].effect > 0 > by_question["CMP-12"].effect
    assert by_question["DAT-04"].verdict == "proceed"


def test_changes_that_move_it_only_together_are_named_together() -> None:
    before = assessed(every(3, "documented"))
    after = assessed(every(3, "verified", CMP_12={"level": 2, "status": "verified"}))
    found = compare(before, after)
    assert (found.before, found.after) == ("conditional", "proceed")
    assert len(found.moved_by) > 1
    assert "CMP-12" not in found.moved_by
    for left_out in found.moved_by[:3]:
        kept = {i: {"level": 3, "status": "verified"} for i in found.moved_by if i != left_out}
        assert assessed(every(3, "documented") | kept).verdict.name != "proceed"


def test_the_effect_of_all_changes_is_the_difference_of_the_scores() -> None:
    before, after = assessed(every(2, "claimed")), assessed(GOOD)
    assert before.scores.overall is not None
    assert after.scores.overall is not None
    difference = after.scores.overall.expected - before.scores.overall.expected
    assert compare(before, after).effect == pytest.approx(difference)


def test_a_question_that_comes_in_or_leaves_is_a_change() -> None:
    away = {"status": "not_applicable", "na_reason": "x", "second_reader": "y"}
    found = compare(assessed(GOOD), assessed(GOOD | {"CMP-12": away}))
    (only,) = found.changes
    assert (only.question, only.after) == ("CMP-12", None)
    assert compare(assessed(GOOD | {"CMP-12": away}), assessed(GOOD)).changes[0].before is None


def test_a_funds_numbers_can_move_a_verdict_too() -> None:
    stricter = Override(id="proceed_expected", value=80, by="x", date="x", reason="x")
    found = compare(assessed(GOOD), assessed(GOOD, stricter))
    assert (found.before, found.after) == ("proceed", "conditional")
    assert (found.numbers_moved, found.changes, found.moved_by) == (True, (), ())


def test_a_cure_is_a_change() -> None:
    short = {"level": 0, "status": "verified"}
    cure = {"cured": {"by": "LW", "reason": "larger round"}}
    found = compare(assessed(GOOD | {"TMF-04": short}), assessed(GOOD | {"TMF-04": short | cure}))
    assert (found.before, found.moved_by) == ("decline", ("TMF-04",))
