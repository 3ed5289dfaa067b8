"""The laws say what their papers say, and more compute never hurts."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel import facts
from costmodel.facts import FactError
from costmodel.messages import InputError
from costmodel.uncertainty import Number, Percentiles
from costmodel.workload import scaling, scaling_law
from costmodel.workload.scaling import (
    compute_optimal,
    least_compute,
    loss_above_best,
    tokens_to_reach,
)
from costmodel.workload.scaling_law import ScalingLaw

NAMES = ("Hoffmann 2022", "Besiroglu 2024", "Muennighoff 2023")
LAWS = tuple(scaling_law.law(name) for name in NAMES)
N = 100_000

#: Budgets of Chinchilla and of Llama 3.1 405B, and what each law makes of them.
TOKENS_PER_PARAM = {
    ("Hoffmann 2022", 5.76e23): 58.9,
    ("Besiroglu 2024", 5.76e23): 18.4,
    ("Muennighoff 2023", 5.76e23): 19.6,
    ("Hoffmann 2022", 3.8e25): 84.8,
    ("Besiroglu 2024", 3.8e25): 16.5,
    ("Muennighoff 2023", 3.8e25): 19.6,
}

any_law = st.sampled_from(LAWS)
flops = st.floats(1e16, 1e28)
sizes = st.floats(1e6, 1e14)
counts = st.floats(1e6, 1e16)


def drawn() -> ScalingLaw:
    return scaling_law.law().draw(np.random.default_rng(0), N)


def spread(values: Number) -> float:
    return float(np.std(np.asarray(values)))


# --- published figures --------------------------------------------------------------------


@pytest.mark.parametrize(("name", "flop"), TOKENS_PER_PARAM)
def test_tokens_per_parameter_are_those_of_the_constants(name: str, flop: float) -> None:
    """Arithmetic on the published constants, done apart from this code (formula sheet F5)."""
    found = compute_optimal(scaling_law.law(name), flop).tokens_per_param
    assert found == pytest.approx(TOKENS_PER_PARAM[name, flop], rel=0.003)


def test_chinchilla_itself_is_what_the_replication_recommends() -> None:
    """Hoffmann et al. 2022: 70B parameters, 1.4T tokens; Besiroglu et al. 2024 agree with it."""
    best = compute_optimal(scaling_law.law("Besiroglu 2024"), 5.76e23)
    assert best.params == pytest.approx(70e9, rel=0.05)
    assert best.tokens == pytest.approx(1.4e12, rel=0.06)


def test_the_constants_as_printed_would_move_the_optimum_by_half() -> None:
    """Why the unrounded constants are used: 1.69, 406.4, 410.7, 0.34, 0.28 give 92.6 and 139."""
    rounded = replace(
        scaling_law.law("Hoffmann 2022"),
        floor=1.69,
        params_scale=406.4,
        params_exponent=0.34,
        tokens_scale=410.7,
        tokens_exponent=0.28,
    )
    assert compute_optimal(rounded, 5.76e23).tokens_per_param == pytest.approx(92.6, rel=0.003)
    assert compute_optimal(rounded, 3.8e25).tokens_per_param == pytest.approx(139, rel=0.004)
    unrounded = compute_optimal(scaling_law.law("Hoffmann 2022"), 5.76e23).tokens_per_param
    assert unrounded < 0.7 * 92.6


def test_the_unrounded_constants_round_to_the_printed_ones() -> None:
    hoffmann = scaling_law.law("Hoffmann 2022")
    assert hoffmann.floor == pytest.approx(1.69, abs=0.005)
    assert hoffmann.params_scale == pytest.approx(406.4, abs=0.05)
    assert hoffmann.tokens_scale == pytest.approx(410.7, abs=0.05)


def test_every_law_with_constants_is_listed_once() -> None:
    assert tuple(law.name for law in scaling_law.laws()) == NAMES
    with pytest.raises(FactError, match="Lovelace 2026"):
        scaling_law.law("Lovelace 2026")


# --- the optimum ----------------------------------------------------------------------------


@given(any_law, flops, st.floats(1.0, 1e3))
def test_more_compute_never_raises_the_best_loss(
    law: ScalingLaw, flop: float, factor: float
) -> None:
    less, more = compute_optimal(law, flop), compute_optimal(law, flop * factor)
    assert more.loss <= less.loss * (1 + 1e-12)
    assert more.loss > law.floor


@given(any_law, flops)
def test_the_closed_form_is_the_least_loss_that_the_compute_buys(
    law: ScalingLaw, flop: float
) -> None:
    best = compute_optimal(law, flop)
    assert best.flop == pytest.approx(flop)
    sizes_around = np.asarray(best.params) * np.geomspace(1e-3, 1e3, 2001)
    losses = np.asarray(law.loss(sizes_around, flop / 6 / sizes_around))
    assert best.loss <= losses.min() * (1 + 1e-12)
    assert losses.argmin() == 1000


@given(any_law, sizes, counts, st.floats(1.01, 1e3))
def test_loss_falls_with_size_and_with_data(
    law: ScalingLaw, params: float, tokens: float, factor: float
) -> None:
    loss = law.loss(params, tokens)
    assert law.floor < law.loss(params * factor, tokens) < loss
    assert law.floor < law.loss(params, tokens * factor) < loss


@given(any_law, flops)
def test_the_least_compute_for_a_loss_is_where_that_loss_is_the_best(
    law: ScalingLaw, flop: float
) -> None:
    best = compute_optimal(law, flop)
    back = least_compute(law, best.loss)
    assert back.flop == pytest.approx(flop, rel=1e-6)
    assert back.params == pytest.approx(best.params, rel=1e-6)


@given(any_law, sizes, counts)
def test_tokens_to_reach_a_loss_reach_it(law: ScalingLaw, params: float, tokens: float) -> None:
    needed = tokens_to_reach(law, params=params, loss=law.loss(params, tokens))
    assert isinstance(needed, float)
    assert needed == pytest.approx(tokens, rel=1e-3)


def test_a_model_that_is_too_small_reaches_a_loss_with_no_data() -> None:
    law = scaling_law.law()
    needed = tokens_to_reach(law, params=np.array([1e7, 1e11]), loss=2.1)
    assert np.isinf(np.asarray(needed)[0])
    assert np.isfinite(np.asarray(needed)[1])


# --- errors that hang together ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("attribute", "within"),
    [
        ("floor", 0.02),
        ("params_exponent", 0.02),
        ("tokens_exponent", 0.02),
        ("allocation_exponent", 0.02),
        ("params_scale", 0.08),
        ("tokens_scale", 0.25),  # the long tail of the bootstrap is not followed: a fifth short
    ],
)
def test_the_published_standard_errors_come_back(attribute: str, within: float) -> None:
    published = facts.lookup("scaling_laws", scaling_law.DEFAULT_LAW, f"{attribute}_se").value
    assert spread(getattr(drawn(), attribute)) == pytest.approx(published, rel=within)


def test_the_loss_is_well_known_where_the_data_were_and_less_so_beyond() -> None:
    law = drawn()
    centre = spread(law.loss(1e9, 2e10))
    assert centre < 0.01
    assert spread(law.loss(7e10, 1.4e12)) > 1.5 * centre
    assert spread(law.loss(1e13, 1e15)) > spread(law.loss(7e10, 1.4e12))


def test_independent_errors_would_be_absurd() -> None:
    """Why the draws are correlated: else the fitted losses themselves would be unknown."""
    rng, law = np.random.default_rng(0), drawn()
    apart = replace(
        law,
        params_scale=rng.permutation(np.asarray(law.params_scale)),
        tokens_scale=rng.permutation(np.asarray(law.tokens_scale)),
    )
    assert spread(apart.loss(1e9, 2e10)) > 20 * spread(law.loss(1e9, 2e10))


def test_the_optimum_has_an_interval_around_the_published_one() -> None:
    best = compute_optimal(drawn(), 5.76e23)
    ratio = Percentiles.of(best.tokens_per_param)
    assert ratio.p05 < 18.4 < ratio.p95
    assert ratio.p50 == pytest.approx(18.4, rel=0.02)
    assert 1.5 < ratio.p95 / ratio.p50 < 3
    assert np.all(np.asarray(best.loss) > np.asarray(best.law.floor))


def test_a_law_without_published_errors_is_drawn_as_it_is() -> None:
    law = scaling_law.law("Hoffmann 2022")
    assert law.draw(np.random.default_rng(0), 10) is law


def test_one_seed_gives_one_law() -> None:
    one, two = drawn(), drawn()
    np.testing.assert_array_equal(np.asarray(one.tokens_scale), np.asarray(two.tokens_scale))


def test_a_draw_goes_the_same_way_as_a_number() -> None:
    budgets = np.array([1e20, 1e22, 1e24])
    together = compute_optimal(scaling_law.law(), budgets)
    for i, flop in enumerate(budgets):
        alone = compute_optimal(scaling_law.law(), float(flop))
        assert isinstance(alone.params, float)
        assert np.asarray(together.params)[i] == pytest.approx(alone.params)


# --- side by side and beyond --------------------------------------------------------------------


def test_the_laws_stand_side_by_side_with_their_spread() -> None:
    table = scaling.by_law(3.8e25)
    assert [a.law.name for a in table.allocations] == list(NAMES)
    assert table.tokens_per_param == pytest.approx((16.5, 84.8), rel=0.01)
    assert table.params[1] / table.params[0] > 2
    assert all(table.tokens[0] <= a.tokens <= table.tokens[1] for a in table.allocations)
    assert scaling.DIFFERENT_DATA in table.warnings


@pytest.mark.parametrize("law", LAWS, ids=NAMES)
def test_only_outside_the_fitted_range_is_extrapolation_said(law: ScalingLaw) -> None:
    fit = law.fitted_on
    inside = {
        "params": math.sqrt(fit.least_params * fit.most_params),
        "tokens": math.sqrt(fit.least_tokens * fit.most_tokens),
    }
    assert scaling.extrapolation(law, **inside) is None
    for field, value in (
        ("params", 10 * fit.most_params),
        ("params", fit.least_params / 10),
        ("tokens", 10 * fit.most_tokens),
        ("tokens", fit.least_tokens / 10),
    ):
        said = str(scaling.extrapolation(law, **{**inside, field: value}))
        assert law.name in said
        assert "10 times outside" in said


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf, 10**400])
def test_a_budget_that_cannot_be_is_refused(bad: float) -> None:
    with pytest.raises(InputError) as caught:
        compute_optimal(scaling_law.law(), bad)
    assert caught.value.field == "flop"
    assert ("not above zero" if not bad > 0 else "more than any model") in str(caught.value)
    for size in ((bad, 1e9), (1e9, bad)):
        with pytest.raises(InputError):
            scaling_law.law().loss(*size)


def test_a_loss_below_the_floor_is_refused_with_the_floor() -> None:
    law = scaling_law.law()
    for call in (
        lambda: least_compute(law, 1.8),
        lambda: tokens_to_reach(law, params=1e9, loss=law.floor),
    ):
        with pytest.raises(InputError, match=r"floor is 1\.82 nat_per_token; write a higher loss"):
            call()


@given(any_law, st.floats(1e18, 1e27), st.floats(0.01, 100))
def test_no_size_beats_the_best_one_at_its_budget(
    law: ScalingLaw, flop: float, factor: float
) -> None:
    best = compute_optimal(law, flop).params
    assert loss_above_best(law, flop=flop, params=best * factor) >= -1e-12
    assert loss_above_best(law, flop=flop, params=best) == pytest.approx(0, abs=1e-12)
