"""``config.json`` files as published, cut to what the count depends on."""

from typing import Any, Final

Config = dict[str, Any]


def llama(
    hidden: int, layers: int, heads: int, kv: int, ffn: int, vocab: int, **more: Any
) -> Config:
    """A Llama-shaped config; ``more`` adds to it or takes the family's place."""
    return {
        "model_type": "llama",
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv,
        "intermediate_size": ffn,
        "vocab_size": vocab,
    } | more


def gpt2(hidden: int, layers: int, heads: int, **more: Any) -> Config:
    return {
        "model_type": "gpt2",
        "n_embd": hidden,
        "n_layer": layers,
        "n_head": heads,
        "n_positions": 1024,
        "n_ctx": 1024,
        "vocab_size": 50257,
    } | more


def t5(d_model: int, d_kv: int, d_ff: int, layers: int, heads: int, **more: Any) -> Config:
    return {
        "model_type": "t5",
        "d_model": d_model,
        "d_kv": d_kv,
        "d_ff": d_ff,
        "num_layers": layers,
        "num_heads": heads,
        "vocab_size": 32128,
        "relative_attention_num_buckets": 32,
    } | more


def deepseek(family: str, hidden: int, layers: int, heads: int, **more: Any) -> Config:
    return {
        "model_type": family,
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "q_lora_rank": 1536,
        "kv_lora_rank": 512,
        "qk_nope_head_dim": 128,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        "moe_layer_freq": 1,
    } | more


BERT_BASE: Final[Config] = {
    "model_type": "bert",
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "vocab_size": 30522,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
}
DEEPSEEK_V3: Final = deepseek(
    "deepseek_v3",
    7168,
    61,
    128,
    intermediate_size=18432,
    vocab_size=129280,
    n_routed_experts=256,
    num_experts_per_tok=8,
    moe_intermediate_size=2048,
    n_shared_experts=1,
    first_k_dense_replace=3,
    num_nextn_predict_layers=1,
)
LLAMA_2_7B: Final = llama(4096, 32, 32, 32, 11008, 32000)
LLAMA_3_8B: Final = llama(4096, 32, 32, 8, 14336, 128256)
LLAMA_31_405B: Final = llama(16384, 126, 128, 8, 53248, 128256)
MIXTRAL_8X7B: Final = llama(
    4096, 32, 32, 8, 14336, 32000, model_type="mixtral", num_local_experts=8, num_experts_per_tok=2
)
QWEN3_30B_A3B: Final = llama(
    2048,
    48,
    32,
    4,
    6144,
    151936,
    model_type="qwen3_moe",
    head_dim=128,
    num_experts=128,
    num_experts_per_tok=8,
    moe_intermediate_size=768,
    decoder_sparse_step=1,
    mlp_only_layers=[],
)

#: Configs of released models by name.
PUBLISHED: Final[dict[str, Config]] = {
    "GPT-2": gpt2(768, 12, 12),
    "GPT-2 XL": gpt2(1600, 48, 25),
    "Llama-2 7B": LLAMA_2_7B,
    "Llama-2 13B": llama(5120, 40, 40, 40, 13824, 32000),
    "Llama-2 70B": llama(8192, 80, 64, 8, 28672, 32000),
    "Llama-3 8B": LLAMA_3_8B,
    "Llama-3 70B": llama(8192, 80, 64, 8, 28672, 128256),
    "Llama-3.1 405B": LLAMA_31_405B,
    "Llama-3.2 1B": llama(2048, 16, 32, 8, 8192, 128256, tie_word_embeddings=True, head_dim=64),
    "Mistral 7B": llama(4096, 32, 32, 8, 14336, 32000, model_type="mistral", sliding_window=4096),
    "Mixtral 8x7B": MIXTRAL_8X7B,
    "Mixtral 8x22B": llama(
        6144,
        56,
        48,
        8,
        16384,
        32000,
        model_type="mixtral",
        num_local_experts=8,
        num_experts_per_tok=2,
    ),
    "Qwen2 0.5B": llama(896, 24, 14, 2, 4864, 151936, model_type="qwen2", tie_word_embeddings=True),
    "Qwen2 7B": llama(3584, 28, 28, 4, 18944, 152064, model_type="qwen2"),
    "Qwen2.5 72B": llama(8192, 80, 64, 8, 29568, 152064, model_type="qwen2"),
    "Qwen3 8B": llama(4096, 36, 32, 8, 12288, 151936, model_type="qwen3", head_dim=128),
    "Qwen3 30B-A3B": QWEN3_30B_A3B,
    "BLOOM 176B": {
        "model_type": "bloom",
        "hidden_size": 14336,
        "n_layer": 70,
        "n_head": 112,
        "vocab_size": 250880,
    },
    "BERT base": BERT_BASE,
    "BERT base, masked LM": BERT_BASE | {"architectures": ["BertForMaskedLM"]},
    "T5 small": t5(512, 64, 2048, 6, 8),
    "T5 11B": t5(1024, 128, 65536, 24, 128),
    "T5 v1.1 base": t5(
        768, 64, 2048, 12, 12, feed_forward_proj="gated-gelu", tie_word_embeddings=False
    ),
    "DeepSeek-V3": DEEPSEEK_V3,
    "DeepSeek-V2": deepseek(
        "deepseek_v2",
        5120,
        60,
        128,
        intermediate_size=12288,
        vocab_size=102400,
        n_routed_experts=160,
        num_experts_per_tok=6,
        moe_intermediate_size=1536,
        n_shared_experts=2,
        first_k_dense_replace=1,
    ),
    "DeepSeek-V2 Lite": deepseek(
        "deepseek_v2",
        2048,
        27,
        16,
        q_lora_rank=None,
        intermediate_size=10944,
        vocab_size=102400,
        n_routed_experts=64,
        num_experts_per_tok=6,
        moe_intermediate_size=1408,
        n_shared_experts=2,
        first_k_dense_replace=1,
    ),
    "Kimi K2": deepseek(
        "kimi_k2",
        7168,
        61,
        64,
        intermediate_size=18432,
        vocab_size=163840,
        n_routed_experts=384,
        num_experts_per_tok=8,
        moe_intermediate_size=2048,
        n_shared_experts=1,
        first_k_dense_replace=1,
    ),
    "gpt-oss 20B": llama(
        2880,
        24,
        64,
        8,
        2880,
        201088,
        model_type="gpt_oss",
        head_dim=64,
        num_local_experts=32,
        num_experts_per_tok=4,
        attention_bias=True,
        sliding_window=128,
    ),
    "Baichuan2 7B": llama(4096, 32, 32, 32, 11008, 125696, model_type="baichuan"),
    "Baichuan2 13B": llama(5120, 40, 40, 40, 13696, 125696, model_type="baichuan"),
    "Qwen 7B": {
        "model_type": "qwen",
        "hidden_size": 4096,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "intermediate_size": 22016,
        "kv_channels": 128,
        "vocab_size": 151936,
    },
    "ChatGLM3 6B": {
        "model_type": "chatglm",
        "hidden_size": 4096,
        "num_layers": 28,
        "num_attention_heads": 32,
        "multi_query_attention": True,
        "multi_query_group_num": 2,
        "ffn_hidden_size": 13696,
        "kv_channels": 128,
        "padded_vocab_size": 65024,
        "add_qkv_bias": True,
        "add_bias_linear": False,
    },
}
