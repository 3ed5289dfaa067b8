"""The figures of a run follow from its steps, and say nothing where there are too few."""

import subprocess
import sys

import pytest
import torch

from lab import figures
from lab.clock import CpuClock, clock_for
from lab.runs import StepRecord
from tests.browser import ROOT


def steps(*took: float, items: int = 100) -> list[StepRecord]:
    at = 0.0
    found = []
    for n, step_s in enumerate(took, 1):
        at += step_s
        found.append(
            StepRecord(step=n, t_s=at, loss=float(n), learning_rate=0.1, step_s=step_s, items=items)
        )
    return found


def test_slow_first_steps_are_left_out_of_the_speed() -> None:
    found = figures.speed(steps(*[9.0] * 5, *[0.5] * 40))
    assert (found.n_steps, found.warm_up_dropped) == (45, 5)
    assert found.items_per_s == pytest.approx(200)
    assert found.p50_step_s == found.p95_step_s == found.mean_step_s == pytest.approx(0.5)


def test_a_tenth_is_left_out_of_a_long_run() -> None:
    found = figures.speed(steps(*[9.0] * 20, *[0.5] * 180))
    assert found.warm_up_dropped == 20
    assert found.items_per_s == pytest.approx(200)


def test_speed_is_items_over_time_and_not_the_mean_of_rates() -> None:
    found = figures.speed(steps(*[1.0] * 5, *[0.1, 0.9] * 10))
    assert found.items_per_s == pytest.approx(200)
    assert found.p95_step_s == pytest.approx(0.9)
    assert found.mean_step_s == pytest.approx(0.5)


def test_pauses_between_steps_are_in_no_step() -> None:
    paused = [
        StepRecord(step=n, t_s=10.0 * n, loss=1.0, learning_rate=0.1, step_s=0.5, items=100)
        for n in range(1, 21)
    ]
    assert figures.speed(paused).items_per_s == pytest.approx(200)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_steps_have_no_speed(n: int) -> None:
    found = figures.speed(steps(*[0.5] * n))
    assert found.n_steps == n
    assert found.items_per_s is found.p50_step_s is found.mean_step_s is None
    shown = figures.as_json(found, unit="tokens")
    assert shown == {
        "tokens_per_s": None,
        "samples_per_s": None,
        "step_ms": {"p50": None, "p95": None},
    }


def test_few_steps_lose_only_what_leaves_three() -> None:
    found = figures.speed(steps(9.0, 0.5, 0.5, 0.5))
    assert found.warm_up_dropped == 1
    assert found.items_per_s == pytest.approx(200)


def test_a_speed_is_of_its_own_unit() -> None:
    found = figures.speed(steps(*[0.5] * 9))
    of_tokens, of_samples = (figures.as_json(found, unit=u) for u in ("tokens", "samples"))
    assert (of_tokens["tokens_per_s"], of_tokens["samples_per_s"]) == (pytest.approx(200), None)
    assert (of_samples["tokens_per_s"], of_samples["samples_per_s"]) == (None, pytest.approx(200))
    assert of_tokens["step_ms"]["p50"] == pytest.approx(500)


def test_mfu_is_work_over_what_the_peak_could_do() -> None:
    assert figures.mfu(3e12, 0.5, 12e12) == pytest.approx(0.5)
    for unknown in ((None, 0.5, 1e12), (1e12, None, 1e12), (1e12, 0.5, None)):
        assert figures.mfu(*unknown) is None


def test_the_loss_now_is_the_mean_of_the_last_steps() -> None:
    assert figures.loss_now(steps(*[1.0] * 30), 10) == pytest.approx(25.5)
    assert figures.loss_now([]) is None


def test_the_clock_of_a_cpu_leaves_pauses_out() -> None:
    clock = clock_for(torch.device("cpu"))
    assert isinstance(clock, CpuClock)
    clock.start()
    clock.end(torch.tensor(1.5))
    clock.end(torch.tensor(2.5))
    found = clock.finished()
    assert [loss for _, loss in found] == [1.5, 2.5]
    assert all(0 <= seconds < 5 for seconds, _ in found)
    assert clock.finished(wait=True) == []


def test_what_reads_runs_needs_no_torch() -> None:
    names = ("config", "runs", "events", "launch", "figures", "stopping", "memory", "cluster")
    program = "".join(f"import lab.{name}\n" for name in (*names, "worker"))
    program += "import sys; print({'torch', 'transformers', 'sklearn', 'ray'} & set(sys.modules))"
    shown = subprocess.check_output([sys.executable, "-c", program], cwd=ROOT, text=True)
    assert shown.strip() == "set()"
