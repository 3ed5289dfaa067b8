"""Architectures and plans that cannot be are refused by field, whatever the number."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.messages import InputError
from costmodel.workload.flops import parameter_count
from costmodel.workload.model_spec import (
    Experts,
    LatentAttention,
    ModelSpec,
    SizeOnly,
    TrainingPlan,
)
from tests.refusals import outcome

SPEC = ModelSpec(
    name="hand",
    n_layers=4,
    d_model=64,
    n_heads=8,
    n_kv_heads=2,
    d_head=8,
    d_ff=100,
    vocab_size=1000,
)
EXPERTS = Experts(n_experts=8, n_active=2, d_ff=32, n_layers=3)
LATENT = LatentAttention(q_rank=None, kv_rank=16, d_nope=8, d_rope=4, d_v=8)
SIZE = SizeOnly(name="x", params=7e9, active_params=7e9)
NAN, INF = float("nan"), float("inf")


def refused(changes: dict[str, Any]) -> InputError:
    with pytest.raises(InputError) as caught:
        replace(SPEC, **changes)
    return caught.value


@pytest.mark.parametrize(
    "field", ["n_layers", "d_model", "n_heads", "d_head", "vocab_size", "d_ff"]
)
@pytest.mark.parametrize("value", [0, -1, 2.5, NAN, INF, 10**30])
def test_a_count_is_a_positive_whole_number_within_reason(field: str, value: float) -> None:
    error = refused({field: value})
    assert error.field == field
    assert str(error)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"n_kv_heads": 3}, "n_kv_heads"),
        ({"n_kv_heads": 16}, "n_kv_heads"),
        ({"learned_positions": -5}, "learned_positions"),
        ({"norms_per_layer": -1}, "norms_per_layer"),
        ({"token_types": -1}, "token_types"),
        ({"n_window_layers": 5, "window_tokens": 8}, "n_window_layers"),
        ({"n_window_layers": 2}, "n_window_layers"),
        ({"window_tokens": -8}, "window_tokens"),
        ({"n_decoder_layers": 2}, "n_decoder_layers"),
        ({"kind": "encoder-decoder"}, "n_decoder_layers"),
        ({"kind": "encoder-decoder", "n_decoder_layers": 2, "experts": EXPERTS}, "kind"),
        ({"kind": "encoder-decoder", "n_decoder_layers": 2, "latent": LATENT}, "kind"),
        ({"experts": replace(EXPERTS, n_active=9)}, "n_active"),
        ({"experts": replace(EXPERTS, n_active=0)}, "n_active"),
        ({"experts": replace(EXPERTS, n_experts=-8)}, "n_experts"),
        ({"experts": replace(EXPERTS, n_layers=5)}, "n_moe_layers"),
        ({"experts": replace(EXPERTS, n_layers=0)}, "n_moe_layers"),
        ({"experts": replace(EXPERTS, d_ff_shared=-1)}, "d_ff_shared"),
        ({"latent": replace(LATENT, kv_rank=-16)}, "latent.kv_rank"),
        ({"latent": replace(LATENT, q_rank=0)}, "latent.q_rank"),
    ],
)
def test_parts_that_contradict_each_other_are_refused(changes: dict[str, Any], field: str) -> None:
    assert refused(changes).field == field


def test_a_model_of_experts_alone_needs_no_dense_width() -> None:
    only = replace(SPEC, d_ff=0, experts=replace(EXPERTS, n_layers=4))
    assert only.n_dense_layers == 0
    assert parameter_count(only).feed_forward == 0


@pytest.mark.parametrize("params", [0, -1, 0.07, NAN, INF, 1e17])
def test_a_size_is_a_number_of_parameters(params: float) -> None:
    with pytest.raises(InputError) as caught:
        SizeOnly(name="x", params=params, active_params=1)
    assert caught.value.field == "params"


def test_no_token_passes_more_than_the_model_has() -> None:
    with pytest.raises(InputError, match="more than the 7"):
        SizeOnly(name="x", params=7e9, active_params=8e9)


@pytest.mark.parametrize("tokens", [0, -1e12, 0.45, NAN, INF, 1e19])
def test_tokens_are_counted_from_one_to_what_exists(tokens: float) -> None:
    """0.45 is ``45%`` typed into the wrong field, not a training run."""
    with pytest.raises(InputError) as caught:
        TrainingPlan(model=SIZE, tokens=tokens, context_tokens=4096)
    assert caught.value.field == "tokens"


@pytest.mark.parametrize("context", [0, -1, NAN, INF, 10**10, 2.5])
def test_a_context_is_a_whole_number_of_tokens(context: Any) -> None:
    with pytest.raises(InputError) as caught:
        TrainingPlan(model=SIZE, tokens=1e12, context_tokens=context)
    assert caught.value.field == "context_tokens"


def test_unique_tokens_are_among_those_trained_on() -> None:
    with pytest.raises(InputError) as caught:
        TrainingPlan(model=SIZE, tokens=1e12, context_tokens=4096, unique_tokens=2e12)
    assert caught.value.field == "unique_tokens"


@given(st.floats() | st.integers())
def test_any_number_of_parameters_is_taken_or_refused(params: float) -> None:
    size = outcome(lambda: SizeOnly(name="x", params=params, active_params=1))
    if isinstance(size, SizeOnly):
        assert 1 <= size.params <= 1e16
    else:
        assert isinstance(size, InputError)
        assert size.field == "params"
