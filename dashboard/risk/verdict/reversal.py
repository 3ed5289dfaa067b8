"""What the verdict reverses by: the smallest sets of answers that would change it.

An answer that is looked for is verified: at any level alone and in pairs, at the lowest or the
highest in threes. Within that the search is exact, for each other verdict. Where no such set
leads to a verdict, a larger one is built step by step and thinned out; it is one that does it,
and nobody says that it is the smallest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.scores.scoring import TOP_LEVEL, Item, weigh
from dashboard.risk.verdict.tally import (
    RULES,
    VERDICTS,
    Frame,
    Rows,
    VerdictName,
    decide,
    row_of,
    rows_of,
)

#: The largest sets that are all looked at.
SEARCHED: Final = 3
#: Sets named for one verdict.
MOST_SETS: Final = 24
#: The status that an answer has once it is looked for.
_FOUND: Final[EvidenceStatus] = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An answer as it would have to be; ``before`` is the level that counts now."""

    question: str
    before: int | None
    level: int
    status: EvidenceStatus = _FOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Answers that together lead to another verdict, by the rule with that number.

    ``smallest`` says that no smaller set does.
    """

    verdict: VerdictName
    rule: int
    changes: tuple[Change, ...]
    smallest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversals:
    """What would change the verdict. ``smallest`` are the smallest sets of all, ``by_verdict``
    those of each other verdict, the least departure from today's answers first.

    A verdict without a set is in ``out_of_reach``: no set of up to ``SEARCHED`` answers leads
    there, nor did a larger one that was tried.
    """

    smallest: tuple[Reversal, ...]
    by_verdict: Mapping[VerdictName, tuple[Reversal, ...]]
    out_of_reach: tuple[VerdictName, ...]


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Changes of single answers, and what each adds to the totals."""

    changes: tuple[Change, ...]
    deltas: Rows
    questions: NDArray[np.int64]
    departure: Rows


def flips(items: Sequence[Item], frame: Frame) -> dict[str, tuple[VerdictName, ...]]:
    """The verdicts that one answer alone can lead to, for every question that can."""
    total, candidates = _start(items, frame, range(TOP_LEVEL + 1))
    now = decide(total[np.newaxis], frame)[0]
    found: dict[str, dict[VerdictName, None]] = {}
    for change, rule in zip(
        candidates.changes, decide(total + candidates.deltas, frame), strict=True
    ):
        if RULES[int(rule)] != RULES[int(now)]:
            found.setdefault(change.question, {})[RULES[int(rule)]] = None
    return {i: tuple(v for v in VERDICTS if v in to) for i, to in found.items()}


def search(items: Sequence[Item], frame: Frame) -> Reversals:
    """The smallest sets of answers that lead to each other verdict."""
    total, every = _start(items, frame, range(TOP_LEVEL + 1))
    _, ends = _start(items, frame, (0, TOP_LEVEL))
    now = RULES[int(decide(total[np.newaxis], frame)[0])]
    found: dict[VerdictName, tuple[Reversal, ...]] = {}
    for size, candidates in ((1, every), (2, every), (3, ends)):
        wanted = [v for v in VERDICTS if v != now and v not in found]
        if not wanted:
            break
        found |= _sets(total, candidates, frame, size, wanted)
    for verdict, larger in _larger(total, ends, frame).items():
        if verdict != now:
            found.setdefault(verdict, (larger,))
    exact = [sets for sets in found.values() if sets[0].smallest]
    fewest = min((len(sets[0].changes) for sets in exact), default=0)
    return Reversals(
        smallest=tuple(r for sets in exact for r in sets if len(r.changes) == fewest),
        by_verdict={v: found[v] for v in VERDICTS if v in found},
        out_of_reach=tuple(v for v in VERDICTS if v != now and v not in found),
    )


def _start(items: Sequence[Item], frame: Frame, levels: Iterable[int]) -> tuple[Rows, _Candidates]:
    """The totals as they are, and the single answers that could be otherwise."""
    rows = rows_of(items, frame)
    wanted = list(levels)
    changes, others, questions, departure = [], [], [], []
    for i, item in enumerate(items):
        question = frame.questions[item.question]
        for level in wanted:
            if item.level == level and item.status == _FOUND:
                continue
            found = weigh(question, level, _FOUND, frame.numbers)
            changes.append(Change(question=item.question, before=item.level, level=level))
            others.append(row_of(found, frame, item.question, _FOUND))
            questions.append(i)
            departure.append(abs(level / TOP_LEVEL - item.expected))
    places = np.array(questions, dtype=np.int64)
    return (
        rows.sum(axis=0),
        _Candidates(
            changes=tuple(changes),
            deltas=np.array(others).reshape(-1, rows.shape[1]) - rows[places],
            questions=places,
            departure=np.array(departure),
        ),
    )


def _sets(
    total: Rows, candidates: _Candidates, frame: Frame, size: int, wanted: Sequence[VerdictName]
) -> dict[VerdictName, tuple[Reversal, ...]]:
    """The sets of this size that lead to each wanted verdict, the least departure first."""
    hits: dict[VerdictName, list[tuple[float, int, tuple[int, ...]]]] = {v: [] for v in wanted}
    for members in _combinations(candidates, size):
        sums = total + candidates.deltas[members].sum(axis=1)
        rules = decide(sums, frame)
        departure = candidates.departure[members].sum(axis=1)
        for verdict in wanted:
            numbers = [rule for rule, v in RULES.items() if v == verdict]
            at = np.flatnonzero(np.isin(rules, numbers))
            for k in at[np.argsort(departure[at], kind="stable")[: 20 * MOST_SETS]]:
                hits[verdict].append(
                    (float(departure[k]), int(rules[k]), tuple(members[k].tolist()))
                )
    found = {}
    for verdict, sets in hits.items():
        nearest: dict[tuple[str, ...], Reversal] = {}
        for _, rule, chosen in sorted(sets):
            changes = tuple(candidates.changes[c] for c in chosen)
            names = tuple(change.question for change in changes)
            nearest.setdefault(
                names, Reversal(verdict=verdict, rule=rule, changes=changes, smallest=True)
            )
        if nearest:
            found[verdict] = tuple(nearest.values())[:MOST_SETS]
    return found


def _combinations(candidates: _Candidates, size: int) -> Iterable[NDArray[np.int64]]:
    """Every set of ``size`` changes of different questions, in pieces that fit the cache."""
    n, questions = len(candidates.changes), candidates.questions
    if size == 1:
        yield np.arange(n)[:, np.newaxis]
        return
    first, second = np.triu_indices(n, 1)
    differ = questions[first] != questions[second]
    pairs = np.stack([first[differ], second[differ]], axis=1)
    if size == 2:
        yield from np.array_split(pairs, max(1, len(pairs) // 8192))
        return
    starts = np.searchsorted(pairs[:, 0], np.arange(n + 1))
    last_of = np.searchsorted(questions, questions, side="right")
    for one in range(n):
        later = pairs[starts[last_of[one]] :]
        if len(later):
            yield np.column_stack([np.full(len(later), one), later])


def _larger(total: Rows, candidates: _Candidates, frame: Frame) -> dict[VerdictName, Reversal]:
    """For each verdict on the way to the best and to the worst, a set that leads there."""
    found: dict[VerdictName, Reversal] = {}
    for level in (TOP_LEVEL, 0):
        path = _path(candidates, frame, level)
        sums = total + np.cumsum(candidates.deltas[path], axis=0) if path else total[np.newaxis]
        rules = decide(np.vstack([total, sums]) if path else sums, frame).tolist()
        for n, (before, after) in enumerate(pairwise(rules), start=1):
            verdict = RULES[after]
            if RULES[before] == verdict or verdict in found:
                continue
            chosen = _thinned(path[:n], total, candidates, frame, verdict)
            rule = int(decide(_sum(total, candidates, chosen)[np.newaxis], frame)[0])
            found[verdict] = Reversal(
                verdict=verdict,
                rule=rule,
                changes=tuple(candidates.changes[c] for c in chosen),
                smallest=False,
            )
    return found


def _path(candidates: _Candidates, frame: Frame, level: int) -> list[int]:
    """Changes to one level, those first that clear the most in the verdict's way."""
    chosen = [i for i, change in enumerate(candidates.changes) if change.level == level]
    n = 3 * len(frame.areas)
    # open and confirmed deal-breakers, flags, then the weight that becomes evidence
    cleared = candidates.deltas[:, n + 1 :].sum(axis=1)
    gained = candidates.deltas[:, n]
    return sorted(chosen, key=lambda i: (cleared[i], -gained[i]))


def _thinned(
    chosen: Sequence[int],
    total: Rows,
    candidates: _Candidates,
    frame: Frame,
    verdict: VerdictName,
) -> list[int]:
    """The set without the answers that it can do without."""
    kept = list(chosen)
    for one in list(chosen):
        fewer = [c for c in kept if c != one]
        rule = int(decide(_sum(total, candidates, fewer)[np.newaxis], frame)[0])
        if RULES[rule] == verdict:
            kept = fewer
    return kept


def _sum(total: Rows, candidates: _Candidates, chosen: Sequence[int]) -> Rows:
    summed: Rows = total + candidates.deltas[list(chosen)].sum(axis=0)
    return summed
