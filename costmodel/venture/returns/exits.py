"""What an investment returns: the exit, the investor's part of it, the multiple and the rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from costmodel import facts
from costmodel.uncertainty import Draws, Number, larger
from costmodel.units import MONTHS_PER_YEAR
from costmodel.venture import cash, demand
from costmodel.venture.inputs import FILE, Switches
from costmodel.venture.returns import outcomes
from costmodel.venture.returns.dilution import Dilution, dilution
from costmodel.venture.returns.irr import Flow
from costmodel.venture.returns.outcomes import Case, Expected
from costmodel.venture.returns.waterfall import ShareClass, waterfall

Values = Mapping[str, Number]
_YEAR: Final = int(MONTHS_PER_YEAR)
#: The investor's own round among the classes of shares.
OWN: Final = "this round"
#: Longest time to an exit that is followed, in months.
_LONGEST: Final = 240
_MOST_SOLD: Final = 0.99


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Returns:
    """What comes of the investment if the plan comes about, in every world.

    ``revenue_usd`` is that of the twelve months before the exit, ``exit_usd`` what is left for
    shareholders; ``margin`` is the gross margin of that year. ``paid_usd`` holds
    what was paid in later rounds to keep the share.
    """

    revenue_usd: Number
    exit_usd: Number
    margin: Number
    years: Number
    paid_usd: Number
    proceeds_usd: Number
    dilution: Dilution

    @property
    def moic(self) -> Number:
        """Proceeds over all that was paid."""
        return self.proceeds_usd / self.paid_usd


def exit_equity(
    *, multiple: Number, revenue_usd: Number, cash_usd: Number, debt_usd: Number
) -> Number:
    """What an exit leaves for shareholders: ``multiple x revenue of 12 months + cash - debt``.

    Preferences come off in the waterfall. The revenue is what twelve months brought, never
    twelve times the last one.
    """
    return larger(multiple * revenue_usd + cash_usd - debt_usd, 0.0 * multiple)


def required_exit_usd(*, target_moic: Number, investment_usd: Number, owned: Number) -> Number:
    """The exit at which the investment returns its target: ``target x investment / o_T``."""
    return target_moic * investment_usd / owned


def most_post_money_usd(*, exit_usd: Number, retention: Number, target_moic: Number) -> Number:
    """The most that the company may be worth after the round: ``E_T x retention / target``.

    ``exit_usd`` is the exit *if the plan comes about*. A target of several times allows for
    the failures already: with an exit that is weighted by their probability they would count
    twice.
    """
    return exit_usd * retention / target_moic


def exit_revenue(values: Values) -> tuple[Number, Number]:
    """Revenue of the twelve months before the exit, and its gross margin."""
    months = np.asarray(values["holding_years"], dtype=np.float64) * MONTHS_PER_YEAR
    at = np.clip(np.round(months).astype(int), _YEAR, _LONGEST)
    horizon = int(at.max())
    back = np.maximum(at[..., None] - _YEAR + np.arange(_YEAR), 0)
    sold, seats = (
        _at(series, back)
        for series in (demand.tokens_sold(values, horizon), demand.seats_at(values, horizon))
    )
    by_month, _ = demand.revenue_at(values, back.astype(np.float64), sold=sold, seats=seats)
    twelve = by_month.sum(axis=-1)
    paid = cash.cost_of_revenue_at(values, back.astype(np.float64), sold=sold, seats=seats)
    cost = paid.sum(axis=-1)
    margin = np.where(twelve > 0, 1 - cost / np.where(twelve > 0, twelve, 1.0), 0.0)
    return _plain(twelve), _plain(margin)


def reference_margin() -> float:
    """Gross margin of the companies whose multiples of revenue are cited."""
    return facts.lookup(FILE, "public software", "reference_margin").value


def classes_of(values: Values, path: Dilution, switches: Switches) -> list[ShareClass]:
    """The preferred shares at the exit, oldest first: earlier ones, this round, later ones."""
    multiple = values["preference_multiple"]
    later = [
        ShareClass(
            name=f"later round {i}",
            share=one.sold * one.left,
            preference_usd=multiple * one.size_usd,
            participating=switches.participating,
        )
        for i, one in enumerate(path.rounds, start=1)
    ]
    earlier = values["earlier_preferences_usd"]
    size = np.maximum(values["raise_usd"], values["investment_usd"])
    # A table may ask for a round beyond the value after it, which a scenario refuses.
    sold = np.minimum(size / values["post_money_usd"], _MOST_SOLD)
    held = np.where(np.asarray(earlier) > 0, values["earlier_share"], 0.0) * (1 - sold)
    return [
        ShareClass(
            name="earlier rounds",
            share=_plain(held * path.retention),
            preference_usd=earlier,
            participating=switches.participating,
        ),
        ShareClass(
            name=OWN,
            share=_plain(sold * path.retention),
            preference_usd=_plain(multiple * size),
            participating=switches.participating,
        ),
        *later,
    ]


def proceeds_usd(values: Values, path: Dilution, switches: Switches, *, exit_usd: Number) -> Number:
    """The investor's dollars of an exit: the part of this round, and of what was bought later.

    Without other preferences that bind it is ``max(min(preference, exit), o_T x exit)``.
    """
    classes = classes_of(values, path, switches)
    paid = waterfall(exit_usd, classes, seniority=switches.seniority)
    size = np.maximum(values["raise_usd"], values["investment_usd"])
    total: Number = paid[1] * (values["investment_usd"] / size)
    for one, of_round in zip(path.rounds, paid[2:], strict=True):
        total = total + of_round * one.bought
    return total


def returns(values: Values, switches: Switches) -> Returns:
    """Everything about the exit if the plan comes about."""
    revenue, margin = exit_revenue(values)
    multiple = values["exit_multiple"]
    if switches.margin_in_multiple:
        multiple = multiple * np.clip(margin, 0.0, 1.0) / reference_margin()
    equity = exit_equity(
        multiple=multiple,
        revenue_usd=revenue,
        cash_usd=values["cash_at_exit_usd"],
        debt_usd=values["debt_at_exit_usd"],
    )
    path = dilution(values, exit_usd=equity)
    return Returns(
        revenue_usd=revenue,
        exit_usd=equity,
        margin=margin,
        years=values["holding_years"],
        paid_usd=values["investment_usd"] + path.later_cost_usd,
        proceeds_usd=proceeds_usd(values, path, switches, exit_usd=equity),
        dilution=path,
    )


def later_flows(found: Returns) -> list[Flow]:
    """What was paid in later rounds as (years, dollars of one paid today); rounds lie evenly
    between the investment and the exit. Of plain numbers.
    """
    years = float(np.asarray(found.years))
    n = len(found.dilution.rounds)
    first = float(np.asarray(found.paid_usd - found.dilution.later_cost_usd))
    return [
        (years * i / (n + 1), -float(np.asarray(one.cost_usd)) / first)
        for i, one in enumerate(found.dilution.rounds, start=1)
        if float(np.asarray(one.cost_usd)) > 0
    ]


def cases_of(
    middle: Values,
    found: Returns | None,
    switches: Switches,
    *,
    overall: float | None,
    typed: Mapping[str, float] | None = None,
) -> tuple[Case, ...]:
    """The five cases of this deal.

    Their odds start from past financings, as ``typed`` over them, and move with the
    checklist unless that is switched off. Their multiples are those of history, or (level
    ``plan``) the plan's own exit, at the medians of all inputs, for the base case; the good
    case and the outlier keep history's distance from it, an acqui-hire pays its part of the
    preferences that stand today, and a failure returns what failures returned. Doubt about
    the plan is no second time in the cases: they start from its middle alone.
    """
    cases = outcomes.historical_cases()
    cases = outcomes.with_probabilities(cases, typed or {})
    if switches.checklist:
        cases = outcomes.moved_by_checklist(cases, overall)
    if found is None or switches.case_level == "history":
        return cases
    exit_usd = float(np.asarray(found.exit_usd))
    if exit_usd <= 0:
        return cases
    by_name = {case.name: case.moic for case in cases}
    paid = float(np.asarray(found.paid_usd))
    own = {"fail": by_name["fail"], "acquihire": _acquihire(middle, switches, by_name["acquihire"])}
    for name in ("base", "good", "outlier"):
        distance = by_name[name] / by_name["base"]
        whole = proceeds_usd(middle, found.dilution, switches, exit_usd=exit_usd * distance)
        own[name] = float(np.asarray(whole)) / paid
    return tuple(Case(name=c.name, probability=c.probability, moic=own[c.name]) for c in cases)


def expected_return(
    cases: Sequence[Case], found: Returns | None, *, years: float, switches: Switches
) -> Expected:
    """Expected multiple and rate of the cases, over the middle holding period. History's
    multiples are of all that was paid, so that nothing is paid later with them.
    """
    own = found is not None and switches.case_level == "plan"
    later = later_flows(found) if found is not None and own else []
    return outcomes.expected(cases, years=years, later_flows=later)


def _acquihire(middle: Values, switches: Switches, of_preferences: float) -> float:
    """Multiple of an acqui-hire before any later round: it pays that share of the money that
    holds preferences today, by seniority.
    """
    today = {
        **middle,
        **{name: 0.0 for name in middle if name.startswith(("later_dilution", "later_pool"))},
    }
    path = dilution(today)
    size = np.maximum(today["raise_usd"], today["investment_usd"])
    exit_usd = of_preferences * (size + today["earlier_preferences_usd"])
    whole = proceeds_usd(today, path, switches, exit_usd=exit_usd)
    return float(np.asarray(whole / today["investment_usd"]))


def _at(series: Draws, months: NDArray[np.int_]) -> Draws:
    """The values of a series, time last, at these months of each world."""
    if series.ndim == 1:
        return series[months]
    shape = np.broadcast_shapes(series.shape[:-1], months.shape[:-1])
    whole = np.broadcast_to(series, (*shape, series.shape[-1]))
    return np.take_along_axis(whole, np.broadcast_to(months, (*shape, months.shape[-1])), -1)


def _plain(value: Draws) -> Number:
    return float(value) if np.ndim(value) == 0 else value
