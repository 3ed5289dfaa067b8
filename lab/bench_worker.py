"""The process that measures the ceilings: ``python -m lab.bench_worker``, one JSON object."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import torch

from lab import bench, distributed
from lab.session import chip_of, cpu_name
from lab.telemetry.host import ContentionMeter


def main(arguments: list[str]) -> int:
    """Measure and print; with several ranks, the first also measures the link."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    seconds = float(options["--seconds"])
    rank, world, local = distributed.place()
    cuda = torch.cuda.is_available() and options["--device"] != "cpu"
    device = torch.device("cuda", local) if cuda else torch.device("cpu")
    if not cuda:
        torch.set_num_threads(distributed.threads(None, world))
    meter = ContentionMeter()
    found = []
    if world > 1:
        distributed.join(device)
        try:
            link = bench.all_reduce(device, world, seconds=seconds)
        finally:
            distributed.leave()
        if rank != 0:
            return 0
        found.append(link)
    else:
        found += bench.every(device, seconds=seconds)
    print(json.dumps(_report(device, world, found, meter.share())))  # noqa: T201 -- its answer
    return 0


def _report(
    device: torch.device, world: int, found: list[bench.Ceiling], contention: float | None
) -> dict[str, Any]:
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else cpu_name()
    chip = chip_of(device)
    peaks = {}
    for ceiling in found:
        key = ceiling.precision
        if chip is not None and key is not None and chip.has_peak(key):  # type: ignore[arg-type]
            fact = chip.peak(key)  # type: ignore[arg-type]
            peaks[key] = {"flop_per_s": fact.value, "source": fact.source}
    return {
        "device": name,
        "device_kind": device.type,
        "chip": None if chip is None else chip.name,
        "n_devices": world,
        "threads": torch.get_num_threads() if device.type == "cpu" else None,
        "torch": str(torch.__version__),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "contention": contention,
        "ceilings": [ceiling.as_json() for ceiling in found],
        "datasheet_peaks": peaks,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
