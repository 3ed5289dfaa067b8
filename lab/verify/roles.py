"""What each tensor of a Transformer is, by the names that the usual libraries give."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from lab.verify.safetensors_file import TensorInfo

Role: TypeAlias = Literal[
    "embedding",
    "head",
    "positions",
    "query",
    "key",
    "value",
    "query-key-value",
    "attention out",
    "gate",
    "up",
    "gate-up",
    "down",
    "other",
]
#: Matrices that read the stream between layers, one row for each unit they feed.
READERS: Final[tuple[Role, ...]] = (
    "query", "key", "value", "query-key-value", "gate", "up", "gate-up",
)  # fmt: skip
#: Matrices that write to it, one column for each unit.
WRITERS: Final[tuple[Role, ...]] = ("attention out", "down")

_LAYER: Final = re.compile(
    r"(?:^|\.)(?:layers?|h|blocks?|decoder_layers|encoder_layers)\.(\d+)\.(.+)$"
)
_EXPERT: Final = re.compile(r"experts\.(\d+)\.")
#: The last words of a name inside a layer, by what the matrix is.
_NAMES: Final[Mapping[Role, tuple[str, ...]]] = {
    "query-key-value": (
        "c_attn", "query_key_value", "qkv_proj", "qkv", "Wqkv", "W_pack", "wqkv",
    ),
    "query": ("q_proj", "self.query", "attention.query", "wq", "q_lin", "Attention.q", "q_b_proj"),
    "key": ("k_proj", "self.key", "attention.key", "wk", "k_lin", "Attention.k"),
    "value": ("v_proj", "self.value", "attention.value", "wv", "v_lin", "Attention.v"),
    "attention out": (
        "o_proj", "attn.c_proj", "attention.dense", "attention.output.dense", "out_proj",
        "attention.wo", "out_lin", "Attention.o", "attn.proj",
    ),
    "gate-up": ("gate_up_proj",),
    "gate": ("gate_proj", "w1", "wi_0"),
    "up": (
        "up_proj", "c_fc", "dense_h_to_4h", "intermediate.dense", "fc1", "fc_in", "lin1", "w3",
        "wi_1", "wi", "mlp.fc",
    ),
    "down": (
        "down_proj", "mlp.c_proj", "dense_4h_to_h", "output.dense", "fc2", "fc_out", "lin2", "w2",
        "wo",
    ),
}  # fmt: skip
_OUTSIDE: Final[Mapping[Role, tuple[str, ...]]] = {
    "positions": ("wpe", "position_embeddings", "embed_positions"),
    "embedding": (
        "wte", "embed_tokens", "word_embeddings", "tok_embeddings", "embed_in", "shared", "embed",
    ),
    "head": ("lm_head", "embed_out", "output", "predictions.decoder"),
}  # fmt: skip
#: Libraries that keep dense layers as (in, out).
_TRANSPOSED: Final = ("c_attn", "c_fc", "c_proj")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a tensor stands: its layer (``None`` outside of them), role and expert."""

    layer: int | None
    role: Role
    expert: int | None = None


def place_of(name: str) -> Place:
    """The place of a tensor by its name, without ``.weight``."""
    stem = name.removesuffix(".weight")
    inside = _LAYER.search(stem)
    if inside is None:
        return Place(layer=None, role=_first(stem, _OUTSIDE))
    rest = inside[2]
    expert = _EXPERT.search(rest)
    return Place(
        layer=int(inside[1]),
        role=_first(rest, _NAMES),
        expert=int(expert[1]) if expert else None,
    )


def places(tensors: Mapping[str, TensorInfo]) -> dict[str, Place]:
    """The place of each matrix of weights by name."""
    return {
        name: place_of(name)
        for name, tensor in tensors.items()
        if len(tensor.shape) == 2 and not name.endswith(".bias")
    }


def is_transposed(name: str) -> bool:
    """Whether the library that gives this name keeps the matrix as (in, out)."""
    return name.removesuffix(".weight").endswith(_TRANSPOSED)


def _first(stem: str, names: Mapping[Role, tuple[str, ...]]) -> Role:
    for role, endings in names.items():
        if any(stem == end or stem.endswith(("." + end, "_" + end)) for end in endings):
            return role
        if any("." in end and stem.endswith(end) for end in endings):
            return role
    return "other"
