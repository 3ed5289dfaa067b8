"""Checkpoints made on the spot: real files, weights as training leaves them, no training."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

Weights = dict[str, NDArray[np.float32]]

WIDTH: Final = 64
CONFIG: Final[Mapping[str, Any]] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "intermediate_size": 160,
    "vocab_size": 256,
    "max_position_embeddings": 64,
    "rms_norm_eps": 1e-6,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
}


def start(seed: int) -> Weights:
    """A fresh Llama: noise."""
    rng = np.random.default_rng(seed)

    def noise(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0, 0.02, shape).astype(np.float32)

    weights = {"model.embed_tokens.weight": noise(256, WIDTH), "lm_head.weight": noise(256, WIDTH)}
    weights["model.norm.weight"] = np.ones(WIDTH, np.float32)
    for layer in range(2):
        at = f"model.layers.{layer}"
        for name in "qkvo":
            weights[f"{at}.self_attn.{name}_proj.weight"] = noise(WIDTH, WIDTH)
        weights[f"{at}.mlp.gate_proj.weight"] = noise(160, WIDTH)
        weights[f"{at}.mlp.up_proj.weight"] = noise(160, WIDTH)
        weights[f"{at}.mlp.down_proj.weight"] = noise(WIDTH, 160)
        for norm in ("input_layernorm", "post_attention_layernorm"):
            weights[f"{at}.{norm}.weight"] = np.ones(WIDTH, np.float32)
    return weights


def trained(weights: Weights, seed: int, *, strength: float = 1.0) -> Weights:
    """What training does to a matrix: a few strong directions and a little everywhere."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, w in weights.items():
        if w.ndim == 2:
            rows, columns = w.shape
            left, right = rng.normal(size=(rows, 6)), rng.normal(size=(6, columns))
            sizes = np.linspace(3.0, 1.2, 6) * strength * 0.02 / np.sqrt(max(rows, columns))
            update = (left * sizes) @ right * np.sqrt(2) + rng.normal(0, 0.004 * strength, w.shape)
            found[name] = (w + update).astype(np.float32)
        else:
            found[name] = w
    return found


def save(
    folder: Path, weights: Weights, config: Mapping[str, Any] = CONFIG, *, tokens: bool = True
) -> Path:
    """A Hugging Face folder of one file."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    if tokens:
        vocab = {f"t{i}": i for i in range(256)}
        words = Tokenizer(models.WordLevel(vocab, unk_token="t0"))
        words.pre_tokenizer = pre_tokenizers.Whitespace()
        words.save(str(folder / "tokenizer.json"))
    return folder
