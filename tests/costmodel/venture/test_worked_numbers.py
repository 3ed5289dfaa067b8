"""The worked numbers of the docs' scenarios page come out of the same functions as everything."""

from collections.abc import Mapping
from typing import Any

import pytest

from costmodel.venture import cash, economics, runway
from costmodel.venture.cash import CashFlow
from costmodel.venture.inputs import VentureInputs
from costmodel.venture.returns import exits, outcomes
from costmodel.venture.returns.dilution import dilution
from costmodel.venture.stress import stressed
from tests.costmodel.venture.plans import sample, still

#: Three later rounds of 18, 15 and 12 % with pools of 3, 2 and 2 %.
THREE_ROUNDS: Mapping[str, float] = {
    "investment_usd": 15e6,
    "post_money_usd": 120e6,
    "later_dilution_1": 0.18,
    "later_dilution_2": 0.15,
    "later_dilution_3": 0.12,
    "later_pool_1": 0.03,
    "later_pool_2": 0.02,
    "later_pool_3": 0.02,
}


def flow_of(inputs: VentureInputs, months: int = 60) -> CashFlow:
    return cash.cash_flow(inputs.middle(), inputs.switches, months=months)


def runway_of(inputs: VentureInputs) -> Any:
    return runway.runway_months(flow_of(inputs))


def year_5_revenue(inputs: VentureInputs) -> float:
    return float(flow_of(inputs).revenue_usd[48:60].sum())


def test_a_margin_of_90_cents_turns_negative_after_27_3_months() -> None:
    values = still(
        price_usd_per_million_tokens=2.0,
        unit_cost_usd_per_million_tokens=0.88,
        free_share=0.25,
        price_fall_per_year=0.5,
        cost_fall_per_year=0.35,
    ).middle()
    assert economics.months_to_negative_margin(values) == pytest.approx(27.3, abs=0.05)


def test_an_eighth_is_7_14_per_cent_after_three_rounds_with_pools() -> None:
    path = dilution(still(**THREE_ROUNDS).middle())
    assert path.bought == pytest.approx(0.125)
    assert path.owned_at_exit == pytest.approx(0.0714, abs=5e-5)
    assert path.later_cost_usd == 0.0


@pytest.mark.parametrize(("target", "exit_usd"), [(3, 630e6), (5, 1_050e6), (10, 2_100e6)])
def test_the_exits_that_return_three_five_and_ten_times(target: float, exit_usd: float) -> None:
    owned = dilution(still(**THREE_ROUNDS).middle()).owned_at_exit
    needed = exits.required_exit_usd(target_moic=target, investment_usd=15e6, owned=owned)
    assert needed == pytest.approx(exit_usd, rel=2e-3)


def test_historical_outcomes_return_twice_the_money_at_10_5_per_cent() -> None:
    """And the mean of the rates is -4.6 %: it is shown to be explained, and used nowhere."""
    found = outcomes.expected(outcomes.historical_bands(), years=7)
    assert found.moic == pytest.approx(2.0, abs=0.05)
    assert found.irr == pytest.approx(0.105, abs=5e-4)
    assert found.mean_irr == pytest.approx(-0.046, abs=5e-4)


def test_the_five_cases_regroup_the_bands_without_moving_their_mean() -> None:
    bands, cases = outcomes.historical_bands(), outcomes.historical_cases()
    assert sum(c.probability for c in cases) == pytest.approx(1)
    whole = sum(b.probability * b.moic for b in bands)
    assert sum(c.probability * c.moic for c in cases) == pytest.approx(whole)
    lost = [c for c in cases if c.name in outcomes.LOSSES]
    assert sum(c.probability for c in lost) == pytest.approx(bands[0].probability)
    assert sum(c.probability * c.moic for c in lost) == pytest.approx(0.65 * 0.25)


def test_the_sample_plan_lasts_13_months() -> None:
    assert runway_of(sample()) == 13


def test_a_multiple_of_ten_cuts_the_sample_plan_to_7_months() -> None:
    assert runway_of(sample(research_multiple=10.0)) == 7


def test_rents_up_by_40_per_cent_cut_the_sample_plan_to_11_months() -> None:
    assert runway_of(stressed(sample(), ["compute_rise"])) == 11


def test_a_faster_price_fall_leaves_the_runway_and_takes_the_revenue_of_year_five() -> None:
    fallen = sample(price_fall_per_year=0.8)
    assert runway_of(fallen) == runway_of(sample()) == 13
    assert year_5_revenue(sample()) == pytest.approx(5.6e6, abs=0.05e6)
    assert year_5_revenue(fallen) == pytest.approx(0.1e6, abs=0.05e6)
