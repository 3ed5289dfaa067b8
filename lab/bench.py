"""What the device reaches at its best: the ceilings that MFU and bandwidth are held against.

Each figure is the best and the median of repeats after a warm-up, by device events on a
GPU. A single size misleads: the best of several is the ceiling.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lab.clock import clock_for

#: fp16 on a CPU is emulated, a hundred times slower: a benchmark of it takes minutes.
_CPU_PRECISIONS: Final = ("fp32", "bf16")
_GPU_PRECISIONS: Final = ("fp32", "tf32", "bf16", "fp16")
_SIZES: Final = {"cpu": (512, 704, 1024), "cuda": (4096, 8192, 12288)}
_DTYPES: Final = {
    "fp32": torch.float32,
    "tf32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}
_REPEATS: Final = 5
_COPY_BYTES: Final = {"cpu": 256 << 20, "cuda": 4 << 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """A rate that the device reached: ``best``, and the ``sustained`` median of repeats.

    ``unit`` is ``flop_per_s`` or ``byte_per_s``; ``at`` says with which size.
    """

    name: str
    unit: str
    best: float
    sustained: float
    at: str
    precision: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The fields of ``assay lab bench --json``."""
        return {
            "name": self.name,
            "precision": self.precision,
            "unit": self.unit,
            "best": self.best,
            "sustained": self.sustained,
            "at": self.at,
        }


def precisions(device: torch.device) -> tuple[str, ...]:
    """The formats whose matrix products the device has in hardware and torch can run."""
    if device.type != "cuda":
        return _CPU_PRECISIONS
    major, _ = torch.cuda.get_device_capability(device)
    return _GPU_PRECISIONS if major >= 8 else ("fp32", "fp16")


def matmul(
    device: torch.device,
    precision: str,
    *,
    seconds: float = 1.0,
    sizes: Sequence[int] | None = None,
) -> Ceiling:
    """Square matrix products: 2 n^3 FLOP each; the best size counts."""
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    try:
        found = []
        wanted = sizes or _SIZES[device.type]
        for n in wanted:
            a, b = (torch.randn(n, n, device=device).to(_DTYPES[precision]) for _ in range(2))
            out = torch.empty(n, n, device=device, dtype=_DTYPES[precision])

            def product(a: Tensor = a, b: Tensor = b, out: Tensor = out) -> None:
                torch.mm(a, b, out=out)

            rates = _rates(device, product, 2.0 * n**3, seconds / len(wanted))
            found.append((max(rates), float(np.median(rates)), n))
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before
    best = max(found)
    return Ceiling(
        name="matmul",
        precision=precision,
        unit="flop_per_s",
        best=best[0],
        sustained=max(median for _, median, _ in found),
        at=f"n={best[2]}",
    )


def memory_bandwidth(device: torch.device, *, seconds: float = 1.0) -> Ceiling:
    """Copying a large block: each byte is read once and written once."""
    n = _COPY_BYTES[device.type] // 4
    source = torch.ones(n, device=device)
    target = torch.empty_like(source)
    rates = _rates(device, lambda: target.copy_(source), 8.0 * n, seconds)
    return _ceiling("memory copy", "byte_per_s", rates, f"{4 * n >> 20} MiB")


def attention(device: torch.device, precision: str, *, seconds: float = 1.0) -> Ceiling:
    """Causal attention, forward: 2 h s^2 (d + d) / 2 FLOP of the lower half of the square."""
    batch, heads, length, width = (4, 8, 256, 64) if device.type == "cpu" else (4, 16, 4096, 128)
    q, k, v = (
        torch.randn(batch, heads, length, width, device=device, dtype=_DTYPES[precision])
        for _ in range(3)
    )

    def run() -> None:
        with torch.no_grad():
            functional.scaled_dot_product_attention(q, k, v, is_causal=True)

    flop = 2.0 * batch * heads * length**2 * width
    return _ceiling(
        "attention", "flop_per_s", _rates(device, run, flop, seconds), f"s={length}", precision
    )


def host_to_device(device: torch.device, *, seconds: float = 1.0) -> Ceiling | None:
    """Copying from pinned host memory; ``None`` on a CPU, which has nowhere to copy to."""
    if device.type != "cuda":
        return None
    n = 256 << 20
    source = torch.empty(n, dtype=torch.uint8, pin_memory=True)
    target = torch.empty(n, dtype=torch.uint8, device=device)
    rates = _rates(device, lambda: target.copy_(source, non_blocking=True), float(n), seconds)
    return _ceiling("host to device", "byte_per_s", rates, f"{n >> 20} MiB")


def all_reduce(device: torch.device, world: int, *, seconds: float = 1.0) -> Ceiling:
    """Bus bandwidth of an all-reduce between ``world`` ranks: ``2 (w - 1) / w`` bytes moved
    per byte reduced. To be called by every rank.

    Source: NVIDIA nccl-tests, PERFORMANCE.md, bus bandwidth.
    """
    import torch.distributed as dist

    n = (64 << 20) if device.type == "cuda" else (8 << 20)
    block = torch.ones(n // 4, device=device)
    moved = 2.0 * (world - 1) / world * n
    # A fixed count: ranks that stop by their own clocks would wait for each other for ever.
    rounds = 50 if device.type == "cuda" else 10
    rates = _rates(device, lambda: dist.all_reduce(block), moved, seconds, calls=rounds)
    return _ceiling("all-reduce", "byte_per_s", rates, f"{n >> 20} MiB, {world} ranks")


def every(device: torch.device, *, seconds: float = 1.0) -> list[Ceiling]:
    """All ceilings of one device, about ``seconds`` for each."""
    found: list[Ceiling | None] = [
        matmul(device, precision, seconds=seconds) for precision in precisions(device)
    ]
    found.append(memory_bandwidth(device, seconds=seconds))
    best = "bf16" if "bf16" in precisions(device) else "fp16"
    found.append(attention(device, "fp32" if device.type == "cpu" else best, seconds=seconds))
    found.append(host_to_device(device, seconds=seconds))
    return [ceiling for ceiling in found if ceiling is not None]


def _ceiling(
    name: str, unit: str, rates: Sequence[float], at: str, precision: str | None = None
) -> Ceiling:
    return Ceiling(
        name=name,
        unit=unit,
        best=max(rates),
        sustained=float(np.median(rates)),
        at=at,
        precision=precision,
    )


def _rates(
    device: torch.device,
    call: Callable[[], object],
    amount: float,
    seconds: float,
    *,
    calls: int | None = None,
) -> list[float]:
    """Amount per second in each of some repeats, each long enough to time; warmed up first."""
    nothing = torch.zeros(())
    clock = clock_for(device)
    clock.start()
    call()
    clock.end(nothing)
    once = max(clock.finished(wait=True)[0][0], 1e-6)
    if calls is None:
        clock.start()
        call()
        clock.end(nothing)
        once = max(clock.finished(wait=True)[0][0], 1e-6)
        calls = max(1, int(seconds / _REPEATS / once))
    rates = []
    until = time.monotonic() + 4 * seconds
    for _ in range(_REPEATS):
        clock.start()
        for _ in range(calls):
            call()
        clock.end(nothing)
        took = clock.finished(wait=True)[0][0]
        rates.append(amount * calls / took)
        if time.monotonic() > until:
            break
    return rates
