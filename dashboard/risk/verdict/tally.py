"""What the verdict's rules read, as one row of numbers for each item.

A total is the sum of its rows, so that swapping an answer is a subtraction and an addition,
and the rules decide thousands of such totals at once, by the same lines as one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.bank.schema import Question
from dashboard.risk.scores.band import overall_draws
from dashboard.risk.scores.scoring import Item, Weighed, area_weights

VerdictName: TypeAlias = Literal["proceed", "conditional", "watch", "need_more_evidence", "decline"]
Rows: TypeAlias = NDArray[np.float64]

#: The verdicts from best to worst.
VERDICTS: Final[tuple[VerdictName, ...]] = (
    "proceed",
    "conditional",
    "watch",
    "need_more_evidence",
    "decline",
)
#: The verdict of each rule, in the order in which the rules are asked.
RULES: Final[Mapping[int, VerdictName]] = {
    1: "decline",
    2: "decline",
    3: "need_more_evidence",
    4: "watch",
    5: "proceed",
    6: "conditional",
}
#: Statuses that leave a P0 open, and those that confirm what a red flag says.
OPEN: Final = frozenset({"unknown", "assumed", "claimed"})
CONFIRMED: Final = frozenset({"documented", "verified", "contradicted"})
BREAKERS: Final = frozenset({"deal_breaker", "deal_breaker_curable"})
#: Priority whose open questions hold up the verdict.
FIRST: Final = "P0"

#: What a row counts, after three numbers for each area.
_COUNTS: Final = (
    "credit",
    "open_p0",
    "open_breakers",
    "breakers",
    "watches",
    "unanswered",
    "critical",
)
#: Sums are compared at this many decimals: far finer than any score is shown.
_DECIMALS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stays the same when answers change: areas, stakes, weights, red flags by level.

    ``places`` says at which of the areas a question stands, ``weight_of`` and ``stake_of``
    what it counts. ``flags`` says at which levels the red flag of a question fires; ``cured``
    lists the questions whose curable deal-breaker has been put right.
    """

    areas: tuple[str, ...]
    places: Mapping[str, int]
    weights: Rows
    stakes: Rows
    weight_of: Mapping[str, float]
    stake_of: Mapping[str, float]
    total_weight: float
    questions: Mapping[str, Question]
    flags: Mapping[str, tuple[bool, ...]]
    cured: frozenset[str]
    numbers: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What the rules read off totals: scores and counts, one entry for each total."""

    expected: Rows
    low: Rows
    high: Rows
    coverage: Rows
    counts: Mapping[str, Rows]


def frame_of(
    items: Sequence[Item],
    *,
    questions: Mapping[str, Question],
    flags: Mapping[str, tuple[bool, ...]],
    cured: frozenset[str],
    numbers: Mapping[str, float],
) -> Frame:
    """The frame of these items; at least one."""
    areas = tuple(dict.fromkeys(item.area for item in items))
    stakes = dict.fromkeys(areas, 0.0)
    for item in items:
        stakes[item.area] += item.stake
    return Frame(
        areas=areas,
        places={item.question: areas.index(item.area) for item in items},
        weight_of={item.question: item.weight for item in items},
        stake_of={item.question: item.stake for item in items},
        weights=np.array(list(area_weights(areas, numbers).values())),
        stakes=np.array(list(stakes.values())),
        total_weight=sum(item.weight for item in items),
        questions=questions,
        flags=flags,
        cured=cured,
        numbers=numbers,
    )


def row_of(
    item: Item | Weighed, frame: Frame, question: str, status: EvidenceStatus
) -> list[float]:
    """What a question with this status puts into the totals once it is weighed."""
    asked, place = frame.questions[question], frame.places[question]
    n, stake = len(frame.areas), frame.stake_of[question]
    kind = asked.red_flag.kind if asked.red_flag is not None else ""
    fires = flag_fires(question, item.level, frame.flags)
    is_open = asked.priority == FIRST and status in OPEN
    confirmed = status in CONFIRMED and question not in frame.cured
    row = [0.0] * (3 * n)
    row[place] = stake * item.expected
    row[n + place] = stake * item.low
    row[2 * n + place] = stake * item.high
    row += (
        frame.weight_of[question] * item.credit,
        float(is_open),
        float(is_open and kind in BREAKERS),
        float(fires and kind in BREAKERS and confirmed),
        float(fires and kind == "cap_watch"),
        float(fires and kind == "open_p0"),
        float(item.residual >= frame.numbers["critical_residual"]),
    )
    return row


def rows_of(items: Sequence[Item], frame: Frame) -> Rows:
    """The rows of the items as they are."""
    return np.array([row_of(item, frame, item.question, item.status) for item in items])


def flag_fires(question: str, level: int | None, flags: Mapping[str, tuple[bool, ...]]) -> bool:
    """Whether the red flag of the question fires at the level; unknown never does."""
    levels = flags.get(question)
    return levels is not None and level is not None and levels[level]


def read(totals: Rows, frame: Frame) -> Read:
    """Scores and counts of totals along the first axis."""
    n = len(frame.areas)
    scores = [100 * totals[:, part * n : (part + 1) * n] / frame.stakes for part in range(3)]
    expected, low, high = (
        np.round(overall_draws(s, frame.weights, frame.numbers), _DECIMALS) for s in scores
    )
    counts = dict(zip(_COUNTS, totals[:, 3 * n :].T, strict=True))
    coverage = np.round(counts.pop("credit") / frame.total_weight, _DECIMALS)
    return Read(expected=expected, low=low, high=high, coverage=coverage, counts=counts)


def decide(totals: Rows, frame: Frame) -> NDArray[np.int64]:
    """The number of the rule that decides each total: the first that holds."""
    n, found = frame.numbers, read(totals, frame)
    holds = {name: count > 0.5 for name, count in found.counts.items()}
    rules = [
        holds["breakers"],
        (found.coverage >= n["decline_coverage"]) & (found.high < n["decline_high"]),
        (found.coverage < n["evidence_coverage"]) | holds["open_breakers"] | holds["unanswered"],
        holds["watches"] | (found.low < n["watch_low"]) | (found.expected < n["watch_expected"]),
        (found.coverage >= n["proceed_coverage"])
        & ~holds["open_p0"]
        & (found.expected >= n["proceed_expected"])
        & (found.low >= n["proceed_low"])
        & ~holds["critical"],
    ]
    return np.select(rules, [1, 2, 3, 4, 5], default=6)
