"""Fleets are whole and sized for the peak; margins fall with prices and end when they say."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.money.serving import ServingEstimate, estimate, inputs_for
from costmodel.money.serving_margin import (
    Fleet,
    MarginLife,
    TokenPrices,
    cost_multiple_range,
    fleet,
    gross_margin,
    months_until_loss,
    price_multiple_range,
    revenue_per_request,
)
from costmodel.uncertainty import Range
from costmodel.workload import hf_config
from costmodel.workload.serving_load import serving_load
from tests.costmodel.workload.configs import PUBLISHED

LOAD = serving_load(
    hf_config.read(PUBLISHED["Llama-3 8B"]), weights="fp8", input_tokens=1000, output_tokens=300
)
INPUTS = inputs_for(LOAD, accelerators.find("H100 SXM 80GB"), bound_s=0.05)
ONE = estimate(INPUTS, INPUTS.medians())
MANY = estimate(INPUTS, INPUTS.draw(np.random.default_rng(0), 10_000))
PRICES = TokenPrices(input=0.5, output=1.5)


def margin(prices: TokenPrices, found: ServingEstimate = ONE, whole: Fleet | None = None) -> float:
    value = gross_margin(found, prices, fleet=whole)
    assert isinstance(value, float)
    return value


def life(price_multiple: float, cost_multiple: float, prices: TokenPrices = PRICES) -> MarginLife:
    found = months_until_loss(
        ONE, prices, price_multiple=price_multiple, cost_multiple=cost_multiple
    )
    assert found is not None
    return found


def cost() -> float:
    assert isinstance(ONE.usd_per_request, float)
    return ONE.usd_per_request


# --- the fleet ----------------------------------------------------------------------------------


@given(st.floats(1.0, 1e12))
@settings(deadline=None)
def test_the_fleet_carries_the_peak_with_headroom_and_no_replica_more(traffic: float) -> None:
    found = fleet(ONE, requests_per_day=traffic)
    peak = traffic / 86_400 / ONE.values["mean_over_peak"] * ONE.values["headroom"]
    replicas = float(np.asarray(found.n_replicas))
    assert replicas == int(replicas) >= 1
    assert replicas * ONE.requests_per_s >= peak * (1 - 1e-9)
    assert replicas == 1 or (replicas - 1) * ONE.requests_per_s < peak * (1 + 1e-9)
    assert found.utilization <= ONE.utilization * (1 + 1e-9)


def test_a_large_fleet_costs_what_its_tokens_cost() -> None:
    found = fleet(ONE, requests_per_day=1e10)
    assert found.usd_per_request == pytest.approx(cost(), rel=1e-3)
    assert found.utilization == pytest.approx(ONE.utilization, rel=1e-3)
    small = fleet(ONE, requests_per_day=10.0)
    assert float(np.asarray(small.usd_per_request)) > 100 * cost()


def test_the_month_is_the_rent_of_every_accelerator() -> None:
    found = fleet(ONE, requests_per_day=1e7)
    rent = ONE.values["usd_per_gpu_hour"] * (1 + ONE.values["overhead_share"])
    assert found.usd_per_month == pytest.approx(found.n_accelerators * rent * 24 * 365.25 / 12)


def test_more_traffic_never_takes_a_smaller_fleet_in_any_world() -> None:
    few, many = (fleet(MANY, requests_per_day=traffic) for traffic in (1e6, 3e6))
    assert np.all(np.asarray(few.n_accelerators) <= np.asarray(many.n_accelerators))


# --- the margin -----------------------------------------------------------------------------------


@given(st.floats(0.01, 100), st.floats(0.0, 1.0))
def test_the_margin_falls_when_the_price_falls(price: float, factor: float) -> None:
    high = margin(TokenPrices(input=price, output=price))
    low = margin(TokenPrices(input=price * factor, output=price * factor))
    assert low <= high + 1e-12
    assert high < 1


def test_the_margin_is_what_is_left_of_the_revenue() -> None:
    revenue = (1000 * 0.5 + 300 * 1.5) / 1e6
    assert revenue_per_request(ONE, PRICES) == pytest.approx(revenue)
    assert margin(PRICES) == pytest.approx(1 - cost() / revenue)


def test_at_cost_the_margin_is_zero() -> None:
    assert isinstance(ONE.input_usd_per_million, float)
    assert isinstance(ONE.output_usd_per_million, float)
    at_cost = TokenPrices(input=ONE.input_usd_per_million, output=ONE.output_usd_per_million)
    assert margin(at_cost) == pytest.approx(0, abs=1e-9)


def test_idle_accelerators_eat_the_margin() -> None:
    whole = fleet(ONE, requests_per_day=1000.0)
    assert margin(PRICES, whole=whole) < margin(PRICES)


def test_traffic_that_does_not_pay_brings_nothing() -> None:
    half = TokenPrices(input=0.5, output=1.5, paid_share=0.5)
    assert revenue_per_request(ONE, half) == pytest.approx(revenue_per_request(ONE, PRICES) / 2)
    assert margin(TokenPrices(input=0.0, output=0.0)) == -math.inf


def test_cached_input_has_its_own_price() -> None:
    """DeepSeek's list of 2025: $0.14 for input from the cache, $0.55 for the rest."""
    shared = Range(0.5, 0.5, "fraction")
    cached = inputs_for(
        LOAD, INPUTS.replica.chip, bound_s=0.05, given={"cached_input_share": shared}
    )
    found = estimate(cached, cached.medians())
    prices = TokenPrices(input=0.55, output=2.19, cached_input=0.14)
    expected = (1000 * (0.55 + 0.14) / 2 + 300 * 2.19) / 1e6
    assert revenue_per_request(found, prices) == pytest.approx(expected)


def test_draws_give_a_margin_in_every_world() -> None:
    margins = np.asarray(gross_margin(MANY, PRICES))
    assert margins.shape == (10_000,)
    assert np.all(margins < 1)


# --- how long it lasts --------------------------------------------------------------------------


def test_the_margin_ends_when_price_meets_cost() -> None:
    revenue = float(np.asarray(revenue_per_request(ONE, PRICES)))
    months = life(0.3, 0.8).typical_months
    assert months is not None
    assert revenue * 0.3 ** (months / 12) == pytest.approx(cost() * 0.8 ** (months / 12))


def test_a_margin_that_is_negative_already_has_no_months_left() -> None:
    poor = TokenPrices(input=1e-6, output=1e-6)
    assert margin(poor) < 0
    assert life(0.3, 0.8, poor).typical_months == 0
    assert life(2.0, 0.5, poor).typical_months == 0
    assert life(0.3, 0.8, TokenPrices(input=0.0, output=0.0)).typical_months == 0


@pytest.mark.parametrize(("price", "its_cost"), [(1.0, 1.0), (0.9, 0.5), (1.2, 1.1)])
def test_where_costs_fall_at_least_as_fast_it_never_ends(price: float, its_cost: float) -> None:
    found = life(price, its_cost)
    assert found.typical_months is None
    assert found.share_never == 1


@given(st.floats(0.05, 0.95), st.floats(0.05, 1.0))
def test_a_faster_fall_of_prices_ends_it_no_later(price: float, factor: float) -> None:
    slow, fast = life(price, 1.0), life(price * factor, 1.0)
    assert fast.months <= slow.months + 1e-9


def test_in_draws_some_worlds_end_and_some_do_not() -> None:
    rng = np.random.default_rng(0)
    found = months_until_loss(
        MANY,
        PRICES,
        price_multiple=price_multiple_range().draw(rng, 10_000),
        cost_multiple=cost_multiple_range().draw(rng, 10_000),
    )
    assert found is not None
    assert 0 < found.share_never < 1
    assert np.isinf(np.asarray(found.months)).mean() == pytest.approx(found.share_never)
    assert found.typical_months is not None
    assert found.typical_months >= 0


def test_both_ranges_let_the_value_rise() -> None:
    """STYLE and the price facts: prices do not always fall."""
    assert price_multiple_range().high > 1
    assert cost_multiple_range().high > 1


@pytest.mark.parametrize(
    "bad",
    [
        {"input": -1.0},
        {"output": math.nan},
        {"cached_input": -0.1},
        {"paid_share": 0.0},
        {"paid_share": 1.5},
    ],
)
def test_prices_that_cannot_be_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(InputError):
        TokenPrices(**({"input": 0.5, "output": 1.0} | bad))


def test_moves_and_traffic_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="price_multiple"):
        life(0.0, 1.0)
    with pytest.raises(InputError, match="requests_per_day"):
        fleet(ONE, requests_per_day=0.0)


def test_the_months_of_a_share_of_the_worlds_never_shrink_with_the_share() -> None:
    found = MarginLife(months=np.array([2.0, 4.0, 8.0, np.inf]), share_never=0.25)
    assert [found.months_at(share) for share in (0.0, 0.34, 0.7)] == [2.0, 4.0, 8.0]
    assert found.typical_months == found.months_at(0.5) == 4.0
    assert found.months_at(1.0) is None
