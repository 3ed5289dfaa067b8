"""The figures of the lab on this machine: ``make bench-lab``, or ``python -m tests.lab_bench
NAME ...`` for some of them.

Speeds are ratios of two programs that take turns in one process; scores are of runs through
``assay lab train``. Each line has the bar, and the share of CPU that other processes took.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import torch

from lab import config as configs
from lab.task import Setting, Task
from lab.telemetry.host import ContentionMeter
from tests import nano_gpt, nvml
from tests.browser import ASSAY
from tests.lab.telemetry import on_stub

SMALL: Final = {"n_layers": 4, "d_model": 128, "n_heads": 4, "context_tokens": 64}
_LARGE: Final = {"n_layers": 8, "d_model": 512, "n_heads": 8, "context_tokens": 256}


def main(names: list[str]) -> int:
    """Print a line for each figure."""
    meter = ContentionMeter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ASSAY_RUNS"] = folder
        for name, measure in FIGURES.items():
            if names and name not in names:
                continue
            meter.start()
            for line in measure():
                share = meter.share() if line.others is None else line.others
                others = "" if share is None else f"others {share:4.0%}"
                print(
                    f"{name:12} {line.what:58} {line.reached:>30}   {line.bar:26} {others}",
                    flush=True,
                )
    return 0


class Line(NamedTuple):
    """A figure and its bar; ``others`` is the share of CPU that other processes took from the
    run itself, where that is known.
    """

    what: str
    reached: str
    bar: str
    others: float | None = None


def speed_small() -> Iterator[Line]:
    """Training steps of 0.8M parameters, fp32, in both shapes."""
    yield from _against_nano(SMALL, batch=12, precision="fp32", steps=12, rounds=40)


def speed_large() -> Iterator[Line]:
    """Training steps of 25M parameters, bf16."""
    yield from _against_nano(_LARGE, batch=4, precision="bf16", steps=2, rounds=12)


def _against_nano(
    shape: dict[str, int], *, batch: int, precision: str, steps: int, rounds: int
) -> Iterator[Line]:
    torch.set_num_threads(os.cpu_count() or 1)
    options = {**shape, "batch_size": batch, "precision": precision}
    tasks = {kind: gpt_task({**options, "shape": kind}) for kind in ("gpt2", "llama")}
    programs = {kind: step_of(task) for kind, task in tasks.items()}
    text = tasks["gpt2"].train_ids.astype(np.uint16)  # type: ignore[attr-defined]
    vocab = tasks["gpt2"].tokenizer.vocab_size  # type: ignore[attr-defined]
    programs["nano"] = nano_gpt.stepper(
        text,
        batch=batch,
        context=shape["context_tokens"],
        bf16=precision == "bf16",
        vocab=vocab,
        width=shape["d_model"],
        n_layers=shape["n_layers"],
        n_heads=shape["n_heads"],
    )
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, step in programs.items():
            step()
            took = []
            for _ in range(steps):
                began = time.perf_counter()
                step()
                took.append(time.perf_counter() - began)
            times[name].append(float(np.median(took)))
    tokens = batch * shape["context_tokens"]
    for name in ("gpt2", "llama"):
        ratios = np.array(times["nano"]) / np.array(times[name])
        rate = tokens / min(times[name])
        low, high = np.quantile(ratios, (0.25, 0.75))
        reached = f"{np.median(ratios):.2f}x ({low:.2f}-{high:.2f})"
        what = f"{name} {precision}: {rate:,.0f} tokens/s against nanoGPT"
        yield Line(what, reached, "at least 1.0x")


def flop() -> Iterator[Line]:
    """FLOP of a step: closed form (whole attention square) against torch's counter."""
    from costmodel.workload import flops, hf_config
    from lab.models.flop import counted

    for shape in ("gpt2", "llama"):
        for length in (64, 128, 256):
            options = {**SMALL, "context_tokens": length, "shape": shape, "batch_size": 4}
            task = gpt_task(options)
            net = task.net

            def step(task: Task = task, net: Any = net) -> None:
                net(*task.batch(0)).backward()

            seen = counted(step)
            spec = hf_config.parse(json.dumps(task.hf).encode(), name="lab")  # type: ignore[attr-defined]
            per_token = 6 * flops.parameter_count(spec).multiplied + flops.attention_flop_per_token(
                spec, context_tokens=length, causal=False
            )
            off = per_token * 4 * length / seen - 1
            what = f"{shape} T={length}: closed form against counter"
            yield Line(what, f"{off:+.1%}", "within 3%")


def sampling() -> Iterator[Line]:
    """What sampling the two devices of the driver stub at 10 Hz costs a training step."""
    low, middle, high = nvml.run(on_stub.sampling_cost, GPUS=2)
    reached = f"{middle:+.1%} ({low:+.1%} to {high:+.1%})"
    yield Line("sampling at 10 Hz, cost to the step", reached, "under 1%")
    # The ratio swings by more than the bar; no step waits for the sampler longer than this.
    round_s = nvml.run(on_stub.reading_cost, GPUS=2)
    what = f"the sampler's own CPU: {1000 * round_s:.2f} ms a round"
    yield Line(what, f"{10 * round_s:.1%} of a core", "under 1%")


def energy() -> Iterator[Line]:
    """Energy of two seconds under loads that change, on the driver stub, which knows the truth."""
    for scene in list(on_stub.SCENES)[:-1]:
        asked: dict[str, Any] = {"GPUS": len(on_stub.PATTERNS)} | on_stub.SCENES[scene]
        off, bound, inside = {}, [], []
        for device in nvml.run(on_stub.windows, 2.0, 0, **asked)["devices"]:
            found, true_j = device["energy"], device["true_j"]
            off[device["pattern"]] = abs(found["joules"] / true_j - 1)
            bound.append(found["error_j"] / true_j)
            inside.append(abs(found["joules"] - true_j) <= found["error_j"])
        worst = max(off, key=lambda pattern: off[pattern])
        reached = f"worst {off[worst]:.2%} ({worst})"
        said = f"{sum(inside)} of {len(inside)} in their bounds of {max(bound):.1%} at most"
        yield Line(f"{scene}: {said}", reached, "within 2%, in its bound")


def runs() -> Iterator[Line]:
    """The workloads as a user starts them."""
    for workload, options, bars in RUNS:
        result = _train(workload, options)
        metrics, baseline = result["metrics"], result["baseline"]
        for metric, bar in bars.items():
            beside = baseline.get(metric)
            what = f"{' '.join((workload, *options))}: {metric}, {result['elapsed_s']:.0f} s"
            reached = f"{metrics[metric]:.3f}"
            if beside is not None:
                reached += f" (baseline {beside:.3f})"
            yield Line(what, reached, bar, result["contention"])
        if result["samples_per_s"] is not None:
            rate = f"{result['samples_per_s']:,.0f}"
            yield Line(f"{workload}: samples/s", rate, "", result["contention"])


#: (workload, options, bar by metric)
RUNS: Final[tuple[tuple[str, tuple[str, ...], dict[str, str]], ...]] = (
    ("mlp", (), {"accuracy": "at least 0.97"}),
    ("cnn", (), {"accuracy": "at least 0.98"}),
    ("lstm", (), {"accuracy": "at least 0.95"}),
    ("gan", (), {"score": "at least 5.9 (real 9.1)", "modes": "10 of 10"}),
    (
        "cnn",
        ("--data", "fashion-mnist", "--steps", "2812", "--no-augment"),
        {"accuracy": "at least 0.892, 4,000/s"},
    ),
    (
        "bert-sentiment",
        ("--minutes", "1"),
        {"accuracy": "at least 0.81", "auc": "at least 0.88"},
    ),
    ("seq2seq", ("--minutes", "1"), {"bleu": "beat the baseline", "chrf": "beat the baseline"}),
)


def start() -> Iterator[Line]:
    """From the start of a run to its first step in the event file."""
    from lab import launch
    from lab import runs as folders

    for workload in ("gpt", "bert-sentiment", "cnn"):
        began = time.monotonic()
        folder = launch.start(configs.make(workload, {"minutes": 0.2}))
        while folders.load(folder).step == 0:
            time.sleep(0.02)
        took = time.monotonic() - began
        launch.stop(folder, now=True)
        what = f"{workload}: start to first step on disk"
        yield Line(what, f"{took:.1f} s", "at most 4 s on the page")


def calibration() -> Iterator[Line]:
    """Tokens per second of sizes that were held out."""
    from lab import calibrate

    found, _ = calibrate.measure(minutes=2.5)
    errors = [f"{error:+.0%}" for error in found.left_out_errors]
    worst = max(abs(error) for error in found.left_out_errors)
    what = f"each size left out: {' '.join(errors)}"
    yield Line(what, f"worst {worst:.0%}", "", found.contention)
    held_out = {"n_layers": 5, "d_model": 224, "n_heads": 7, "context_tokens": 96}
    result = _train("gpt", tuple(_options({**held_out, "batch_size": 8, "minutes": 0.3})))
    content = (
        Path(os.environ["ASSAY_RUNS"]) / result["run_id"] / "model" / "config.json"
    ).read_bytes()
    from costmodel.workload import hf_config

    guess = found.predict(
        hf_config.parse(content, name="held out"), context_tokens=96, tokens_per_step=8 * 96
    )
    measured = 8 * 96 / (result["step_ms"]["p50"] / 1000)
    low, high = guess.low_80_tokens_per_s, guess.high_80_tokens_per_s
    yield Line(
        f"a new size: {guess.tokens_per_s:,.0f} ({low:,.0f}-{high:,.0f}) tokens/s",
        f"{guess.tokens_per_s / measured - 1:+.0%} of {measured:,.0f}",
        "within 15%, interval holds",
        result["contention"],
    )


FIGURES: Final[dict[str, Callable[[], Iterator[Line]]]] = {
    "speed-small": speed_small,
    "speed-large": speed_large,
    "flop": flop,
    "sampling": sampling,
    "energy": energy,
    "start": start,
    "calibration": calibration,
    "runs": runs,
}


def gpt_task(options: dict[str, Any]) -> Task:
    config = configs.make("gpt", options)
    precision = "fp32" if config.precision == "auto" else config.precision
    torch.manual_seed(0)
    return config.info.make(config, Setting(device=torch.device("cpu"), precision=precision))


def step_of(task: Task) -> Callable[[], object]:
    optimisers = task.optimisers()
    task.net.train()
    taken = 0

    def step() -> float:
        nonlocal taken
        taken += 1
        return float(task.update(task.net, optimisers, taken, 1e-3))

    return step


def median_s(step: Callable[[], object], n: int) -> float:
    took = []
    for _ in range(n):
        began = time.perf_counter()
        step()
        took.append(time.perf_counter() - began)
    return float(np.median(took))


def _options(given: dict[str, Any]) -> list[str]:
    return [word for name, v in given.items() for word in (f"--{name.replace('_', '-')}", str(v))]


def _train(workload: str, options: tuple[str, ...]) -> dict[str, Any]:
    done = subprocess.run(
        [ASSAY, "lab", "train", workload, *options, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-800:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
