"""What would have to be done about a deal: conditions, covenants, the 100-day plan, triggers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

from costmodel.messages import Text
from dashboard.risk.bank.bank import Bank
from dashboard.risk.scores.scoring import Item
from dashboard.risk.verdict.red_flags import RedFlag
from dashboard.risk.verdict.tally import FIRST, Frame

Reason: TypeAlias = Literal["below the stage", "not known", "critical risk", "red flag"]

#: Kind of close-out that has to be met before closing.
_PRECEDENT: Final = "CP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What would have to be done, by whom, by when (``None``: before closing), and why."""

    question: str
    kind: str
    text: Text
    respondent: str
    due: date | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What a watched deal is watched for: the evidence that would settle it, and the day."""

    question: str
    text: Text
    evidence: Text
    due: date


def conditions_of(
    items: Sequence[Item], flags: Sequence[RedFlag], frame: Frame, bank: Bank, as_of: date
) -> tuple[Condition, ...]:
    """The close-outs of every P0 that is not where its stage expects, of every critical
    residual risk, and of every red flag that becomes a condition.
    """
    flagged = {f.question for f in flags if f.kind == "condition"}
    found = []
    for item in items:
        question = frame.questions[item.question]
        first = question.priority == FIRST
        reasons: list[Reason] = []
        if first and item.gap:
            reasons.append("below the stage")
        if first and item.level is None:
            reasons.append("not known")
        if item.band == "critical":
            reasons.append("critical risk")
        if item.question in flagged:
            reasons.append("red flag")
        if not reasons:
            continue
        kind = _PRECEDENT if "red flag" in reasons else question.close_out.kind
        found.append(
            Condition(
                question=item.question,
                kind=kind,
                text=question.close_out.text,
                respondent=question.respondent,
                due=due_of(kind, bank, as_of),
                reasons=tuple(reasons),
            )
        )
    return tuple(found)


def due_of(kind: str, bank: Bank, as_of: date) -> date | None:
    """The day by which a close-out of this kind has to be done; ``None``: before closing."""
    days = bank.days("close_out_kinds", kind)
    return None if days is None else as_of + timedelta(days=days)


def triggers_of(
    items: Sequence[Item], flags: Sequence[RedFlag], frame: Frame, as_of: date
) -> tuple[Trigger, ...]:
    """What a watched deal is watched for: its red flags, else what takes most from its score."""
    numbers = frame.numbers
    named = [f.question for f in flags if f.kind == "cap_watch"]
    if not named:
        worst = sorted(items, key=lambda item: -item.stake * (1 - item.expected))
        named = [item.question for item in worst]
    due = as_of + timedelta(days=int(numbers["watch_days"]))
    found = []
    for i in named[: int(numbers["most_triggers"])]:
        question = frame.questions[i]
        flag = next((f for f in flags if f.question == i), None)
        found.append(
            Trigger(
                question=i,
                text=flag.text if flag is not None else question.topic,
                evidence=question.evidence,
                due=due,
            )
        )
    return tuple(found)
