"""The reasons for and against a deal, the weightiest first, each resting on something found.

Nothing counts in favour that only the company says; everything counts against.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from costmodel.claims import Finding
from dashboard.language import amount, aside, interval, read, say, t
from dashboard.report.case import Case
from dashboard.report.document import Rich, rich, strong
from dashboard.report.notes import Notes
from dashboard.report.sections.common import told_by
from dashboard.risk.scores.scoring import Item
from dashboard.risk.verdict.red_flags import RedFlag
from dashboard.risk_terms import named, said_of
from dashboard.terms import finding_label

_PROVEN: Final = ("documented", "verified")
#: Below the middle of the scale nothing speaks in favour, whatever the stage.
_GOOD: Final = 2
#: What each kind of reason against weighs before its size counts: a deal-breaker leads.
_RANK: Final = {"flag": 3, "claim": 2, "item": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason: what orders it among those of its side, and how it is written."""

    weight: tuple[float, float]
    write: Callable[[], Rich]


def in_favour(case: Case, notes: Notes, most: int = 3) -> list[Rich]:
    """Answers that a document or a check stands behind, at or above what the stage expects."""
    assessment = case.assessment
    questions, expects = assessment.bank.questions, assessment.profile.expects
    found = [
        Reason(weight=(1, item.stake * item.expected), write=partial(_of_item, case, notes, item))
        for item in assessment.scores.items
        if item.status in _PROVEN
        and item.level is not None
        and item.level >= max(questions[item.question].stage_expect[expects], _GOOD)
    ]
    return _first(found, most)


def against(case: Case, notes: Notes, most: int = 3) -> list[Rich]:
    """Red flags, claims that the cost model refutes, and the answers that weigh most."""
    assessment = case.assessment
    flags = assessment.verdict.flags
    found = [
        Reason(
            weight=(_RANK["flag"] + (0 if flag.cured else 1), 1.0),
            write=partial(_of_flag, notes, flag),
        )
        for flag in flags
    ]
    evaluation = case.evaluation
    found += [
        Reason(
            weight=(_RANK["claim"], 1.0 if finding.verdict == "impossible" else 0.5),
            write=partial(_of_claim, notes, finding),
        )
        for finding in (() if evaluation is None else evaluation.findings)
        if finding.verdict in ("implausible", "impossible") and not finding.implied
    ]
    flagged = {flag.question for flag in flags}
    questions, expects = assessment.bank.questions, assessment.profile.expects
    found += [
        Reason(
            weight=(_RANK["item"], item.stake * (1 - item.expected)),
            write=partial(_of_item, case, notes, item),
        )
        for item in assessment.scores.items
        if item.question not in flagged
        and item.level is not None
        and item.level < questions[item.question].stage_expect[expects]
    ]
    return _first(found, most)


def _first(found: list[Reason], most: int) -> list[Rich]:
    ordered = sorted(found, key=lambda reason: reason.weight, reverse=True)
    return [one.write() for one in ordered[:most]]


def _of_flag(notes: Notes, flag: RedFlag) -> Rich:
    status = "" if flag.confirmed else t("not confirmed by evidence")
    return rich(
        strong(said_of(t("Red flag {question}", question=flag.question), "")),
        notes.answer(read(flag.text), flag.question),
        aside(status) if status else "",
    )


def _of_claim(notes: Notes, finding: Finding) -> Rich:
    label, stated = finding_label(finding), amount(finding.stated, finding.unit)
    if finding.computed is None:
        said = t("{claim}: the company states {stated}.", claim=label, stated=stated)
        return rich(notes.model(f"{said} {say(finding.why)}"))
    return rich(
        notes.model(
            t(
                "{claim}: the company states {stated}, the cost model finds {range}.",
                claim=label,
                stated=stated,
                range=interval(finding.computed.p05, finding.computed.p95, finding.unit),
            )
        )
    )


def _of_item(case: Case, notes: Notes, item: Item) -> Rich:
    bank = case.assessment.bank
    question = bank.questions[item.question]
    return rich(
        strong(said_of(read(question.topic), "")),
        notes.answer(told_by(case, item), item.question),
        aside(
            t(
                "{status}, level {n} of 4",
                status=named(bank, "statuses", item.status),
                n=str(item.level),
            )
        ),
    )
