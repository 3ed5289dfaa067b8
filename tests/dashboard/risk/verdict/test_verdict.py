"""The rules decide in their order, say which one it was, and list what would have to be done."""

from datetime import timedelta
from typing import Any

import pytest

from dashboard.risk.assessment import Assessment, assess
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override
from dashboard.risk.verdict.because import _points, _share
from tests.dashboard.risk.cases import AS_OF, ASKED, FULL_STACK, deal_with, every

GOOD = every(4, "verified")


def assessed(
    answers: dict[str, Any], overrides: tuple[Override, ...] = (), **more: Any
) -> Assessment:
    return assess(
        deal_with(answers, **more), metrics={}, checks=[], as_of=AS_OF,
        parameters=bank().parameters(overrides),
    )  # fmt: skip


def with_answer(question: str, level: int | None, status: str, **more: Any) -> Assessment:
    return assessed(GOOD | {question: {"level": level, "status": status} | more})


DEAL_BREAKERS = [
    i for i in ASKED
    if (flag := bank().questions[i].red_flag) is not None and flag.kind == "deal_breaker"
]  # fmt: skip


# --- the rules in order -------------------------------------------------------------------------


@pytest.mark.parametrize("question", DEAL_BREAKERS)
@pytest.mark.parametrize("status", ["documented", "verified", "contradicted"])
def test_a_confirmed_deal_breaker_declines_whatever_else_is_good(
    question: str, status: str
) -> None:
    found = with_answer(question, 0, status).verdict
    assert (found.name, found.rule) == ("decline", 1)
    assert question in str(found.because)


@pytest.mark.parametrize("question", DEAL_BREAKERS)
def test_a_deal_breaker_that_is_only_claimed_does_not_decline(question: str) -> None:
    found = with_answer(question, 0, "claimed").verdict
    (flag,) = found.flags
    assert not flag.confirmed
    first = bank().questions[question].priority == "P0"
    assert found.name == ("need_more_evidence" if first else "conditional")


def test_a_curable_deal_breaker_declines_until_it_is_cured() -> None:
    short = with_answer("TMF-04", 0, "documented").verdict
    cured = with_answer(
        "TMF-04", 0, "documented", cured={"by": "LW", "reason": "the round was raised to 60m"}
    ).verdict
    half = with_answer("TMF-04", 0, "documented", cured={"by": "LW"}).verdict
    assert (short.name, half.name) == ("decline", "decline")
    assert cured.name == "conditional"
    assert cured.flags[0].cured
    assert [c.question for c in cured.conditions] == ["TMF-04"]


def test_what_is_not_curable_is_not_cured() -> None:
    found = with_answer("TMF-08", 0, "documented", cured={"by": "LW", "reason": "sorry"}).verdict
    assert found.name == "decline"


@pytest.mark.parametrize("question", ["CMP-03", "DAT-02", "TMF-04"])
def test_an_open_p0_that_could_break_the_deal_needs_evidence(question: str) -> None:
    found = with_answer(question, 4, "claimed").verdict
    assert (found.name, found.rule) == ("need_more_evidence", 3)
    assert question in str(found.because)


def test_another_open_p0_keeps_a_deal_from_proceeding() -> None:
    found = with_answer("CMP-02", 4, "claimed").verdict
    assert (found.name, found.open_p0) == ("conditional", ("CMP-02",))
    assert "open: CMP-02" in str(found.because)


@pytest.mark.parametrize("question", ["DAT-01", "DAT-05", "DAT-11", "ETH-01"])
def test_a_flag_that_has_to_be_answered_first_needs_evidence(question: str) -> None:
    found = with_answer(question, 0, "verified").verdict
    assert (found.name, found.rule) == ("need_more_evidence", 3)
    assert "this has to be answered first" in str(found.because)


def test_a_flag_that_caps_the_verdict_is_watched_with_its_evidence_and_a_day() -> None:
    found = with_answer("MKT-01", 0, "verified").verdict
    assert (found.name, found.rule) == ("watch", 4)
    (trigger,) = found.triggers
    assert trigger.question == "MKT-01"
    assert trigger.evidence == bank().questions["MKT-01"].evidence
    assert trigger.due == AS_OF + timedelta(days=90)


def test_a_weak_deal_is_watched_for_what_takes_most_from_it() -> None:
    found = assessed(every(2, "verified")).verdict
    low = assessed(every(2, "documented")).verdict
    assert (found.name, low.name) == ("conditional", "watch")
    assert 1 <= len(low.triggers) <= 3
    assert "worst case is" in str(low.because)


def test_a_flag_of_a_profile_that_does_not_hold_does_not_fire() -> None:
    closed = assessed(
        GOOD | {"ETH-08": {"level": 0, "status": "verified"}},
        profile=FULL_STACK | {"consumer_facing": False},
    ).verdict
    assert closed.flags == ()
    assert with_answer("ETH-08", 0, "verified").verdict.flags != ()


def test_a_critical_risk_keeps_a_deal_from_proceeding() -> None:
    found = with_answer("ETH-04", 1, "verified").verdict  # weak, P1 and without a red flag
    assert found.name == "conditional"
    assert "ETH-04" in str(found.because)
    assert [(c.question, c.reasons) for c in found.conditions] == [("ETH-04", ("critical risk",))]


def test_an_answer_exactly_on_a_limit_meets_it() -> None:
    """Three quarters of the weight is what documents give; sums of fractions may miss it."""
    exact = Override(id="proceed_coverage", value=0.75, by="x", date="x", reason="x")
    looser = Override(id="proceed_expected", value=63, by="x", date="x", reason="x")
    bound = Override(id="proceed_low", value=50, by="x", date="x", reason="x")
    found = assessed(every(3, "documented"), (exact, looser, bound)).verdict
    assert found.name == "proceed"


# --- what would have to be done -----------------------------------------------------------------


def test_conditions_name_the_kind_the_person_and_the_day() -> None:
    found = assessed(GOOD | {
        "CMP-02": {"level": 1, "status": "verified"},   # becomes a condition precedent
        "CMP-09": {"level": 2, "status": "verified"},   # below what growth expects
        "TMF-06": {"level": 2, "status": "verified"},
    }).verdict.conditions  # fmt: skip
    assert {c.question: (c.kind, c.reasons) for c in found} == {
        "CMP-02": ("CP", ("below the stage", "critical risk", "red flag")),
        "CMP-09": ("100D", ("below the stage",)),
        "TMF-06": ("CS", ("below the stage",)),
    }
    by_question = {c.question: c for c in found}
    assert by_question["CMP-09"].due == AS_OF + timedelta(days=100)
    assert by_question["CMP-02"].due is None
    assert by_question["CMP-09"].respondent == "cfo"


def test_an_unknown_p0_is_a_condition_too() -> None:
    found = assessed({i: a for i, a in GOOD.items() if i != "CMP-02"}).verdict
    assert [(c.question, c.reasons[0]) for c in found.conditions] == [("CMP-02", "not known")]


def test_a_seed_is_held_to_less() -> None:
    answers = every(2, "verified")
    seed, growth = (
        assessed(answers, company={"stage": stage}).verdict.conditions
        for stage in ("seed", "growth")
    )
    assert len(seed) < len(growth)
    assert {c.question for c in seed} < {c.question for c in growth}


def test_a_score_under_a_limit_is_never_shown_as_having_met_it() -> None:
    assert _points(34.97).value == 35.0
    assert _points(34.97, under=35.0).value == 34.9
    assert _points(0.4589).value == 0.5
    assert _share(0.5985).value == 0.6
    assert _share(0.5985, under=0.6).value == 0.59
