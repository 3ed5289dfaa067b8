"""Small configs of every family that ``transformers`` has, with the options that count."""

from typing import Final

from tests.costmodel.workload.configs import Config, deepseek, gpt2, llama, t5


def small(family: str, **more: object) -> Config:
    """A Llama-shaped config of ``family`` with grouped key/value heads."""
    return llama(96, 5, 6, 2, 200, 1000, model_type=family) | more


def small_moe(family: str, **more: object) -> Config:
    experts = {"num_experts": 8, "num_experts_per_tok": 3, "moe_intermediate_size": 40}
    return small(family, **experts) | more


def small_deepseek(family: str, **more: object) -> Config:
    return (
        deepseek(
            family,
            96,
            5,
            6,
            q_lora_rank=48,
            kv_lora_rank=32,
            qk_nope_head_dim=16,
            qk_rope_head_dim=8,
            v_head_dim=12,
            intermediate_size=200,
            vocab_size=1000,
            n_routed_experts=8,
            num_experts_per_tok=2,
            moe_intermediate_size=40,
            n_shared_experts=1,
            first_k_dense_replace=1,
            n_group=2,
            topk_group=1,
        )
        | more
    )


def small_encoder(family: str, **more: object) -> Config:
    return {
        "model_type": family,
        "hidden_size": 96,
        "num_hidden_layers": 3,
        "num_attention_heads": 6,
        "intermediate_size": 200,
        "vocab_size": 1000,
        "max_position_embeddings": 66,
        "type_vocab_size": 2,
    } | more


def _gpt(family: str, **more: object) -> Config:
    return gpt2(96, 3, 6, n_positions=64, vocab_size=1000, model_type=family) | more


_OPT: Final[Config] = {
    "model_type": "opt",
    "hidden_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "ffn_dim": 200,
    "vocab_size": 1000,
    "max_position_embeddings": 64,
}
_BLOOM: Final[Config] = {
    "model_type": "bloom",
    "hidden_size": 96,
    "n_layer": 3,
    "n_head": 6,
    "vocab_size": 1000,
}
_FALCON: Final[Config] = {
    "model_type": "falcon",
    "hidden_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "vocab_size": 1000,
}
_FULL_ATTENTION: Final = ["full_attention"] * 5
_ALTERNATING: Final = ["sliding_attention", "full_attention"] * 2 + ["sliding_attention"]
_TINY_T5: Final = t5(96, 12, 200, 3, 6, vocab_size=1000)

VARIANTS: Final[list[Config]] = [
    small("llama"),
    small("llama", head_dim=24, attention_bias=True, tie_word_embeddings=True),
    small("llama", mlp_bias=True, num_key_value_heads=6),
    small("mistral"),
    small("mistral", head_dim=24, sliding_window=16, tie_word_embeddings=True),
    small("mixtral", num_local_experts=4, num_experts_per_tok=2),
    small(
        "mixtral", num_local_experts=6, num_experts_per_tok=1, head_dim=24, tie_word_embeddings=True
    ),
    small("granite"),
    small("granite", attention_bias=True, mlp_bias=True, tie_word_embeddings=True),
    small("gemma", head_dim=24),
    small("gemma", head_dim=16, attention_bias=True, tie_word_embeddings=False),
    small("gemma2", head_dim=24),
    small("gemma2", head_dim=16, attention_bias=True, layer_types=_ALTERNATING),
    small("gemma3_text", head_dim=24),
    small("gemma3_text", head_dim=16, attention_bias=True, tie_word_embeddings=False),
    small("qwen2"),
    small("qwen2", tie_word_embeddings=True, use_sliding_window=True, max_window_layers=2),
    small("qwen3", head_dim=24),
    small("qwen3", head_dim=16, attention_bias=True, tie_word_embeddings=True),
    small_moe("qwen2_moe", shared_expert_intermediate_size=120),
    small_moe("qwen2_moe", shared_expert_intermediate_size=40, decoder_sparse_step=2),
    small_moe("qwen2_moe", shared_expert_intermediate_size=40, mlp_only_layers=[0, 3]),
    small_moe("qwen2_moe", shared_expert_intermediate_size=40, qkv_bias=False),
    small_moe("qwen3_moe", head_dim=24),
    small_moe("qwen3_moe", head_dim=16, decoder_sparse_step=2, attention_bias=True),
    small_moe("qwen3_moe", head_dim=16, mlp_only_layers=[1], tie_word_embeddings=True),
    small("gpt_oss", head_dim=24, num_local_experts=4, num_experts_per_tok=2),
    small(
        "gpt_oss",
        head_dim=16,
        num_local_experts=6,
        num_experts_per_tok=2,
        attention_bias=False,
        layer_types=_FULL_ATTENTION,
    ),
    small_deepseek("deepseek_v2"),
    small_deepseek("deepseek_v2", q_lora_rank=None, n_shared_experts=2, first_k_dense_replace=0),
    small_deepseek("deepseek_v2", attention_bias=True, tie_word_embeddings=True),
    small_deepseek("deepseek_v3"),
    small_deepseek("deepseek_v3", q_lora_rank=None, attention_bias=True),
    small_deepseek("deepseek_v3", first_k_dense_replace=3, n_shared_experts=2),
    small_deepseek("deepseek_v3", first_k_dense_replace=9),
    small("glm", head_dim=24, pad_token_id=0),
    small("glm", head_dim=16, pad_token_id=0, attention_bias=True, tie_word_embeddings=True),
    small_moe(
        "glm4_moe", head_dim=24, n_routed_experts=8, n_shared_experts=1, first_k_dense_replace=1
    ),
    small_moe(
        "glm4_moe",
        head_dim=16,
        n_routed_experts=4,
        n_shared_experts=2,
        first_k_dense_replace=2,
        use_qk_norm=True,
        attention_bias=True,
    ),
    small("olmo"),
    small("olmo", attention_bias=True, tie_word_embeddings=True),
    small("olmo2"),
    small("olmo2", attention_bias=True, num_key_value_heads=6),
    small("phi"),
    small("phi", num_key_value_heads=6, tie_word_embeddings=True),
    small("phi3", pad_token_id=0),
    small("phi3", pad_token_id=0, sliding_window=16, tie_word_embeddings=True),
    small("cohere"),
    small("cohere", attention_bias=True, tie_word_embeddings=False),
    small("stablelm"),
    small("stablelm", use_qkv_bias=True, use_parallel_residual=True),
    small("stablelm", tie_word_embeddings=True),
    small("starcoder2"),
    small("starcoder2", use_bias=False, tie_word_embeddings=False),
    _gpt("gpt2"),
    _gpt("gpt2", n_inner=100, tie_word_embeddings=False),
    _gpt("gptj", rotary_dim=8),
    _gpt("gptj", rotary_dim=8, n_inner=100, tie_word_embeddings=True),
    small("gpt_neox", num_key_value_heads=None),
    small("gpt_neox", num_key_value_heads=None, attention_bias=False, tie_word_embeddings=True),
    _OPT,
    _OPT | {"enable_bias": False, "tie_word_embeddings": False},
    _OPT | {"_remove_final_layer_norm": True},
    _OPT | {"layer_norm_elementwise_affine": False},
    _BLOOM,
    _BLOOM | {"tie_word_embeddings": False},
    _FALCON,
    _FALCON | {"multi_query": False, "parallel_attn": False, "bias": True},
    _FALCON | {"new_decoder_architecture": True, "num_kv_heads": 2},
    _FALCON | {"new_decoder_architecture": True, "num_kv_heads": 3, "num_ln_in_parallel_attn": 1},
    _FALCON | {"num_ln_in_parallel_attn": 2},
    _FALCON | {"ffn_hidden_size": 100, "alibi": True, "tie_word_embeddings": False},
    small_encoder("bert"),
    small_encoder("bert", architectures=["BertForMaskedLM"]),
    small_encoder("roberta", type_vocab_size=1),
    small_encoder("roberta", architectures=["RobertaForMaskedLM"]),
    small_encoder("xlm-roberta", type_vocab_size=1),
    small_encoder("xlm-roberta", architectures=["XLMRobertaForMaskedLM"]),
    _TINY_T5,
    _TINY_T5 | {"num_decoder_layers": 2, "relative_attention_num_buckets": 8},
    _TINY_T5 | {"feed_forward_proj": "gated-gelu"},
    _TINY_T5 | {"model_type": "mt5", "tie_word_embeddings": True},
]
