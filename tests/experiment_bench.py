"""The figures of the experiments on this machine: ``python -m tests.experiment_bench [NAME ...]``.

Each runs as a job with its defaults. A line has what was reached, its bar, and the share of
CPU that other processes took; the bar of five minutes is for a machine of one's own.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from lab import jobs
from lab.experiments.registry import EXPERIMENTS

_MOST_S: Final = 300.0
_MOST_FORECAST_ERROR: Final = 0.15


class Line(NamedTuple):
    """A figure and its bar."""

    what: str
    reached: str
    bar: str = ""


def main(names: list[str]) -> int:
    """Print a line for each figure; 1 where an experiment failed."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ASSAY_RUNS"] = folder
        for name in names or list(FIGURES):
            job = run(name)
            if job.state != "done" or job.result is None:
                print(f"{name:14} {job.state}: {job.why}", flush=True)
                failed = 1
                continue
            share = job.result["machine"]["contention"]
            others = "" if share is None else f"others {share:4.0%}"
            taken = Line("time taken", f"{job.elapsed_s:.0f} s", f"at most {_MOST_S:.0f} s")
            for line in (taken, *FIGURES[name](job.result)):
                print(f"{name:14} {line.what:46} {line.reached:>34}   {line.bar:22} {others}")
            sys.stdout.flush()
    return failed


def run(name: str) -> jobs.Job:
    """The experiment as a job, to its end."""
    folder = jobs.create("experiment", {"name": name, "options": {}}, name=name)
    process = jobs.spawn(folder, attached=True)
    *_, last = jobs.follow(folder, process)
    return last


def compression(result: Mapping[str, Any]) -> Iterator[Line]:
    """Size, speed and accuracy of each kind."""
    for row in result["rows"]:
        if row["kind_of"] != "fp32" and not row["tuned"]:
            share = "" if row["share"] is None else f" {row['share']:.0%}"
            change = 100 * row["accuracy_change"]["value"]
            yield Line(
                f"{row['kind_of']}{share}: smaller, faster at 32, accuracy",
                f"{row['size_ratio']:.2f}x {_shown(row['speedup_32'])}x {change:+.1f} pt",
            )


def data_parallel(result: Mapping[str, Any]) -> Iterator[Line]:
    """Efficiency measured and foretold."""
    for row in result["rows"]:
        if row["kind_of"] in ("ddp", "fsdp"):
            what = f"{row['kind_of']}, {row['processes']} processes"
            yield Line(f"{what}: efficiency", _shown(row["efficiency"]))
            bar = f"within {_MOST_FORECAST_ERROR:.0%}" if row["kind_of"] == "ddp" else ""
            foretold = f"{_shown(row['predicted_efficiency'])}, {row['error']:+.1%}"
            yield Line(f"{what}: foretold, error", foretold, bar)
            yield Line(f"{what}: share of communication", _shown(row["communication_share"]))
    yield Line("replicas equal", str(result["replicas_equal"]))


def federated(result: Mapping[str, Any]) -> Iterator[Line]:
    """The loss against central training, fewest and most clients."""
    yield Line("central accuracy", _shown(result["rows"][0]["accuracy"]))
    for row in result["rows"]:
        if row["method"] == "fedavg" and row["clients"] in (10, 50):
            yield Line(f"{row['clients']} clients, {row['skewed_by']}: lost", _shown(row["gap"]))


def privacy(result: Mapping[str, Any]) -> Iterator[Line]:
    """Accuracy against epsilon, and the slowdown."""
    for row in result["rows"]:
        at = "none" if row["epsilon"] is None else f"{row['epsilon']:.2f}"
        yield Line(f"{row['model']}, epsilon {at}: accuracy", _shown(row["accuracy"]))
    for row in {row["model"]: row for row in result["rows"]}.values():
        yield Line(f"{row['model']}: times slower a step", _shown(row["slowdown"]))


def scaling_sweep(result: Mapping[str, Any]) -> Iterator[Line]:
    """The slope, and the largest size foretold."""
    fit = result["fit"]
    yield Line("exponent", _shown(fit["all"]["slope"]))
    yield Line("R squared", f"{fit['all']['r_squared']:.3f}")
    yield Line("largest size: foretold", _shown(fit["predicted_largest"]))
    yield Line(
        "largest size: measured, error", f"{fit['measured_largest']:.3f} {fit['error']:+.1%}"
    )
    yield Line("irreducible loss", str(fit["floor"]["value"]))


def _shown(value: Mapping[str, Any]) -> str:
    if value["low"] is None:
        return f"{value['value']:.3g}"
    return f"{value['value']:.3g} ({value['low']:.3g} to {value['high']:.3g})"


FIGURES: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[Line]]]] = {
    "compression": compression,
    "data_parallel": data_parallel,
    "federated": federated,
    "privacy": privacy,
    "scaling_sweep": scaling_sweep,
}
assert set(FIGURES) <= set(EXPERIMENTS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
