"""Runs over a cluster: what each asks for, and two that really run where Ray is installed."""

import importlib.util
import sys
import time
from pathlib import Path

import pytest

from costmodel.messages import InputError
from lab import cluster, processes, runs
from lab import config as configs
from lab.events import Events
from tests.lab.small import gpt, linear, text_file

CPUS = {"CPU": 8.0, "memory": 1e10}
GPUS = {"CPU": 32.0, "GPU": 4.0}


def test_a_missing_ray_is_one_sentence_and_leaves_no_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match="Ray is not installed; install the extra") as refused:
        cluster.train(linear(), address="local")
    assert refused.value.field == "on"
    assert runs.ids() == []


def test_a_job_asks_for_its_gpus_or_for_the_cores_that_it_keeps_busy() -> None:
    two = configs.make("gpt", {"n_devices": 2})
    assert cluster.needed(two, [CPUS, GPUS]) == {"num_gpus": 2}
    assert cluster.needed(configs.make("gpt", {"threads": 3}), [CPUS]) == {"num_cpus": 3}
    on_cpu = configs.make("gpt", {"device": "cpu", "threads": 2, "n_devices": 3})
    assert cluster.needed(on_cpu, [GPUS, CPUS]) == {"num_cpus": 6}


def test_a_job_without_threads_has_a_machine_to_itself() -> None:
    assert cluster.needed(configs.make("gpt"), [CPUS, {"CPU": 2.0}]) == {"num_cpus": 2}
    assert cluster.needed(configs.make("gpt"), []) == {"num_cpus": 1}


def test_a_job_asks_for_no_more_cores_than_there_are() -> None:
    assert cluster.needed(configs.make("gpt", {"threads": 64}), [CPUS]) == {"num_cpus": 8}


@pytest.mark.parametrize(("n", "device"), [(8, "auto"), (1, "cuda")])
def test_gpus_that_no_machine_has_are_refused_and_not_waited_for(n: int, device: str) -> None:
    config = configs.make("gpt", {"n_devices": n, "device": device})
    with pytest.raises(InputError, match=f"no machine of the cluster has {n} GPUs") as refused:
        cluster.needed(config, [GPUS if n > 1 else CPUS])
    assert refused.value.field == "n_devices"


def test_a_run_that_waits_for_a_machine_is_not_dead() -> None:
    folder = runs.create(linear(), shared=True)
    with Events(folder) as events:
        events.put_meta(beat=time.time() - processes.SILENCE_S - 1)
        assert runs.load(folder).state == "dead"
        cluster._beat(folder)
        assert runs.load(folder).state == "starting"
        events.put_meta(pid=1, created=0.0, host="elsewhere", beat=0.0)
        cluster._beat(folder)  # from here on it speaks for itself
        assert runs.load(folder).state == "dead"


def test_a_job_that_ray_lost_is_a_failed_run_with_a_sentence() -> None:
    class Ray:
        @staticmethod
        def get(job: object) -> None:
            raise ConnectionError(job)

    folder = runs.create(linear())
    cluster._look(Ray, "job", folder)
    run = runs.load(folder)
    assert run.state == "failed"
    assert "Ray could not finish the run on its machine (ConnectionError)" in str(run.why)


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is an optional extra")
@pytest.mark.filterwarnings("ignore")  # Ray's own
def test_two_jobs_run_on_a_local_ray_and_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where Ray leaves a token
    data = text_file(tmp_path)
    found = cluster.train_all([gpt(data, seed=seed) for seed in (1, 2)], address="local")
    assert [run.state for run in found] == ["done", "done"]
    assert [run.step for run in found] == [20, 20]
    assert found[0].last_loss != found[1].last_loss
