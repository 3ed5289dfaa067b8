"""The reasons for and against a deal, the weightiest first, each resting on something found.

Nothing counts in favour that only the company says; everything counts against.
"""

from dataclasses import dataclass
from typing import Final

from dashboard.language import amount, interval, read, t
from dashboard.report.case import Case
from dashboard.report.document import Rich, rich, strong
from dashboard.report.notes import Notes
from dashboard.risk.scores.scoring import Item
from dashboard.risk_terms import named, said_of
from dashboard.terms import finding_label

_PROVEN: Final = ("documented", "verified")
#: What each kind of reason against weighs before its size counts: a deal-breaker leads.
_RANK: Final = {"flag": 3, "claim": 2, "item": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason as a sentence; ``weight`` orders reasons of one side."""

    text: Rich
    weight: tuple[float, float]


def in_favour(case: Case, notes: Notes, most: int = 3) -> list[Rich]:
    """Answers that a document or a check stands behind, at or above what the stage expects."""
    assessment = case.assessment
    questions, expects = assessment.bank.questions, assessment.profile.expects
    found = [
        Reason(text=_of_item(case, notes, item), weight=(1, item.stake * item.expected))
        for item in assessment.scores.items
        if item.status in _PROVEN
        and item.level is not None
        and item.level >= max(questions[item.question].stage_expect[expects], 2)
    ]
    return _first(found, most)


def against(case: Case, notes: Notes, most: int = 3) -> list[Rich]:
    """Red flags, claims that the cost model refutes, and the answers that weigh most."""
    assessment = case.assessment
    bank, flagged = assessment.bank, set()
    found = []
    for flag in assessment.verdict.flags:
        flagged.add(flag.question)
        words = notes.answer(read(flag.text), flag.question)
        status = "" if flag.confirmed else t("not confirmed by evidence")
        head = strong(said_of(t("Red flag {question}", question=flag.question), ""))
        found.append(
            Reason(
                text=rich(head, words, f" ({status})." if status else "."),
                weight=(_RANK["flag"] + (0 if flag.cured else 1), 1.0),
            )
        )
    evaluation = case.evaluation
    for finding in () if evaluation is None else evaluation.findings:
        if finding.verdict not in ("implausible", "impossible") or finding.implied:
            continue
        computed = (
            ""
            if finding.computed is None
            else t(
                ", the cost model finds {range}",
                range=interval(finding.computed.p05, finding.computed.p95, finding.unit),
            )
        )
        said = t(
            "{claim}: the company states {stated}{computed}.",
            claim=finding_label(finding),
            stated=amount(finding.stated, finding.unit),
            computed=computed,
        )
        weight = 1.0 if finding.verdict == "impossible" else 0.5
        found.append(Reason(text=rich(notes.model(said)), weight=(_RANK["claim"], weight)))
    questions, expects = bank.questions, assessment.profile.expects
    for item in assessment.scores.items:
        if item.question in flagged or item.level is None:
            continue
        if item.level < questions[item.question].stage_expect[expects]:
            found.append(
                Reason(
                    text=_of_item(case, notes, item),
                    weight=(_RANK["item"], item.stake * (1 - item.expected)),
                )
            )
    return _first(found, most)


def _first(found: list[Reason], most: int) -> list[Rich]:
    return [one.text for one in sorted(found, key=lambda r: r.weight, reverse=True)[:most]]


def _of_item(case: Case, notes: Notes, item: Item) -> Rich:
    bank = case.assessment.bank
    question = bank.questions[item.question]
    assert item.level is not None
    return rich(
        strong(said_of(read(question.topic), "")),
        notes.answer(read(question.levels[item.level]), item.question),
        t(
            " ({status}, level {n} of 4).",
            status=named(bank, "statuses", item.status),
            n=item.level,
        ),
    )
