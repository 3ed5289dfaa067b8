"""Tokens, prices and costs along time."""

import numpy as np
import pytest

from costmodel.venture import demand
from tests.costmodel.venture.plans import still


def test_volume_follows_its_recursion() -> None:
    values = still(
        growth_per_month=0.2, long_run_growth_per_month=0.02, growth_fade_per_month=0.05
    ).middle()
    grown = demand.volume_multiple(values, 40)
    by_hand = [1.0]
    for t in range(1, 40):
        by_hand.append(by_hand[-1] * (1 + 0.02 + 0.18 * np.exp(-0.05 * t)))
    assert grown == pytest.approx(by_hand)


def test_price_and_cost_fall_by_the_year() -> None:
    values = still(
        price_usd_per_million_tokens=4.0,
        unit_cost_usd_per_million_tokens=1.0,
        price_fall_per_year=0.75,
        cost_fall_per_year=0.5,
    ).middle()
    assert demand.price(values, 25)[[0, 12, 24]] == pytest.approx([4, 1, 0.25])
    assert demand.unit_cost(values, 25)[[0, 12, 24]] == pytest.approx([1, 0.5, 0.25])


@pytest.mark.parametrize(("elasticity", "revenue"), [(1.0, 1.0), (1.25, 2**0.5), (0.8, 2**-0.4)])
def test_demand_answers_the_price_where_no_long_run_growth_is_stated(
    elasticity: float, revenue: float
) -> None:
    """At elasticity one revenue stands still, above it grows and below it shrinks."""
    values = dict(still(price_fall_per_year=0.75, demand_elasticity=elasticity).middle())
    del values["long_run_growth_per_month"]
    values["growth_per_month"] = demand.long_run_growth(values)
    values |= {"paid_tokens_per_month": 1e6, "price_usd_per_million_tokens": 1.0}
    assert demand.usage_usd(values, 13)[12] == pytest.approx(revenue)


def test_customers_who_leave_take_cost_and_revenue_with_them() -> None:
    values = still(
        paid_tokens_per_month=1e6,
        price_usd_per_million_tokens=1.0,
        seats=10,
        seat_usd_per_month=2.0,
        projects_usd_per_month=5.0,
    ).middle()
    whole, _ = demand.revenue_usd(values, 2)
    left, _ = demand.revenue_usd({**values, "lost_revenue_share": 0.3}, 2)
    assert left == pytest.approx(0.7 * whole)
    assert whole[0] == pytest.approx(1 + 20 + 5)
