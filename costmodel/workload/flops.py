"""Parameters and training FLOP, counted from the architecture.

Three counts of the same run go by the name of "training FLOP"; each has its use here:

* ``parameter``: six per active parameter and token. What published figures, MFU
  comparisons and regulators' thresholds mean. Embeddings in, attention scores out.
* ``model``: every matrix product that the run needs, causal attention scores included.
  What hardware must do; GPU-hours follow this one.
* ``full_square``: the same with the whole attention square, as Megatron and PaLM count.

Recomputed activations are in none of them (that would be HFU).
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from costmodel.workload.model_spec import Model, ModelSpec, SizeOnly, TrainingPlan

#: Forward and backward passes of one multiply-add: 2 FLOP forward, 4 backward.
_TRAIN_FLOP_PER_WEIGHT: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterCount:
    """Weights of a model by part; ``active`` is what one token passes through.

    ``multiplied`` is the part of ``active`` that enters a matrix product with every token:
    embedding look-ups, norms and biases are out, the output head is in even when tied.
    """

    embedding: int
    attention: int
    feed_forward: int
    experts: int
    norm: int
    head: int
    active: int
    multiplied: float
    per_token: float

    @property
    def total(self) -> int:
        """Every weight, once."""
        parts = (self.embedding, self.attention, self.feed_forward, self.experts)
        return sum(parts) + self.norm + self.head


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFlop:
    """FLOP of one training run by the three conventions of this module."""

    parameter: float
    matrix: float
    causal_attention: float
    full_attention: float

    @property
    def model(self) -> float:
        """Matrix products and causal attention scores."""
        return self.matrix + self.causal_attention

    @property
    def full_square(self) -> float:
        """Matrix products and the whole attention square."""
        return self.matrix + self.full_attention


def total_params(model: Model) -> float:
    """All weights of the model."""
    return model.params if isinstance(model, SizeOnly) else parameter_count(model).total


def active_params(model: Model) -> float:
    """Weights that one token passes through: all of a dense model, a part of an MoE one."""
    return model.active_params if isinstance(model, SizeOnly) else parameter_count(model).active


@lru_cache(maxsize=512)
def parameter_count(spec: ModelSpec, *, decoder_token_share: float | None = None) -> ParameterCount:
    """Every weight of the architecture, to the last one.

    Attention ``h d (a + 2k) + a d h``, feed-forward ``2 h f`` (``3 h f`` gated), experts
    ``E`` of them plus a router ``h E``, MLA by its low-rank factors; with the family's
    biases, norms, positions and heads. An encoder-decoder's tokens pass one of its two
    stacks: ``decoder_token_share`` (default one half) weighs them in ``per_token``.

    Source: Narayanan et al. 2021, arXiv:2104.04473, section 3; DeepSeek-AI 2024,
    arXiv:2405.04434, section 2.1; checked against ``transformers`` in the tests.
    """
    h = spec.d_model
    norm_size = {"rms": h, "layer-no-bias": h, "layer": 2 * h, "none": 0}[spec.norm]
    attention, attention_products, attention_norms = _attention(spec)
    dense, dense_products = _feed_forward(spec, spec.d_ff)
    n_layers = spec.n_layers + spec.n_decoder_layers
    head, head_products = _head(spec)
    embedding = h * (spec.vocab_size + spec.learned_positions + spec.token_types)
    embedding += norm_size if spec.embedding_norm else 0
    norms = n_layers * (spec.norms_per_layer * norm_size + attention_norms)
    norms += norm_size if spec.final_norm else 0

    experts_total = experts_active = expert_products = 0
    if spec.experts is not None:
        experts_total, experts_active, expert_products = _experts(spec)

    attention_total = n_layers * attention
    encoder_products = spec.n_layers * (attention_products + dense_products)
    multiplied = float(
        spec.n_layers * attention_products
        + spec.n_dense_layers * dense_products
        + expert_products
        + head_products
    )
    per_token = None
    if spec.kind == "encoder-decoder":
        # Each decoder layer adds cross-attention with its own norm, each stack a position
        # table and a last norm. Keys and values of the cross-attention run over the
        # encoder's tokens, its queries and output over the decoder's.
        attention_total += spec.n_decoder_layers * attention
        attention_total += 2 * spec.relative_position_buckets * spec.n_heads
        norms += (spec.n_decoder_layers + 1) * norm_size
        share = 0.5 if decoder_token_share is None else decoder_token_share
        cross_kv = 2 * h * spec.n_kv_heads * spec.d_head
        decoder_layer = 2 * attention_products + dense_products
        per_encoder_token = encoder_products + spec.n_decoder_layers * cross_kv
        per_decoder_token = spec.n_decoder_layers * (decoder_layer - cross_kv) + head_products
        multiplied = (1 - share) * per_encoder_token + share * per_decoder_token
        per_token = multiplied

    total_dense = spec.n_dense_layers * dense
    active = embedding + attention_total + total_dense + experts_active + norms + head
    return ParameterCount(
        embedding=embedding,
        attention=attention_total,
        feed_forward=total_dense,
        experts=experts_total,
        norm=norms,
        head=head,
        active=active,
        multiplied=multiplied,
        per_token=active if per_token is None else per_token,
    )


def attention_flop_per_token(
    spec: ModelSpec, *, context_tokens: int, causal: bool, decoder_token_share: float | None = None
) -> float:
    """Training FLOP of attention scores for one token: ``6 a (d_qk + d_v) sum_layers(seen)``.

    ``causal`` counts the lower half of the square, ``s / 2``; an encoder always attends to
    the whole. Layers with a sliding window see at most the window. In an encoder-decoder
    ``context_tokens`` is the encoder's; the decoder's follows from its share of the tokens,
    and each of its positions also attends to the encoder's.

    Source: Chowdhery et al. 2022 (PaLM), appendix B, arXiv:2204.02311 (the full square).
    """
    if spec.latent is not None:
        widths = spec.latent.d_nope + spec.latent.d_rope + spec.latent.d_v
    else:
        widths = 2 * spec.d_head
    whole = float(context_tokens)
    if spec.kind == "encoder":
        seen = spec.n_layers * whole
    elif spec.kind == "encoder-decoder":
        share = 0.5 if decoder_token_share is None else decoder_token_share
        decoder_context = whole * share / (1 - share)
        of_decoder = decoder_context / 2 if causal else decoder_context
        seen = (1 - share) * spec.n_layers * whole
        seen += share * spec.n_decoder_layers * (of_decoder + whole)
    else:
        window = min(spec.window_tokens, context_tokens)
        in_window = window - window**2 / (2 * whole) if causal else float(window)
        seen = (spec.n_layers - spec.n_window_layers) * (whole / 2 if causal else whole)
        seen += spec.n_window_layers * in_window
    return _TRAIN_FLOP_PER_WEIGHT * spec.n_heads * widths * seen


def training_flop(plan: TrainingPlan) -> TrainingFlop:
    """FLOP of the whole run by each convention; see the module for what they mean.

    With the size alone, ``6 N D`` is all that can be said: ``matrix`` equals ``parameter``
    and attention is zero *in this count*, which the estimate must say beside it.
    """
    if isinstance(plan.model, SizeOnly):
        flop = _TRAIN_FLOP_PER_WEIGHT * plan.model.active_params * plan.tokens
        return TrainingFlop(parameter=flop, matrix=flop, causal_attention=0.0, full_attention=0.0)
    spec = plan.model
    count = parameter_count(spec, decoder_token_share=plan.decoder_token_share)
    causal, full = (
        plan.tokens
        * attention_flop_per_token(
            spec,
            context_tokens=plan.context_tokens,
            causal=c,
            decoder_token_share=plan.decoder_token_share,
        )
        for c in (True, False)
    )
    return TrainingFlop(
        parameter=_TRAIN_FLOP_PER_WEIGHT * count.per_token * plan.tokens,
        matrix=_TRAIN_FLOP_PER_WEIGHT * count.multiplied * plan.tokens,
        causal_attention=causal,
        full_attention=full,
    )


def _attention(spec: ModelSpec) -> tuple[int, int, int]:
    """(weights, weights in matrix products, weights of norms inside) of one layer."""
    h, a, k, d = spec.d_model, spec.n_heads, spec.n_kv_heads, spec.d_head
    if spec.latent is not None:
        m = spec.latent
        d_qk = m.d_nope + m.d_rope
        queries = h * a * d_qk if m.q_rank is None else m.q_rank * (h + a * d_qk)
        products = queries + h * (m.kv_rank + m.d_rope)
        products += m.kv_rank * a * (m.d_nope + m.d_v) + a * m.d_v * h
        bias = (m.q_rank or 0) + m.kv_rank + m.d_rope if spec.qkv_bias else 0
        bias += h if spec.output_bias else 0
        return products + bias, products, (m.q_rank or 0) + m.kv_rank
    products = h * d * (a + 2 * k) + a * d * h
    bias = (d * (a + 2 * k) if spec.qkv_bias else 0) + (h if spec.output_bias else 0)
    bias += a if spec.attention_sinks else 0
    norms = {"none": 0, "head": 2 * d, "full": d * (a + k)}[spec.qk_norm]
    return products + bias, products, norms


def _feed_forward(spec: ModelSpec, width: int) -> tuple[int, int]:
    """(weights, weights in matrix products) of one dense feed-forward block."""
    products = (3 if spec.gated_mlp else 2) * spec.d_model * width
    bias = (2 if spec.gated_mlp else 1) * width + spec.d_model if spec.mlp_bias else 0
    return products + bias, products


def _experts(spec: ModelSpec) -> tuple[int, int, int]:
    """(weights, active weights, active weights in products) of all expert layers."""
    e = spec.experts
    assert e is not None
    h = spec.d_model
    one = (3 if spec.gated_mlp else 2) * h * e.d_ff
    one_bias = (2 if spec.gated_mlp else 1) * e.d_ff + h if e.bias else 0
    shared = (3 if spec.gated_mlp else 2) * h * e.d_ff_shared + (h if e.shared_gate else 0)
    router = h * e.n_experts
    router_bias = e.n_experts if e.router_bias else 0
    total = e.n_experts * (one + one_bias) + shared + router + router_bias
    active = e.n_active * (one + one_bias) + shared + router + router_bias
    products = e.n_active * one + shared + router
    return e.n_layers * total, e.n_layers * active, e.n_layers * products


def _head(spec: ModelSpec) -> tuple[int, int]:
    """(weights, weights in matrix products) behind the last layer."""
    h = spec.d_model
    logits = h * spec.vocab_size
    weights, products = 0, 0
    if spec.kind != "encoder":
        weights += 0 if spec.tied_embeddings else logits
        products += logits
    if spec.mlm_head:
        weights += h * h + h + 2 * h + spec.vocab_size + (0 if spec.tied_embeddings else logits)
        products += h * h + logits
    if spec.head_bias:
        weights += spec.vocab_size
    if spec.pooler:
        weights += h * h + h
    return weights, products
