"""One small reader per family of ``config.json``: its field names onto ``ModelSpec``.

They are many and short, and stand in one file so that a new family finds its nearest kin.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from costmodel.messages import InputError, Message, shown
from costmodel.workload.hf_fields import Fields, is_whole
from costmodel.workload.model_spec import Experts, LatentAttention, ModelSpec, check_count

Reader: TypeAlias = Callable[[Fields], ModelSpec]


#: Fields that some families fill with a number of their own where the file is silent:
#: such a file is refused rather than counted with another family's habit.
_KV: Final = ("num_key_value_heads",)
_KV_AND_WIDTH: Final = ("num_key_value_heads", "head_dim")


def _llama(f: Fields, *, stated: tuple[str, ...] = (), **changes: Any) -> ModelSpec:
    """A decoder in Llama's field names; ``stated`` are fields that may not be missing."""
    for key in stated:
        f.count(key)
    d_model, n_heads = f.count("hidden_size"), f.count("num_attention_heads")
    common: dict[str, Any] = {
        "name": "llama",
        "n_layers": f.count("num_hidden_layers"),
        "d_model": d_model,
        "n_heads": n_heads,
        "n_kv_heads": f.count("num_key_value_heads", default=n_heads),
        "d_head": f.head_width(d_model, n_heads),
        "d_ff": f.count("intermediate_size"),
        "vocab_size": f.count("vocab_size"),
        "tied_embeddings": f.flag("tie_word_embeddings", default=False),
        "qkv_bias": f.flag("attention_bias", default=False),
        "output_bias": f.flag("attention_bias", default=False),
        "mlp_bias": f.flag("mlp_bias", default=False),
    }
    return ModelSpec(**(common | changes))


def _no_bias(f: Fields, **changes: Any) -> ModelSpec:
    none = {"qkv_bias": False, "output_bias": False, "mlp_bias": False}
    return _llama(f, **(none | changes))


def _windowed(f: Fields, spec: ModelSpec, *, n_layers: int | None = None) -> ModelSpec:
    if not f.has("sliding_window"):
        return spec
    return replace(
        spec,
        window_tokens=f.count("sliding_window"),
        n_window_layers=spec.n_layers if n_layers is None else n_layers,
    )


def _listed_window_layers(f: Fields) -> int | None:
    kinds = f.items("layer_types")
    return sum(k == "sliding_attention" for k in kinds) if kinds else None


def _mistral(f: Fields) -> ModelSpec:
    return _windowed(f, _no_bias(f, stated=_KV))


def _baichuan(f: Fields) -> ModelSpec:
    return _no_bias(f)


def _internlm(f: Fields) -> ModelSpec:
    bias = f.flag("bias", default=True)
    return _llama(f, qkv_bias=bias, output_bias=bias, mlp_bias=False)


def _internlm2(f: Fields) -> ModelSpec:
    bias = f.flag("bias", default=False)
    return _llama(f, qkv_bias=bias, output_bias=bias, mlp_bias=False)


def _qwen(f: Fields) -> ModelSpec:
    d_model, n_heads = f.count("hidden_size"), f.count("num_attention_heads")
    return ModelSpec(
        name="qwen",
        n_layers=f.count("num_hidden_layers"),
        d_model=d_model,
        n_heads=n_heads,
        n_kv_heads=n_heads,
        d_head=f.head_width(d_model, n_heads, key="kv_channels"),
        d_ff=f.count("intermediate_size", least=2) // 2,
        vocab_size=f.count("vocab_size"),
        tied_embeddings=f.flag("tie_word_embeddings", default=False),
        qkv_bias=True,
    )


def _qwen2(f: Fields, **changes: Any) -> ModelSpec:
    spec = _no_bias(f, stated=_KV, qkv_bias=True, **changes)
    if not f.flag("use_sliding_window", default=False):
        return spec
    full = f.count("max_window_layers", default=spec.n_layers, least=0)
    return _windowed(f, spec, n_layers=max(spec.n_layers - full, 0))


def _qwen3(f: Fields) -> ModelSpec:
    return _llama(f, stated=_KV_AND_WIDTH, qk_norm="head", mlp_bias=False)


def _sparse_layers(f: Fields, n_layers: int) -> int:
    """Expert layers where every ``decoder_sparse_step``-th is one, less the listed dense ones."""
    step = f.count("decoder_sparse_step", default=1)
    dense = f.items("mlp_only_layers")
    if not all(is_whole(i) for i in dense):
        raise InputError(
            "hf_config.mlp_only_layers",
            "{value} is not a list of layer numbers",
            value=shown(dense),
        )
    return sum((i + 1) % step == 0 and i not in dense for i in range(n_layers))


def _qwen2_moe(f: Fields) -> ModelSpec:
    spec = _qwen2(f)
    return replace(
        spec,
        qkv_bias=f.flag("qkv_bias", default=True),
        experts=Experts(
            n_experts=f.count("num_experts"),
            n_active=f.count("num_experts_per_tok"),
            d_ff=f.count("moe_intermediate_size"),
            n_layers=_sparse_layers(f, spec.n_layers),
            d_ff_shared=f.count("shared_expert_intermediate_size"),
            shared_gate=True,
        ),
    )


def _qwen3_moe(f: Fields) -> ModelSpec:
    spec = _qwen3(f)
    return replace(
        spec,
        experts=Experts(
            n_experts=f.count("num_experts", "num_local_experts"),
            n_active=f.count("num_experts_per_tok"),
            d_ff=f.count("moe_intermediate_size"),
            n_layers=_sparse_layers(f, spec.n_layers),
        ),
    )


def _mixtral(f: Fields) -> ModelSpec:
    spec = _windowed(f, _no_bias(f, stated=_KV))
    return replace(
        spec,
        experts=Experts(
            n_experts=f.count("num_local_experts"),
            n_active=f.count("num_experts_per_tok"),
            d_ff=spec.d_ff,
            n_layers=spec.n_layers,
        ),
    )


def _gpt_oss(f: Fields) -> ModelSpec:
    bias = f.flag("attention_bias", default=True)
    spec = _llama(f, stated=_KV_AND_WIDTH, qkv_bias=bias, output_bias=bias, attention_sinks=True)
    listed = _listed_window_layers(f)
    spec = _windowed(f, spec, n_layers=spec.n_layers // 2 if listed is None else listed)
    return replace(
        spec,
        experts=Experts(
            n_experts=f.count("num_local_experts", "num_experts"),
            n_active=f.count("num_experts_per_tok", "experts_per_token"),
            d_ff=spec.d_ff,
            n_layers=spec.n_layers,
            bias=True,
            router_bias=True,
        ),
    )


def _first_dense_experts(f: Fields, n_layers: int) -> Experts | None:
    """Experts behind ``first_k_dense_replace`` dense layers, with shared experts beside them."""
    if not f.has("n_routed_experts"):
        return None
    check_count("n_layers", n_layers)
    width = f.count("moe_intermediate_size")
    first = f.count("first_k_dense_replace", least=0)
    step = f.count("moe_layer_freq", default=1)
    n_moe = sum(i >= first and i % step == 0 for i in range(n_layers))
    if n_moe == 0:
        return None
    return Experts(
        n_experts=f.count("n_routed_experts"),
        n_active=f.count("num_experts_per_tok"),
        d_ff=width,
        n_layers=n_moe,
        d_ff_shared=width * f.count("n_shared_experts", default=0, least=0),
    )


def _deepseek(f: Fields) -> ModelSpec:
    d_nope, d_rope = f.count("qk_nope_head_dim"), f.count("qk_rope_head_dim")
    n_heads, n_layers = f.count("num_attention_heads"), f.count("num_hidden_layers")
    bias = f.flag("attention_bias", default=False)
    if f.flag("mlp_bias", default=False):
        raise InputError(
            "hf_config.mlp_bias",
            "the variant with biased experts is not one that Assay can count; "
            "type the size by hand",
        )
    notes: tuple[Message, ...] = ()
    if f.count("num_nextn_predict_layers", default=0, least=0):
        notes = (
            Message(
                "The extra layer that predicts further tokens is not counted, "
                "as in the published size."
            ),
        )
    return ModelSpec(
        name="deepseek",
        n_layers=n_layers,
        d_model=f.count("hidden_size"),
        n_heads=n_heads,
        n_kv_heads=n_heads,
        d_head=d_nope + d_rope,
        d_ff=f.count("intermediate_size"),
        vocab_size=f.count("vocab_size"),
        tied_embeddings=f.flag("tie_word_embeddings", default=False),
        qkv_bias=bias,
        output_bias=bias,
        latent=LatentAttention(
            q_rank=f.count("q_lora_rank") if f.has("q_lora_rank") else None,
            kv_rank=f.count("kv_lora_rank"),
            d_nope=d_nope,
            d_rope=d_rope,
            d_v=f.count("v_head_dim"),
        ),
        experts=_first_dense_experts(f, n_layers),
        notes=notes,
    )


def _glm4_moe(f: Fields) -> ModelSpec:
    spec = _llama(f, stated=_KV_AND_WIDTH, output_bias=False, mlp_bias=False)
    return replace(
        spec,
        qk_norm="head" if f.flag("use_qk_norm", default=False) else "none",
        experts=_first_dense_experts(f, spec.n_layers),
    )


def _chatglm(f: Fields) -> ModelSpec:
    d_model, n_heads = f.count("hidden_size"), f.count("num_attention_heads")
    grouped = f.flag("multi_query_attention", default=False)
    linear_bias = f.flag("add_bias_linear", default=False)
    return ModelSpec(
        name="chatglm",
        n_layers=f.count("num_layers"),
        d_model=d_model,
        n_heads=n_heads,
        n_kv_heads=f.count("multi_query_group_num") if grouped else n_heads,
        d_head=f.head_width(d_model, n_heads, key="kv_channels"),
        d_ff=f.count("ffn_hidden_size"),
        vocab_size=f.count("padded_vocab_size"),
        qkv_bias=f.flag("add_qkv_bias", default=False) or linear_bias,
        output_bias=linear_bias,
        mlp_bias=linear_bias,
        norm="rms" if f.flag("rmsnorm", default=True) else "layer",
        final_norm=f.flag("post_layer_norm", default=True),
        tied_embeddings=f.flag("tie_word_embeddings", default=False),
    )


def _glm(f: Fields) -> ModelSpec:
    bias = f.flag("attention_bias", default=True)
    return _llama(f, stated=_KV_AND_WIDTH, qkv_bias=bias, output_bias=False, mlp_bias=False)


def _gemma(f: Fields, **changes: Any) -> ModelSpec:
    tied = f.flag("tie_word_embeddings", default=True)
    return _llama(f, stated=_KV_AND_WIDTH, tied_embeddings=tied, mlp_bias=False, **changes)


def _gemma2(f: Fields) -> ModelSpec:
    spec = _gemma(f, norms_per_layer=4)
    listed = _listed_window_layers(f)
    return _windowed(f, spec, n_layers=(spec.n_layers + 1) // 2 if listed is None else listed)


def _gemma3(f: Fields) -> ModelSpec:
    spec = _gemma(f, norms_per_layer=4, qk_norm="head")
    listed = _listed_window_layers(f)
    every = f.count("sliding_window_pattern", default=6)
    local = spec.n_layers - spec.n_layers // every if listed is None else listed
    return _windowed(f, spec, n_layers=local)


def _olmo(f: Fields) -> ModelSpec:
    return _llama(f, norm="none", mlp_bias=False)


def _olmo2(f: Fields) -> ModelSpec:
    return _llama(f, qk_norm="full", mlp_bias=False)


def _phi3(f: Fields) -> ModelSpec:
    return _windowed(f, _no_bias(f))


def _cohere(f: Fields) -> ModelSpec:
    if f.flag("use_qk_norm", default=False):
        raise InputError(
            "hf_config.use_qk_norm",
            "the variant with query and key norms is not one that Assay can count; "
            "type the size by hand",
        )
    tied = f.flag("tie_word_embeddings", default=True)
    spec = _llama(f, tied_embeddings=tied, norm="layer-no-bias", mlp_bias=False)
    return replace(spec, norms_per_layer=1)


def _stablelm(f: Fields) -> ModelSpec:
    if f.flag("qk_layernorm", default=False):
        raise InputError(
            "hf_config.qk_layernorm",
            "the variant with query and key norms is not one that Assay can count; "
            "type the size by hand",
        )
    bias = f.flag("use_qkv_bias", default=False)
    spec = _no_bias(f, stated=_KV, qkv_bias=bias, norm="layer")
    return replace(spec, norms_per_layer=1 if f.flag("use_parallel_residual", default=False) else 2)


def _starcoder2(f: Fields) -> ModelSpec:
    bias = f.flag("use_bias", default=True)
    tied = f.flag("tie_word_embeddings", default=True)
    spec = _llama(f, stated=_KV, norm="layer", gated_mlp=False, tied_embeddings=tied)
    spec = replace(spec, qkv_bias=bias, output_bias=bias, mlp_bias=bias)
    return _windowed(f, spec)


def _classic(
    f: Fields,
    *,
    width: tuple[str, ...] = ("hidden_size",),
    heads: tuple[str, ...] = ("num_attention_heads",),
    layers: tuple[str, ...] = ("num_hidden_layers",),
    feed_forward: tuple[str, ...] = (),
    bias: bool = True,
    **changes: Any,
) -> ModelSpec:
    """The shape before Llama: layer norms, biases, a plain feed-forward layer, a tied head.

    The feed-forward layer is four times the width unless ``feed_forward`` names its field.
    """
    d_model, n_heads = f.count(*width), f.count(*heads)
    wide = f.count(*feed_forward) if feed_forward else 4 * d_model
    common: dict[str, Any] = {
        "name": "classic",
        "n_layers": f.count(*layers),
        "d_model": d_model,
        "n_heads": n_heads,
        "n_kv_heads": n_heads,
        "d_head": f.head_width(d_model, n_heads, key=None),
        "d_ff": wide,
        "vocab_size": f.count("vocab_size"),
        "gated_mlp": False,
        "tied_embeddings": f.flag("tie_word_embeddings", default=True),
        "norm": "layer",
        "qkv_bias": bias,
        "output_bias": bias,
        "mlp_bias": bias,
    }
    return ModelSpec(**(common | changes))


def _gpt(f: Fields, **changes: Any) -> ModelSpec:
    inner: tuple[str, ...] = ("n_inner",) if f.has("n_inner") else ()
    return _classic(
        f,
        width=("n_embd",),
        heads=("n_head",),
        layers=("n_layer",),
        feed_forward=inner,
        **changes,
    )


def _gpt2(f: Fields) -> ModelSpec:
    return _gpt(f, learned_positions=f.count("n_positions", "n_ctx"))


def _gptj(f: Fields) -> ModelSpec:
    tied = f.flag("tie_word_embeddings", default=False)
    spec = _gpt(f, tied_embeddings=tied, norms_per_layer=1, head_bias=True)
    return replace(spec, qkv_bias=False, output_bias=False)


def _gpt_neox(f: Fields) -> ModelSpec:
    bias = f.flag("attention_bias", default=True)
    tied = f.flag("tie_word_embeddings", default=False)
    spec = _llama(f, norm="layer", gated_mlp=False, tied_embeddings=tied, mlp_bias=True)
    return replace(spec, qkv_bias=bias, output_bias=bias)


def _opt(f: Fields) -> ModelSpec:
    d_model = f.count("hidden_size")
    before = f.flag("do_layer_norm_before", default=True)
    if f.count("word_embed_proj_dim", default=d_model) != d_model or not before:
        raise InputError(
            "hf_config.word_embed_proj_dim",
            "the variant with a narrower embedding is not one that Assay can count; "
            "type the size by hand",
        )
    return _classic(
        f,
        feed_forward=("ffn_dim",),
        bias=f.flag("enable_bias", default=True),
        norm="layer" if f.flag("layer_norm_elementwise_affine", default=True) else "none",
        final_norm=not f.flag("_remove_final_layer_norm", default=False),
        # Two rows more than the context: the padding offset of the family.
        learned_positions=f.count("max_position_embeddings") + 2,
    )


def _bloom(f: Fields) -> ModelSpec:
    return _classic(
        f,
        width=("hidden_size", "n_embed"),
        heads=("n_head", "num_attention_heads"),
        layers=("n_layer", "num_hidden_layers"),
        embedding_norm=True,
    )


def _falcon(f: Fields) -> ModelSpec:
    heads = ("num_attention_heads", "n_head")
    n_heads = f.count(*heads)
    grouped = f.flag("new_decoder_architecture", default=False)
    if grouped:
        n_kv_heads = f.count("num_kv_heads", "n_head_kv", default=n_heads)
    else:
        n_kv_heads = 1 if f.flag("multi_query", default=True) else n_heads
    parallel = f.flag("parallel_attn", default=True)
    in_parallel = f.count("num_ln_in_parallel_attn", default=2 if grouped else 1)
    return _classic(
        f,
        heads=heads,
        layers=("num_hidden_layers", "n_layer"),
        feed_forward=("ffn_hidden_size",) if f.has("ffn_hidden_size") else (),
        bias=f.flag("bias", default=False),
        n_kv_heads=n_kv_heads,
        norms_per_layer=2 if not parallel or in_parallel == 2 else 1,
    )


def _phi(f: Fields) -> ModelSpec:
    if f.flag("qk_layernorm", default=False):
        raise InputError(
            "hf_config.qk_layernorm",
            "the variant with query and key norms is not one that Assay can count; "
            "type the size by hand",
        )
    spec = _llama(f, norm="layer", gated_mlp=False, norms_per_layer=1, head_bias=True)
    return replace(spec, qkv_bias=True, output_bias=True, mlp_bias=True)


def _bert(f: Fields) -> ModelSpec:
    head = f.architecture()
    masked = head.endswith(("ForMaskedLM", "ForPreTraining", "LMHeadModel", "ForCausalLM"))
    no_pooler = ("ForMaskedLM", "LMHeadModel", "ForCausalLM", "ForTokenClassification")
    notes: tuple[Message, ...] = ()
    if head and not head.endswith(("Model", "ForMaskedLM", "ForCausalLM")):
        notes = (Message("The task's own head of a few weights is not counted."),)
    return _classic(
        f,
        kind="encoder",
        feed_forward=("intermediate_size",),
        final_norm=False,
        embedding_norm=True,
        learned_positions=f.count("max_position_embeddings"),
        token_types=f.count("type_vocab_size"),
        pooler=not head.endswith((*no_pooler, "ForQuestionAnswering")),
        mlm_head=masked,
        notes=notes,
    )


def _t5(f: Fields, *, tied: bool, gated: str) -> ModelSpec:
    n_layers, n_heads = f.count("num_layers"), f.count("num_heads")
    if f.architecture().endswith("EncoderModel"):
        raise InputError(
            "hf_config.architectures",
            "the encoder alone is not one that Assay can count; type the size by hand",
        )
    return ModelSpec(
        name="t5",
        kind="encoder-decoder",
        n_layers=n_layers,
        n_decoder_layers=f.count("num_decoder_layers", default=n_layers),
        d_model=f.count("d_model"),
        n_heads=n_heads,
        n_kv_heads=n_heads,
        d_head=f.count("d_kv"),
        d_ff=f.count("d_ff"),
        vocab_size=f.count("vocab_size"),
        gated_mlp=f.text("feed_forward_proj", gated).startswith("gated"),
        tied_embeddings=f.flag("tie_word_embeddings", default=tied),
        relative_position_buckets=f.count("relative_attention_num_buckets", default=32),
    )


#: The reader of each ``model_type``.
READERS: Final[Mapping[str, Reader]] = {
    "baichuan": _baichuan,
    "bert": _bert,
    "bloom": _bloom,
    "chatglm": _chatglm,
    "cohere": _cohere,
    "deepseek_v2": _deepseek,
    "deepseek_v3": _deepseek,
    "falcon": _falcon,
    "gemma": _gemma,
    "gemma2": _gemma2,
    "gemma3_text": _gemma3,
    "glm": _glm,
    "glm4_moe": _glm4_moe,
    "gpt2": _gpt2,
    "gpt_neox": _gpt_neox,
    "gpt_oss": _gpt_oss,
    "gptj": _gptj,
    "granite": _llama,
    "internlm": _internlm,
    "internlm2": _internlm2,
    "kimi_k2": _deepseek,
    "llama": _llama,
    "mistral": _mistral,
    "mixtral": _mixtral,
    "mt5": lambda f: _t5(f, tied=False, gated="gated-gelu"),
    "olmo": _olmo,
    "olmo2": _olmo2,
    "opt": _opt,
    "phi": _phi,
    "phi3": _phi3,
    "qwen": _qwen,
    "qwen2": _qwen2,
    "qwen2_moe": _qwen2_moe,
    "qwen3": _qwen3,
    "qwen3_moe": _qwen3_moe,
    "roberta": _bert,
    "stablelm": _stablelm,
    "starcoder2": _starcoder2,
    "t5": lambda f: _t5(f, tied=True, gated="relu"),
    "xlm-roberta": _bert,
    "yi": _no_bias,
}
