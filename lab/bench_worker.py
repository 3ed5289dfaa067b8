"""The process that measures the ceilings: ``python -m lab.bench_worker``, one JSON object."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import torch

from costmodel.messages import InputError
from lab import bench, devices, distributed
from lab.runs import message_to_json
from lab.telemetry.host import ContentionMeter


def main(arguments: list[str]) -> int:
    """Measure and print; with several ranks, the first also measures the link."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=True))
    seconds = float(options["--seconds"])
    rank, world, local = distributed.place()
    try:
        device = devices.chosen(options["--device"], world=world, local_rank=local)
    except InputError as error:
        if rank == 0:
            refused = {"refused": message_to_json(error.message), "field": error.field}
            print(json.dumps(refused))  # noqa: T201 -- its answer
        return 0
    if device.type == "cpu":
        torch.set_num_threads(distributed.threads(None, world))
    else:
        torch.cuda.set_device(device)
    meter = ContentionMeter(distributed.job_pid(world))
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
    chip = devices.chip_of(device)
    peaks = {}
    for ceiling in found:
        key = ceiling.precision
        if chip is not None and key is not None and chip.has_peak(key):  # type: ignore[arg-type]
            fact = chip.peak(key)  # type: ignore[arg-type]
            peaks[key] = {"flop_per_s": fact.value, "source": fact.source}
    return {
        "device": devices.name_of(device),
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
