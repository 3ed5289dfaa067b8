"""A config.json counts to the last parameter, and a bad one is refused by field and remedy."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costmodel.messages import InputError
from costmodel.workload import hf_config
from costmodel.workload.flops import parameter_count
from costmodel.workload.hf_families import READERS
from costmodel.workload.model_spec import ModelSpec
from tests.costmodel.workload import configs, transformers_count
from tests.costmodel.workload.configs import LLAMA_2_7B, LLAMA_3_8B, PUBLISHED, Config
from tests.costmodel.workload.variants import (
    VARIANTS,
    small,
    small_deepseek,
    small_encoder,
    small_moe,
)
from tests.refusals import outcome

#: Model cards and safetensors headers on the Hugging Face hub, and the papers: Radford 2019,
#: Touvron 2023 (arXiv:2307.09288), Grattafiori 2024 (2407.21783), Jiang 2023 and 2024
#: (2310.06825, 2401.04088), Yang 2024 and 2025 (2407.10671, 2505.09388), Le Scao 2022
#: (2211.05100), Devlin 2018 (1810.04805), Raffel 2020 (1910.10683), DeepSeek-AI 2024
#: (2405.04434, 2412.19437), Moonshot 2025 (2507.20534), OpenAI 2025 (2508.10925),
#: Yang 2023 (2309.10305), Bai 2023 (2309.16609), GLM 2024 (2406.12793). All but the families
#: that ``transformers`` fetches as remote code are rebuilt below.
PARAMETERS = {
    "GPT-2": 124_439_808,
    "GPT-2 XL": 1_557_611_200,
    "Llama-2 7B": 6_738_415_616,
    "Llama-2 13B": 13_015_864_320,
    "Llama-2 70B": 68_976_648_192,
    "Llama-3 8B": 8_030_261_248,
    "Llama-3 70B": 70_553_706_496,
    "Llama-3.1 405B": 405_853_388_800,
    "Llama-3.2 1B": 1_235_814_400,
    "Mistral 7B": 7_241_732_096,
    "Mixtral 8x7B": 46_702_792_704,
    "Mixtral 8x22B": 140_620_634_112,
    "Qwen2 0.5B": 494_032_768,
    "Qwen2 7B": 7_615_616_512,
    "Qwen2.5 72B": 72_706_203_648,
    "Qwen3 8B": 8_190_735_360,
    "Qwen3 30B-A3B": 30_532_122_624,
    "BLOOM 176B": 176_247_271_424,
    "BERT base": 109_482_240,
    "BERT base, masked LM": 109_514_298,
    "T5 small": 60_506_624,
    "T5 11B": 11_307_321_344,
    "T5 v1.1 base": 247_577_856,
    "DeepSeek-V3": 671_026_404_352,
    "DeepSeek-V2": 235_741_434_880,
    "DeepSeek-V2 Lite": 15_706_484_224,
    "Kimi K2": 1_026_408_209_408,
    "gpt-oss 20B": 20_914_757_184,
    "Baichuan2 7B": 7_505_973_248,
    "Baichuan2 13B": 13_896_668_160,
    "Qwen 7B": 7_721_324_544,
    "ChatGLM3 6B": 6_243_584_000,
}
#: What one token passes through, as the makers state it, in billions.
ACTIVE_BILLIONS = {
    "Mixtral 8x7B": 12.9,  # Jiang et al. 2024, section 2: "13B active"; 12.9B in the card
    "Mixtral 8x22B": 39,
    "Qwen3 30B-A3B": 3.3,  # Yang et al. 2025, table 2: "3.3B activated" in the card
    "DeepSeek-V3": 37,
    "DeepSeek-V2": 21,
    "DeepSeek-V2 Lite": 2.4,
    "Kimi K2": 32,
}


def total(config: Config) -> int:
    return parameter_count(hf_config.read(config)).total


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_model_counts_to_its_published_size(name: str) -> None:
    assert total(PUBLISHED[name]) == PARAMETERS[name]


#: Families that ``transformers`` has, or runs under another's code as their cards say.
_REBUILT = {
    name: config | {"model_type": config["model_type"].replace("kimi_k2", "deepseek_v3")}
    for name, config in PUBLISHED.items()
    if config["model_type"] in transformers_count.KNOWN | {"kimi_k2"}
}


@pytest.mark.parametrize("name", _REBUILT)
def test_the_reference_library_builds_the_same_number(name: str) -> None:
    config = _REBUILT[name]
    reference = transformers_count.count(config)
    if name == "T5 v1.1 base":
        # The library ties every T5's head since version 5; the checkpoint has one of its own
        # ("no parameter sharing between embedding and classifier layer", its model card).
        reference += config["d_model"] * config["vocab_size"]
    assert PARAMETERS[name] == reference


@pytest.mark.parametrize("name", ACTIVE_BILLIONS)
def test_active_parameters_are_those_the_makers_state(name: str) -> None:
    """Within a tenth: some makers leave embeddings or the router out of the figure."""
    active = parameter_count(hf_config.read(PUBLISHED[name])).active / 1e9
    assert active == pytest.approx(ACTIVE_BILLIONS[name], rel=0.12)


@pytest.mark.parametrize(
    "config", VARIANTS, ids=[f"{c['model_type']}-{i}" for i, c in enumerate(VARIANTS)]
)
def test_every_option_that_counts_is_counted(config: Config) -> None:
    assert total(config) == transformers_count.count(config)


def test_every_family_of_the_reference_library_is_compared() -> None:
    compared = {c["model_type"] for c in VARIANTS}
    assert set(READERS) & transformers_count.KNOWN <= compared


_slow = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
_flags = st.booleans()


@st.composite
def grouped_heads(draw: st.DrawFn) -> Config:
    kv = draw(st.integers(1, 3))
    heads = kv * draw(st.integers(1, 3))
    return {
        "num_attention_heads": heads,
        "num_key_value_heads": kv,
        "hidden_size": heads * 2 * draw(st.integers(2, 6)),
        "num_hidden_layers": draw(st.integers(1, 5)),
        "intermediate_size": draw(st.integers(1, 90)),
        "vocab_size": draw(st.integers(4, 300)),
        "tie_word_embeddings": draw(_flags),
        "pad_token_id": 0,
    }


@_slow
@given(grouped_heads(), st.sampled_from([None, 4, 10]), _flags, _flags)
def test_any_llama_agrees(shape: Config, head_dim: int | None, bias: bool, mlp: bool) -> None:
    config = {"model_type": "llama", "attention_bias": bias, "mlp_bias": mlp} | shape
    if head_dim is not None:
        config["head_dim"] = head_dim
    assert total(config) == transformers_count.count(config)


@_slow
@given(grouped_heads(), st.integers(2, 6), st.data())
def test_any_mixtral_agrees(shape: Config, n_experts: int, data: st.DataObject) -> None:
    config = {"model_type": "mixtral", "num_local_experts": n_experts} | shape
    config["num_experts_per_tok"] = data.draw(st.integers(1, n_experts))
    assert total(config) == transformers_count.count(config)


@_slow
@given(grouped_heads(), st.integers(1, 3), st.sets(st.integers(0, 4)), _flags)
def test_any_qwen3_moe_agrees(shape: Config, step: int, dense: set[int], bias: bool) -> None:
    config = small_moe("qwen3_moe", head_dim=6, decoder_sparse_step=step, attention_bias=bias)
    config |= shape | {"mlp_only_layers": sorted(dense)}
    layers = range(config["num_hidden_layers"])
    if all((i + 1) % step or i in dense for i in layers):
        return  # no expert layer is left: refused, see below
    assert total(config) == transformers_count.count(config)


@_slow
@given(
    st.sampled_from([None, 5, 12]), st.integers(0, 6), st.integers(1, 3), st.integers(2, 9), _flags
)
def test_any_deepseek_v3_agrees(
    q_rank: int | None, first: int, shared: int, d_rope: int, bias: bool
) -> None:
    config = small_deepseek(
        "deepseek_v3",
        q_lora_rank=q_rank,
        first_k_dense_replace=first,
        n_shared_experts=shared,
        qk_rope_head_dim=2 * d_rope,
        attention_bias=bias,
    )
    assert total(config) == transformers_count.count(config)


@_slow
@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 60), st.sampled_from([None, 7, 64]))
def test_any_gpt2_agrees(heads: int, width: int, positions: int, n_inner: int | None) -> None:
    config = configs.gpt2(
        heads * width, 2, heads, n_positions=positions, vocab_size=99, n_inner=n_inner
    )
    assert total(config) == transformers_count.count(config)


@_slow
@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(1, 20),
    st.sampled_from(["relu", "gated-silu"]),
)
def test_any_t5_agrees(encoders: int, decoders: int, d_kv: int, feed_forward: str) -> None:
    config = configs.t5(
        24,
        d_kv,
        50,
        encoders,
        3,
        vocab_size=99,
        num_decoder_layers=decoders,
        feed_forward_proj=feed_forward,
    )
    assert total(config) == transformers_count.count(config)


@_slow
@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 40), st.integers(1, 3), _flags)
def test_any_bert_agrees(heads: int, width: int, positions: int, types: int, masked: bool) -> None:
    config = small_encoder("bert", hidden_size=heads * width, num_attention_heads=heads)
    config |= {"max_position_embeddings": positions, "type_vocab_size": types}
    config["architectures"] = ["BertForMaskedLM" if masked else "BertModel"]
    assert total(config) == transformers_count.count(config)


# --- windows, notes, names -----------------------------------------------------------------


def test_a_window_is_read_as_the_family_means_it() -> None:
    def windows(config: Config) -> tuple[int, int]:
        spec = hf_config.read(config)
        return spec.n_window_layers, spec.window_tokens

    assert windows(small("mistral", sliding_window=16)) == (5, 16)
    assert windows(small("mistral", sliding_window=None)) == (0, 0)
    # Qwen2 names a window that it does not use; max_window_layers counts the full ones.
    assert windows(small("qwen2", sliding_window=16)) == (0, 0)
    used = {"sliding_window": 16, "use_sliding_window": True, "max_window_layers": 2}
    assert windows(small("qwen2") | used) == (3, 16)
    # Every other layer of Gemma 2, five of six of Gemma 3.
    assert windows(small("gemma2", head_dim=8, sliding_window=16)) == (3, 16)
    gemma3 = small("gemma3_text", head_dim=8, sliding_window=16, num_hidden_layers=12)
    assert windows(gemma3) == (10, 16)


def test_what_the_count_leaves_out_is_said() -> None:
    assert "extra layer" in str(hf_config.read(PUBLISHED["DeepSeek-V3"]).notes[0])
    assert hf_config.read(LLAMA_3_8B).notes == ()
    classifier = small_encoder("bert", architectures=["BertForSequenceClassification"])
    assert "head" in str(hf_config.read(classifier).notes[0])


def test_a_spec_is_named_by_its_caller_its_file_or_its_family() -> None:
    assert hf_config.read(LLAMA_2_7B, name="mine").name == "mine"
    assert hf_config.read(LLAMA_2_7B | {"_name_or_path": "x/y"}).name == "x/y"
    assert hf_config.read(LLAMA_2_7B).name == "llama"


def test_text_with_a_byte_order_mark_reads_as_well() -> None:
    text = json.dumps(LLAMA_2_7B)
    assert hf_config.parse(text) == hf_config.parse(b"\xef\xbb\xbf" + text.encode())


# --- refusals ------------------------------------------------------------------------------


def refusal(config: Config) -> InputError:
    with pytest.raises(InputError) as caught:
        hf_config.read(config)
    return caught.value


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"hidden_size": None}, "hidden_size", "missing"),
        ({"hidden_size": 0}, "hidden_size", "too small"),
        ({"hidden_size": -4096}, "hidden_size", "too small"),
        ({"hidden_size": 4096.5}, "hidden_size", "not a whole number"),
        ({"hidden_size": "4096"}, "hidden_size", "not a whole number"),
        ({"hidden_size": True}, "hidden_size", "not a whole number"),
        ({"hidden_size": [4096]}, "hidden_size", "not a whole number"),
        ({"hidden_size": float("nan")}, "hidden_size", "not a whole number"),
        ({"hidden_size": float("inf")}, "hidden_size", "not a whole number"),
        ({"hidden_size": 10**400}, "hidden_size", "more than any model"),
        ({"hidden_size": 10**9}, "d_model", "more than any model"),
        ({"num_hidden_layers": 10**9}, "n_layers", "more than any model"),
        ({"num_attention_heads": 7}, "num_attention_heads", "do not divide"),
        ({"num_key_value_heads": 3}, "n_kv_heads", "must divide"),
        ({"num_key_value_heads": 64}, "n_kv_heads", "must divide"),
        ({"tie_word_embeddings": "yes"}, "tie_word_embeddings", "neither true nor false"),
        ({"model_type": None}, "model_type", "add model_type"),
        ({"model_type": "lama"}, "model_type", "near it: llama"),
        ({"model_type": "llava", "text_config": {}}, "model_type", "text_config part alone"),
        ({"add_cross_attention": True}, "add_cross_attention", "by hand"),
    ],
)
def test_a_config_that_cannot_be_is_refused(change: Config, field: str, says: str) -> None:
    error = refusal(LLAMA_2_7B | change)
    assert error.field == f"hf_config.{field}"
    assert says in str(error)


def test_a_whole_number_written_with_a_point_is_one() -> None:
    assert total(LLAMA_2_7B | {"hidden_size": 4096.0}) == total(LLAMA_2_7B)


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (small("mixtral", num_local_experts=2, num_experts_per_tok=3), "n_active"),
        (small_moe("qwen3_moe", head_dim=8, num_experts_per_tok=0), "num_experts_per_tok"),
        (small_moe("qwen3_moe", head_dim=8, decoder_sparse_step=9), "n_moe_layers"),
        (small_moe("qwen3_moe", head_dim=8, mlp_only_layers=["0"]), "mlp_only_layers"),
        (small_deepseek("deepseek_v3", first_k_dense_replace=None), "first_k_dense_replace"),
        (small_deepseek("deepseek_v3", num_hidden_layers=10**9), "n_layers"),
        (small_deepseek("deepseek_v2", mlp_bias=True), "mlp_bias"),
        (small("phi", qk_layernorm=True), "qk_layernorm"),
        (small("stablelm", qk_layernorm=True), "qk_layernorm"),
        (small("cohere", use_qk_norm=True), "use_qk_norm"),
        (PUBLISHED["T5 small"] | {"architectures": ["T5EncoderModel"]}, "architectures"),
    ],
)
def test_a_variant_that_cannot_be_counted_is_refused(config: Config, field: str) -> None:
    assert refusal(config).field == f"hf_config.{field}"


@pytest.mark.parametrize(
    "family", ["gemma", "gemma2", "gemma3_text", "glm", "qwen3", "gpt_oss", "glm4_moe"]
)
def test_a_width_that_the_family_fills_itself_may_not_be_missing(family: str) -> None:
    """Gemma's heads are 256 wide where the file is silent, not ``hidden / heads``."""
    assert refusal(small(family)).field == "hf_config.head_dim"


@pytest.mark.parametrize("family", ["mistral", "mixtral", "qwen2", "starcoder2", "stablelm"])
def test_key_heads_that_the_family_fills_itself_may_not_be_missing(family: str) -> None:
    assert refusal(small(family, num_key_value_heads=None)).field == "hf_config.num_key_value_heads"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\xff", "not a text file"),
        (b"PK\x03\x04\x14\x00", "not valid JSON"),
        (b"", "not valid JSON"),
        (b"null", "no JSON object"),
        (b"[1, 2]", "no JSON object"),
        (b'{"hidden_size": NaN}', "not valid JSON"),
        (b'{"hidden_size": Infinity}', "not valid JSON"),
        (b'{"hidden_size": ' + b"9" * 9_000 + b"}", "not valid JSON"),
        (b"[" * 200_000, "not valid JSON"),
        (b'{"a":' * 150_000, "not valid JSON"),
        (b" " * 50_000_000, "upload the model's config.json itself"),
    ],
    ids=["png", "zip", "empty", "null", "list", "nan", "inf", "digits", "deep", "deeper", "50 MB"],
)
def test_a_file_that_is_no_config_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        hf_config.parse(content)
    assert caught.value.field.startswith("hf_config")


def test_the_last_of_two_equal_keys_counts_as_in_every_json_reader() -> None:
    text = json.dumps(LLAMA_2_7B).replace("{", '{"vocab_size": 1, ', 1)
    assert parameter_count(hf_config.parse(text)).total == PARAMETERS["Llama-2 7B"]


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-3, 300),
    st.floats(),
    st.text(max_size=9),
    st.sampled_from([10**400, -1, 0, "gated-gelu", "BertForMaskedLM"]),
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner)
)
_keys = sorted({key for config in [*PUBLISHED.values(), *VARIANTS] for key in config})


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([*PUBLISHED.values(), *VARIANTS]),
    st.dictionaries(st.sampled_from(_keys) | st.text(max_size=5), _values, max_size=6),
)
def test_whatever_stands_in_a_config_only_a_refusal_comes_out(
    config: Config, changes: dict[str, Any]
) -> None:
    model_type = changes.pop("model_type", None)
    changed = config | changes
    if isinstance(model_type, str):
        changed["model_type"] = model_type
    spec = outcome(lambda: hf_config.read(changed))
    if isinstance(spec, ModelSpec):
        assert parameter_count(spec).total > 0
    else:
        assert isinstance(spec, InputError)
        assert spec.field.startswith("hf_config")
        assert str(spec)


@settings(max_examples=150, deadline=None)
@given(st.binary() | st.text() | _values.map(lambda v: json.dumps(v, default=str)))
def test_whatever_stands_in_a_file_only_a_refusal_comes_out(content: bytes | str) -> None:
    with pytest.raises(InputError):
        hf_config.parse(content)
