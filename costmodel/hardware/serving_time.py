"""How long reading and writing tokens takes: a roofline of one replica.

A replica is the accelerators that hold one copy of the model. Writing is the larger of the
time to read weights and caches from memory and the time of the matrix products, plus the
exchanges between accelerators and a fixed overhead. How much of its peaks an accelerator
delivers is a range in ``data/serving.csv``, passed in as ``values``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from costmodel import facts
from costmodel.facts import Fact
from costmodel.hardware.accelerators import Accelerator
from costmodel.uncertainty import Draws, Number
from costmodel.workload.serving_load import (
    ServingLoad,
    cache_bytes,
    decode_flop,
    prefill_flop,
    step_weight_bytes,
    weight_bytes,
)

FILE: Final = "serving"
Values: TypeAlias = Mapping[str, Number]
ComputeFormat: TypeAlias = Literal["16-bit", "8-bit", "4-bit"]

#: Activations travel in 16 bits; to experts they are sent in 8 and come back in 16.
_ACTIVATION_BYTES: Final = 2
_EXPERT_EXCHANGE_BYTES: Final = 3
#: Exchanges of all accelerators in a layer: one behind attention, one behind the rest.
_EXCHANGES_PER_LAYER: Final = 2
#: Halvings of the search for the largest batch, on a logarithmic scale.
_STEPS: Final = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """``n_accelerators`` of one kind that hold one copy of the model together."""

    chip: Accelerator
    n_accelerators: int

    @property
    def memory_bytes(self) -> float:
        """Memory of all its accelerators."""
        fact = facts.lookup("accelerators", self.chip.name, "memory_bytes")
        return fact.value * self.n_accelerators

    @property
    def memory_byte_per_s(self) -> float:
        """Memory bandwidth of all its accelerators."""
        fact = facts.lookup("accelerators", self.chip.name, "memory_bandwidth_byte_per_s")
        return fact.value * self.n_accelerators

    def peak_flop_per_s(self, load: ServingLoad) -> float:
        """Dense peak of all its accelerators at the precision that the products run in."""
        return compute_peak(self.chip, load)[1].value * self.n_accelerators

    @property
    def spans_nodes(self) -> bool:
        """Whether its accelerators stand in more than one server (or rack of fast links)."""
        return self.n_accelerators > _joined(self.chip, "domain_accelerators").value

    def network(self) -> Fact:
        """One-way bandwidth of an accelerator's share of the network between servers."""
        return _joined(self.chip, "network_byte_per_s")

    def link_byte_per_s(self) -> float:
        """One-way bandwidth between two of its accelerators: within a server the cited
        link (a total of both ways, so half of it), else the network.
        """
        if self.spans_nodes:
            return self.network().value
        both = facts.lookup("accelerators", self.chip.name, "intranode_bandwidth_byte_per_s")
        return both.value / 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MemoryUse:
    """Bytes of one replica by what they hold; they sum to its memory."""

    weights: Number
    cache: Number
    reserve: Number
    free: Number


def _joined(chip: Accelerator, quantity: str) -> Fact:
    """How the chip is joined with others: its own row, its generation's, else the judged one."""
    own = facts.find("interconnect", chip.name, quantity)
    return (
        own
        or facts.find("interconnect", chip.generation, quantity)
        or facts.lookup("interconnect", "any generation", quantity)
    )


def compute_peak(chip: Accelerator, load: ServingLoad) -> tuple[ComputeFormat, Fact]:
    """The peak that the matrix products run at, and its kind.

    Eight- and four-bit floats run at their own peak where the accelerator has one, else,
    as integers always do here, they are widened to 16 bits on the way.
    """
    if load.weights == "fp8" and chip.has_peak("fp8"):
        return "8-bit", chip.peak("fp8")
    if load.weights == "fp4" and chip.has_peak("fp4"):
        return "4-bit", chip.peak("fp4")
    if load.weights == "fp32":
        return "16-bit", chip.peak("fp32")
    return "16-bit", chip.training_peak()


def prefill_s(load: ServingLoad, replica: Replica, values: Values) -> Number:
    """Seconds of a replica to read the input of one request, among many requests.

    ``FLOP / (peak x efficiency)`` plus the exchanges; the weights are read once for many
    requests, so that their share is left out. ``cached_input_share`` of the input was read
    before and costs nothing.
    """
    fresh = 1 - values["cached_input_share"]
    peak = replica.peak_flop_per_s(load) * values["prefill_efficiency"]
    tokens = load.input_tokens * fresh
    roofline = prefill_flop(load) * fresh / peak + _transfer_s(load, replica, tokens, values)
    return roofline * values["measured_over_computed"]


def first_token_s(load: ServingLoad, replica: Replica, values: Values) -> Number:
    """Seconds to the first token of a request that is served at once.

    Prefill, at least the time to read all weights, then one step's latencies. Waiting for
    a place is not counted.
    """
    reading = weight_bytes(load, n_accelerators=replica.n_accelerators) / (
        replica.memory_byte_per_s * values["memory_efficiency"]
    )
    latency = _latency_s(load, replica, values) + values["step_overhead_s"]
    error = values["measured_over_computed"]
    return np.maximum(prefill_s(load, replica, values), reading * error) + latency * error


def step_s(load: ServingLoad, replica: Replica, batch: Number, values: Values) -> Number:
    """Seconds of one decode step that writes ``batch`` tokens, one for each request.

    ``max(bytes / bandwidth, FLOP / peak)`` plus two exchanges a layer and a fixed overhead;
    each request holds its mean context. Speculative decoding is not counted.

    Source: Pope et al. 2022, arXiv:2211.05102, section 2 (roofline of inference).
    """
    context = load.mean_context
    weights = step_weight_bytes(load, batch, n_accelerators=replica.n_accelerators)
    memory = (weights + batch * cache_bytes(load, context)) / (
        replica.memory_byte_per_s * values["memory_efficiency"]
    )
    compute = (
        batch
        * decode_flop(load, context)
        / (replica.peak_flop_per_s(load) * values["decode_efficiency"])
    )
    exchanges = _latency_s(load, replica, values) + _transfer_s(load, replica, batch, values)
    roofline = np.maximum(memory, compute) + exchanges + values["step_overhead_s"]
    return roofline * values["measured_over_computed"]


def most_in_memory(load: ServingLoad, replica: Replica, values: Values) -> Number:
    """Requests of full length that fit beside the weights; below one, the model does not fit."""
    room = replica.memory_bytes * (1 - values["memory_reserve_share"])
    room = room - weight_bytes(load, n_accelerators=replica.n_accelerators)
    return room / cache_bytes(load, float(load.full_context))


def memory_use(load: ServingLoad, replica: Replica, batch: Number, values: Values) -> MemoryUse:
    """Where the replica's memory goes with ``batch`` requests of full length."""
    weights = weight_bytes(load, n_accelerators=replica.n_accelerators)
    cache = batch * cache_bytes(load, float(load.full_context))
    reserve = replica.memory_bytes * values["memory_reserve_share"]
    free = replica.memory_bytes - weights - cache - reserve
    return MemoryUse(weights=weights, cache=cache, reserve=reserve, free=free)


def largest_batch(
    load: ServingLoad, replica: Replica, values: Values, *, bound_s: Number
) -> Number:
    """The most requests at once that fit in memory and keep every step within ``bound_s``.

    At least one, even where one alone misses the bound: the caller looks at ``step_s``.
    A whole number on average, so fractions stay.
    """
    most = np.maximum(np.asarray(most_in_memory(load, replica, values), dtype=np.float64), 1.0)
    fits = np.asarray(step_s(load, replica, most, values) <= bound_s)
    low, high = np.zeros_like(most + 0.0 * fits), np.log(most) + 0.0 * fits
    for _ in range(_STEPS):
        middle = (low + high) / 2
        within = step_s(load, replica, np.exp(middle), values) <= bound_s
        low, high = np.where(within, middle, low), np.where(within, high, middle)
    batch: Draws = np.where(fits, most, np.exp(low))
    return float(batch) if batch.ndim == 0 else batch


def _latency_s(load: ServingLoad, replica: Replica, values: Values) -> Number:
    """Waiting for the exchanges of one pass, whatever their size."""
    if replica.n_accelerators == 1:
        return 0.0
    name = "network_latency_s" if replica.spans_nodes else "link_latency_s"
    return _EXCHANGES_PER_LAYER * load.model.n_layers * values[name]


def _transfer_s(load: ServingLoad, replica: Replica, tokens: Number, values: Values) -> Number:
    """Bytes of the exchanges of ``tokens`` over the link.

    Ring all-reduces, ``2 (n-1)/n`` of the activations each; where attention is split by
    requests, a token instead goes to its experts and back.
    """
    n, spec = replica.n_accelerators, load.model
    if n == 1:
        return 0.0
    if spec.experts is not None and load.attention_copies(n) > 1:
        sent = tokens / n * spec.experts.n_active * spec.d_model * _EXPERT_EXCHANGE_BYTES
        in_a_layer = sent
    else:
        in_a_layer = (
            _EXCHANGES_PER_LAYER * 2 * (n - 1) / n * tokens * spec.d_model * _ACTIVATION_BYTES
        )
    return spec.n_layers * in_a_layer / (replica.link_byte_per_s() * values["link_efficiency"])
