"""Cash by month: what goes in and out adds up, in floats and in draws alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.venture import cash, economics, runway
from costmodel.venture.inputs import Switches
from tests.costmodel.venture.plans import sample, still, uncertain


def test_cash_is_what_came_in_less_what_was_burnt() -> None:
    inputs = sample(cash_usd=3e6, signed_funding_usd=2e6, signed_delay_months=3.0)
    flow = cash.cash_flow(inputs.middle(), inputs.switches, months=24)
    by_hand = 43e6
    for month in range(24):
        by_hand += 2e6 if month == 3 else 0.0
        assert flow.cash_usd[month] == pytest.approx(by_hand)
        by_hand -= flow.burn_usd[month]
    assert flow.cash_usd[24] == pytest.approx(by_hand)


def test_one_world_of_the_draws_is_what_its_numbers_give() -> None:
    inputs = uncertain(cny_cost_share=0.4, cloud_credits_usd=2e6, failed_runs=1.0)
    worlds = inputs.worlds(seed=3, n=7)
    drawn = cash.cash_flow(worlds, inputs.switches, months=30)
    for i in range(7):
        one = {n: float(np.asarray(v)[i]) if np.ndim(v) else v for n, v in worlds.items()}
        alone = cash.cash_flow(one, inputs.switches, months=30)
        assert alone.cash_usd == pytest.approx(drawn.cash_usd[i], rel=1e-9)
        proof = runway.proof_months(one)
        assert proof == pytest.approx(np.asarray(runway.proof_months(worlds))[i])
        assert bool(runway.lasts_to(alone, proof)) == bool(
            np.asarray(runway.lasts_to(drawn, runway.proof_months(worlds)))[i]
        )


@given(
    cash_usd=st.floats(1e5, 1e8),
    people=st.floats(1e4, 1e7),
)
def test_a_steady_burn_lasts_as_long_as_division_says(cash_usd: float, people: float) -> None:
    inputs = still(cash_usd=cash_usd, people_usd_per_month=people)
    flow = cash.cash_flow(inputs.middle(), inputs.switches, months=120)
    exact = cash_usd / people
    assert runway.crossing_months(flow) == pytest.approx(min(exact, 120), rel=1e-6)
    months = runway.runway_months(flow)
    assert months == min(np.floor(exact + 1e-9) + 1, 120) or abs(exact - round(exact)) < 1e-6


def test_more_money_never_shortens_the_runway() -> None:
    worlds = uncertain().worlds(seed=0, n=500)
    poor = cash.cash_flow(worlds, Switches(), months=48)
    rich = cash.cash_flow({**worlds, "cash_usd": 5e6}, Switches(), months=48)
    assert (np.asarray(runway.runway_months(rich)) >= np.asarray(runway.runway_months(poor))).all()


def test_a_late_round_comes_late_and_one_that_fails_never() -> None:
    late = sample(raise_delay_months=6.0, cash_usd=25e6)
    flow = cash.cash_flow(late.middle(), late.switches, months=24)
    assert flow.inflow_usd.tolist() == [0.0] * 6 + [40e6] + [0.0] * 18
    doubtful = sample(raise_probability=0.3)
    worlds = doubtful.worlds(seed=0, n=20_000)
    money = cash.rounds_usd(worlds, 3)
    assert money[:, 0].mean() == pytest.approx(0.3 * 40e6, rel=0.03)


def test_a_later_round_of_the_plan_comes_in_its_month_in_its_share_of_the_worlds() -> None:
    inputs = sample(next_raise_usd=80e6, next_raise_month=10.0, next_raise_probability=0.6)
    money = cash.rounds_usd(inputs.worlds(seed=0, n=20_000), 24)
    assert money[:, 10].mean() == pytest.approx(0.6 * 80e6, rel=0.03)
    assert (money[:, 1:10] == 0).all()


def test_the_programmes_bill_repeats_from_its_start() -> None:
    bill = np.asarray([1e6, 2e6, 3e6])
    inputs = still(switches=Switches(research="programme"), programme_usd=bill)
    research = cash.research_usd(
        inputs.middle(), inputs.switches, months=7, programme_usd=inputs.programme_usd
    )
    assert research == pytest.approx([1e6, 2e6, 3e6, 1e6, 2e6, 3e6, 1e6])


def test_a_failed_run_costs_one_final_run_and_its_months() -> None:
    usual = sample(months_to_proof=9.0)
    failed = sample(months_to_proof=9.0, failed_runs=1.0, failed_run_months=4.0)
    a, b = (cash.research_usd(i.middle(), i.switches, months=24) for i in (usual, failed))
    assert (b - a).sum() == pytest.approx(6e6)
    assert (b - a)[9:13] == pytest.approx([1.5e6] * 4)
    months = [runway.proof_months(i.middle()) for i in (usual, failed)]
    assert months[1] == pytest.approx(months[0] + 4)


def test_while_chips_are_cut_off_none_are_bought_and_the_proof_waits() -> None:
    inputs = sample(cutoff_months=3.0, migration_months=2.0)
    research = cash.research_usd(inputs.middle(), inputs.switches, months=6)
    assert research == pytest.approx([0, 0, 0, 2e6, 2e6, 2e6])
    assert runway.proof_months(inputs.middle()) == pytest.approx(9 + 5)


def test_what_lies_beyond_the_horizon_is_not_called_reached() -> None:
    inputs = sample(raise_usd=1e9, months_to_proof=50.0)
    flow = cash.cash_flow(inputs.middle(), inputs.switches, months=36)
    assert runway.outlasts(flow)
    assert runway.runway_months(flow) == 36
    assert not runway.lasts_to(flow, 50.0)
    assert runway.lasts_to(flow, 36.0)


def test_break_even_lasts_and_is_none_where_it_does_not_come() -> None:
    loses = sample()
    flow = cash.cash_flow(loses.middle(), loses.switches, months=60)
    assert economics.break_even_month(flow) == np.inf
    earns = still(
        paid_tokens_per_month=1e12,
        price_usd_per_million_tokens=2.0,
        unit_cost_usd_per_million_tokens=1.0,
        people_usd_per_month=2e6,
        growth_per_month=0.1,
        long_run_growth_per_month=0.1,
    )
    flow = cash.cash_flow(earns.middle(), earns.switches, months=36)
    month = int(economics.break_even_month(flow))
    assert (flow.burn_usd[month:] <= 0).all()
    assert flow.burn_usd[month - 1] > 0
    # At the break-even volume the month leaves nothing.
    tokens = economics.break_even_tokens(earns.middle(), flow, month=0)
    even = still(**{**_plain(earns.middle()), "paid_tokens_per_month": tokens})
    flow = cash.cash_flow(even.middle(), even.switches, months=2)
    assert flow.burn_usd[0] == pytest.approx(0, abs=1)


def test_break_even_volume_is_none_where_the_price_does_not_carry_the_cost() -> None:
    inputs = sample(price_usd_per_million_tokens=0.9)
    flow = cash.cash_flow(inputs.middle(), inputs.switches, months=13)
    assert economics.break_even_tokens(inputs.middle(), flow, month=0) == np.inf


def test_the_margin_never_turns_where_cost_falls_as_fast_and_is_gone_where_it_is() -> None:
    start = {"price_usd_per_million_tokens": 2.0, "unit_cost_usd_per_million_tokens": 1.0}
    never = still(**start, price_fall_per_year=0.3, cost_fall_per_year=0.3)
    assert economics.months_to_negative_margin(never.middle()) == np.inf
    gone = still(**start, free_share=1.5, price_fall_per_year=0.3)
    assert economics.months_to_negative_margin(gone.middle()) == 0.0


def test_shares_of_the_round_and_multiples_of_the_burn() -> None:
    inputs = sample(months_to_proof=10.0, growth_per_month=0.0, long_run_growth_per_month=0.0)
    flow = cash.cash_flow(inputs.middle(), inputs.switches, months=24)
    # Serving is covered by what it earns, so that only research is left.
    share = economics.compute_share_of_raise(inputs.middle(), flow)
    assert share == pytest.approx(10 * 2e6 / 40e6)
    assert economics.compute_share_of_raise(still().middle(), flow) is None
    efficiency = economics.inference_efficiency(flow)
    assert efficiency == pytest.approx(
        flow.revenue_usd[:12].sum() / flow.costs["serving"][:12].sum()
    )
    assert economics.burn_multiple(flow) == np.inf
    growing = sample()
    flow = cash.cash_flow(growing.middle(), growing.switches, months=24)
    added = 12 * (flow.repeating_usd[12] - flow.repeating_usd[0])
    assert economics.burn_multiple(flow) == pytest.approx(flow.burn_usd[:12].sum() / added)


def test_a_market_that_is_stated_holds_the_revenue() -> None:
    inputs = sample(market_ceiling_usd_per_year=1.2e6)
    flow = cash.cash_flow(inputs.middle(), inputs.switches, months=60)
    assert flow.revenue_usd.max() == pytest.approx(1e5)


def _plain(values: object) -> dict[str, float]:
    assert isinstance(values, dict)
    return {name: value for name, value in values.items() if not name.startswith("luck")}
