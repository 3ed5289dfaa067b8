"""Seconds of one training step, predicted from architecture, accelerators and layout.

A roofline by class of operation: matrix products with efficiencies that saturate in width
and rows, attention with and without a fused kernel, element-wise work and the optimiser at
the memory's speed, and the communication that computation does not hide. Nothing measured
of the run enters. The constants are fitted to published step times (``fitting``); the same
arithmetic takes floats, draws of the constants, or arrays of layouts.

Not modelled: data loading, evaluation, the network's topology beyond one fast domain, and
imbalance between experts.

Sources: Korthikanti et al. 2022, arXiv:2205.05198 (operations of a layer); Narayanan et al.
2021, arXiv:2104.04473 (pipeline bubble, communication volumes); Rajbhandari et al. 2020,
arXiv:1910.02054 (sharding volumes).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.hardware.step_numbers import (
    PASSES,
    ChipNumbers,
    Constants,
    LayoutNumbers,
    ModelNumbers,
)
from costmodel.uncertainty import Number, choose, larger, smaller

#: Bytes of an activation, gradient or weight in the 16-bit formats that travel.
_BYTES: Final = 2.0
_ONE: Final = 1.0
_ZERO: Final = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTime:
    """Seconds of a step, by what they go to; the parts add up to ``total_s``.

    ``ideal_s`` is the time at the matrix units' peak and nothing else: no layout beats it.
    """

    matmul_s: Number
    attention_s: Number
    memory_s: Number
    launch_s: Number
    communication_s: Number
    bubble_s: Number
    optimiser_s: Number
    waiting_s: Number
    ideal_s: Number

    @property
    def total_s(self) -> Number:
        """All parts together."""
        return (
            self.matmul_s
            + self.attention_s
            + self.memory_s
            + self.launch_s
            + self.communication_s
            + self.bubble_s
            + self.optimiser_s
            + self.waiting_s
        )


def step_time(m: ModelNumbers, c: ChipNumbers, y: LayoutNumbers, k: Constants) -> StepTime:
    """Seconds of one optimiser step.

    ``(micro-batches + (p - 1) / v) x micro-batch time + optimiser + exposed data-parallel
    traffic``, the whole times ``1 + doubling x log2(n)`` for waiting on the slowest. The
    parts named here are those of the busiest accelerator.

    Source: Narayanan et al. 2021, section 2.2; Korthikanti et al. 2022, sections 3 and 4.
    """
    tokens = y.micro_batch * m.context_tokens / y.context
    shards = y.tensor * y.pipeline
    passes = PASSES + y.full_recompute
    gain = c.matmul_peak_flop_per_s / c.peak_flop_per_s
    saturated = 1 + gain * (k.width * y.tensor**0.5 / m.d_model + k.rows / tokens)
    rate = c.matmul_peak_flop_per_s * k.matmul * k.narrow
    matmul = 2 * m.dense_products * tokens * passes / shards / rate * saturated
    matmul += (
        2 * PASSES * m.head_products * tokens / shards * saturated / (c.peak_flop_per_s * k.matmul)
    )
    matmul += _experts_s(m, y, k, tokens=tokens, passes=passes, rate=rate, gain=gain)
    attention = _attention_s(m, c, y, k, tokens=tokens)
    memory = _memory_s(m, c, y, k, tokens=tokens)
    launch = k.launch_s * m.n_layers + k.expert_launch_s * m.n_expert_layers
    launch = launch / y.pipeline * passes / PASSES
    compute = matmul + attention + memory + launch
    traffic = _tensor_s(m, c, y, k, tokens=tokens) + _expert_traffic_s(m, c, y, k, tokens=tokens)
    traffic += _pipeline_s(m, c, y, k, tokens=tokens) + _context_s(m, c, y, k, tokens=tokens)
    busy = compute + traffic
    gather = _gather_s(m, c, y)
    hidden = k.exposed_sharding * gather
    traffic += larger(hidden, gather - busy)
    micro = compute + traffic
    bubble = (y.pipeline - 1) / y.interleave * micro
    n = y.micro_batches
    optimiser = _optimiser_s(m, c, y, k)
    once = _data_s(m, c, y, k)
    waiting = (n * micro + bubble + optimiser + once) * k.doubling * _log2(y.n_accelerators)
    return StepTime(
        matmul_s=n * matmul,
        attention_s=n * attention,
        memory_s=n * memory,
        launch_s=n * launch,
        communication_s=n * traffic + once,
        bubble_s=bubble,
        optimiser_s=optimiser,
        waiting_s=waiting,
        ideal_s=n * _ideal_s(m, c, tokens=tokens, shards=shards),
    )


def _experts_s(
    m: ModelNumbers,
    y: LayoutNumbers,
    k: Constants,
    *,
    tokens: Number,
    passes: Number,
    rate: Number,
    gain: Number,
) -> Number:
    """Grouped products of the routed experts: narrower, and each on its share of the tokens."""
    width = (m.d_model * m.d_ff_expert / y.expert_tensor) ** 0.5 / 2
    sharing = y.expert * y.expert_tensor
    rows = tokens / y.tensor * m.n_active * sharing / m.n_experts + 1
    saturated = 1 + gain * (k.width / width + k.rows / rows)
    return (
        2
        * m.expert_products
        * tokens
        * passes
        / (y.tensor * y.pipeline)
        / rate
        * (saturated * k.grouped)
    )


def _attention_s(
    m: ModelNumbers, c: ChipNumbers, y: LayoutNumbers, k: Constants, *, tokens: Number
) -> Number:
    """Scores, by a fused kernel on the causal half or as plain products on the square.

    A fused backward pass computes the scores anew (3.5 forward passes in all). The plain
    one moves the square through memory several times.
    """
    share = tokens / (y.tensor * y.pipeline)
    fused = m.attention_flop_causal * share * (3.5 + y.full_recompute)
    fused = fused / (c.peak_flop_per_s * k.flash)
    again = y.scores_recompute
    plain = m.attention_flop_full * share * (PASSES + again) / (c.peak_flop_per_s * k.scores)
    square = k.softmax_bytes * m.attention_width * share * (1 + again / PASSES)
    return y.flash * fused + (1 - y.flash) * (plain + square / c.memory_byte_per_s)


def _memory_s(
    m: ModelNumbers, c: ChipNumbers, y: LayoutNumbers, k: Constants, *, tokens: Number
) -> Number:
    """Element-wise work at the memory's speed.

    Without sequence parallelism the norms and dropouts, 10 of 34 bytes of activation, are
    computed by every tensor-parallel rank.
    """
    replicated = (10 + 24 / y.tensor) / 34
    share = y.sequence_parallel / y.tensor + (1 - y.sequence_parallel) * replicated
    # Selective recomputation beside a fused attention kernel repeats element-wise work.
    selective = (y.scores_recompute - y.full_recompute) * y.flash
    again = 1 + (y.full_recompute + selective) / PASSES
    layers = (k.pointwise_bytes + k.quantise_bytes * y.narrow) * m.n_layers * again * share
    routed = k.route_bytes * m.n_expert_layers * m.n_active / y.tensor * again
    logits = k.logits_bytes * m.vocab_size / y.tensor
    moved = ((layers + routed) * m.d_model + logits) * tokens / y.pipeline
    return moved / c.memory_byte_per_s


def _tensor_s(
    m: ModelNumbers, c: ChipNumbers, y: LayoutNumbers, k: Constants, *, tokens: Number
) -> Number:
    """Four all-reduces a layer (six with full recomputation) over the fast links.

    Beyond one fast domain they cross the network.
    """
    rounds = 4 + 2 * y.full_recompute
    volume = 2 * (y.tensor - 1) / y.tensor * _BYTES * tokens * m.d_model
    speed = choose(y.tensor > c.domain, c.network_byte_per_s, c.link_byte_per_s * k.link)
    return rounds * volume * m.n_layers / y.pipeline / speed


def _expert_traffic_s(
    m: ModelNumbers, c: ChipNumbers, y: LayoutNumbers, k: Constants, *, tokens: Number
) -> Number:
    """Two all-to-alls forward and two backward of each token's copies for its experts.

    Merged copies cross the network once for each distant domain that holds one of the
    token's experts, and are handed on there over the fast links; unmerged ones go straight.
    Ranks that share a cut expert gather all their copies, and reduce what comes back.

    Source: DeepSeek-AI 2024, DeepSeek-V3, section 3.2.2, arXiv:2412.19437.
    """
    domains = larger(y.expert * y.expert_tensor / c.domain, _ONE)
    merged = (domains - 1) * (1 - (1 - 1 / domains) ** m.n_active)
    straight = m.n_active * (domains - 1) / domains
    distant = y.merged_dispatch * merged + (1 - y.merged_dispatch) * straight
    handed_on = m.n_active * (y.expert - 1) / y.expert
    near = larger(handed_on - (1 - y.merged_dispatch) * straight, _ZERO)
    fast = c.link_byte_per_s / 2
    took = k.exposed_expert * (distant / c.network_byte_per_s + near / fast)
    took = took + m.n_active * (y.expert_tensor - 1) / fast
    volume = 4 * _BYTES * tokens * m.d_model / y.tensor
    return volume * took * m.n_expert_layers / y.pipeline


def _pipeline_s(
    m: ModelNumbers, c: ChipNumbers, y: LayoutNumbers, k: Constants, *, tokens: Number
) -> Number:
    """Activations and their gradients handed on, once per chunk, over the network."""
    split = 1 + y.sequence_parallel * (y.tensor - 1)
    volume = 2 * _BYTES * tokens * m.d_model / split * y.interleave
    crossing = (y.pipeline - 1) / y.pipeline
    return k.exposed_pipeline * volume * crossing / c.network_byte_per_s


def _context_s(
    m: ModelNumbers, c: ChipNumbers, y: LayoutNumbers, k: Constants, *, tokens: Number
) -> Number:
    """Context parallelism: keys and values gathered forward and backward, gradients back.

    Source: Grattafiori et al. 2024, arXiv:2407.21783, section 3.3.2.
    """
    volume = 3 * _BYTES * tokens * m.key_value_width * (y.context - 1) / y.tensor
    apart = y.tensor * y.context > c.domain
    speed = choose(apart, c.network_byte_per_s, c.link_byte_per_s / 2)
    return k.exposed_context * volume * m.n_layers / y.pipeline / speed


@dataclass(frozen=True, slots=True)
class _Owned:
    """Parameters on an accelerator before any sharding, and over how many ranks each kind
    is copied.
    """

    dense: Number
    experts: Number
    ranks: Number
    expert_ranks: Number

    @classmethod
    def of(cls, m: ModelNumbers, y: LayoutNumbers) -> "_Owned":
        sharing = y.expert * y.expert_tensor
        ranks = y.data * y.context
        return cls(
            dense=m.dense_params / (y.tensor * y.pipeline),
            experts=m.expert_params / (sharing * y.pipeline),
            ranks=ranks,
            expert_ranks=larger(ranks * y.tensor / sharing, _ONE),
        )

    @property
    def passed_on(self) -> Number:
        """Parameters that a ring of the copies' ranks passes through each of them."""
        return (
            self.dense * (self.ranks - 1) / self.ranks
            + self.experts * (self.expert_ranks - 1) / self.expert_ranks
        )


def _gather_s(m: ModelNumbers, c: ChipNumbers, y: LayoutNumbers) -> Number:
    """Full sharding's traffic of a micro-batch: weights gathered twice, gradients scattered.

    Where only gradients and optimiser are sharded (``gathers`` of two), the weights stay.
    """
    volume = y.gathers * _BYTES * _Owned.of(m, y).passed_on
    return y.fully_sharded * volume / _data_speed(c, y)


def _data_s(m: ModelNumbers, c: ChipNumbers, y: LayoutNumbers, k: Constants) -> Number:
    """The gradients' all-reduce of a step, as far as the last backward pass hides it not."""
    volume = 2 * _BYTES * _Owned.of(m, y).passed_on
    return (1 - y.fully_sharded) * k.exposed_data * volume / _data_speed(c, y)


def _optimiser_s(m: ModelNumbers, c: ChipNumbers, y: LayoutNumbers, k: Constants) -> Number:
    """Adam's states read and written once a step, over their shards."""
    owned = _Owned.of(m, y)
    dense = owned.dense / (1 + y.sharded * (owned.ranks - 1))
    experts = owned.experts / (1 + y.sharded * (owned.expert_ranks - 1))
    return k.optimiser_bytes * (dense + experts) / c.memory_byte_per_s


def _data_speed(c: ChipNumbers, y: LayoutNumbers) -> Number:
    """Bytes a second at which a ring of data-parallel peers passes on.

    The peers inside one fast domain share its network ports: a ring crosses them once.
    """
    peers = larger(c.domain / y.tensor, _ONE)
    fast = c.link_byte_per_s / 2
    crossing = smaller(c.network_byte_per_s * peers, fast)
    return choose(y.n_accelerators > c.domain, crossing, fast)


def _ideal_s(m: ModelNumbers, c: ChipNumbers, *, tokens: Number, shards: Number) -> Number:
    """A micro-batch's model FLOP at the precision's peak: the roofline."""
    products = 2 * (m.dense_products + m.expert_products + m.head_products)
    flop = PASSES * (products + m.attention_flop_causal) * tokens / shards
    return flop / larger(c.matmul_peak_flop_per_s, c.peak_flop_per_s)


def _log2(n: Number) -> Number:
    return math.log2(n) if isinstance(n, float) else np.log2(n)
