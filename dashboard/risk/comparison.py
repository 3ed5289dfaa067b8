"""What changed between two assessments of a deal, and which change moved the verdict."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from dashboard.risk.assessment import Assessment
from dashboard.risk.bank.schema import Question
from dashboard.risk.scores.scoring import Item, Scores, scores_of
from dashboard.risk.verdict.tally import RULES, Frame, VerdictName, decide, frame_of, rows_of

_Mixed: TypeAlias = Callable[[Collection[str]], tuple[VerdictName, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """A question that counts otherwise than before; ``None`` where it did or does not count.

    ``effect`` is what this change alone does to the expected overall score, in points;
    ``verdict`` the verdict that it alone leads to.
    """

    question: str
    before: Item | None
    after: Item | None
    effect: float
    verdict: VerdictName


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two assessments side by side, the changes with the largest effect first.

    ``moved_by`` are the questions whose changes together move the verdict, none of which can
    be left out; empty where it did not move. ``numbers_moved`` says that other parameters
    move it, before any answer changed.
    """

    before: VerdictName
    after: VerdictName
    effect: float
    changes: tuple[ItemChange, ...]
    moved_by: tuple[str, ...]
    numbers_moved: bool


def compare(before: Assessment, after: Assessment) -> Comparison:
    """What changed from one assessment to the other."""
    was = {item.question: item for item in before.scores.items}
    now = {item.question: item for item in after.scores.items}
    order = [i for i in _questions(before, after) if i in was or i in now]
    changed = [i for i in order if was.get(i) != now.get(i) or _flags(before, after, i)]

    def mixed(moved: Collection[str]) -> tuple[VerdictName, float]:
        return _mixed(before, after, was, now, order, moved)

    start, start_score = mixed(())
    end, end_score = mixed(changed)
    changes = []
    for i in changed:
        verdict, score = mixed((i,))
        changes.append(
            ItemChange(
                question=i,
                before=was.get(i),
                after=now.get(i),
                effect=score - start_score,
                verdict=verdict,
            )
        )
    changes.sort(key=lambda change: -abs(change.effect))
    return Comparison(
        before=before.verdict.name,
        after=after.verdict.name,
        effect=end_score - start_score,
        changes=tuple(changes),
        moved_by=_moved_by(changes, start, end, mixed),
        numbers_moved=start != before.verdict.name,
    )


def _moved_by(
    changes: Sequence[ItemChange], start: VerdictName, end: VerdictName, mixed: _Mixed
) -> tuple[str, ...]:
    """One change that moves the verdict alone, else all of them without the needless ones."""
    if start == end:
        return ()
    for change in changes:
        if change.verdict == end:
            return (change.question,)
    kept = [change.question for change in changes]
    for change in reversed(changes):  # the least effect first
        fewer = [i for i in kept if i != change.question]
        if mixed(fewer)[0] == end:
            kept = fewer
    return tuple(kept)


def _mixed(
    before: Assessment,
    after: Assessment,
    was: Mapping[str, Item],
    now: Mapping[str, Item],
    order: Sequence[str],
    moved: Collection[str],
) -> tuple[VerdictName, float]:
    """Verdict and expected score with the ``moved`` questions as they are now, by today's
    numbers; the others as they were.
    """
    picked = [(now if i in moved else was).get(i) for i in order]
    items = [item for item in picked if item is not None]
    numbers = dict(after.parameters)
    scores = scores_of(items, bank=after.bank, numbers=numbers)
    if scores.overall is None:
        return "need_more_evidence", 0.0
    frame = _frame(before, after, scores, moved, numbers)
    total = rows_of(scores.items, frame).sum(axis=0, keepdims=True)
    return RULES[int(decide(total, frame)[0])], scores.overall.expected


def _frame(
    before: Assessment,
    after: Assessment,
    scores: Scores,
    moved: Collection[str],
    numbers: Mapping[str, float],
) -> Frame:
    """The frame of a mixture: red flags and cures of the one or the other assessment."""
    frame = frame_of(
        scores.items,
        questions=_questions(before, after),
        flags={},
        cured=frozenset(),
        numbers=numbers,
    )
    flags: dict[str, tuple[bool, ...]] = {}
    cured: set[str] = set()
    for item in scores.items:
        own = (after if item.question in moved else before).frame
        if own is not None and item.question in own.flags:
            flags[item.question] = own.flags[item.question]
        if own is not None and item.question in own.cured:
            cured.add(item.question)
    return replace(frame, flags=flags, cured=frozenset(cured))


def _questions(before: Assessment, after: Assessment) -> Mapping[str, Question]:
    """What either of the two asks: the deal may have moved to another sector."""
    return {**after.bank.questions, **before.bank.questions}


def _flags(before: Assessment, after: Assessment, question: str) -> bool:
    """Whether the question's red flag, or its cure, is another."""
    if before.frame is None or after.frame is None:
        return False
    return before.frame.flags.get(question) != after.frame.flags.get(question) or (
        question in before.frame.cured
    ) != (question in after.frame.cured)
