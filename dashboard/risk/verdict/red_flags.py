"""Red flags: at which levels they fire, and which do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from costmodel.messages import Text
from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.bank.expressions import Expression
from dashboard.risk.bank.schema import Question
from dashboard.risk.scores.scoring import Item
from dashboard.risk.verdict.tally import CONFIRMED, Frame, flag_fires


@dataclass(frozen=True, slots=True, kw_only=True)
class RedFlag:
    """A red flag that fires. ``confirmed`` says that evidence stands behind it; ``cured`` that
    what it is about has been put right.
    """

    question: str
    code: str
    kind: str
    text: Text
    status: EvidenceStatus
    confirmed: bool
    cured: bool


def flag_levels(question: Question, facts: Mapping[str, bool | None]) -> tuple[bool | None, ...]:
    """Whether the question's red flag fires at each level; ``None`` where the profile leaves
    it open. Empty for a question without one.
    """
    if question.red_flag is None:
        return ()
    return _levels(question.red_flag.when, len(question.levels), tuple(facts.items()))


def open_facts(question: Question, facts: Mapping[str, bool | None]) -> list[str]:
    """The facts of the profile that the question's red flag reads and that are not known."""
    if question.red_flag is None:
        return []
    return [name for name in sorted(question.red_flag.when.names) if facts.get(name, True) is None]


@lru_cache(maxsize=1024)
def _levels(
    when: Expression, n_levels: int, facts: tuple[tuple[str, bool | None], ...]
) -> tuple[bool | None, ...]:
    outcomes = [
        when.evaluate({**dict(facts), "level": float(level)}, {}) for level in range(n_levels)
    ]
    return tuple(None if o.value is None else o.fires for o in outcomes)


def raised(items: Sequence[Item], frame: Frame) -> tuple[RedFlag, ...]:
    """The red flags that fire on these items."""
    found = []
    for item in items:
        flag = frame.questions[item.question].red_flag
        if flag is not None and flag_fires(item.question, item.level, frame.flags):
            found.append(
                RedFlag(
                    question=item.question,
                    code=flag.code,
                    kind=flag.kind,
                    text=flag.text,
                    status=item.status,
                    confirmed=item.status in CONFIRMED,
                    cured=item.question in frame.cured,
                )
            )
    return tuple(found)
