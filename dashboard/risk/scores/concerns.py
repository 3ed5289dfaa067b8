"""The nine concerns of a deal: the score of the questions that bear on each, and its band."""

import itertools
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from dashboard.risk.bank.bank import Bank
from dashboard.risk.scores.scoring import (
    ROUNDING,
    Item,
    ResidualBand,
    Score,
    Scores,
    residual_band,
    score_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcernScore:
    """A concern's score, and the band of its residual risk.

    The likelihood is that of its expected score, the impact the mean of its questions'. Without
    an answer there is no band; without a question that applies no score either.
    """

    concern: str
    items: tuple[Item, ...]
    score: Score | None
    band: ResidualBand | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Two concerns and the questions that bear on both."""

    one: str
    other: str
    questions: tuple[str, ...]


def concerns_of(
    scores: Scores, *, bank: Bank, numbers: Mapping[str, float]
) -> tuple[ConcernScore, ...]:
    """Every concern, in the order of the bank."""
    by_question = {item.question: item for item in scores.items}
    found = []
    for row in bank.frame.concerns:
        items = tuple(by_question[i] for i in row.questions if i in by_question)
        score = score_of(items) if items else None
        found.append(
            ConcernScore(
                concern=row.id, items=items, score=score, band=_band(items, score, numbers)
            )
        )
    return tuple(found)


def shared(bank: Bank, applicable: Collection[str]) -> tuple[Shared, ...]:
    """The pairs of concerns that have questions in common, those that apply."""
    found = []
    for one, other in itertools.combinations(bank.frame.concerns, 2):
        both = tuple(i for i in one.questions if i in other.questions and i in applicable)
        if both:
            found.append(Shared(one=one.id, other=other.id, questions=both))
    return tuple(found)


def _band(
    items: Collection[Item], score: Score | None, numbers: Mapping[str, float]
) -> ResidualBand | None:
    if score is None or score.known is None:
        return None
    expected = score.expected / 100
    likelihood = min(max(5 - math.floor(4 * expected + 0.5 + ROUNDING), 1), 5)
    impact = math.floor(sum(item.impact for item in items) / len(items) + 0.5 + ROUNDING)
    return residual_band(likelihood * impact, numbers)
