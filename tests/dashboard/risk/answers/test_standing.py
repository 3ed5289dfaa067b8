"""An answer counts for what it rests on, on the day that it is looked at."""

from datetime import date
from typing import Any

import pytest

from dashboard.risk.answers.answer import Answer, Decision
from dashboard.risk.answers.evidence import BY_STRENGTH, EvidenceStatus
from dashboard.risk.answers.files import FileState
from dashboard.risk.answers.standing import Standing, at_most, standing
from dashboard.risk.bank.loading import bank

AS_OF = date(2026, 11, 27)
HASH = "a" * 64
#: A P0 and a P1 question; the usual evidence of the first is a contract, of the second a policy.
P0, P1 = "CMP-01", "TEC-06"


def stands(
    question: str = P0, *, files: dict[str, FileState] | None = None, **answer: Any
) -> Standing:
    return standing(
        bank().questions[question],
        Answer.model_validate(answer),
        bank=bank(),
        as_of=AS_OF,
        files=files or {},
    )


def said(found: Standing) -> str:
    return " ".join(str(notice.text) for notice in found.notices)


def test_an_answer_with_fresh_evidence_stands_as_it_is() -> None:
    found = stands(level=3, status="documented", evidence=[{"file": "po.pdf", "kind": "financial",
                                                            "date": "2026-11-01"}])  # fmt: skip
    assert found == Standing(level=3, status="documented")


@pytest.mark.parametrize(
    ("status", "falls_to"),
    [
        ("verified", "documented"),
        ("documented", "claimed"),
        ("claimed", "assumed"),
        ("assumed", "assumed"),
        ("contradicted", "contradicted"),
    ],
)
def test_expired_evidence_falls_by_one_status(status: str, falls_to: str) -> None:
    old = {"file": "bank.pdf", "kind": "financial", "date": "2026-08-23"}
    assert stands(level=2, status=status, evidence=[old]).status == falls_to


@pytest.mark.parametrize(
    ("piece", "expired"),
    [
        ({"kind": "financial", "date": "2026-08-24"}, False),  # its 95th day
        ({"kind": "financial", "date": "2026-08-23"}, True),
        ({"kind": "security_test", "date": "2025-11-27"}, False),
        ({"kind": "financial", "date": "2026-11-01", "expires": "2026-11-26"}, True),
        ({"kind": "financial", "date": "2020-01-01", "expires": "2026-11-27"}, False),
        ({"kind": "contract", "date": "2020-01-01"}, False),  # lasts until an end that is stated
        ({}, False),
    ],
)
def test_evidence_lasts_as_long_as_its_kind(piece: dict[str, str], expired: bool) -> None:
    found = stands(level=3, status="verified", evidence=[{"file": "x"} | piece])
    assert (found.status == "documented") is expired
    assert ("expired" in said(found)) is expired


def test_evidence_without_a_kind_lasts_as_long_as_is_usual_for_the_question() -> None:
    policy = {"file": "x", "date": "2025-11-20"}
    assert stands(P1, level=3, status="documented", evidence=[policy]).status == "claimed"


def test_one_piece_that_lasts_is_enough() -> None:
    pieces = [{"file": "old", "expires": "2026-01-01"}, {"file": "new", "expires": "2027-01-01"}]
    assert stands(level=3, status="verified", evidence=pieces).status == "verified"


@pytest.mark.parametrize("state", ["missing", "altered"])
def test_a_file_that_is_not_what_was_stored_counts_as_a_claim(state: FileState) -> None:
    piece = {"file": "log.csv", "sha256": HASH}
    found = stands(level=3, status="verified", evidence=[piece], files={HASH: state})
    assert found.status == "claimed"
    assert "log.csv" in said(found)


@pytest.mark.parametrize("state", ["intact", "elsewhere"])
def test_a_file_that_is_whole_or_kept_elsewhere_lowers_nothing(state: FileState) -> None:
    piece = {"file": "log.csv", "sha256": HASH}
    found = stands(level=3, status="verified", evidence=[piece], files={HASH: state})
    assert (found.level, found.status) == (3, "verified")
    assert ("never stored on this machine" in said(found)) is (state == "elsewhere")


AGAINST: dict[str, Any] = {"file": "memo.pdf", "against": True}


def test_one_contradiction_beats_any_number_of_confirmations_of_a_p0() -> None:
    pieces = [*({"file": f"yes-{i}.pdf"} for i in range(9)), AGAINST]
    found = stands(level=4, status="verified", evidence=pieces)
    assert (found.level, found.status) == (0, "contradicted")
    assert len(found.contradictions) == 1


def test_a_contradiction_of_a_lesser_question_leaves_a_claim() -> None:
    found = stands(P1, level=4, status="verified", evidence=[{"file": "yes"}, AGAINST])
    assert (found.level, found.status) == (4, "claimed")
    assert len(found.contradictions) == 1


def test_a_contradiction_counts_until_somebody_resolves_it_with_a_reason() -> None:
    half = AGAINST | {"resolved": Decision(by="LW")}
    whole = AGAINST | {"resolved": Decision(by="LW", reason="an older cluster", date="2026-11-20")}
    assert stands(level=4, status="verified", evidence=[half]).status == "contradicted"
    found = stands(level=4, status="verified", evidence=[whole, {"file": "yes"}])
    assert found == Standing(level=4, status="verified")


def test_contradicted_is_level_zero_whatever_was_said() -> None:
    assert stands(level=4, status="contradicted").level == 0
    assert stands(status="contradicted").level == 0


def test_not_applicable_needs_a_reason_and_a_second_reader() -> None:
    assert stands(status="not_applicable", na_reason="owns none").status == "unknown"
    assert stands(status="not_applicable", second_reader="LW").status == "unknown"
    found = stands(status="not_applicable", na_reason="owns none", second_reader="LW")
    assert found == Standing(level=None, status="not_applicable")


def test_a_level_without_a_status_and_a_status_without_a_level_are_unknown_and_said() -> None:
    for answer in ({"level": 3}, {"status": "verified"}):
        found = stands(**answer)
        assert (found.level, found.status) == (None, "unknown")
        assert len(found.notices) == 1


@pytest.mark.parametrize(
    ("piece", "says"),
    [
        ({"date": "2026-12-01"}, "dated 2026-12-01, which is still to come"),
        ({"date": "last May"}, "last May is not a date"),
        ({"kind": "hearsay"}, "hearsay is not a kind of evidence"),
    ],
)
def test_evidence_that_cannot_be_is_flagged_and_kept(piece: dict[str, str], says: str) -> None:
    found = stands(level=3, status="documented", evidence=[{"file": "x.pdf"} | piece])
    assert says in said(found)
    assert (found.level, found.status) == (3, "documented")


def test_a_document_that_nobody_attached_is_asked_for() -> None:
    assert "no evidence is attached" in said(stands(level=3, status="documented"))
    assert said(stands(level=3, status="claimed")) == ""


@pytest.mark.parametrize("status", BY_STRENGTH)
def test_at_most_never_strengthens(status: EvidenceStatus) -> None:
    for most in BY_STRENGTH:
        lowered = BY_STRENGTH.index(at_most(status, most))
        assert lowered == min(BY_STRENGTH.index(status), BY_STRENGTH.index(most))


@pytest.mark.parametrize(
    "piece",
    [{"file": "memo.pdf", "against": True}, {"file": "log.csv", "sha256": HASH}, {"url": "x"}],
)
def test_evidence_of_an_unknown_answer_is_not_passed_over_in_silence(piece: dict[str, Any]) -> None:
    found = stands(evidence=[piece], files={HASH: "missing"})
    assert (found.level, found.status) == (None, "unknown")
    assert "decides nothing while the level is unknown" in said(found)
    assert ("has vanished" in said(found)) is ("sha256" in piece)


def test_evidence_without_a_date_that_would_age_asks_for_it() -> None:
    undated = {"file": "x.pdf", "kind": "financial"}
    assert "x.pdf has no date" in said(stands(level=3, status="documented", evidence=[undated]))
    for known in ({"date": "2026-11-20"}, {"expires": "2027-01-01"}, {"kind": "contract"}):
        assert said(stands(level=3, status="documented", evidence=[undated | known])) == ""


@pytest.mark.parametrize(
    ("question", "decided", "says"),
    [
        (P0, {"override": {"by": "LW"}}, "The override does not count"),
        ("TMF-04", {"cured": {"by": "LW"}}, "The cure does not count"),
        (P0, {"cured": {"by": "LW", "reason": "paid"}}, "Nothing here can be cured"),
        (P0, {"evidence": [AGAINST | {"resolved": {"by": "LW"}}]}, "memo.pdf still speaks against"),
    ],
)
def test_a_decision_that_does_not_count_says_what_it_lacks(
    question: str, decided: dict[str, Any], says: str
) -> None:
    assert says in said(stands(question, level=1, status="claimed", **decided))
    whole: dict[str, Any] = {
        name: {"by": "LW", "reason": "seen"} for name in decided if name != "evidence"
    }
    if question == "TMF-04" or "override" in decided:
        assert said(stands(question, level=1, status="claimed", **whole)) == ""
