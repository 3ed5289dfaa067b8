"""Ranges hold what they promise: shape, percentiles, and no more certainty than the data."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import stdtrit

from costmodel.uncertainty import (
    Kind,
    Percentiles,
    Range,
    RangeError,
    Sample,
    predictive_range,
    sensitivity,
    student_t_95,
)

N = 200_000


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [(1.8, 3.2, "positive"), (0.30, 0.45, "fraction"), (-4.0, 10.0, "real")],
)
def test_the_ends_are_the_5th_and_95th_percentiles(low: float, high: float, kind: Kind) -> None:
    draws = Range(low, high, kind).draw(rng(), N)
    seen = Percentiles.of(draws)
    assert seen.p05 == pytest.approx(low, abs=0.01 * (high - low))
    assert seen.p95 == pytest.approx(high, abs=0.01 * (high - low))
    assert seen.p50 == pytest.approx(Range(low, high, kind).mid, abs=0.01 * (high - low))


def test_each_kind_has_its_shape() -> None:
    assert Range(1.0, 100.0).mid == pytest.approx(10.0)  # log-normal: geometric middle
    assert Range(2.0, 8.0, "real").mid == pytest.approx(5.0)
    logit = Range(0.2, 0.9, "fraction").mid
    middle = (math.log(0.2 / 0.8) + math.log(0.9 / 0.1)) / 2
    assert math.log(logit / (1 - logit)) == pytest.approx(middle)


@given(st.floats(1e-3, 0.999), st.floats(1e-3, 0.999), st.integers(0, 99))
@settings(deadline=None)
def test_no_draw_leaves_the_kinds_domain(a: float, b: float, seed: int) -> None:
    low, high = sorted((a, b))
    shares = Range(low, high, "fraction").draw(rng(seed), 500)
    assert np.all((shares > 0) & (shares < 1))
    assert np.all(Range(low, high).draw(rng(seed), 500) > 0)


def test_equal_ends_are_a_known_value() -> None:
    known = Range(2.0, 2.0)
    assert known.mid == 2.0
    assert set(known.draw(rng(), 10)) == {2.0}
    assert Range(1, 1, "fraction").mid == 1


def test_the_same_seed_draws_the_same_worlds() -> None:
    span = Range(1.8, 3.2)
    assert np.array_equal(span.draw(rng(7), 100), span.draw(rng(7), 100))
    assert not np.array_equal(span.draw(rng(7), 100), span.draw(rng(8), 100))


@pytest.mark.parametrize(
    ("low", "high", "kind", "says"),
    [
        (30, 45, "fraction", "write 45 % as 0.45"),
        (0.3, 1.2, "fraction", "between 0 and 1"),
        (0.0, 0.5, "fraction", "between 0 and 1"),
        (0.5, 1.0, "fraction", "between 0 and 1"),
        (3.2, 1.8, "positive", "lower end first"),
        (0.0, 1.0, "positive", "above zero"),
        (-1.0, 1.0, "positive", "above zero"),
        (math.nan, 1.0, "positive", "finite"),
        (1.0, math.inf, "real", "finite"),
    ],
)
def test_a_range_that_cannot_be_is_refused(low: float, high: float, kind: Kind, says: str) -> None:
    with pytest.raises(RangeError, match=says):
        Range(low, high, kind)


def test_a_sample_stands_for_its_own_values() -> None:
    sample = Sample((4.0, 1.0, 2.0, 3.0, 5.0))
    assert (sample.low, sample.mid, sample.high) == pytest.approx((1.2, 3.0, 4.8))
    draws = sample.draw(rng(), N)
    assert draws.min() >= 1.0
    assert draws.max() <= 5.0
    assert np.median(draws) == pytest.approx(3.0, abs=0.02)


@pytest.mark.parametrize("values", [(), (1.0, 2.0), (1.0, 2.0, math.nan)])
def test_a_sample_of_too_few_is_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(RangeError):
        Sample(values)


def test_a_plain_number_is_certain() -> None:
    assert Percentiles.of(3.5).as_json() == {"p05": 3.5, "p50": 3.5, "p95": 3.5}


@pytest.mark.parametrize("outcome", [math.nan, math.inf, np.array([]), np.array([1.0, np.inf])])
def test_an_outcome_that_is_not_finite_has_no_percentiles(outcome: float) -> None:
    with pytest.raises(RangeError):
        Percentiles.of(outcome)


def test_the_shares_of_a_product_follow_the_logs() -> None:
    """var(log) of the inputs as 9 to 1, so 90 and 10 percent of the spread."""
    generator = rng(1)
    wide, narrow = Range(1, 1000).draw(generator, N), Range(1, 10).draw(generator, N)
    known = np.full(N, 3.0)
    shares = sensitivity(wide * narrow, {"narrow": narrow, "wide": wide, "known": known})
    assert list(shares) == ["wide", "narrow"]
    assert shares["wide"] == pytest.approx(0.9, abs=0.02)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_without_spread_nothing_explains_it() -> None:
    assert sensitivity(np.full(9, 2.0), {"a": np.full(9, 1.0), "b": 3.0}) == {}


VALUES = [0.30, 0.34, 0.38, 0.42, 0.46]


@pytest.mark.parametrize("kind", ["positive", "fraction", "real"])
def test_fewer_observations_give_a_wider_range(kind: Kind) -> None:
    """The same spread seen three times over is surer than seen once."""
    once, thrice = predictive_range(VALUES, kind), predictive_range(VALUES * 3, kind)
    assert thrice.high - thrice.low < once.high - once.low
    assert once.low < min(VALUES)
    assert once.high > max(VALUES)


def test_likeness_of_others_keeps_a_lucky_few_from_promising_much() -> None:
    close = [0.400, 0.401, 0.402]
    alone = predictive_range(close, "fraction")
    pooled = predictive_range(close, "fraction", like=[[0.2, 0.3, 0.5], [0.35, 0.5]])
    assert pooled.high - pooled.low > 10 * (alone.high - alone.low)
    assert pooled.mid == pytest.approx(alone.mid, rel=0.01)


@pytest.mark.parametrize("n", [3, 5, 12])
def test_the_next_observation_falls_inside_nine_times_of_ten(n: int) -> None:
    generator = rng(3)
    inside = 0
    for _ in range(2_000):
        *sample, following = generator.normal(5.0, 2.0, n + 1)
        span = predictive_range(sample, "real")
        inside += span.low <= following <= span.high
    assert inside / 2_000 == pytest.approx(0.90, abs=0.02)


@pytest.mark.parametrize("sample", [[], [0.3], [0.3, 0.4]])
def test_too_few_observations_are_refused(sample: list[float]) -> None:
    with pytest.raises(RangeError, match="three are the least"):
        predictive_range(sample, "fraction")


@pytest.mark.parametrize("freedom", [2, 3, 4, 5, 10, 35, 1000])
def test_the_t_quantile_is_scipys_within_its_stated_error(freedom: int) -> None:
    assert student_t_95(freedom) == pytest.approx(float(stdtrit(freedom, 0.95)), rel=3e-3)
    if freedom >= 10:
        assert student_t_95(freedom) == pytest.approx(float(stdtrit(freedom, 0.95)), rel=1e-5)
