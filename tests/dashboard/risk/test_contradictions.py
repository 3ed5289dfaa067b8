"""Whatever speaks against an answer opens a contradiction with a question to ask."""

from dashboard.risk.answers.evidence import BY_STRENGTH
from dashboard.risk.assessment import Assessment, assess
from tests.dashboard.risk.cases import AS_OF, deal_with, every, failed, metrics


def assessed(answers: dict[str, object], **more: object) -> Assessment:
    given = {"metrics": metrics({}), "checks": []} | more
    return assess(deal_with(answers), as_of=AS_OF, **given)  # type: ignore[arg-type]


def test_a_failed_check_makes_claims_of_the_answers_it_feeds() -> None:
    before = assessed(every(3, "verified"))
    after = assessed(every(3, "verified"), checks=[failed("X02")])
    changed = {i for i in before.graded if before.graded[i] != after.graded[i]}
    assert changed == {"CMP-02", "CMP-03"}
    assert {after.graded[i].status for i in changed} == {"claimed"}
    assert {"CMP-02", "CMP-03"} <= set(after.verdict.open_p0)


def test_a_failed_check_never_strengthens() -> None:
    for status in BY_STRENGTH[1:]:
        found = assessed(every(3, status), checks=[failed("X15")]).graded["CMP-06"].status
        assert BY_STRENGTH.index(found) == min(BY_STRENGTH.index(status), 2)


def test_a_failed_check_asks_what_it_would_take() -> None:
    found = assessed(every(3, "verified"), checks=[failed("X02")])
    (only,) = found.contradictions
    assert (only.kind, only.id, only.questions) == ("cross-check", "X02", ("CMP-02", "CMP-03"))
    assert str(only.text) == "Training cost against chips x hours x price: 3 against 1"
    assert str(only.ask) == "Please show the invoices."
    asked = {one.question: one for one in found.follow_up}
    assert asked["CMP-02"].ask == (only.ask,)


def test_a_check_that_is_not_in_the_bank_is_still_told() -> None:
    found = assessed(every(3, "verified"), checks=[failed("X99")])
    assert [one.id for one in found.contradictions] == ["X99"]
    assert found.contradictions[0].questions == ()


def test_an_answer_against_the_numbers_is_told_until_somebody_settles_it() -> None:
    low = metrics({"capacity_coverage": 0.3})
    answer = {"level": 3, "status": "documented"}
    (open_,) = assessed({"CMP-01": answer}, metrics=low).contradictions
    settled = answer | {"override": {"by": "LW", "reason": "new contract"}}
    (closed,) = assessed({"CMP-01": settled}, metrics=low).contradictions
    assert (open_.kind, open_.settled) == ("numbers", False)
    assert (closed.kind, closed.settled) == ("numbers", True)
    assert "under signed contract or owned? Please send: Signed capacity" in str(open_.ask)


def test_evidence_against_an_answer_is_told() -> None:
    piece = {"file": "memo.pdf", "against": True}
    found = assessed({"CMP-01": {"level": 3, "status": "verified", "evidence": [piece]}})
    assert [(one.kind, one.id) for one in found.contradictions] == [("evidence", "CMP-01")]
    assert "CMP-01" not in found.verdict.open_p0  # contradicted is known, and bad
