"""Two processes that train one model are one process with both their batches."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from costmodel.messages import InputError
from lab import config as configs
from lab import distributed, launch, runs
from lab.runs import LabRun
from lab.telemetry.host import allowed_cpus
from tests.browser import ROOT
from tests.lab.small import CPU, Line, gpt, linear, text_file


@pytest.fixture(scope="module")
def ranks(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What each of two gloo ranks ended with."""
    folder = tmp_path_factory.mktemp("ranks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    together = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.lab.two_ranks", str(folder)],
            env={**os.environ, **together, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            cwd=ROOT,
        )
        for rank in range(2)
    ]
    assert [process.wait(120) for process in processes] == [0, 0]
    return [json.loads((folder / f"{rank}.json").read_text("utf-8")) for rank in range(2)]


def test_replicas_stay_equal(ranks: list[dict[str, Any]]) -> None:
    first, second = (rank["good"] for rank in ranks)
    assert first["state"] == second["state"] == "done"
    assert first["weights"] == second["weights"]
    assert first["losses"] == second["losses"]


def test_two_ranks_are_one_process_with_both_batches(ranks: list[dict[str, Any]]) -> None:
    config = linear(accumulate=4, clip_norm=0.5, l2=0.01, optimizer="adamw")
    task = Line(config)
    optimisers = task.optimisers()
    losses = [float(task.update(task.net, optimisers, step, 0.1)) for step in range(12)]
    alone = torch.cat([p.detach().flatten() for p in task.net.parameters()])
    assert ranks[0]["good"]["losses"] == pytest.approx(losses, rel=1e-4)
    assert ranks[0]["good"]["weights"] == pytest.approx(alone.tolist(), rel=1e-3)
    assert ranks[0]["good"]["items"] == 12 * 4 * 4


def test_a_loss_lost_on_one_rank_ends_both_at_the_same_step(ranks: list[dict[str, Any]]) -> None:
    first, second = (rank["broken"] for rank in ranks)
    assert (first["state"], first["step"]) == (second["state"], second["step"])
    assert first["state"] == "failed"
    assert first["step"] == 3  # the tenth micro-batch, of four to a step on both ranks


@pytest.fixture(scope="module")
def spread(tmp_path_factory: pytest.TempPathFactory) -> LabRun:
    """A language model that two processes of ``torchrun`` trained."""
    folder = tmp_path_factory.mktemp("spread")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_RUNS", str(folder / "runs"))
        config = gpt(text_file(folder), n_devices=2, steps=10)
        made = runs.create(config)
        process = launch.spawn(made, config)
        seen = list(launch.follow(made, process))
        assert process.wait() == 0
        return seen[-1]


def test_torchrun_trains_on_two_devices_and_counts_both(spread: LabRun) -> None:
    assert (spread.state, spread.step, spread.why) == ("done", 10, None)
    assert spread.result is not None
    assert spread.result["n_devices"] == 2
    assert spread.result["items"] == 10 * 2 * 4 * 16
    assert spread.result["flop_per_step"] == pytest.approx(
        2 * spread.result["params"] * 6 * 64, rel=0.35
    )


def test_alone_nothing_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert distributed.place() == (0, 1, 0)
    task = Line(linear())
    assert distributed.wrapped(task, task.net) is task.net
    assert distributed.agreed(0.25, CPU) == 0.25
    assert distributed.mean(torch.tensor(2.0), CPU) == 2.0


def test_a_process_alone_heeds_the_threads_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    cores = len(allowed_cpus() or ()) or os.cpu_count() or 1
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert distributed.threads(None, 1) == cores
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert distributed.threads(None, 1) == 1
    assert distributed.threads(3, 1) == 3
    # torchrun sets it to 1 by itself, which says nothing.
    assert distributed.threads(None, 2) == max(1, cores // 2)


def test_a_workload_for_one_device_is_not_spread() -> None:
    config = configs.make("gan", {"n_devices": 2})
    with pytest.raises(InputError, match="the workload gan trains on one device; write 1"):
        distributed.check_spreads(config, spreads=False)
    distributed.check_spreads(config, spreads=True)


@pytest.mark.parametrize("option", [{"accumulate": 4}, {"compile": True}])
def test_two_networks_that_take_turns_refuse_what_they_would_not_do(option: dict[str, Any]) -> None:
    config = configs.make("gan", {**option, "device": "cpu"})
    with pytest.raises(InputError, match="does not take this option"):
        config.info.make(config, CPU)


def test_torchrun_gets_as_many_processes_as_devices(tmp_path: Path) -> None:
    one = launch._program(configs.make("gpt"))
    four = launch._program(configs.make("gpt", {"n_devices": 4}))
    assert one[1:] == ["-m", "lab.worker"]
    assert "--nproc-per-node=4" in four
