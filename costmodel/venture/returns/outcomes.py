"""Five ways that it can end, what each returns, and what the checklist makes of their odds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias, get_args

from costmodel import facts
from costmodel.facts import Fact
from costmodel.messages import InputError, check_within
from costmodel.venture.inputs import FILE as VENTURE
from costmodel.venture.returns.irr import Flow, irr

FILE: Final = "outcomes"
CaseName: TypeAlias = Literal["fail", "acquihire", "base", "good", "outlier"]
CASES: Final[tuple[CaseName, ...]] = get_args(CaseName)
#: The cases whose odds the checklist moves.
LOSSES: Final[tuple[CaseName, ...]] = ("fail", "acquihire")
#: The bands of the historical study.
BANDS: Final = ("under 1x", "1x to 5x", "5x to 10x", "10x to 20x", "20x and more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One outcome: its probability, and the multiple of the investment that comes back."""

    name: str
    probability: float
    moic: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the cases come to together.

    ``irr`` is that of the expected flows. ``mean_irr`` is the mean of the cases' own rates,
    which says nothing about money: it weighs a total loss like -100 % of every year and hides
    that few large multiples pay for the many small ones. Shown to be explained, never used.
    """

    moic: float
    irr: float | None
    mean_irr: float | None


def historical_cases() -> tuple[Case, ...]:
    """The five cases at their start values: the odds and multiples of past financings."""
    return tuple(
        Case(
            name=name,
            probability=facts.lookup(FILE, name, "probability").value,
            moic=facts.lookup(FILE, name, "moic").value,
        )
        for name in CASES
    )


def historical_bands() -> tuple[Case, ...]:
    """The bands of the study itself, of which the cases are a regrouping."""
    return tuple(
        Case(
            name=name,
            probability=facts.lookup(FILE, name, "share_of_financings").value,
            moic=facts.lookup(FILE, name, "moic").value,
        )
        for name in BANDS
    )


def historical_years() -> float:
    """Years that the historical multiples are taken to have needed."""
    return facts.lookup(FILE, "any case", "years").value


def with_probabilities(
    cases: Sequence[Case], typed: Mapping[str, float], *, field: str = "cases"
) -> tuple[Case, ...]:
    """The cases with the probabilities that somebody typed; the others share what is left.

    Raises ``InputError`` where what is typed passes the whole, or where all are typed and do
    not make one.
    """
    for name, p in typed.items():
        check_within(f"{field}.{name}", p, 0.0, 1.0)
    stated = sum(typed.values())
    if stated > 1 + 1e-9:
        raise InputError(
            field,
            "the probabilities add up to {total}; together they are 1",
            total=round(stated, 6),
        )
    others = [c for c in cases if c.name not in typed]
    whole = sum(c.probability for c in others)
    if abs(stated - 1) > 1e-6 and whole <= 0:
        raise InputError(
            field,
            "the probabilities add up to {total}; together they are 1",
            total=round(stated, 6),
        )
    scale = (1 - stated) / whole if whole > 0 else 0.0
    return tuple(replace(c, probability=typed.get(c.name, c.probability * scale)) for c in cases)


def odds_factor(overall: float | None) -> float:
    """What the odds of the loss cases are multiplied by: ``exp(0.02 (60 - overall))``.

    ``overall`` is the checklist's expected score as it stands: how well its answers are
    proven is in it already and is applied nowhere else. Without a score the odds stand.
    The slope and the neutral score are judgements.
    """
    if overall is None:
        return 1.0
    slope = facts.lookup(VENTURE, "checklist", "odds_per_point").value
    neutral = facts.lookup(VENTURE, "checklist", "neutral_score").value
    return math.exp(slope * (neutral - overall))


def moved_by_checklist(cases: Sequence[Case], overall: float | None) -> tuple[Case, ...]:
    """The cases with the odds of the two losses moved by the score.

    Both losses keep their share of the loss, the others theirs of the rest; all still add up
    to one.
    """
    loss = sum(c.probability for c in cases if c.name in LOSSES)
    if not 0 < loss < 1:
        return tuple(cases)
    odds = loss / (1 - loss) * odds_factor(overall)
    moved = odds / (1 + odds)
    return tuple(
        replace(
            c,
            probability=c.probability
            * (moved / loss if c.name in LOSSES else (1 - moved) / (1 - loss)),
        )
        for c in cases
    )


def expected(cases: Sequence[Case], *, years: float, later_flows: Sequence[Flow] = ()) -> Expected:
    """Expected multiple and the return of the expected flows: ``XIRR(sum of p flows)``.

    One dollar is paid today, and in the base and better cases ``later_flows`` (years, dollars
    of one paid today, below zero) for keeping the share; after ``years`` each case pays back
    its multiple of all that was paid into it. No discount rate stands anywhere: failure is in
    the probabilities, and would count twice in a rate that allows for it.
    """
    later = -sum(usd for _, usd in later_flows)
    paid = {c.name: 1.0 if c.name in LOSSES else 1.0 + later for c in cases}
    returned = sum(c.probability * c.moic * paid[c.name] for c in cases)
    invested = sum(c.probability * paid[c.name] for c in cases)
    going_on = sum(c.probability for c in cases if c.name not in LOSSES)
    flows = [(0.0, -1.0), *((t, going_on * usd) for t, usd in later_flows), (years, returned)]
    own = {
        c.name: irr(
            [
                (0.0, -1.0),
                *(later_flows if c.name not in LOSSES else ()),
                (years, c.moic * paid[c.name]),
            ]
        )
        for c in cases
    }
    rates = [(c.probability, own[c.name]) for c in cases]
    mean = None
    if all(rate is not None for _, rate in rates):
        mean = sum(p * rate for p, rate in rates if rate is not None)
    return Expected(moic=returned / invested, irr=irr(flows), mean_irr=mean)


def listed(quantity: str) -> list[Fact]:
    """What listed model makers have done, highest first: revenue growth, or gross margin."""
    rows = facts.facts_of(FILE).values()
    return sorted(
        (fact for fact in rows if fact.quantity == quantity), key=lambda fact: -fact.value
    )
