"""Inputs: each has a source or is asked, and every scenario draws the same worlds."""

import numpy as np
import pytest

from costmodel.messages import InputError
from costmodel.uncertainty import Range
from costmodel.venture.inputs import INPUTS, inputs_for, known, loadings, with_ranges
from tests.costmodel.venture.plans import STILL, sample, uncertain

NEEDED = {
    "cash_usd": known(1e6),
    "people_usd_per_month": known(1e5),
    "investment_usd": known(1e6),
    "post_money_usd": known(1e7),
}


def test_what_nobody_states_is_cited_or_neutral_and_says_which() -> None:
    inputs = inputs_for(NEEDED)
    for a in inputs.assumptions:
        spec = INPUTS[a.name]
        assert (a.origin is not None) == (spec.cited and a.name not in NEEDED), a.name
        assert a.unit == spec.unit
        if a.origin is not None:
            assert a.origin.unit == spec.unit, a.name  # type: ignore[union-attr]


@pytest.mark.parametrize("name", NEEDED)
def test_what_has_no_default_is_asked(name: str) -> None:
    given = {n: span for n, span in NEEDED.items() if n != name}
    with pytest.raises(InputError, match="missing") as caught:
        inputs_for(given)
    assert caught.value.field == name


def test_an_unknown_input_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="price_fall_per_year"):
        inputs_for({**NEEDED, "price_fal_per_year": known(0.5)})


@pytest.mark.parametrize(
    ("name", "value"),
    [("price_fall_per_year", 1.0), ("cash_usd", -1.0), ("holding_years", 0.0), ("seats", np.nan)],
)
def test_a_value_that_cannot_be_is_refused(name: str, value: float) -> None:
    with pytest.raises((InputError, ValueError)):
        inputs_for({**NEEDED, name: known(value)})


def test_one_more_doubt_moves_no_world_of_the_rest() -> None:
    one = uncertain().worlds(seed=5, n=50)
    two = with_ranges(uncertain(), {"people_usd_per_month": Range(1e5, 1e6)}).worlds(seed=5, n=50)
    for name, drawn in one.items():
        if name != "people_usd_per_month":
            assert np.array_equal(drawn, two[name]), name
    other_seed = uncertain().worlds(seed=6, n=50)
    assert not np.array_equal(one["past_slip"], other_seed["past_slip"])


def test_a_range_keeps_its_ends_whatever_it_is_coupled_with() -> None:
    worlds = uncertain(growth_per_month=Range(0.05, 0.2)).worlds(seed=0, n=40_000)
    assert np.quantile(worlds["growth_per_month"], (0.05, 0.95)) == pytest.approx(
        (0.05, 0.2), rel=0.03
    )


def test_every_loading_is_of_an_input_and_leaves_room_for_its_own_doubt() -> None:
    assert set(loadings()) <= set(INPUTS)
    for hard, technology in loadings().values():
        assert hard**2 + technology**2 < 1


def test_a_still_plan_has_no_doubt() -> None:
    assert set(STILL) <= set(INPUTS)
    worlds = sample().worlds(seed=0, n=3)
    assert all(np.ndim(v) == 0 for n, v in worlds.items() if not n.startswith("luck"))
