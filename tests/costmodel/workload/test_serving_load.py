"""Bytes and FLOP of serving follow the closed forms and published cache sizes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.messages import InputError
from costmodel.workload import hf_config
from costmodel.workload.flops import parameter_count
from costmodel.workload.model_spec import Experts, ModelSpec, SizeOnly
from costmodel.workload.serving_load import (
    WEIGHT_FORMATS,
    ServingLoad,
    WeightFormat,
    bytes_per_weight,
    cache_bytes,
    decode_flop,
    prefill_flop,
    serving_load,
    step_weight_bytes,
    weight_bytes,
)
from tests.costmodel.workload.configs import PUBLISHED

DECODERS = ("Llama-3 8B", "Llama-2 70B", "Mixtral 8x7B", "DeepSeek-V3", "Qwen3 30B-A3B")
#: From the widest format to the narrowest.
NARROWING: tuple[WeightFormat, ...] = ("fp32", "bf16", "fp8", "int4")


def load(
    name: str = "Llama-3 8B",
    weights: WeightFormat = "bf16",
    *,
    input_tokens: int = 1000,
    output_tokens: int = 500,
) -> ServingLoad:
    return serving_load(
        hf_config.read(PUBLISHED[name]),
        weights=weights,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
    )


def moe() -> ModelSpec:
    return ModelSpec(
        name="hand",
        n_layers=4,
        d_model=64,
        n_heads=8,
        n_kv_heads=2,
        d_head=8,
        d_ff=100,
        vocab_size=1000,
        experts=Experts(n_experts=8, n_active=2, d_ff=32, n_layers=3),
    )


# --- the cache --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "bytes_per_token"),
    [
        ("Llama-2 7B", 2 * 32 * 32 * 128 * 2),  # half a megabyte, every head its own
        ("Llama-3 70B", 2 * 80 * 8 * 128 * 2),  # eight groups: 328 kB
        ("DeepSeek-V3", 61 * (512 + 64) * 2),  # DeepSeek-AI 2025, arXiv:2505.09343: 70 kB
    ],
)
def test_the_cache_of_a_token_is_the_published_one(name: str, bytes_per_token: int) -> None:
    assert cache_bytes(load(name), 1.0) == bytes_per_token
    assert cache_bytes(load(name), 1000.0) == 1000 * bytes_per_token


def test_deepseeks_cache_is_70_kb_a_token() -> None:
    """DeepSeek-AI 2025, arXiv:2505.09343, table 1: 70.272 kB in 16 bits."""
    assert cache_bytes(load("DeepSeek-V3"), 1.0) == pytest.approx(70_272)


def test_a_window_caps_the_cache() -> None:
    spec = replace(moe(), n_window_layers=3, window_tokens=100)
    windowed = replace(load(), model=spec)
    per_layer = 2 * 2 * 8 * 2
    assert cache_bytes(windowed, 50.0) == 4 * 50 * per_layer
    assert cache_bytes(windowed, 1000.0) == (1000 + 3 * 100) * per_layer
    drawn = np.asarray(cache_bytes(windowed, np.array([50.0, 1000.0])))
    assert drawn.tolist() == [4 * 50 * per_layer, (1000 + 3 * 100) * per_layer]


# --- weights ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DECODERS)
def test_in_sixteen_bits_the_weights_are_two_bytes_each(name: str) -> None:
    asked = load(name)
    assert weight_bytes(asked) == 2 * parameter_count(asked.model).total


@pytest.mark.parametrize("name", DECODERS)
def test_a_narrower_format_never_takes_more_memory(name: str) -> None:
    held = [weight_bytes(load(name, weights)) for weights in NARROWING]
    read = [float(step_weight_bytes(load(name, weights), 8.0)) for weights in NARROWING]
    assert held == sorted(held, reverse=True)
    assert read == sorted(read, reverse=True)
    assert bytes_per_weight("int4") > 0.5  # with its scales


def test_embedding_and_head_stay_in_sixteen_bits() -> None:
    narrow = load("Llama-3 8B", "fp8")
    count = narrow.count
    wide = count.embedding + count.head + count.norm
    assert weight_bytes(narrow) == (count.total - wide) + 2 * wide


@pytest.mark.parametrize("name", DECODERS)
@pytest.mark.parametrize("weights", WEIGHT_FORMATS)
def test_a_step_reads_no_more_than_there_is(name: str, weights: WeightFormat) -> None:
    asked = load(name, weights)
    tied = asked.model.d_model * asked.model.vocab_size * 2
    assert step_weight_bytes(asked, 1e9) <= weight_bytes(asked) + tied


def test_a_batch_of_one_reads_its_own_experts_and_a_large_one_reads_all() -> None:
    asked = replace(load(), model=moe())
    one = 3 * 64 * 32 * 3  # an expert of every layer
    of_one, of_many = (float(step_weight_bytes(asked, b)) for b in (1.0, 1e6))
    assert of_many - of_one == pytest.approx((8 - 2) * one * 2)
    two = float(step_weight_bytes(asked, 2.0))
    assert two - of_one == pytest.approx((8 * (1 - 0.75**2) - 2) * one * 2)


@given(st.sampled_from(DECODERS), st.floats(1, 1e5), st.floats(1, 100))
def test_more_requests_read_more_weights_but_fewer_each(
    name: str, batch: float, factor: float
) -> None:
    asked = load(name)
    few, many = (float(step_weight_bytes(asked, b)) for b in (batch, batch * factor))
    assert few <= many * (1 + 1e-9)
    assert many / (batch * factor) <= few / batch * (1 + 1e-9)


def test_latent_attention_is_copied_to_every_accelerator() -> None:
    asked = load("DeepSeek-V3", "fp8")
    extra = weight_bytes(asked, n_accelerators=8) - weight_bytes(asked)
    assert extra == 7 * asked.count.attention
    grouped = load("Llama-3 70B", "fp8")  # eight key/value heads
    assert weight_bytes(grouped, n_accelerators=8) == weight_bytes(grouped)
    assert weight_bytes(grouped, n_accelerators=16) > weight_bytes(grouped)


# --- FLOP -----------------------------------------------------------------------------------


def test_reading_a_token_costs_two_flop_a_weight_and_attention() -> None:
    asked = load("Llama-2 70B", input_tokens=2000)
    spec, n = asked.model, 2000
    head = spec.d_model * spec.vocab_size
    scores = 2 * 2 * spec.n_layers * spec.n_heads * spec.d_head * n * n / 2
    assert prefill_flop(asked) == pytest.approx(
        2 * (asked.count.multiplied - head) * n + 2 * head + scores
    )


def test_writing_a_token_costs_two_flop_a_weight_and_its_context() -> None:
    asked = load("Llama-2 70B")
    spec = asked.model
    scores = 4 * spec.n_layers * spec.n_heads * spec.d_head * 1000
    assert decode_flop(asked, 1000.0) == pytest.approx(2 * asked.count.multiplied + scores)


def test_latent_attention_trades_bytes_for_flop() -> None:
    latent = load("DeepSeek-V3")
    per_token = (decode_flop(latent, 5000.0) - decode_flop(latent, 0.0)) / 5000
    assert per_token == 2 * 128 * (2 * 512 + 64) * 61


# --- refusals ---------------------------------------------------------------------------------


def test_what_cannot_be_served_is_refused_with_a_remedy() -> None:
    size = SizeOnly(name="x", params=7e9, active_params=7e9)
    with pytest.raises(InputError, match=r"upload the config\.json"):
        serving_load(size, weights="bf16", input_tokens=1, output_tokens=1)
    with pytest.raises(InputError, match="choose a decoder"):
        load("BERT base")
    with pytest.raises(InputError, match="choose a decoder"):
        load("T5 small")


@pytest.mark.parametrize("field", ["input_tokens", "output_tokens"])
@pytest.mark.parametrize("bad", [0, -1, 10**12, 1.5, float("nan")])
def test_a_length_that_cannot_be_is_refused(field: str, bad: int) -> None:
    with pytest.raises(InputError) as caught:
        replace(load(), **{field: bad})  # type: ignore[arg-type]  # the field by its name
    assert caught.value.field == field


def test_the_cache_follows_the_weights_unless_told() -> None:
    assert load(weights="fp8").cache == "fp8"
    assert load(weights="int4").cache == "bf16"
    asked = serving_load(
        load().model, weights="int4", cache="fp8", input_tokens=10, output_tokens=10
    )
    assert asked.cache == "fp8"
