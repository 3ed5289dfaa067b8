"""What a training step depends on, as numbers: of a model, an accelerator, a layout, a fit.

Each may be a float, draws of the constants, or an array of layouts; ``step_time`` and
``memory`` compute with them.
"""

from dataclasses import dataclass, fields
from typing import Final, TypeVar

import numpy as np

from costmodel import facts
from costmodel.hardware.accelerators import Accelerator
from costmodel.hardware.layout import Layout
from costmodel.messages import InputError
from costmodel.uncertainty import Number
from costmodel.workload.flops import attention_flop_per_token, parameter_count
from costmodel.workload.model_spec import NARROW, ModelSpec, Precision

#: A forward pass and a backward pass of twice its work.
PASSES: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelNumbers:
    """What of a model a step's time depends on; per token and all layers together.

    ``*_products`` are weights in matrix products: ``expert_products`` those of the routed
    experts that a token visits. ``attention_flop_*`` are forward FLOP of one token's
    scores; ``attention_width`` heads times context, the entries of one token's softmax;
    ``key_value_width`` the keys and values of one token in one layer.
    """

    n_layers: Number
    d_model: Number
    dense_products: Number
    expert_products: Number
    head_products: Number
    attention_flop_causal: Number
    attention_flop_full: Number
    attention_width: Number
    key_value_width: Number
    vocab_size: Number
    context_tokens: Number
    dense_params: Number
    expert_params: Number
    n_expert_layers: Number
    n_active: Number
    n_experts: Number
    d_ff_expert: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipNumbers:
    """What of an accelerator and its network a step's time depends on, cited.

    ``matmul_peak_flop_per_s`` is dense at the run's precision, ``peak_flop_per_s`` dense at
    16 bit; ``link`` is the fast domain's aggregate, ``network`` one way per accelerator.
    """

    peak_flop_per_s: Number
    matmul_peak_flop_per_s: Number
    memory_byte_per_s: Number
    link_byte_per_s: Number
    network_byte_per_s: Number
    domain: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutNumbers:
    """A layout, its cluster and batch as numbers; choices are 0 or 1."""

    n_accelerators: Number
    tensor: Number
    pipeline: Number
    interleave: Number
    context: Number
    expert: Number
    expert_tensor: Number
    data: Number
    micro_batch: Number
    micro_batches: Number
    fully_sharded: Number
    gathers: Number
    sharded: Number
    full_recompute: Number
    scores_recompute: Number
    sequence_parallel: Number
    flash: Number
    merged_dispatch: Number
    narrow: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Constants:
    """The fitted constants that apply to one generation, number format and kernel age.

    Efficiencies are shares of a cited peak, ``*_bytes`` memory traffic per element,
    ``exposed_*`` shares of a transfer that nothing hides, ``*_s`` seconds.
    """

    matmul: Number
    narrow: Number
    width: Number
    rows: Number
    flash: Number
    scores: Number
    softmax_bytes: Number
    pointwise_bytes: Number
    quantise_bytes: Number
    logits_bytes: Number
    optimiser_bytes: Number
    launch_s: Number
    expert_launch_s: Number
    link: Number
    exposed_sharding: Number
    exposed_data: Number
    exposed_pipeline: Number
    exposed_context: Number
    grouped: Number
    route_bytes: Number
    exposed_expert: Number
    doubling: Number


def model_numbers(spec: ModelSpec, context_tokens: int) -> ModelNumbers:
    """The numbers of an architecture at a context length.

    Raises ``InputError`` for an encoder-decoder: no published step time calibrates one.
    """
    if spec.kind == "encoder-decoder":
        raise InputError(
            "model",
            "no published step time of an encoder-decoder is on record, so its speed "
            "cannot be predicted from its layout",
        )
    count = parameter_count(spec)
    experts = spec.experts
    gates = 3 if spec.gated_mlp else 2
    routed = routed_params = 0.0
    if experts is not None:
        routed = float(experts.n_layers * experts.n_active * gates * spec.d_model * experts.d_ff)
        routed_params = routed / experts.n_active * experts.n_experts
    head = float(spec.d_model * spec.vocab_size) if spec.kind == "decoder" else 0.0
    causal, full = (
        attention_flop_per_token(spec, context_tokens=context_tokens, causal=c) / PASSES
        for c in (True, False)
    )
    return ModelNumbers(
        n_layers=float(spec.n_layers),
        d_model=float(spec.d_model),
        dense_products=count.multiplied - routed - head,
        expert_products=routed,
        head_products=head,
        attention_flop_causal=causal,
        attention_flop_full=full,
        attention_width=float(spec.n_layers * spec.n_heads * context_tokens),
        key_value_width=float(_key_value_width(spec)),
        vocab_size=float(spec.vocab_size),
        context_tokens=float(context_tokens),
        dense_params=count.total - routed_params,
        expert_params=routed_params,
        n_expert_layers=float(experts.n_layers if experts else 0),
        n_active=float(experts.n_active if experts else 0),
        n_experts=float(experts.n_experts if experts else 1),
        d_ff_expert=float(experts.d_ff if experts else spec.d_ff),
    )


def _key_value_width(spec: ModelSpec) -> int:
    if spec.latent is not None:
        return spec.latent.kv_rank + spec.latent.d_rope
    return 2 * spec.n_kv_heads * spec.d_head


def chip_numbers(chip: Accelerator, precision: Precision) -> ChipNumbers:
    """The cited speeds of an accelerator. Raises ``FactError`` where one is missing."""
    network = facts.lookup("interconnect", chip.generation, "network_byte_per_s")
    own_domain = facts.find("interconnect", chip.name, "domain_accelerators")
    domain = own_domain or facts.lookup("interconnect", chip.generation, "domain_accelerators")
    link = facts.lookup("accelerators", chip.name, "intranode_bandwidth_byte_per_s")
    memory = facts.lookup("accelerators", chip.name, "memory_bandwidth_byte_per_s")
    return ChipNumbers(
        peak_flop_per_s=chip.training_peak().value,
        matmul_peak_flop_per_s=chip.peak(precision).value,
        memory_byte_per_s=memory.value,
        link_byte_per_s=link.value,
        network_byte_per_s=network.value,
        domain=domain.value,
    )


def layout_numbers(
    layout: Layout,
    precision: Precision,
    *,
    n_accelerators: int,
    global_batch_sequences: int,
    rounded_batch: bool = False,
) -> LayoutNumbers:
    """A layout on its cluster. Raises ``InputError`` where cluster or batch do not divide.

    ``rounded_batch`` takes a batch as published, which papers round, at its fraction.
    """
    data = layout.data(n_accelerators)
    if rounded_batch and global_batch_sequences >= data * layout.micro_batch:
        count = global_batch_sequences / (data * layout.micro_batch)
    else:
        count = float(layout.micro_batches(n_accelerators, global_batch_sequences))
    return LayoutNumbers(
        n_accelerators=float(n_accelerators),
        tensor=float(layout.tensor),
        pipeline=float(layout.pipeline),
        interleave=float(layout.interleave),
        context=float(layout.context),
        expert=float(layout.expert),
        expert_tensor=float(layout.expert_tensor),
        data=float(data),
        micro_batch=float(layout.micro_batch),
        micro_batches=count,
        fully_sharded=float(layout.sharding in ("zero2", "zero3")),
        gathers=float(3 if layout.sharding == "zero3" else 2),
        sharded=float(layout.sharding != "none"),
        full_recompute=float(layout.recompute == "full"),
        scores_recompute=float(layout.recompute != "none"),
        sequence_parallel=float(layout.sequence_parallel),
        flash=float(layout.flash_attention),
        merged_dispatch=float(layout.merged_dispatch),
        narrow=float(precision in NARROW),
    )


Numbers = TypeVar("Numbers", ModelNumbers, ChipNumbers, LayoutNumbers, Constants)


def stack(items: list[Numbers]) -> Numbers:
    """Many sets of numbers as one of arrays, shape ``(len(items),)`` each."""
    kind = type(items[0])
    columns = {f.name: np.array([getattr(i, f.name) for i in items]) for f in fields(kind)}
    return kind(**columns)
