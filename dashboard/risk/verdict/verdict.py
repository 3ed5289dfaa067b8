"""The verdict of the rules, in their order, and what would have to be done about it.

The rules decide; they do not advise. A person signs.
"""

from dataclasses import dataclass
from datetime import date

from costmodel.messages import Message
from dashboard.risk.bank.bank import Bank
from dashboard.risk.scores.scoring import Scores
from dashboard.risk.verdict.because import because
from dashboard.risk.verdict.conditions import Condition, Trigger, conditions_of, triggers_of
from dashboard.risk.verdict.red_flags import RedFlag, raised
from dashboard.risk.verdict.tally import FIRST, OPEN, RULES, Frame, VerdictName, decide, rows_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict, the number of the rule that decided it, and the rule with its numbers."""

    name: VerdictName
    rule: int
    because: Message
    flags: tuple[RedFlag, ...]
    open_p0: tuple[str, ...]
    conditions: tuple[Condition, ...]
    triggers: tuple[Trigger, ...]


def verdict_of(scores: Scores, frame: Frame | None, *, bank: Bank, as_of: date) -> Verdict:
    """The verdict on these scores. ``frame`` is ``None`` where no question applies."""
    if frame is None or scores.overall is None:
        return Verdict(
            name="need_more_evidence",
            rule=3,
            because=Message("No question applies; say in the profile what the company does."),
            flags=(),
            open_p0=(),
            conditions=(),
            triggers=(),
        )
    items = scores.items
    total = rows_of(items, frame).sum(axis=0, keepdims=True)
    rule = int(decide(total, frame)[0])
    flags = raised(items, frame)
    open_p0 = tuple(
        item.question
        for item in items
        if item.status in OPEN and frame.questions[item.question].priority == FIRST
    )
    return Verdict(
        name=RULES[rule],
        rule=rule,
        because=because(rule, scores, frame, flags, open_p0),
        flags=flags,
        open_p0=open_p0,
        conditions=conditions_of(items, flags, frame, bank, as_of),
        triggers=triggers_of(items, flags, frame, as_of) if RULES[rule] == "watch" else (),
    )
