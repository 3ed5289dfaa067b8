"""A usual architecture of a given size, for a plan that has not chosen one yet."""

from functools import cache
from math import gcd
from typing import Final

from costmodel.workload.flops import total_params
from costmodel.workload.model_spec import ModelSpec

#: Width over depth, width of a head, feed-forward over width, key/value heads and
#: vocabulary of the published dense Llama models (Grattafiori et al. 2024, table 3).
_ASPECT: Final = 128
_D_HEAD: Final = 128
_FEED_FORWARD: Final = 3.5
_KEY_VALUE_HEADS: Final = 8
_VOCABULARY: Final = 128_256
_DEPTHS: Final = (*range(4, 33, 2), *range(36, 97, 4), *range(104, 201, 8))


@cache
def typical_models() -> tuple[ModelSpec, ...]:
    """Dense decoders from about 0.1 to 1,600 billion parameters, smallest first.

    Shaped like the published Llama models: a width of 128 times the depth, grouped-query
    attention, a gated feed-forward part.

    Source: Grattafiori et al. 2024, arXiv:2407.21783, table 3.
    """
    return tuple(_model(depth) for depth in _DEPTHS)


def nearest_model(params: float) -> ModelSpec:
    """The typical model whose size is nearest."""
    return min(typical_models(), key=lambda spec: abs(total_params(spec) - params))


def _model(depth: int) -> ModelSpec:
    width = _ASPECT * depth
    heads = width // _D_HEAD
    return ModelSpec(
        name=f"dense, {depth} layers",
        n_layers=depth,
        d_model=width,
        n_heads=heads,
        n_kv_heads=gcd(heads, _KEY_VALUE_HEADS),
        d_head=_D_HEAD,
        d_ff=int(_FEED_FORWARD * width),
        vocab_size=_VOCABULARY,
        tied_embeddings=depth <= _KEY_VALUE_HEADS * 2,
    )
