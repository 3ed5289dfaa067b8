"""What serving a model asks of hardware: bytes held, bytes read and FLOP per token.

A request has ``input_tokens``, read in one pass (prefill), and ``output_tokens``, written
one at a time (decode). Counted from the architecture alone: no hardware, no price.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from costmodel.messages import InputError
from costmodel.uncertainty import Number
from costmodel.workload.flops import (
    ParameterCount,
    attention_flop_per_token,
    parameter_count,
)
from costmodel.workload.model_spec import Model, ModelSpec, SizeOnly, check_amount

WeightFormat: TypeAlias = Literal["fp32", "bf16", "fp16", "fp8", "int8", "int4", "fp4"]
WEIGHT_FORMATS: Final[tuple[WeightFormat, ...]] = get_args(WeightFormat)

_BITS: Final[dict[WeightFormat, int]] = {
    "fp32": 32,
    "bf16": 16,
    "fp16": 16,
    "fp8": 8,
    "int8": 8,
    "int4": 4,
    "fp4": 4,
}
_BITS_PER_BYTE: Final = 8
#: Four-bit weights share a scale of 8 bits by 16 (NVFP4); other formats take a little less.
_SCALE_BITS: Final = 8
_WEIGHTS_PER_SCALE: Final = 16
#: Quantised models keep embedding, head and norms in 16 bits.
_WIDE_BYTES: Final = 2.0
#: Forward FLOP of one multiply-add; training counts three times as many.
_FORWARD_FLOP: Final = 2
_TRAIN_OVER_FORWARD: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingLoad:
    """One model in one number format, with the length of its requests.

    Raises ``InputError`` for a model that writes no tokens, one whose architecture is not
    known, and lengths that cannot be.
    """

    model: ModelSpec
    weights: WeightFormat
    cache: WeightFormat
    input_tokens: int
    output_tokens: int

    def __post_init__(self) -> None:
        if self.model.kind != "decoder":
            raise InputError(
                "kind",
                "the serving of {kind} models is not counted here; choose a decoder",
                kind=self.model.kind,
            )
        for field in ("input_tokens", "output_tokens"):
            value = getattr(self, field)
            check_amount(field, value, limit="context_tokens")
            if value != int(value):
                raise InputError(field, "{value} is not a whole number", value=value)

    @property
    def count(self) -> ParameterCount:
        """Weights by part."""
        return parameter_count(self.model)

    @property
    def full_context(self) -> int:
        """Tokens that a request holds when it ends."""
        return self.input_tokens + self.output_tokens

    @property
    def mean_context(self) -> float:
        """Tokens that a request holds on average while it writes."""
        return self.input_tokens + self.output_tokens / 2

    def attention_copies(self, n_accelerators: int) -> float:
        """How often the attention weights stand on ``n_accelerators``.

        The cache is split by key/value heads, and beyond their number by requests; latent
        attention has nothing to split, so there every accelerator holds a copy.
        """
        shards = 1 if self.model.latent is not None else self.model.n_kv_heads
        return max(1.0, n_accelerators / shards)


def serving_load(
    model: Model,
    *,
    weights: WeightFormat,
    input_tokens: int,
    output_tokens: int,
    cache: WeightFormat | None = None,
) -> ServingLoad:
    """The load of serving ``model``; the cache takes 16 bits, or 8 with 8-bit float weights.

    Raises ``InputError`` where only the size is known: the cache cannot be guessed from it.
    """
    if isinstance(model, SizeOnly):
        raise InputError(
            "model",
            "only the size is known, and what serving costs depends on layers and heads; "
            "upload the config.json",
        )
    usual: WeightFormat = "fp8" if weights in ("fp8", "fp4") else "bf16"
    return ServingLoad(
        model=model,
        weights=weights,
        cache=cache or usual,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
    )


def bytes_per_weight(weights: WeightFormat) -> float:
    """Bytes of one weight, shared scales included."""
    bits = float(_BITS[weights])
    if bits == _BITS["int4"]:
        bits += _SCALE_BITS / _WEIGHTS_PER_SCALE
    return bits / _BITS_PER_BYTE


def weight_bytes(load: ServingLoad, *, n_accelerators: int = 1) -> float:
    """Bytes of all weights on ``n_accelerators`` together.

    Embedding, head and norms stay in 16 bits; everything else takes the serving format.
    Attention weights count once for each copy of them.
    """
    count = load.count
    narrow = bytes_per_weight(load.weights)
    wide = max(narrow, _WIDE_BYTES)
    copies = load.attention_copies(n_accelerators)
    quantised = count.attention * copies + count.feed_forward + count.experts
    return quantised * narrow + (count.embedding + count.head + count.norm) * wide


def cache_bytes(load: ServingLoad, context_tokens: Number) -> Number:
    """Bytes of the key/value cache of one request that holds ``context_tokens``.

    ``2 k d`` values a layer and token, ``kv_rank + d_rope`` with latent attention; a layer
    with a sliding window keeps the window only.
    """
    spec = load.model
    latent = spec.latent
    if latent is not None:
        per_layer = latent.kv_rank + latent.d_rope
    else:
        per_layer = 2 * spec.n_kv_heads * spec.d_head
    return per_layer * (_BITS[load.cache] / _BITS_PER_BYTE) * _seen(spec, context_tokens)


def step_weight_bytes(load: ServingLoad, batch: Number, *, n_accelerators: int = 1) -> Number:
    """Bytes of weights that one decode step of ``batch`` tokens reads, on all accelerators.

    Everything but the embedding table; of ``E`` routed experts the expected number that
    the batch visits, ``E (1 - (1 - k/E)^batch)``, as if every token chose at random. Real
    routing favours some experts, so that fewer are read.
    """
    count, spec = load.count, load.model
    narrow = bytes_per_weight(load.weights)
    wide = max(narrow, _WIDE_BYTES)
    copies = load.attention_copies(n_accelerators)
    head = spec.d_model * spec.vocab_size
    fixed = (count.attention * copies + count.feed_forward) * narrow + (head + count.norm) * wide
    e = spec.experts
    if e is None:
        return fixed + 0 * batch
    unvisited = e.n_experts - e.n_active
    if unvisited == 0:
        return fixed + count.experts * narrow + 0 * batch
    one = (count.total - count.active) / unvisited
    shared = count.experts - one * e.n_experts
    hit = e.n_experts * (1 - (1 - e.n_active / e.n_experts) ** batch)
    return fixed + (shared + one * hit) * narrow


def prefill_flop(load: ServingLoad) -> float:
    """FLOP to read the input of one request: ``2 P s`` and causal attention.

    ``P`` are the weights in matrix products; the head works on the last token alone.

    Source: Kaplan et al. 2020, arXiv:2001.08361, section 2.1 (forward pass).
    """
    spec, tokens = load.model, load.input_tokens
    head = spec.d_model * spec.vocab_size
    products = _FORWARD_FLOP * ((load.count.multiplied - head) * tokens + head)
    scores = attention_flop_per_token(spec, context_tokens=tokens, causal=True)
    return products + scores / _TRAIN_OVER_FORWARD * tokens


def decode_flop(load: ServingLoad, context_tokens: Number) -> Number:
    """FLOP to write one token with ``context_tokens`` before it.

    ``2 P`` and ``2 a (d_qk + d_v)`` a layer and token seen. Latent attention works on the
    latent vectors themselves, so there ``d_qk = kv_rank + d_rope`` and ``d_v = kv_rank``.

    Source: DeepSeek-AI 2024, arXiv:2405.04434, section 2.1.2 (absorbed projections).
    """
    spec = load.model
    latent = spec.latent
    widths = 2 * latent.kv_rank + latent.d_rope if latent is not None else 2 * spec.d_head
    scores = _FORWARD_FLOP * spec.n_heads * widths * _seen(spec, context_tokens)
    return _FORWARD_FLOP * load.count.multiplied + scores


def _seen(spec: ModelSpec, context_tokens: Number) -> Number:
    """Tokens in the cache, summed over the layers."""
    window = _least(context_tokens, spec.window_tokens)
    return (spec.n_layers - spec.n_window_layers) * context_tokens + spec.n_window_layers * window


def _least(value: Number, most: float) -> Number:
    if isinstance(value, int | float):
        return min(value, most)
    return value.clip(max=most)
