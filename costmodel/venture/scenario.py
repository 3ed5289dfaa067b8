"""One scenario run through: cash, runway, proof and returns in every world, and in the middle."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.messages import Amount, InputError
from costmodel.uncertainty import Draws, Number
from costmodel.venture import cash, demand, economics, runway
from costmodel.venture.cash import CashFlow
from costmodel.venture.inputs import VentureInputs
from costmodel.venture.returns import exits
from costmodel.venture.returns.exits import Returns
from costmodel.venture.returns.outcomes import Case, Expected, historical_years
from costmodel.venture.runway import Yes

#: Months that a scenario shows; it looks further where the proof lies further.
MONTHS: Final = 36
_MOST_MONTHS: Final = 120
#: The third year, by month.
YEAR_3: Final = (24, 36)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """A scenario in every world: ``values``, the cash, and what follows from it.

    ``runway_months`` is the horizon in worlds where the cash outlasts it (``outlasts``);
    ``spare_months`` are left after proof and the round that follows.
    """

    inputs: VentureInputs
    values: Mapping[str, Number]
    flow: CashFlow
    runway_months: Number
    proof_months: Number
    lasts_to_proof: Yes
    lasts_to_round: Yes
    outlasts: Yes
    break_even_month: Number
    year_3_margin: Number
    returns: Returns | None

    @property
    def horizon(self) -> int:
        """Months that were followed."""
        return int(self.flow.cash_usd.shape[-1]) - 1

    @property
    def spare_months(self) -> Number:
        """``runway - months to proof - months to close a round``."""
        return self.runway_months - self.proof_months - self.values["months_to_close"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScenarioResult:
    """A scenario's answer: in ``worlds``, in the ``middle`` of all inputs, and by cases, whose
    money comes back after ``years``.
    """

    worlds: Run
    middle: Run
    cases: tuple[Case, ...]
    expected: Expected
    years: float

    @property
    def p_lasts_to_proof(self) -> float:
        """Share of the worlds in which the cash lasts to the proof."""
        return float(np.mean(self.worlds.lasts_to_proof))

    @property
    def p_lasts_to_round(self) -> float:
        """Share of the worlds in which it lasts until a round after the proof has closed."""
        return float(np.mean(self.worlds.lasts_to_round))

    @property
    def typical_break_even_month(self) -> float | None:
        """The median month of break-even; ``None`` where most worlds see none."""
        month = float(np.quantile(self.worlds.break_even_month, 0.5, method="lower"))
        return month if math.isfinite(month) else None

    @property
    def p_break_even(self) -> float:
        """Share of the worlds that break even within the horizon."""
        return float(np.mean(np.isfinite(self.worlds.break_even_month)))


def run(
    inputs: VentureInputs, values: Mapping[str, Number], *, months: int, with_returns: bool = True
) -> Run:
    """The scenario for these values, floats or draws."""
    flow = cash.cash_flow(
        values, inputs.switches, months=months, programme_usd=inputs.programme_usd
    )
    proof = runway.proof_months(values)
    first, last = YEAR_3
    return Run(
        inputs=inputs,
        values=values,
        flow=flow,
        runway_months=runway.runway_months(flow),
        proof_months=proof,
        lasts_to_proof=runway.lasts_to(flow, proof),
        lasts_to_round=runway.lasts_to(flow, proof + values["months_to_close"]),
        outlasts=runway.outlasts(flow),
        break_even_month=economics.break_even_month(flow),
        year_3_margin=economics.gross_margin(flow, first=first, last=last),
        returns=exits.returns(values, inputs.switches) if with_returns else None,
    )


def middle_inputs(inputs: VentureInputs) -> VentureInputs:
    """The inputs with the programme's bill at its median by month, for scalar answers."""
    usd = inputs.programme_usd
    if usd is None or usd.ndim == 1:
        return inputs
    return VentureInputs(
        assumptions=inputs.assumptions,
        warnings=inputs.warnings,
        switches=inputs.switches,
        programme_usd=np.median(usd, axis=0),
    )


def horizon_of(values: Mapping[str, Number]) -> int:
    """Months to follow: those that are shown, and further where proof and round lie further."""
    latest = runway.proof_months(values) + values["months_to_close"]
    furthest = float(np.quantile(latest, 0.99))
    return int(min(max(MONTHS, math.ceil(furthest) + 1), _MOST_MONTHS))


def has_exit(inputs: VentureInputs) -> bool:
    """Whether there is anything to value: an investment, a price for it, and some revenue."""
    spans = inputs.spans()
    earns = (
        spans["paid_tokens_per_month"].high * spans["price_usd_per_million_tokens"].high
        + spans["seats"].high * spans["seat_usd_per_month"].high
        + spans["projects_usd_per_month"].high
    )
    return spans["investment_usd"].low > 0 and spans["post_money_usd"].low > 0 and earns > 0


def answer(
    inputs: VentureInputs,
    *,
    seed: int,
    n_draws: int,
    overall: float | None = None,
    case_probabilities: Mapping[str, float] | None = None,
    months: int | None = None,
) -> ScenarioResult:
    """The scenario in ``n_draws`` worlds. The same seed gives the same worlds everywhere.

    ``overall`` is the checklist's expected score. Raises ``InputError`` for probabilities of
    cases that cannot be, and for a round as large as the company after it.
    """
    _check_round(inputs)
    values = inputs.worlds(seed=seed, n=n_draws)
    horizon = months or horizon_of(values)
    valued = has_exit(inputs)
    worlds = run(inputs, values, months=horizon, with_returns=valued)
    middle_in = middle_inputs(inputs)
    middle = run(middle_in, middle_in.middle(), months=horizon, with_returns=valued)
    cases = exits.cases_of(
        middle.values,
        middle.returns,
        inputs.switches,
        overall=overall,
        typed=case_probabilities,
    )
    years = _years(inputs, middle.values)
    expected = exits.expected_return(cases, middle.returns, years=years, switches=inputs.switches)
    return ScenarioResult(worlds=worlds, middle=middle, cases=cases, expected=expected, years=years)


def _check_round(inputs: VentureInputs) -> None:
    spans = inputs.spans()
    most = max(spans["raise_usd"].high, spans["investment_usd"].high)
    if has_exit(inputs) and most >= spans["post_money_usd"].low:
        raise InputError(
            "post_money_usd",
            "the round of {round} is as much as the company after it, {value}; the value after "
            "the round holds its money, so write more",
            round=Amount(most, "usd"),
            value=Amount(spans["post_money_usd"].low, "usd"),
        )


def _years(inputs: VentureInputs, middle: Mapping[str, Number]) -> float:
    """Years from the money to its return: those of the plan's exit, but history's own where
    its multiples stand for the plan's and nobody states a holding period.
    """
    stated = next(a for a in inputs.assumptions if a.name == "holding_years").origin is None
    if inputs.switches.case_level == "history" and not stated:
        return historical_years()
    return float(np.asarray(middle["holding_years"]))


def rival_cost_position(run_: Run, *, rival_margin: Number) -> Draws:
    """Own cost of a token over the rivals' by month; above one the company is dearer.

    Where no price is known there is nothing to hold it against: all are one.
    """
    months = run_.flow.revenue_usd.shape[-1]
    own = demand.unit_cost(run_.values, months)
    theirs = demand.rival_unit_cost(run_.values, months, rival_margin=rival_margin)
    return np.where(theirs > 0, own / np.where(theirs > 0, theirs, 1.0), 1.0)
