"""Repeated data is worth less than new data, never more."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel import facts
from costmodel.messages import InputError
from costmodel.workload.scaling_data import (
    SECOND_OPINION,
    best_for_data,
    data_constrained_loss,
    effective_tokens,
    lost_to_repetition,
    repetition,
    repetition_law,
)

sizes = st.floats(1e6, 1e13)
counts = st.floats(1e7, 1e15)
shares = st.floats(1e-4, 1.0)


@pytest.mark.parametrize(
    ("params", "tokens", "loss"), [(6.34e9, 242e9, 2.2256441), (8.67e9, 178e9, 2.2269634)]
)
def test_the_losses_of_the_authors_code(params: float, tokens: float, loss: float) -> None:
    """Muennighoff et al. 2023, the two models of the README, 25B unique tokens."""
    found = data_constrained_loss(params=params, tokens=tokens, unique_tokens=25e9)
    assert found == pytest.approx(loss, abs=5e-8)


def test_the_authors_own_allocation_is_found() -> None:
    """Muennighoff et al. 2023: about 6.34B on 242B tokens at this compute, 25B unique."""
    found = best_for_data(flop=6 * 6.34e9 * 242e9, unique_tokens=25e9)
    assert found.best.params == pytest.approx(6.34e9, rel=0.1)
    assert found.epochs == pytest.approx(242 / 25, rel=0.1)
    assert found.best.loss <= 2.2256442


@given(sizes, counts, shares)
def test_repeated_data_is_never_better_than_new(params: float, tokens: float, share: float) -> None:
    cost = lost_to_repetition(params=params, tokens=tokens, unique_tokens=tokens * share)
    assert cost.lost >= -1e-12
    assert cost.loss >= repetition_law().loss(params, tokens) - 1e-12
    assert cost.effective_tokens <= tokens * (1 + 1e-12)
    assert cost.effective_tokens >= tokens * share * (1 - 1e-12)
    assert cost.epochs == pytest.approx(1 / share)


@given(sizes, counts, shares, st.floats(1.0, 10.0))
def test_more_unique_data_never_hurts(
    params: float, tokens: float, share: float, factor: float
) -> None:
    few = data_constrained_loss(params=params, tokens=tokens, unique_tokens=tokens * share)
    more = data_constrained_loss(
        params=params, tokens=tokens, unique_tokens=tokens * share * factor
    )
    assert more <= few + 1e-12


@given(sizes, counts, shares, st.floats(1.0, 10.0))
def test_another_pass_never_raises_this_laws_loss(
    params: float, tokens: float, share: float, factor: float
) -> None:
    """The very point on which the later study disagrees, said beside every figure."""
    corpus = tokens * share
    loss = data_constrained_loss(params=params, tokens=tokens, unique_tokens=corpus)
    again = data_constrained_loss(params=params, tokens=tokens * factor, unique_tokens=corpus)
    assert again <= loss + 1e-12


@given(sizes, counts, st.floats(1.0, 1e6))
def test_a_corpus_that_is_large_enough_loses_nothing(
    params: float, tokens: float, factor: float
) -> None:
    cost = lost_to_repetition(params=params, tokens=tokens, unique_tokens=tokens * factor)
    assert cost.lost == 0
    assert cost.effective_tokens == pytest.approx(tokens)
    assert SECOND_OPINION not in cost.warnings


def test_repeats_are_worth_at_most_the_fitted_multiple_of_the_corpus() -> None:
    most = (1 + repetition().repeats_worth) * 25e9
    assert effective_tokens(1e18, 25e9) == pytest.approx(most)
    four = facts.lookup("scaling_laws", "Muennighoff 2023", "nearly_free_epochs").value
    assert effective_tokens(four * 25e9, 25e9) > 0.9 * four * 25e9


@given(st.floats(1e18, 1e26), st.floats(1e8, 1e15))
def test_the_search_finds_the_least_loss(flop: float, unique: float) -> None:
    found = best_for_data(flop=flop, unique_tokens=unique)
    assert found.best.flop == pytest.approx(flop)
    params = np.asarray(found.best.params) * np.geomspace(0.01, 100, 401)
    losses = data_constrained_loss(params=params, tokens=flop / 6 / params, unique_tokens=unique)
    assert found.best.loss <= np.asarray(losses).min() + 1e-9
    assert found.lost >= -1e-9


def test_less_unique_data_asks_for_more_passes_and_loses_more() -> None:
    """Muennighoff et al. 2023, section 5: then the model is best smaller and seen longer."""
    corpora = np.array([1e13, 1e11, 1e10, 1e9])
    found = best_for_data(flop=1e22, unique_tokens=corpora)
    assert np.all(np.diff(np.asarray(found.epochs)) > 0)
    assert np.all(np.diff(np.asarray(found.lost)) > 0)
    assert np.asarray(found.lost)[0] == pytest.approx(0, abs=1e-6)


def test_draws_go_the_same_way_as_numbers() -> None:
    flops, corpora = np.array([1e21, 1e22, 1e23]), np.array([1e10, 2e10, 1e12])
    together = best_for_data(flop=flops, unique_tokens=corpora)
    for i in range(3):
        alone = best_for_data(flop=float(flops[i]), unique_tokens=float(corpora[i]))
        assert isinstance(alone.best.params, float)
        assert np.asarray(together.best.params)[i] == pytest.approx(alone.best.params, rel=1e-3)
        assert np.asarray(together.best.loss)[i] == pytest.approx(alone.best.loss, rel=1e-9)


def test_many_passes_and_doubt_are_said() -> None:
    few = lost_to_repetition(params=1e9, tokens=2e10, unique_tokens=1e10)
    assert few.warnings == (SECOND_OPINION,)
    many = lost_to_repetition(params=1e9, tokens=2e11, unique_tokens=1e10)
    assert SECOND_OPINION in many.warnings
    assert "20 passes over the data are more than the 16" in str(many.warnings[1])


@pytest.mark.parametrize("field", ["params", "tokens", "unique_tokens"])
def test_what_is_not_positive_is_refused_by_name(field: str) -> None:
    given_values = {"params": 1e9, "tokens": 1e10, "unique_tokens": 1e9} | {field: 0.0}
    with pytest.raises(InputError) as caught:
        data_constrained_loss(**given_values)
    assert caught.value.field == field
