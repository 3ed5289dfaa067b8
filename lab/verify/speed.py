"""How fast a checkpoint answers on this machine: latency, throughput and memory by batch."""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import torch

from lab import devices
from lab.telemetry.host import ContentionMeter
from lab.verify.loaded import LanguageModel

_WARM_UP: Final = 2
_REPEATS: Final = 7
_MOST_S: Final = 20.0
_PROMPT_TOKENS: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """One batch size: a prompt of ``prompt_tokens`` read by ``batch`` sequences at once.

    Latency is the median with the fastest and slowest repeat; memory is the process's.
    """

    batch: int
    prompt_tokens: int
    latency_s: float
    fastest_s: float
    slowest_s: float
    tokens_per_s: float
    memory_bytes: int


def measure(
    folder: Path, batches: Sequence[int], *, tell: Callable[[float], None] = lambda _: None
) -> dict[str, Any]:
    """Latency, throughput and memory of reading a prompt, for ``assay lab verify --json``."""
    model = LanguageModel(folder)
    length = max(2, min(_PROMPT_TOKENS, model.context_tokens - 1))
    meter = ContentionMeter()
    found = []
    with torch.inference_mode():
        for place, batch in enumerate(batches):
            found.append(_at(model, batch, length))
            tell((place + 1) / len(batches))
    return {
        "device": devices.name_of(torch.device("cpu")),
        "threads": torch.get_num_threads(),
        "contention": meter.share(),
        "rows": [
            {name: getattr(one, name) for name in Speed.__dataclass_fields__} for one in found
        ],
    }


def _at(model: LanguageModel, batch: int, length: int) -> Speed:
    rng = torch.Generator().manual_seed(0)
    ids = torch.randint(0, max(2, model.vocab_size), (batch, length), generator=rng)
    times: list[float] = []
    until = time.perf_counter() + _MOST_S
    for repeat in range(_WARM_UP + _REPEATS):
        began = time.perf_counter()
        model.logits(ids)
        took = time.perf_counter() - began
        if repeat >= _WARM_UP:
            times.append(took)
        if time.perf_counter() > until and times:
            break
    median = statistics.median(times)
    return Speed(
        batch=batch,
        prompt_tokens=length,
        latency_s=median,
        fastest_s=min(times),
        slowest_s=max(times),
        tokens_per_s=batch * length / median,
        memory_bytes=int(psutil.Process(os.getpid()).memory_info().rss),
    )
