"""The ``config.json`` of the decoders that the lab trains, readable without torch."""

from typing import Any, Final, Literal

NORM_EPS: Final = 1e-5
ROPE_THETA: Final = 10_000.0


def decoder_config(
    shape: Literal["gpt2", "llama"],
    *,
    vocab_size: int,
    n_layers: int,
    d_model: int,
    n_heads: int,
    context_tokens: int,
    dropout: float = 0.0,
) -> dict[str, Any]:
    """A Hugging Face config of GPT-2's or Llama's shape; ``assay`` marks it as ours."""
    common = {
        "assay": 1,
        "vocab_size": vocab_size,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": None,
        "pad_token_id": None,
        "dtype": "float32",
    }
    if shape == "gpt2":
        return {
            "architectures": ["GPT2LMHeadModel"],
            "model_type": "gpt2",
            "n_positions": context_tokens,
            "n_embd": d_model,
            "n_layer": n_layers,
            "n_head": n_heads,
            "activation_function": "gelu_pytorch_tanh",
            "layer_norm_epsilon": NORM_EPS,
            "resid_pdrop": dropout,
            "embd_pdrop": dropout,
            "attn_pdrop": dropout,
            **common,
        }
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": d_model,
        "intermediate_size": llama_width(d_model),
        "num_hidden_layers": n_layers,
        "num_attention_heads": n_heads,
        "num_key_value_heads": n_heads,
        "max_position_embeddings": context_tokens,
        "rms_norm_eps": NORM_EPS,
        "rope_theta": ROPE_THETA,
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        **common,
    }


def llama_width(d_model: int) -> int:
    """The gated feed-forward width with the weights of a plain one: 8/3 d, a multiple of 16.

    Source: Shazeer 2020, GLU Variants Improve Transformer, arXiv:2002.05202, section 3.
    """
    return max(16, round(8 * d_model / 3 / 16) * 16)
