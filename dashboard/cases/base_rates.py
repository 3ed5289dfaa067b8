"""How the closed cases ended, never without the selection that made them cases.

Rates, warning and the historical rates of all venture financings are one value: nothing here
returns a rate alone.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from costmodel import facts
from costmodel.facts import Fact
from costmodel.messages import Message
from costmodel.venture.returns.outcomes import FILE
from dashboard.cases.library import CLOSED, Case, Outcome

#: Both tails of the 90 % interval.
_TAILS: Final = 0.10
#: The outcomes whose return lies in a band of the historical study, and the facts of its rate;
#: an acqui-hire gives about the money back and counts with the losses.
_BANDS: Final[tuple[tuple[tuple[Outcome, ...], str, str], ...]] = (
    (("fail", "acquihire"), "under 1x", "share_of_financings"),
    (("base",), "1x to 5x", "share_of_financings"),
    (("good",), "5x to 10x", "share_of_financings"),
    (("outlier",), "outlier", "probability"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many of ``n_of`` closed cases ended so, with a 90 % Wilson interval of the share.

    ``share``, ``low`` and ``high`` are fractions, ``None`` without a closed case.
    """

    outcomes: tuple[Outcome, ...]
    n: int
    n_of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The rate of the outcomes of one band of returns, beside that of all venture financings:
    of the study, and of its later update where that says it.
    """

    rate: Rate
    historical: Fact
    updated: Fact | None

    @property
    def low(self) -> float:
        """The lesser of the historical rates."""
        return min(fact.value for fact in (self.historical, self.updated) if fact is not None)

    @property
    def high(self) -> float:
        """The greater one."""
        return max(fact.value for fact in (self.historical, self.updated) if fact is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRates:
    """The rates by outcome and by band of returns, and what is wrong with them."""

    rates: tuple[Rate, ...]
    bands: tuple[Band, ...]
    n_closed: int
    n_open: int
    warning: Message


def base_rates(cases: Iterable[Case]) -> BaseRates:
    """How the companies among ``cases`` ended; runs do not count, open cases are said."""
    companies = [case for case in cases if case.kind == "company"]
    counts = Counter(case.outcome for case in companies if case.closed)
    n_closed = sum(counts.values())
    n_open = sum(case.outcome == "open" for case in companies)

    def rate(*outcomes: Outcome) -> Rate:
        n = sum(counts[outcome] for outcome in outcomes)
        low, high = wilson(n, n_closed)
        return Rate(
            outcomes=outcomes,
            n=n,
            n_of=n_closed,
            share=n / n_closed if n_closed else None,
            low=low,
            high=high,
        )

    return BaseRates(
        rates=tuple(rate(outcome) for outcome in CLOSED),
        bands=tuple(
            Band(
                rate=rate(*outcomes),
                historical=facts.lookup(FILE, band, quantity),
                updated=_updated(band),
            )
            for outcomes, band, quantity in _BANDS
        ),
        n_closed=n_closed,
        n_open=n_open,
        warning=_warning(n_closed, n_open),
    )


def _updated(band: str) -> Fact | None:
    if band != "under 1x":
        return None
    return facts.lookup(FILE, "update of 2023", "share_losing_money")


def wilson(n: int, n_of: int) -> tuple[float | None, float | None]:
    """The 90 % interval of a share of ``n`` in ``n_of``; (``None``, ``None``) of nothing.

    Source: Wilson 1927, Journal of the American Statistical Association 22, 209-212.
    """
    if not n_of:
        return None, None
    z = NormalDist().inv_cdf(1 - _TAILS / 2)
    share, weight = n / n_of, z * z / n_of
    mid = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / n_of + weight / (4 * n_of)) / (1 + weight)
    return max(0.0, mid - half), min(1.0, mid + half)


def _warning(n_closed: int, n_open: int) -> Message:
    if not n_closed:
        return Message(
            "No company here has ended; {n_open} are open. Nothing can be counted.",
            {"n_open": n_open},
        )
    return Message(
        "Not a rate of all startups: {n_closed} closed cases, picked by hand because the press "
        "wrote about them. Small failures that nobody reported are missing, and so are the "
        "{n_open} open cases, among them the largest gains on paper. The interval tells of the "
        "count alone, not of this selection. Do not enter these shares as probabilities; the "
        "historical rates beside them are of American venture capital of every sector.",
        {"n_closed": n_closed, "n_open": n_open},
    )
