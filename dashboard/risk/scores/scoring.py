"""Scores: what is known, what to expect, and between which bounds, by area and overall.

An item's level gives ``s = level / 4``. An admission counts in full; a claim of strength is
shrunk towards a sceptical prior by how well it is known. Unknown is neither zero nor left out:
it stands at the prior with the whole range open. Every total is made of the items it holds.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.autofill import Graded
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.schema import Question

ResidualBand: TypeAlias = Literal["low", "moderate", "high", "critical"]

TOP_LEVEL: Final = 4
#: Smaller than any step of a score; sums of fractions that should be equal differ by less.
ROUNDING: Final = 1e-9


class Weighed(NamedTuple):
    """What a level with its status is worth for a question; see ``Item`` for the fields."""

    level: int | None
    locked: bool
    known: float | None
    expected: float
    low: float
    high: float
    credit: float
    likelihood: int
    residual: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What one question puts into the scores; fractions of the best, not percent.

    ``level`` is the level that counts: ``locked`` says that it was held down because the
    levels above need proof. ``known`` is ``None`` where nothing is. ``gap`` is how many levels
    are missing to what the stage expects.
    """

    question: str
    area: str
    weight: float
    impact: int
    level: int | None
    status: EvidenceStatus
    locked: bool
    known: float | None
    expected: float
    low: float
    high: float
    credit: float
    likelihood: int
    residual: int
    band: ResidualBand
    gap: int | None

    @property
    def stake(self) -> float:
        """Weight times impact: what the item counts within its area."""
        return self.weight * self.impact


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score from 0 to 100 with its outer bounds; ``known`` counts answered items alone.

    ``coverage`` is the share of the weight that evidence stands for, a fraction.
    """

    known: float | None
    expected: float
    low: float
    high: float
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaScore:
    """An area's score, the items it is made of, and its weight among the areas that count."""

    area: str
    weight: float
    score: Score
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Scores by area and overall. ``left_out`` are areas without a question that applies;
    without any area ``overall`` is ``None``.
    """

    areas: Mapping[str, AreaScore]
    overall: Score | None
    left_out: tuple[str, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item, in the order of the bank."""
        return tuple(item for area in self.areas.values() for item in area.items)


def item_of(
    question: Question,
    graded: Graded,
    *,
    area: str,
    expects: str,
    numbers: Mapping[str, float],
) -> Item:
    """What a question that applies puts into the scores. ``expects`` is the stage held against
    it; ``numbers`` are the parameters in force.
    """
    found = weigh(question, graded.level, graded.status, numbers)
    expectation = question.stage_expect[expects]
    return Item(
        question=question.id,
        area=area,
        weight=numbers[f"weight_{question.priority.lower()}"],
        impact=question.impact,
        status=graded.status,
        band=residual_band(found.residual, numbers),
        gap=None if found.level is None else max(0, expectation - found.level),
        **found._asdict(),
    )


def weigh(
    question: Question, level: int | None, status: EvidenceStatus, numbers: Mapping[str, float]
) -> Weighed:
    """What the level is worth: an admission in full, a claim of strength shrunk to the prior."""
    assert status != "not_applicable"
    if status == "contradicted":
        level = 0
    elif status == "unknown":
        level = None
    return _weighed(
        question.evidence_in_level,
        question.impact,
        level,
        numbers["prior"],
        TOP_LEVEL if status in ("documented", "verified") else numbers["unproven_level"],
        numbers.get(f"credit_{status}", 0.0),
        numbers.get(f"down_{status}", 0.0),
        numbers.get(f"up_{status}", 0.0),
        numbers["up_documented"],
    )


@lru_cache(maxsize=4096)
def _weighed(
    evidence_in_level: bool,
    impact: int,
    level: int | None,
    prior: float,
    highest: float,
    credit: float,
    down: float,
    up: float,
    up_documented: float,
) -> Weighed:
    """``weigh`` with every number it takes; kept, since few combinations ever occur."""
    locked = evidence_in_level and level is not None and level > highest
    if locked:
        level = int(highest)
    if level is None:
        known, expected, low, high = None, prior, 0.0, 1.0
    else:
        known = level / TOP_LEVEL
        admitted = known <= prior or evidence_in_level
        expected = known if admitted else prior + credit * (known - prior)
        if known <= prior:
            # An admission that is merely said leaves no less room above than a document of it
            # does: better evidence never widens an interval.
            up = max(up, up_documented)
        # weak evidence of a high level is expected below where its own bounds begin
        low = min(expected, max(0.0, known - down))
        high = max(expected, min(1.0, known + up))
    likelihood = likelihood_at(expected)
    return Weighed(
        level=level,
        locked=locked,
        known=known,
        expected=expected,
        low=low,
        high=high,
        credit=credit,
        likelihood=likelihood,
        residual=likelihood * impact,
    )


def likelihood_at(score: float) -> int:
    """How likely harm is, from 1 to 5, where a question stands at ``score`` of the best."""
    return min(max(5 - math.floor(4 * score + 0.5 + ROUNDING), 1), 5)


def residual_band(residual: int, numbers: Mapping[str, float]) -> ResidualBand:
    """What a residual risk is called."""
    if residual >= numbers["critical_residual"]:
        return "critical"
    if residual >= numbers["high_residual"]:
        return "high"
    return "moderate" if residual >= numbers["moderate_residual"] else "low"


def scores_of(items: Iterable[Item], *, bank: Bank, numbers: Mapping[str, float]) -> Scores:
    """The scores that the items make, by area and overall."""
    by_area: dict[str, list[Item]] = {}
    for item in items:
        by_area.setdefault(item.area, []).append(item)
    order = [row.id for row in bank.frame.areas]
    weights = area_weights([a for a in order if a in by_area], numbers)
    areas = {
        area: AreaScore(
            area=area, weight=weight, score=score_of(by_area[area]), items=tuple(by_area[area])
        )
        for area, weight in weights.items()
    }
    return Scores(
        areas=areas,
        overall=_overall_score(list(areas.values()), numbers),
        left_out=tuple(a for a in order if a not in by_area),
    )


def area_weights(areas: Sequence[str], numbers: Mapping[str, float]) -> dict[str, float]:
    """The weights of these areas, made to sum to one; equal ones where all are zero."""
    given = {area: numbers[f"area_weight_{area}"] for area in areas}
    total = sum(given.values())
    return {a: w / total if total > 0 else 1 / len(given) for a, w in given.items()}


def overall_of(areas: Sequence[tuple[float, float]], numbers: Mapping[str, float]) -> float:
    """The overall score of (weight, score) by area: the weakest area is not averaged away."""
    share = numbers["worst_area_share"]
    mean = sum(weight * score for weight, score in areas)
    return (1 - share) * mean + share * min(score for _, score in areas)


def score_of(items: Sequence[Item]) -> Score:
    """The score of some items, of an area or of a concern, each by its stake; at least one."""
    stake = sum(item.stake for item in items)
    answered = [(item.stake, item.known) for item in items if item.known is not None]
    known_stake = sum(stake for stake, _ in answered)
    return Score(
        known=100 * sum(s * known for s, known in answered) / known_stake if answered else None,
        expected=100 * sum(item.stake * item.expected for item in items) / stake,
        low=100 * sum(item.stake * item.low for item in items) / stake,
        high=100 * sum(item.stake * item.high for item in items) / stake,
        coverage=_coverage(items),
    )


def _overall_score(areas: Sequence[AreaScore], numbers: Mapping[str, float]) -> Score | None:
    if not areas:
        return None
    known = [(a.weight, a.score.known) for a in areas if a.score.known is not None]
    weight = sum(w for w, _ in known)
    return Score(
        known=overall_of([(w / weight, k) for w, k in known], numbers) if weight > 0 else None,
        expected=overall_of([(a.weight, a.score.expected) for a in areas], numbers),
        low=overall_of([(a.weight, a.score.low) for a in areas], numbers),
        high=overall_of([(a.weight, a.score.high) for a in areas], numbers),
        coverage=_coverage([item for area in areas for item in area.items]),
    )


def _coverage(items: Sequence[Item]) -> float:
    return sum(item.weight * item.credit for item in items) / sum(item.weight for item in items)
