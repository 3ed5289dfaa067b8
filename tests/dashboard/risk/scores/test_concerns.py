"""Nine concerns hold every question of the bank, and each has the score of its own questions."""

import pytest

from dashboard.charts.risk_map import PLACES
from dashboard.risk.assessment import assess
from dashboard.risk.bank.checks import CONCERNS
from dashboard.risk.bank.loading import bank
from dashboard.risk.scores.concerns import ConcernScore, concerns_of, shared
from dashboard.risk.scores.scoring import score_of
from tests.dashboard.risk.cases import AS_OF, Answers, deal_with, every, metrics


def concerns(answers: Answers) -> dict[str, ConcernScore]:
    found = assess(deal_with(answers), metrics=metrics({}), checks=[], as_of=AS_OF)
    scored = concerns_of(found.scores, bank=bank(), numbers=found.parameters)
    return {one.concern: one for one in scored}


def test_the_picture_and_the_bank_know_the_same_nine() -> None:
    assert {row.id for row in bank().frame.concerns} == CONCERNS == set(PLACES)


def test_every_question_bears_on_a_concern() -> None:
    held = {i for row in bank().frame.concerns for i in row.questions}
    assert held == set(bank().questions)


def test_a_concern_has_the_score_of_its_questions_alone() -> None:
    found = concerns(every(3, "verified", MKT_01={"level": 0, "status": "verified"}))
    for one in found.values():
        assert one.score == score_of(one.items)
    expected = {i: one.score.expected for i, one in found.items() if one.score is not None}
    assert expected["compute"] == pytest.approx(75)
    assert expected["competition"] < 75


def test_what_nobody_answered_has_no_band_and_what_is_strong_has_a_low_one() -> None:
    assert all(one.band is None for one in concerns({}).values())
    assert {one.band for one in concerns(every(4, "verified")).values()} <= {"low", "moderate"}
    assert {one.band for one in concerns(every(0, "verified")).values()} == {"critical"}


def test_two_concerns_share_the_questions_that_bear_on_both() -> None:
    rows = {row.id: set(row.questions) for row in bank().frame.concerns}
    for pair in shared(bank(), bank().questions):
        assert set(pair.questions) == rows[pair.one] & rows[pair.other]
    assert not shared(bank(), [])
