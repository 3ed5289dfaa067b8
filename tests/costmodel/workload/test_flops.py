"""Training FLOP follow the closed forms, PyTorch's own counter and published totals."""

import warnings
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from costmodel.workload import hf_config
from costmodel.workload.flops import (
    active_params,
    attention_flop_per_token,
    parameter_count,
    total_params,
    training_flop,
)
from costmodel.workload.model_spec import Experts, ModelSpec, SizeOnly, TrainingPlan
from tests.costmodel.workload import transformers_count
from tests.costmodel.workload.configs import (
    BERT_BASE,
    DEEPSEEK_V3,
    LLAMA_2_7B,
    LLAMA_31_405B,
    MIXTRAL_8X7B,
    PUBLISHED,
    Config,
    gpt2,
)
from tests.costmodel.workload.variants import small, small_moe


def spec_of(config: Config) -> ModelSpec:
    return hf_config.read(config)


def plan(config: Config, *, tokens: float = 1e12, context: int = 4096) -> TrainingPlan:
    return TrainingPlan(model=spec_of(config), tokens=tokens, context_tokens=context)


def dense(**changes: object) -> ModelSpec:
    """A small decoder whose counts can be done by hand."""
    spec = ModelSpec(
        name="hand",
        n_layers=4,
        d_model=64,
        n_heads=8,
        n_kv_heads=2,
        d_head=8,
        d_ff=100,
        vocab_size=1000,
    )
    return replace(spec, **changes)  # type: ignore[arg-type]  # names are checked by replace


# --- parameters by hand ----------------------------------------------------------------


def test_parameters_are_the_sum_of_their_parts() -> None:
    count = parameter_count(dense())
    assert count.embedding == 1000 * 64
    assert count.attention == 4 * (64 * 8 * (8 + 2 * 2) + 8 * 8 * 64)
    assert count.feed_forward == 4 * 3 * 64 * 100
    assert count.norm == (4 * 2 + 1) * 64
    assert count.head == 1000 * 64
    assert count.total == count.active
    parts = count.embedding + count.attention + count.feed_forward + count.norm + count.head
    assert count.total == parts


def test_tied_embeddings_save_the_head_and_not_its_product() -> None:
    tied, untied = parameter_count(dense(tied_embeddings=True)), parameter_count(dense())
    assert untied.total - tied.total == 1000 * 64
    assert tied.multiplied == untied.multiplied


def test_only_what_is_multiplied_counts_as_a_product() -> None:
    count = parameter_count(dense(norm="layer", qkv_bias=True, learned_positions=128))
    assert count.multiplied == count.total - _not_multiplied(count.embedding, count.norm)


def _not_multiplied(embedding: int, norm: int) -> int:
    biases = 4 * 8 * (8 + 2 * 2)
    return embedding + norm + biases


def test_experts_count_in_all_and_by_top_k() -> None:
    experts = Experts(n_experts=8, n_active=2, d_ff=32, n_layers=3)
    count = parameter_count(dense(experts=experts))
    one, router = 3 * 64 * 32, 64 * 8
    assert count.experts == 3 * (8 * one + router)
    assert count.feed_forward == 3 * 64 * 100
    assert count.total - count.active == 3 * 6 * one


def test_more_experts_of_which_as_many_are_visited_cost_only_their_router() -> None:
    few = plan(small_moe("qwen3_moe", head_dim=16))
    many = plan(small_moe("qwen3_moe", head_dim=16, num_experts=64))
    router = 6 * 5 * 96 * (64 - 8) * few.tokens
    assert training_flop(many).matrix - training_flop(few).matrix == pytest.approx(router)


def test_a_mixture_costs_its_active_part_not_its_size() -> None:
    """Jiang et al. 2024, arXiv:2401.04088: 47B in all, 13B active."""
    mixtral = training_flop(plan(MIXTRAL_8X7B))
    size = parameter_count(spec_of(MIXTRAL_8X7B))
    assert mixtral.parameter == 6 * size.active * 1e12
    assert mixtral.parameter < 6 * size.total * 1e12 / 3


# --- 6 N D and the conventions -------------------------------------------------------------


def test_six_n_d_is_the_parameter_convention() -> None:
    """Grattafiori et al. 2024, arXiv:2407.21783, section 3.2: 3.8e25 FLOP on 15.6T tokens."""
    flop = training_flop(plan(LLAMA_31_405B, tokens=15.6e12, context=8192))
    assert flop.parameter == 6 * 405_853_388_800 * 15.6e12
    assert flop.parameter == pytest.approx(3.8e25, rel=0.005)


@pytest.mark.parametrize("name", [n for n in PUBLISHED if not n.startswith("T5")])
def test_every_published_model_costs_six_n_d(name: str) -> None:
    run = plan(PUBLISHED[name])
    assert training_flop(run).parameter == 6 * active_params(run.model) * run.tokens


def test_of_the_size_alone_six_n_d_is_all_there_is() -> None:
    model = SizeOnly(name="x", params=70e9, active_params=7e9)
    flop = training_flop(TrainingPlan(model=model, tokens=2e12, context_tokens=4096))
    assert flop.parameter == flop.matrix == flop.model == flop.full_square == 6 * 7e9 * 2e12
    assert (total_params(model), active_params(model)) == (70e9, 7e9)


@given(st.sampled_from(sorted(PUBLISHED)), st.integers(1, 200_000))
@settings(deadline=None)
def test_the_conventions_stand_in_order(name: str, context: int) -> None:
    flop = training_flop(plan(PUBLISHED[name], context=context))
    assert 0 < flop.matrix < flop.model <= flop.full_square
    assert flop.causal_attention <= flop.full_attention


@given(st.floats(1, 1e15), st.floats(1.0, 100.0))
def test_flop_grow_with_the_tokens_in_proportion(tokens: float, factor: float) -> None:
    one = training_flop(plan(LLAMA_2_7B, tokens=tokens))
    more = training_flop(plan(LLAMA_2_7B, tokens=tokens * factor))
    assert more.model == pytest.approx(one.model * factor)
    assert more.parameter == pytest.approx(one.parameter * factor)


# --- attention ------------------------------------------------------------------------------


def test_attention_follows_the_closed_form() -> None:
    """Chowdhery et al. 2022 (PaLM), appendix B, arXiv:2204.02311: 12 L H Q T a token."""
    spec = spec_of(LLAMA_2_7B)
    full = attention_flop_per_token(spec, context_tokens=4096, causal=False)
    assert full == 12 * 32 * 32 * 128 * 4096
    assert attention_flop_per_token(spec, context_tokens=4096, causal=True) == full / 2


def test_the_iteration_of_megatron_follows_its_formula() -> None:
    """72 B s L h^2 (1 + s/6h + V/12Lh): Korthikanti et al. 2022, arXiv:2205.05198, app. A.

    For a GPT with the feed-forward width at four times the hidden one.
    """
    h, layers, s, vocab = 1600, 48, 1024, 50257
    flop = training_flop(plan(PUBLISHED["GPT-2 XL"], tokens=s, context=s))
    formula = 72 * s * layers * h**2 * (1 + s / (6 * h) + vocab / (12 * layers * h))
    assert flop.full_square == pytest.approx(formula, rel=1e-12)


def test_deepseek_v3_takes_250_gflop_a_token() -> None:
    """Zhao et al. 2025, arXiv:2505.09343, table 2: 250 GFLOP per token at 4,096 tokens,
    against 2,448 for Llama-3.1 405B and 394 for Qwen-72B dense; causal attention counted.
    """
    flop = training_flop(plan(DEEPSEEK_V3))
    assert flop.model / 1e12 == pytest.approx(250e9, rel=0.01)
    llama = training_flop(plan(LLAMA_31_405B))
    assert llama.model / 1e12 == pytest.approx(2448e9, rel=0.02)


def test_a_window_bounds_what_a_token_sees() -> None:
    spec = dense()
    windowed = replace(spec, n_window_layers=4, window_tokens=16)
    half = replace(spec, n_window_layers=2, window_tokens=16)

    def seen(of: ModelSpec, context: int, *, causal: bool) -> float:
        per_position = 6 * 8 * 2 * 8
        flop = attention_flop_per_token(of, context_tokens=context, causal=causal)
        return flop / per_position / 4

    assert seen(spec, 128, causal=False) == 128
    assert seen(windowed, 128, causal=False) == 16
    assert seen(half, 128, causal=False) == (16 + 128) / 2
    # Mean of min(i, 16) over the positions i of 128, in the limit of many: w - w^2 / 2s.
    assert seen(windowed, 128, causal=True) == 16 - 16**2 / (2 * 128)
    # A context shorter than the window is an ordinary context.
    assert seen(windowed, 8, causal=True) == seen(spec, 8, causal=True) == 4


@given(st.integers(1, 4), st.integers(1, 5000), st.integers(1, 5000))
def test_a_wider_window_never_costs_less(layers: int, window: int, context: int) -> None:
    def flop(tokens: int) -> float:
        spec = dense(n_window_layers=layers, window_tokens=tokens)
        return attention_flop_per_token(spec, context_tokens=context, causal=True)

    assert flop(window) <= flop(window + 1) <= flop(max(context, window + 1))


def test_an_encoder_attends_to_everything() -> None:
    spec = spec_of(BERT_BASE)
    causal, full = (
        attention_flop_per_token(spec, context_tokens=512, causal=c) for c in (True, False)
    )
    assert causal == full == 12 * 12 * 768 * 512


# --- encoder-decoder --------------------------------------------------------------------


def t5_plan(share: float) -> TrainingPlan:
    return TrainingPlan(
        model=spec_of(PUBLISHED["T5 11B"]),
        tokens=1e12,
        context_tokens=512,
        decoder_token_share=share,
    )


def test_a_token_of_an_encoder_decoder_passes_one_of_its_stacks() -> None:
    """So ``6 N D`` with all weights would count each token about twice over."""
    flop = training_flop(t5_plan(0.5))
    assert 0.4 < flop.parameter / (6 * 11_307_321_344 * 1e12) < 0.6


def test_the_share_of_the_decoder_weighs_the_two_stacks() -> None:
    spec = spec_of(PUBLISHED["T5 small"])
    h, layers, heads_width, d_ff, vocab = 512, 6, 512, 2048, 32128
    attention, feed_forward = 4 * h * heads_width, 2 * h * d_ff
    cross_kv = 2 * h * heads_width
    of_encoder = layers * (attention + feed_forward) + layers * cross_kv
    of_decoder = layers * (2 * attention + feed_forward - cross_kv) + h * vocab
    for share in (0.1, 0.5, 0.9):
        count = parameter_count(spec, decoder_token_share=share)
        assert count.multiplied == pytest.approx((1 - share) * of_encoder + share * of_decoder)


def test_the_two_stacks_see_their_own_lengths() -> None:
    """At one half both stacks read 512: encoder 512, decoder 256 causal, cross 512."""
    spec = spec_of(PUBLISHED["T5 small"])
    flop = attention_flop_per_token(spec, context_tokens=512, causal=True, decoder_token_share=0.5)
    assert flop == pytest.approx(6 * 8 * 2 * 64 * 6 * (0.5 * 512 + 0.5 * (256 + 512)))


# --- PyTorch's own count ------------------------------------------------------------------


def counted(config: Config, *, tokens: int) -> int:
    """Forward and backward FLOP of one sequence, as PyTorch counts matrix products."""
    model = transformers_count.built(config, device="cpu", attn_implementation="eager")
    ids = torch.zeros((1, tokens), dtype=torch.long)
    with warnings.catch_warnings(), FlopCounterMode(display=False) as counter:
        warnings.simplefilter("ignore")
        logits = model(input_ids=ids, use_cache=False).logits
        logits.sum().backward()
    return int(counter.get_total_flops())


@pytest.mark.parametrize("tokens", [16, 48])
@pytest.mark.parametrize(
    "config",
    [
        gpt2(96, 3, 6, n_positions=64, vocab_size=1000),
        small("llama"),
        small("llama", head_dim=24, num_key_value_heads=6, tie_word_embeddings=True),
        small("gemma2", head_dim=24),
        small("qwen3", head_dim=16),
    ],
    ids=["gpt2", "llama-gqa", "llama-tied", "gemma2", "qwen3"],
)
def test_pytorch_counts_the_same_products(config: Config, tokens: int) -> None:
    flop = training_flop(plan(config, tokens=tokens, context=tokens))
    reference = counted(config, tokens=tokens)
    # The rotary angles of a few heads are a product too, without weights and without use here.
    assert flop.full_square == pytest.approx(reference, rel=2e-3)
    assert flop.matrix + flop.causal_attention < reference
