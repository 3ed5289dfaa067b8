"""Which replica serves a model: the smallest fleet that fits it and meets the bound."""

import math
from dataclasses import dataclass

import numpy as np

from costmodel import facts
from costmodel.hardware.accelerators import Accelerator, Cluster
from costmodel.hardware.serving_time import (
    FILE,
    Replica,
    Values,
    largest_batch,
    most_in_memory,
    prefill_s,
    step_s,
)
from costmodel.messages import Amount, InputError
from costmodel.uncertainty import Number
from costmodel.units import SECONDS_PER_DAY
from costmodel.workload.serving_load import ServingLoad, cache_bytes, weight_bytes


def whole_replicas(share: Number) -> Number:
    """The whole number of replicas, at least one, that do the work of ``share`` of them."""
    replicas = np.maximum(np.ceil(share), 1.0)
    return float(replicas) if np.ndim(replicas) == 0 else replicas


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a replica is chosen for; ``bound_s`` is the longest time per output token."""

    load: ServingLoad
    chip: Accelerator
    bound_s: float
    requests_per_day: float | None


def choose_replica(needs: Needs, medians: Values, *, n_accelerators: int | None = None) -> Replica:
    """The replica that fits, meets the bound, and does the work with the fewest accelerators.

    Every power of two up to the cited largest is tried, or ``n_accelerators`` alone.
    Raises ``InputError`` for a model that fits on none, and for a bound that none meets,
    with the time that can be met; ``FactError`` where several accelerators are needed
    whose link bandwidth is not known.
    """
    if n_accelerators is None:
        most = facts.lookup(FILE, "any replica", "most_accelerators").value
        sizes = [2**i for i in range(int(math.log2(most)) + 1)]
    else:
        sizes = [Cluster(accelerator=needs.chip, n_accelerators=n_accelerators).n_accelerators]
    load, bound_s = needs.load, needs.bound_s
    chosen: list[tuple[tuple[float, float], Replica]] = []
    reachable: list[tuple[float, Replica]] = []
    replica = Replica(chip=needs.chip, n_accelerators=sizes[0])
    linked = facts.find("accelerators", needs.chip.name, "intranode_bandwidth_byte_per_s")
    for n in sizes:
        replica = Replica(chip=needs.chip, n_accelerators=n)
        if n > 1 and linked is None and chosen:
            break  # one alone does it; of several nothing can be said
        if float(most_in_memory(load, replica, medians)) < 1:
            continue
        alone = float(step_s(load, replica, 1.0, medians))
        reachable.append((alone, replica))
        if alone <= bound_s:
            batch = largest_batch(load, replica, medians, bound_s=bound_s)
            writing = load.output_tokens * step_s(load, replica, batch, medians) / batch
            busy = float(prefill_s(load, replica, medians) + writing)
            chosen.append(((_fleet_of(needs, n, busy, medians), busy * n), replica))
    if chosen:
        return min(chosen, key=lambda pair: pair[0])[1]
    if reachable:
        raise _too_slow(*min(reachable, key=lambda pair: pair[0]), bound_s)
    raise _too_large(load, replica, medians)


def _fleet_of(needs: Needs, n: int, busy_s: float, medians: Values) -> float:
    """Accelerators for the traffic; the same for every size where none is given."""
    if needs.requests_per_day is None:
        return 0.0
    rate = needs.requests_per_day / SECONDS_PER_DAY
    share = rate * busy_s * medians["headroom"] / medians["mean_over_peak"]
    return float(whole_replicas(share) * n)


def _too_slow(alone: float, replica: Replica, bound_s: float) -> InputError:
    return InputError(
        "bound_s",
        "{bound} per token is out of reach: one request at a time takes {reachable} on {n} x "
        "{chip}; allow at least that, or choose a narrower format or faster memory",
        bound=Amount(bound_s, "s"),
        reachable=Amount(alone, "s"),
        n=replica.n_accelerators,
        chip=replica.chip.name,
    )


def _too_large(load: ServingLoad, replica: Replica, medians: Values) -> InputError:
    n = replica.n_accelerators
    needed = weight_bytes(load, n_accelerators=n) + cache_bytes(load, float(load.full_context))
    room = replica.memory_bytes * (1 - medians["memory_reserve_share"])
    return InputError(
        "n_accelerators",
        "{model} with one request of {context} tokens needs {needed}, and {n} x {chip} have "
        "{room} to spare; choose a narrower format, shorter requests or more memory",
        model=load.model.name or "model",
        context=load.full_context,
        needed=Amount(float(needed), "bytes"),
        n=n,
        chip=replica.chip.name,
        room=Amount(float(room), "bytes"),
    )
