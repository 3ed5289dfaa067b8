"""Dilution, exits and the investor's part of them."""

import numpy as np
import pytest

from costmodel.uncertainty import Range
from costmodel.venture import scenario
from costmodel.venture.inputs import Switches
from costmodel.venture.returns import exits
from costmodel.venture.returns.dilution import dilution
from costmodel.venture.returns.waterfall import kink_usd
from tests.costmodel.venture.plans import sample, still, uncertain

ROUND = {"investment_usd": 15e6, "post_money_usd": 120e6, "raise_usd": 40e6}
SELLS = {"paid_tokens_per_month": 1e13, "price_usd_per_million_tokens": 1.0}


def test_taking_part_in_full_keeps_the_share_but_for_the_pool_and_costs_its_price() -> None:
    values = still(
        **ROUND, later_dilution_1=0.2, later_pool_1=0.05, pro_rata_share=1.0, step_up=2.0
    ).middle()
    path = dilution(values)
    (later,) = path.rounds
    assert later.size_usd == pytest.approx(0.2 * 120e6 * 2 / 0.8)
    assert later.cost_usd == pytest.approx(0.125 * later.size_usd)
    assert path.owned_at_exit == pytest.approx(0.125 * (0.8 * 0.95 + 0.2))
    assert path.retention == pytest.approx(0.8 * 0.95)


def test_shares_at_the_exit_add_up_to_less_than_all() -> None:
    values = still(
        **ROUND,
        later_dilution_1=0.2,
        later_dilution_2=0.15,
        later_pool_1=0.05,
        earlier_preferences_usd=5e6,
    ).middle()
    path = dilution(values)
    classes = exits.classes_of(values, path, Switches())
    assert [c.name for c in classes] == [
        "earlier rounds",
        exits.OWN,
        "later round 1",
        "later round 2",
    ]
    assert 0 < sum(float(np.asarray(c.share)) for c in classes) < 1
    assert float(np.asarray(classes[2].share)) == pytest.approx(0.2 * 0.85)
    assert float(np.asarray(classes[3].share)) == pytest.approx(0.15)


def test_the_proceeds_are_the_better_of_preference_and_share_of_the_round() -> None:
    values = still(**ROUND).middle()
    path = dilution(values)
    for exit_usd in (10e6, 40e6, 100e6, 500e6):
        paid = exits.proceeds_usd(values, path, Switches(), exit_usd=exit_usd)
        of_round = max(min(40e6, exit_usd), exit_usd / 3)
        assert paid == pytest.approx(of_round * 15 / 40)


def test_the_kink_of_this_round_lies_at_the_price_paid() -> None:
    values = still(**ROUND).middle()
    classes = exits.classes_of(values, dilution(values), Switches())
    assert kink_usd(classes, exits.OWN) == pytest.approx(120e6)


def test_revenue_before_the_exit_is_that_of_twelve_months_in_every_world() -> None:
    inputs = still(**ROUND, **SELLS, growth_per_month=0.03, long_run_growth_per_month=0.03)
    values = {**inputs.middle(), "holding_years": np.asarray([1.0, 2.0, 6.0])}
    revenue, _ = exits.exit_revenue(values)
    for years, found in zip((1, 2, 6), np.asarray(revenue), strict=True):
        months = [1e7 * 1.03**m for m in range(12 * years - 12, 12 * years)]
        assert found == pytest.approx(sum(months))


def test_an_exit_is_the_multiple_of_revenue_with_cash_and_without_debt() -> None:
    equity = exits.exit_equity(multiple=6.0, revenue_usd=10e6, cash_usd=5e6, debt_usd=20e6)
    assert equity == 45e6
    assert exits.exit_equity(multiple=1.0, revenue_usd=1.0, cash_usd=0.0, debt_usd=9.0) == 0.0


def test_the_multiple_can_ask_for_the_margin_that_it_was_read_from() -> None:
    plan = {**ROUND, **SELLS, "unit_cost_usd_per_million_tokens": 0.62}
    plain = exits.returns(still(**plan).middle(), Switches())
    scaled = exits.returns(still(**plan).middle(), Switches(margin_in_multiple=True))
    assert plain.margin == pytest.approx(0.38)
    assert scaled.exit_usd == pytest.approx(plain.exit_usd * 0.38 / 0.76)


def test_the_margin_at_the_exit_is_that_of_everything_sold() -> None:
    """Seats alone have one too, and free tokens, support and their cost are in it."""
    seats = {"seats": 1e4, "seat_usd_per_month": 20.0, "seat_cost_usd_per_month": 5.0}
    _, margin = exits.exit_revenue(still(**seats).middle())
    assert margin == pytest.approx(0.75)
    both = still(
        **seats,
        paid_tokens_per_month=1e11,
        price_usd_per_million_tokens=2.0,
        unit_cost_usd_per_million_tokens=0.5,
        free_share=1.0,
        support_usd_per_month=5e4,
    )
    revenue, margin = exits.exit_revenue(both.middle())
    assert revenue == pytest.approx(12 * (2e5 + 2e5))
    assert margin == pytest.approx(1 - (5e4 + 1e5 + 5e4) / 4e5)


def test_the_most_that_may_be_paid_returns_the_target() -> None:
    plan = {**ROUND, **SELLS, "raise_usd": 15e6, "later_dilution_1": 0.2}
    found = exits.returns(still(**plan).middle(), Switches())
    most = exits.most_post_money_usd(
        exit_usd=found.exit_usd, retention=found.dilution.retention, target_moic=5.0
    )
    priced = still(**{**plan, "post_money_usd": most})
    assert exits.returns(priced.middle(), Switches()).moic == pytest.approx(5.0)


def test_cases_rise_and_start_from_the_middle_of_the_plan() -> None:
    inputs = uncertain(paid_tokens_per_month=5e12, exit_multiple=Range(3, 15))
    answer = scenario.answer(inputs, seed=0, n_draws=200, overall=None)
    assert answer.middle.returns is not None
    by_name = {c.name: c for c in answer.cases}
    assert by_name["base"].moic == pytest.approx(answer.middle.returns.moic)
    moics = [by_name[n].moic for n in ("base", "good", "outlier")]
    assert moics == sorted(moics)
    history = inputs.switches
    old = type(inputs)(
        assumptions=inputs.assumptions,
        warnings=(),
        switches=Switches(case_level="history", shared_factor=history.shared_factor),
    )
    plain = scenario.answer(old, seed=0, n_draws=200)
    assert plain.expected.moic == pytest.approx(2.0, abs=0.05)


def test_without_a_price_or_revenue_nothing_is_valued() -> None:
    """The five cases are then those of history."""
    nothing = scenario.answer(still(), seed=0, n_draws=10)
    assert nothing.worlds.returns is None
    assert nothing.expected.moic == pytest.approx(2.0, abs=0.05)
    assert scenario.answer(sample(), seed=0, n_draws=10).worlds.returns is not None


def test_later_rounds_lie_on_the_way_to_the_exit() -> None:
    """Unless stated, so that no later round holds preferences dearer than the exit."""
    values = dict(still(**ROUND, **SELLS, later_dilution_1=0.2, later_dilution_2=0.1).middle())
    del values["step_up"]
    for exit_usd in (20e6, 120e6, 5e9):
        path = dilution(values, exit_usd=exit_usd)
        first, second = path.rounds
        step = 0.8 * float(np.asarray(first.post_money_usd)) / 120e6
        assert first.post_money_usd * step / 0.9 == pytest.approx(second.post_money_usd)
        assert second.post_money_usd * step == pytest.approx(exit_usd)
        asked = sum(float(np.asarray(one.size_usd)) for one in path.rounds)
        assert exit_usd > 120e6 or asked < 120e6
