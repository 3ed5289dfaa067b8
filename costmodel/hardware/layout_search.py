"""Every layout that fits a model on a cluster, the fastest first.

All candidates are laid out as arrays and timed at once by the same arithmetic as a single
layout. What must be true for a claimed MFU falls out: the fastest layout is the ceiling.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from costmodel import facts
from costmodel.hardware import memory, step_numbers, step_time
from costmodel.hardware.accelerators import Accelerator, Cluster
from costmodel.hardware.constants import constants_for, fitted, kind_of
from costmodel.hardware.layout import Layout, even_interleaves, merges_dispatch
from costmodel.hardware.memory import MemoryUse
from costmodel.hardware.step_numbers import Constants, LayoutNumbers
from costmodel.messages import InputError
from costmodel.workload.model_spec import ModelSpec, Precision

#: Degrees that are tried. Tensor parallelism beyond the fast domain is left out: no
#: published run uses it.
_TENSOR: Final = (1, 2, 4, 8, 16)
_CONTEXT: Final = (1, 2, 4, 8, 16, 32)
_EXPERT: Final = (1, 2, 4, 8, 16, 32, 64, 128)
_MICRO_BATCHES: Final = (1, 2, 4, 8, 16)
#: Tokens below which a context is not split: its pieces would starve the matrix units.
_LEAST_TOKENS_A_RANK: Final = 2048
#: Layers that the fullest stage may hold above its fair share.
_MOST_IMBALANCE: Final = 1.10
#: Before these dates nobody could split sequences along with tensors or recompute
#: selectively, nor use a fused attention kernel (Korthikanti et al. 2022, arXiv:2205.05198;
#: Dao et al. 2022, arXiv:2205.14135).
_SELECTIVE_SINCE: Final = "2022-06"
_FLASH_SINCE: Final = "2022-09"
#: How many times the usual batch a layout may take, or which part of it.
BATCH_TOLERANCE: Final = 1.5
#: Clusters of up to 131,072 accelerators are tried.
MOST_DOUBLINGS: Final = 18
#: A micro-batch of more tokens than this is never faster and multiplies the candidates.
_MOST_TOKENS: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A layout that fits, its step and what it needs; of the cluster it uses ``n_used``."""

    layout: Layout
    n_used: int
    step_s: float
    memory_bytes: float
    global_batch_sequences: int
    recomputed_share: float


def search(
    spec: ModelSpec,
    cluster: Cluster,
    precision: Precision,
    *,
    context_tokens: int,
    global_batch_sequences: int,
    batch_is_stated: bool = True,
    released: str = "",
    merged_dispatch: bool | None = None,
    most: int = 20,
) -> tuple[Placed, ...]:
    """The fastest layouts that fit, best first, at most ``most``.

    Where the batch is not stated, the nearest multiple that the copies divide is taken, as
    long as it stays near the usual one, or as near as any layout that fits allows; and where
    the cluster does not divide well, some accelerators stay idle. Software is that of
    ``released``; ``merged_dispatch`` overrides what was usual for experts then.
    Raises ``InputError`` when nothing fits, with the sizes; ``FactError`` for an
    accelerator without the needed facts.
    """
    chip, n = cluster.accelerator, cluster.n_accelerators
    numbers = step_numbers.chip_numbers(chip, precision)
    counts = [n] if batch_is_stated else _used(n)
    candidates = _candidates(
        spec, counts, domain=int(numbers.domain), context_tokens=context_tokens
    )
    if not candidates.size:
        raise _refused(spec, cluster)
    y = _numbers(candidates, precision, global_batch_sequences, stated=batch_is_stated)
    divides = np.asarray(y.micro_batches >= 1)
    held = memory.memory_numbers(spec, context_tokens)
    most_bytes = memory.usable_bytes(chip)
    merged = merges_dispatch(released) if merged_dispatch is None else merged_dispatch
    y = replace(_as_of(released, y, held, most_bytes), merged_dispatch=float(merged))
    use = np.asarray(memory.memory_use(held, y).total_bytes)
    fits = (use <= most_bytes) & divides
    if not fits.any():
        if not divides.any():
            raise InputError(
                "global_batch_sequences",
                "a batch of {batch} sequences does not divide over {n} accelerators in any layout",
                batch=global_batch_sequences,
                n=n,
            )
        raise _refused(spec, cluster)
    sequences = np.asarray(y.micro_batches * y.micro_batch * y.data)
    if not batch_is_stated:
        away = np.abs(np.log(sequences / global_batch_sequences))
        fits &= away <= max(math.log(BATCH_TOLERANCE), float(away[fits].min()))
    seconds = np.full(len(use), np.inf)
    model = step_numbers.model_numbers(spec, context_tokens)
    of_kinds = search_constants(chip, precision, released=released, merged_dispatch=merged)
    for whole, constants in of_kinds.items():
        took = step_time.step_time(model, numbers, y, constants)
        chosen = (np.asarray(y.fully_sharded) > 0) == whole
        seconds = np.where(chosen, np.asarray(took.total_s), seconds)
    # Batches differ where they are not stated: compare by sequences a second.
    rate = np.where(fits, sequences / seconds, 0.0)
    order = np.argsort(-rate, kind="stable")[:most]
    return tuple(
        _placed(candidates[i], y, i, seconds=float(seconds[i]), used=float(use[i]))
        for i in order
        if fits[i]
    )


def memory_of(
    spec: ModelSpec,
    cluster: Cluster,
    precision: Precision,
    placed: Placed,
    *,
    context_tokens: int,
) -> MemoryUse:
    """Bytes by part on the fullest accelerator of a layout that was found."""
    y = step_numbers.layout_numbers(
        placed.layout,
        precision,
        n_accelerators=placed.n_used,
        global_batch_sequences=placed.global_batch_sequences,
    )
    return memory.arranged(spec, context_tokens, placed.layout, y, cluster.accelerator)[1]


@lru_cache(maxsize=256)
def check_fits(
    spec: ModelSpec, cluster: Cluster, precision: Precision, context_tokens: int
) -> None:
    """Raise ``InputError`` where the model fits on the cluster in no layout, at a
    micro-batch of one sequence with everything recomputed.
    """
    chip, n = cluster.accelerator, cluster.n_accelerators
    domain = facts.find("interconnect", chip.generation, "domain_accelerators")
    if facts.find("accelerators", chip.name, "memory_bytes") is None:
        return  # nothing to judge by; the memory is not shown either
    reach = int(domain.value) if domain else max(_TENSOR)
    rows = _candidates(spec, _used(n), domain=reach, context_tokens=context_tokens)
    y = _numbers(rows, precision, n, stated=False)
    y = replace(y, full_recompute=1.0, scores_recompute=1.0)
    held = memory.memory_numbers(spec, context_tokens)
    use = np.asarray(memory.memory_use(held, y).total_bytes)
    if not (use <= memory.usable_bytes(chip)).any():
        raise _refused(spec, cluster)


@lru_cache(maxsize=256)
def smallest_that_fits(
    spec: ModelSpec, chip: Accelerator, precision: Precision, context_tokens: int
) -> Cluster | None:
    """The smallest power of two of ``chip`` that holds the model with everything recomputed;
    ``None`` where none does. How long it would take is another question.
    """
    for power in range(MOST_DOUBLINGS):
        cluster = Cluster(accelerator=chip, n_accelerators=2**power)
        try:
            check_fits(spec, cluster, precision, context_tokens)
        except InputError:
            continue
        return cluster
    return None


def search_constants(
    chip: Accelerator,
    precision: Precision,
    *,
    released: str = "",
    merged_dispatch: bool = True,
) -> dict[bool, Constants]:
    """The fitted constants of layouts that are fully sharded, and of those that are not.

    Raises ``InputError`` where nothing calibrates the accelerator or number format.
    """
    found = {}
    for whole in (False, True):
        layout = Layout(sharding="zero3" if whole else "zero1", merged_dispatch=merged_dispatch)
        kind = kind_of(chip, precision, layout, released=released)
        found[whole] = constants_for(kind, fitted().values)
    return found


def _as_of(
    released: str, y: LayoutNumbers, held: memory.MemoryNumbers, most_bytes: float
) -> LayoutNumbers:
    """The layouts with what the software of a date could do; empty is today's."""
    if released and released < _FLASH_SINCE:
        y = replace(y, flash=0.0)
    if released and released < _SELECTIVE_SINCE:
        return replace(y, sequence_parallel=0.0, full_recompute=1.0, scores_recompute=1.0)
    return memory.with_recompute_needed(held, y, most_bytes)


def _used(n: int) -> list[int]:
    """How many of a cluster a layout may use: all, or as many as a power of two divides, of
    which at least half; a cluster that divides badly leaves some idle.
    """
    return sorted({n - n % 2**power for power in range(n.bit_length())}, reverse=True)


def _candidates(
    spec: ModelSpec, counts: Iterable[int], *, domain: int, context_tokens: int
) -> NDArray[np.float64]:
    """Rows of (accelerators used, tensor, pipeline, interleave, context, expert, fully
    sharded, micro-batch).
    """
    rows: list[Sequence[int]] = []
    for n in counts:
        rows += _rows_of(spec, n, domain=domain, context_tokens=context_tokens)
    return np.array(rows, dtype=np.float64)


def _rows_of(spec: ModelSpec, n: int, *, domain: int, context_tokens: int) -> list[Sequence[int]]:
    tensors = [t for t in _TENSOR if t <= domain and n % t == 0 and spec.n_heads % t == 0]
    contexts = [
        c for c in _CONTEXT if c == 1 or (context_tokens >= c * _LEAST_TOKENS_A_RANK and n % c == 0)
    ]
    experts = spec.experts.n_experts if spec.experts else 1
    rows: list[Sequence[int]] = []
    for t, p, c in product(tensors, _stages(spec.n_layers, n), contexts):
        if n % (t * p * c):
            continue
        ranks = n // p
        spreads = [e for e in _EXPERT if experts % e == 0 and ranks % e == 0]
        micro = [b for b in _MICRO_BATCHES if b * context_tokens // c <= _MOST_TOKENS] or [1]
        for v, e, whole, b in product(even_interleaves(spec.n_layers, p), spreads, (0, 1), micro):
            if not (whole and p > 1):  # gathering whole stages for every micro-batch never pays
                rows.append((n, t, p, v, c, e, whole, b))
    return rows


def _stages(n_layers: int, n: int) -> Iterable[int]:
    """Pipeline degrees that divide the cluster and leave the stages about equal."""
    for p in range(1, min(n_layers, n) + 1):
        if n % p == 0 and math.ceil(n_layers / p) * p / n_layers <= _MOST_IMBALANCE:
            yield p


def _numbers(
    rows: NDArray[np.float64], precision: Precision, batch: int, *, stated: bool
) -> LayoutNumbers:
    n, t, p, v, c, e, whole, b = rows.T
    data = n / (t * p * c)
    count = batch / (data * b)
    count = (
        np.where(count == np.floor(count), count, 0) if stated else np.maximum(np.round(count), 1)
    )
    one, zero = np.ones_like(t), np.zeros_like(t)
    single = Layout(sharding="zero1", recompute="none")
    base = step_numbers.layout_numbers(
        single, precision, n_accelerators=1, global_batch_sequences=1
    )
    return replace(
        base,
        n_accelerators=n,
        tensor=t,
        pipeline=p,
        interleave=v,
        context=c,
        expert=e,
        data=data,
        micro_batch=b,
        micro_batches=count,
        fully_sharded=whole,
        gathers=2 + whole,
        sharded=one,
        full_recompute=zero,
        scores_recompute=zero,
    )


def _placed(
    row: NDArray[np.float64], y: LayoutNumbers, i: int, *, seconds: float, used: float
) -> Placed:
    n, t, p, v, c, e, whole, b = (int(value) for value in row)
    count = int(np.asarray(y.micro_batches)[i])
    data = int(np.asarray(y.data)[i])
    return Placed(
        layout=Layout(
            tensor=t,
            pipeline=p,
            interleave=v,
            context=c,
            expert=e,
            sharding="zero3" if whole else "zero1",
            recompute="needed",
            micro_batch=b,
        ),
        n_used=n,
        step_s=seconds,
        memory_bytes=used,
        global_batch_sequences=count * data * b,
        recomputed_share=float(np.broadcast_to(y.full_recompute, np.shape(y.tensor))[i]),
    )


def _refused(spec: ModelSpec, cluster: Cluster) -> InputError:
    return InputError(
        "n_accelerators",
        "{model} does not fit on {n} of {chip} in any layout; take more of them, or ones "
        "with more memory",
        model=spec.name,
        n=cluster.n_accelerators,
        chip=cluster.accelerator.name,
    )
