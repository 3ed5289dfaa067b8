"""What an answer goes through on the sheet: the same steps as in the assessment, as numbers.

A status is its rank, a level that is not known minus one. Every mark is taken from the deal,
the assessment and the bank; the formulas of the checklist come to the same from the cells.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboard.deal import Deal
from dashboard.report.workbook.parameters import STATUSES
from dashboard.risk.answers import files
from dashboard.risk.answers.answer import Answer
from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.answers.standing import CURABLE, expiry
from dashboard.risk.assessment import Assessment
from dashboard.risk.autofill import Bound
from dashboard.risk.bank.schema import Question
from dashboard.risk.contradictions import feeds
from dashboard.risk.cross_checks.cross_check import CrossCheck
from dashboard.risk.scores import scoring
from dashboard.risk.scores.scoring import Weighed
from dashboard.risk.verdict.tally import BREAKERS, FIRST

RANK: Final[Mapping[str, int]] = {status: rank for rank, status in enumerate(STATUSES)}
_NO_ANSWER: Final = Answer()
_UNKNOWN: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A level and the rank of its status."""

    level: int
    rank: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """A question with its answer, what bears on it, and what it comes to.

    ``expired``, ``missing`` and ``against`` are of its evidence, ``hit`` of a cross-check that
    fails; ``says``, ``floor`` and ``cap`` are what the numbers say. ``standing`` is the answer
    on the day, ``counts`` what counts in the end, ``weighed`` what it is worth.
    """

    question: Question
    answer: Answer
    area: str
    weight: float
    expects: int
    expired: bool
    missing: bool
    against: bool
    overridden: bool
    hit: bool
    cured: bool
    says: Said
    floor: Said
    cap: Said
    fires: tuple[bool, ...]
    standing: Said
    counts: Said
    weighed: Weighed

    @property
    def is_counted(self) -> bool:
        """Whether it is among the questions of the scores."""
        return self.counts.rank != RANK["not_applicable"]

    @property
    def is_first(self) -> bool:
        """Whether it is of the first priority."""
        return self.question.priority == FIRST

    @property
    def flag_kind(self) -> str:
        """The kind of its red flag; empty for none."""
        return self.question.red_flag.kind if self.question.red_flag is not None else ""

    @property
    def is_breaker(self) -> bool:
        """Whether its red flag breaks a deal."""
        return self.flag_kind in BREAKERS

    @property
    def fires_now(self) -> bool:
        """Whether its red flag fires at the level that counts."""
        level = self.weighed.level
        return level is not None and bool(self.fires) and self.fires[level]

    @property
    def stake(self) -> float:
        """Weight times impact, nothing where it does not count."""
        return self.weight * self.question.impact if self.is_counted else 0.0


def marks_of(deal: Deal, assessment: Assessment, checks: tuple[CrossCheck, ...]) -> list[Marks]:
    """The questions that are asked, in the order of the bank."""
    numbers = assessment.parameters.values_in_force
    states = files.states(files.evidence_dir(), deal.answers.values())
    bank = assessment.bank
    hit = {q for check in checks if check.outcome == "fails" for q in feeds(check, bank)}
    flags = assessment.frame.flags if assessment.frame is not None else {}
    found = []
    for name, graded in assessment.graded.items():
        question, answer = bank.questions[name], deal.answers.get(name, _NO_ANSWER)
        standing, said = assessment.standings[name], assessment.numbers[name]
        support = [piece for piece in answer.evidence if not piece.against]
        ends = [expiry(piece, question, bank) for piece in support]
        cure = question.red_flag is not None and question.red_flag.kind == CURABLE
        status: EvidenceStatus = "unknown" if graded.status == "not_applicable" else graded.status
        found.append(
            Marks(
                question=question,
                answer=answer,
                area=bank.areas[name],
                weight=numbers[f"weight_{question.priority.lower()}"],
                expects=question.stage_expect[assessment.profile.expects],
                expired=bool(ends)
                and all(end is not None and end < assessment.as_of for end in ends),
                missing=any(
                    p.sha256 and states.get(p.sha256) in ("missing", "altered") for p in support
                ),
                against=any(
                    p.against and not (p.resolved is not None and p.resolved.is_whole)
                    for p in answer.evidence
                ),
                overridden=answer.override is not None and answer.override.is_whole,
                hit=name in hit,
                cured=cure and answer.cured is not None and answer.cured.is_whole,
                says=_bound(said.says),
                floor=_bound(said.floor),
                cap=_bound(said.cap),
                fires=tuple(flags.get(name, ())),
                standing=_said(standing.level, standing.status),
                counts=_said(graded.level, graded.status),
                weighed=scoring.weigh(question, graded.level, status, numbers),
            )
        )
    return found


def stated(marks: Marks) -> Said:
    """The answer's level and status as the deal writes them."""
    level = marks.answer.level
    return Said(level=_UNKNOWN if level is None else level, rank=RANK.get(marks.answer.status, 0))


def _said(level: int | None, status: str) -> Said:
    return Said(level=_UNKNOWN if level is None else level, rank=RANK[status])


def _bound(bound: Bound | None) -> Said:
    if bound is None:
        return Said(level=_UNKNOWN, rank=0)
    return Said(level=bound.level, rank=RANK[bound.status])


def after_numbers(marks: Marks) -> Said:
    """What the numbers make of the answer, before anybody overrides them."""
    level, rank = marks.standing.level, marks.standing.rank
    if rank > RANK["verified"]:
        return marks.standing
    if marks.says.level >= 0:
        rank = max(rank, marks.says.rank) if level == marks.says.level else marks.says.rank
        level = marks.says.level
    if marks.floor.level >= 0 and marks.floor.level > max(level, 0):
        level, rank = marks.floor.level, marks.floor.rank
    if marks.cap.level >= 0 and level >= 0 and marks.cap.level < level:
        level, rank = marks.cap.level, marks.cap.rank
    return Said(level=level, rank=rank)
