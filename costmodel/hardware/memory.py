"""Bytes on the fullest accelerator of a training run, by what they hold.

Weights, gradients and optimiser states by ZeRO stage, activations by what is recomputed,
logits, and what frameworks take beside. The stage that holds the embedding and the most
micro-batches in flight is counted.

Sources: Korthikanti et al. 2022, arXiv:2205.05198, table 2 (activations); Rajbhandari et
al. 2020, arXiv:1910.02054, section 3 (states); Narayanan et al. 2021, arXiv:2104.04473,
section 2.2 (micro-batches in flight).
"""

from dataclasses import dataclass, fields, replace

from costmodel import facts
from costmodel.facts import Fact
from costmodel.hardware.accelerators import Accelerator, Cluster
from costmodel.hardware.layout import Layout
from costmodel.hardware.step_numbers import LayoutNumbers
from costmodel.messages import Amount, InputError
from costmodel.uncertainty import Number, choose, larger, smaller
from costmodel.workload.flops import parameter_count
from costmodel.workload.model_spec import ModelSpec

#: Mixed-precision Adam per weight: 16-bit weight, 32-bit gradient, and a 32-bit master copy
#: with two moments (Rajbhandari et al. 2020, section 3.1; gradients in 32 bit as Megatron).
_WEIGHT, _GRADIENT, _STATES = 2.0, 4.0, 12.0
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryNumbers:
    """What of a model its memory depends on.

    ``activation_*`` are bytes of one token through all layers: ``replicated`` what every
    tensor-parallel rank keeps without sequence parallelism, ``split`` the rest, ``scores``
    the attention square without a fused kernel, ``cheap`` what selective recomputation
    saves beside it, ``inputs`` what formats of 8 bits and less save on the inputs of matrix
    products, ``boundary`` the layers' inputs.
    """

    n_layers: Number
    layer_params: Number
    expert_params: Number
    embedding_params: Number
    head_params: Number
    activation_replicated: Number
    activation_split: Number
    activation_scores: Number
    activation_cheap: Number
    activation_inputs: Number
    activation_boundary: Number
    logits: Number
    context_tokens: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryUse:
    """Bytes on the fullest accelerator; the parts add up to ``total_bytes``."""

    weights_bytes: Number
    gradients_bytes: Number
    optimiser_bytes: Number
    activations_bytes: Number
    logits_bytes: Number
    framework_bytes: Number

    @property
    def total_bytes(self) -> Number:
        """All parts together."""
        return (
            self.weights_bytes
            + self.gradients_bytes
            + self.optimiser_bytes
            + self.activations_bytes
            + self.logits_bytes
            + self.framework_bytes
        )


def memory_numbers(spec: ModelSpec, context_tokens: int) -> MemoryNumbers:
    """The numbers of an architecture at a context length.

    A layer keeps, per token and hidden unit: the inputs of both norms (4 bytes), of the
    projections, queries, keys and values, the feed-forward's inputs and outputs, and two
    dropout masks. Routed tokens are kept once for each expert visited.

    Source: Korthikanti et al. 2022, table 2: 34 bytes for a GPT layer, and ``5 a s / h``
    for the scores; widths other than ``4 h`` and gates by the same count.
    """
    count = parameter_count(spec)
    h, n_layers = spec.d_model, spec.n_layers
    if spec.latent is None:
        queries = spec.n_heads * spec.d_head
        keys_values = 2 * spec.n_kv_heads * spec.d_head
        outputs = queries
    else:
        width = spec.latent.d_nope + spec.latent.d_rope
        queries = spec.n_heads * width
        outputs = spec.n_heads * spec.latent.d_v
        keys_values = queries + outputs
    gated = 6 if spec.gated_mlp else 4
    # Latent attention's up-projections are cheap to compute again, and wide to keep.
    again = 2 * (queries + keys_values) if spec.latent else 0
    attention = 2 * (queries + keys_values + outputs)
    dense_layers = spec.n_layers - (spec.experts.n_layers if spec.experts else 0)
    feed_forward = float(dense_layers * gated * spec.d_ff)
    expert_params = 0.0
    if spec.experts is not None:
        e = spec.experts
        routed = e.n_active * (gated * e.d_ff + 4 * h) + gated * e.d_ff_shared
        feed_forward += e.n_layers * routed
        expert_params = float(e.n_layers * e.n_experts * (3 if spec.gated_mlp else 2) * h * e.d_ff)
    embedding = float(count.embedding)
    return MemoryNumbers(
        n_layers=float(n_layers),
        layer_params=count.total - expert_params - embedding - count.head,
        expert_params=expert_params,
        embedding_params=embedding,
        head_params=float(count.head),
        activation_replicated=10.0 * h * n_layers,
        activation_split=n_layers * float(attention) + feed_forward,
        activation_scores=5.0 * spec.n_heads * context_tokens * n_layers,
        activation_cheap=(4.0 * h + again) * n_layers + feed_forward / 3,
        activation_inputs=(2.0 * h + outputs) * n_layers + feed_forward / gated,
        activation_boundary=2.0 * h * n_layers,
        logits=4.0 * (spec.d_model + spec.vocab_size),
        context_tokens=float(context_tokens),
    )


def memory_use(m: MemoryNumbers, y: LayoutNumbers) -> MemoryUse:
    """Bytes by part for a layout, floats or arrays of layouts alike: of the first stage,
    which holds the embedding and the most micro-batches, or of the last, which holds the
    head and the logits, whichever is fuller.
    """
    first, last = _stage_use(m, y, last=False), _stage_use(m, y, last=True)
    fuller = last.total_bytes > first.total_bytes
    return MemoryUse(
        **{
            f.name: choose(fuller, getattr(last, f.name), getattr(first, f.name))
            for f in fields(MemoryUse)
        }
    )


def _stage_use(m: MemoryNumbers, y: LayoutNumbers, *, last: bool) -> MemoryUse:
    """Bytes on the first or the last stage; without a pipeline both are one."""
    alone = choose(y.pipeline <= 1, 1.0, 0.0)
    ends = larger(alone, float(last)), larger(alone, float(not last))
    # A head that is the embedding's own matrix is copied to the last stage.
    head = m.head_params or (1 - alone) * m.embedding_params
    states = _States.of(m, y, outside=ends[0] * head + ends[1] * m.embedding_params)
    tokens = y.micro_batch * m.context_tokens / y.context
    overhead = _overhead()
    flight = _in_flight(y, last=last)
    activations = _activations(m, y, tokens=tokens) * flight
    logits = ends[0] * tokens * m.logits / y.tensor
    shown = states.weights + states.gradients + states.optimiser + activations + logits
    return MemoryUse(
        weights_bytes=states.weights,
        gradients_bytes=states.gradients,
        optimiser_bytes=states.optimiser,
        activations_bytes=activations,
        logits_bytes=logits,
        framework_bytes=overhead["base"].value + overhead["share"].value * shown,
    )


def usable_bytes(chip: Accelerator) -> float:
    """The accelerator's memory. Raises ``FactError`` where none is on record.

    Data sheets write GB for binary gigabytes of stacked memory: a driver reports 80 GiB on
    an "80 GB" board.
    """
    written = facts.lookup("accelerators", chip.name, "memory_bytes").value
    return written * facts.lookup("assumptions", "any run", "memory_binary_ratio").value


def check_fits(use: MemoryUse, chip: Accelerator, *, tolerance: float = 0.0) -> None:
    """Raise ``InputError`` with both sizes where a layout does not fit its accelerator, or
    lies by more than that share of it beyond.
    """
    most = usable_bytes(chip)
    if float(use.total_bytes) > most * (1 + tolerance):
        raise InputError(
            "layout",
            "the layout needs {needed} GB on the fullest accelerator and {chip} has {most} GB; "
            "split the model further, recompute more, or make the micro-batch smaller",
            needed=float(use.total_bytes) / 1e9,
            chip=chip.name,
            most=most / 1e9,
        )


def check_states_fit(params: float, cluster: Cluster) -> None:
    """Raise ``InputError`` where weights, gradients and optimiser of that many parameters
    exceed the cluster's memory: then no layout can fit.
    """
    chip, n = cluster.accelerator, cluster.n_accelerators
    if facts.find("accelerators", chip.name, "memory_bytes") is None:
        return
    needed, most = params * (_WEIGHT + _GRADIENT + _STATES), usable_bytes(chip) * n
    if needed > most:
        raise InputError(
            "n_accelerators",
            "weights, gradients and optimiser of {params} parameters need {needed} and {n} of "
            "{chip} have {most}; take more of them, or ones with more memory",
            params=Amount(params, "count"),
            needed=Amount(needed, "bytes"),
            n=n,
            chip=chip.name,
            most=Amount(most, "bytes"),
        )


def with_recompute_needed(m: MemoryNumbers, y: LayoutNumbers, most_bytes: Number) -> LayoutNumbers:
    """The layout with just enough recomputed to fit: nothing, then selectively, then that
    share of the layers in full. Where even all is too little, all is recomputed.
    """
    none, selective, full = (
        memory_use(m, replace(y, scores_recompute=scores, full_recompute=whole)).total_bytes
        for scores, whole in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))
    )
    # A hair below the most: rounding must not push a solved share over it again.
    share = (selective - most_bytes * (1 - _ROUNDING)) / larger(selective - full, 1.0)
    share = smaller(larger(share, 0.0), 1.0)
    short = choose(none > most_bytes, 1.0, 0.0)
    return replace(y, scores_recompute=short, full_recompute=share * short)


def arranged(
    spec: ModelSpec, context_tokens: int, layout: Layout, y: LayoutNumbers, chip: Accelerator
) -> tuple[LayoutNumbers, MemoryUse]:
    """The layout's numbers, with the recomputation it needs, and what it then takes."""
    numbers = memory_numbers(spec, context_tokens)
    if layout.recompute == "needed":
        y = with_recompute_needed(numbers, y, usable_bytes(chip))
    return y, memory_use(numbers, y)


@dataclass(frozen=True, slots=True)
class _States:
    weights: Number
    gradients: Number
    optimiser: Number

    @classmethod
    def of(cls, m: MemoryNumbers, y: LayoutNumbers, *, outside: Number) -> "_States":
        """Weights, gradients and optimiser of a stage with ``outside`` parameters beside its
        layers, by ZeRO stage.

        Experts spread over the ranks of a stage, their states over the ranks that hold a
        copy. With full sharding one layer is whole at a time, two with
        the next one fetched ahead.
        """
        dense = (m.layer_params / y.pipeline + outside) / y.tensor
        sharing = y.expert * y.expert_tensor
        experts = m.expert_params / (y.pipeline * sharing)
        ranks = y.data * y.context
        expert_ranks = larger(ranks * y.tensor / sharing, 1.0)

        def kept(per_param: float, sharded: Number) -> Number:
            """Bytes kept, over all ranks where ``sharded`` is 1."""
            return per_param * (
                dense / (1 + sharded * (ranks - 1)) + experts / (1 + sharded * (expert_ranks - 1))
            )

        whole_weights = y.fully_sharded * (y.gathers - 2)
        layer = (dense + experts) / larger(m.n_layers / y.pipeline, 1.0)
        live = whole_weights * 2 * _WEIGHT * layer
        return cls(
            weights=kept(_WEIGHT, whole_weights) + live,
            gradients=kept(_GRADIENT, y.fully_sharded),
            optimiser=kept(_STATES, y.sharded),
        )


def _activations(m: MemoryNumbers, y: LayoutNumbers, *, tokens: Number) -> Number:
    """Activations of one micro-batch through all layers."""
    spread = 1 / y.tensor
    replicated = y.sequence_parallel * spread + (1 - y.sequence_parallel)
    plain = 1 - y.flash
    split = m.activation_split - y.narrow * m.activation_inputs
    split = split + plain * (1 - y.scores_recompute) * m.activation_scores
    saved = y.scores_recompute * y.flash * m.activation_cheap
    every = m.activation_replicated * replicated + (split - saved) * spread
    # Recomputed in full, only the layers' inputs stay, and one layer is whole at a time.
    full = m.activation_boundary * replicated + every / m.n_layers
    kept = y.full_recompute * full + (1 - y.full_recompute) * every
    return kept * tokens


def _in_flight(y: LayoutNumbers, *, last: bool) -> Number:
    """Micro-batches through all layers whose activations a stage holds at once.

    The first of ``p`` stages holds ``min(m, p)`` of its share, so as many layers' worth as
    the whole model has; interleaving adds ``1 + (p - 1) / (p v)``. The last one holds one
    of its share, with ``v`` chunks ``((v - 1) p + 1) / v``.
    """
    if last:
        held = ((y.interleave - 1) * y.pipeline + 1) / y.interleave
        return smaller(y.micro_batches, held) / y.pipeline
    chunks = choose(y.interleave > 1, 1 + (y.pipeline - 1) / (y.pipeline * y.interleave), 1.0)
    return smaller(y.micro_batches, y.pipeline) / y.pipeline * chunks


def _overhead() -> dict[str, Fact]:
    return {
        name: facts.lookup("assumptions", "any run", f"memory_overhead_{name}")
        for name in ("base", "share")
    }
