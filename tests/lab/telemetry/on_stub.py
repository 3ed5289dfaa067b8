"""What the tests of telemetry run in a process on the driver stub; each returns JSON."""

import math
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final

from lab.telemetry import report
from lab.telemetry.energy import EnergyWindow
from lab.telemetry.readings import GpuReading, throttled_between
from lab.telemetry.sampler import Sampler
from lab.telemetry.source import open_source, visible_indices
from tests.nvml import Controls

#: Load as a function of seconds, for the devices of an energy test in turn.
PATTERNS: Final[dict[str, Callable[[float, random.Random], float]]] = {
    "steady": lambda t, rng: 0.7,
    "square 1.5 Hz": lambda t, rng: 1.0 if int(t / 0.33) % 2 else 0.1,
    "square 3 Hz": lambda t, rng: 0.95 if int(t / 0.165) % 2 else 0.05,
    "wave": lambda t, rng: 0.5 + 0.45 * math.sin(7 * t),
    "step": lambda t, rng: 0.9 if t > 0.777 else 0.0,
    "noise": lambda t, rng: rng.random(),
}

NO_ENERGY: Final[dict[str, object]] = {
    "UNSUPPORTED": "nvmlDeviceGetTotalEnergyConsumption",
    "FIELD_UNSUPPORTED": "83,191",
}
#: What the stub is asked for in an energy test: the counter's steps in ms, what goes wrong.
SCENES: Final[dict[str, dict[str, object]]] = {
    "no steps": {"ENERGY_STEP_MS": 0},
    "20 ms": {"ENERGY_STEP_MS": 20},
    "100 ms": {"ENERGY_STEP_MS": 100},
    "200 ms": {"ENERGY_STEP_MS": 200},
    "slow driver": {"ENERGY_STEP_MS": 100, "SLOW_US": 500, "GPUS": 2},
    "no counter": NO_ENERGY,
    "counter reset": {"ENERGY_RESET_MS": 1500},
    "lost": {"LOST_AFTER": "200:1"},
}


def devices() -> Any:
    """What ``assay lab devices --json`` prints."""
    source = open_source()
    found = report.devices_json(source)
    source.close()
    return found


def readings(n: int = 1) -> Any:
    """``n`` rounds of readings a manual second apart, and what there is to say."""
    source, stub = open_source(), Controls()
    rounds = []
    for tick in range(n):
        rounds.append([reading.as_json() for reading in source.read(float(tick))])
        stub.advance(1.0)
    return {
        "rounds": rounds,
        "state": source.state.kind,
        "missing": [[m.index, m.metric, m.why] for m in source.missing],
        "notes": [str(note) for note in report.notes(source)],
        "power_kind": source.power_kind(0),
    }


def losses(n_gpus: int, gpu: int, n_reads: int) -> Any:
    """Every scene in which ``gpu`` answers N queries and no more, for N from 1 up."""
    scenes: list[Any] = []
    os.environ["NVML_STUB_GPUS"] = str(n_gpus)
    n_calls = 0
    while not scenes or scenes[-1]["lost"]:
        n_calls += 1
        os.environ["NVML_STUB_LOST_AFTER"] = f"{n_calls}:{gpu}"
        source = open_source()
        rounds = [[r.index for r in source.read(float(t))] for t in range(n_reads)]
        point = source.power_point(gpu)
        state = source.state
        shown = report.devices_json(source)
        source.close()
        scenes.append(
            {
                "rounds": rounds,
                "has_point": point is not None and point.power_w is not None,
                "state": state.kind,
                "lost": list(state.lost_at_s),
                "n_messages": len(state.messages),
                "devices": [device["index"] for device in shown["devices"]],
            }
        )
    return scenes


def throttled() -> Any:
    """Eight seconds, three of them loaded and throttled: the flag at the end is gone."""
    source, stub = open_source(), Controls()
    (first,) = source.read(0.0)
    stub.advance(3.0)
    (loaded,) = source.read(3.0)
    stub.set_load(0, 0.2)
    stub.advance(5.0)
    (last,) = source.read(8.0)
    return {
        "loaded": loaded.throttle_reasons,
        "last": last.throttle_reasons,
        "between": throttled_between(first, last),
    }


def two_users() -> Any:
    """Two sources share NVML: closing one, and again, leaves the other be."""
    import pynvml

    one, two = open_source(), open_source()
    one.close()
    one.close()
    read = [len(one.read(0.0)), len(two.read(0.0))]
    two.close()
    try:
        pynvml.nvmlDeviceGetCount()
        left_open = True
    except pynvml.NVMLError:
        left_open = False
    return {"read": read, "left_open": left_open, "state": two.state.kind}


def chosen(settings: list[str | None]) -> Any:
    """The devices that each ``CUDA_VISIBLE_DEVICES`` chooses; ``None`` is unset."""
    source = open_source()
    return [
        visible_indices(source, {} if text is None else {"CUDA_VISIBLE_DEVICES": text})
        for text in settings
    ]


def named(names: list[str]) -> Any:
    """The device that each name means."""
    source = open_source()
    return [source.device_for(name) for name in names]


def sampled(hz: float, seconds: float, n_threads: int = 0) -> Any:
    """What a sampler took in ``seconds``."""
    source = open_source()
    rounds: list[list[GpuReading]] = []
    hosts: list[Any] = []

    def take(found: Any, host: Any) -> None:
        rounds.append(list(found))
        hosts.append(None if host is None else host.as_json())

    with Sampler(source, hz=hz, on_readings=take) as sampler:
        time.sleep(seconds)
    state = sampler.state
    return {
        "n_by_device": [sum(r.index == i for found in rounds for r in found) for i in range(2)],
        "n_rounds": len(rounds),
        "n_missed": state.n_missed,
        "n_failed": state.n_failed,
        "hosts": [host for host in hosts if host is not None],
        "state": source.state.kind,
    }


def windows(seconds: float, seed: int) -> Any:
    """One window over every pattern at once, with a 10 Hz sampler going on beside it."""
    source, stub, rng = open_source(), Controls(), random.Random(seed)
    gpus = range(len(source.devices()))
    patterns = list(PATTERNS.items())
    over = threading.Event()
    began = time.monotonic()

    def change() -> None:
        while not over.wait(0.005 * rng.uniform(0.5, 1.5)):
            for gpu in gpus:
                stub.set_load(gpu, patterns[gpu][1](time.monotonic() - began, rng))

    changing = threading.Thread(target=change)
    changing.start()
    window = EnergyWindow(source)
    with Sampler(source, hz=10, on_readings=lambda found, host: None):
        time.sleep(rng.uniform(0.1, 0.4))
        marks = [time.monotonic()]
        before = [stub.true_j(gpu) for gpu in gpus]
        window.start()
        marks.append(time.monotonic())
        time.sleep(seconds)
        marks.append(time.monotonic())
        window.end()
        after = [stub.true_j(gpu) for gpu in gpus]
        marks.append(time.monotonic())
        results = window.results()
    over.set()
    changing.join()
    source.close()
    return {
        # The true figures are read a moment outside the window.
        "outside_s": marks[1] - marks[0] + marks[3] - marks[2],
        "devices": [
            {
                "pattern": patterns[gpu][0],
                "true_j": after[gpu] - before[gpu],
                "energy": None if (energy := results[gpu]) is None else asdict(energy),
            }
            for gpu in gpus
        ],
    }


def sampling_cost() -> list[float]:
    """Quartiles of the share that a step takes longer while two devices are sampled."""
    import numpy as np
    import torch

    from tests.lab_bench import SMALL, gpt_task, median_s, step_of

    torch.set_num_threads(os.cpu_count() or 1)
    step = step_of(gpt_task(SMALL))
    source = open_source()
    pairs = []
    assert len(source.devices()) == 2
    for _ in range(24):
        before = median_s(step, 20)
        with Sampler(source, hz=10, on_readings=lambda readings, host: None):
            sampled = median_s(step, 40)
        # The machine's drift is the same on both sides.
        pairs.append(2 * sampled / (before + median_s(step, 20)) - 1)
    source.close()
    return [float(x) for x in np.quantile(pairs, (0.25, 0.5, 0.75))]


def reading_cost() -> float:
    """Seconds of CPU that one round of readings of two devices takes."""
    source = open_source()
    began = time.thread_time()
    for tick in range(200):
        source.read(float(tick))
    took = time.thread_time() - began
    source.close()
    return took / 200
