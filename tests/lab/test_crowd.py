"""A run beside others on its cores: it saves itself, starts over, and gives way."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import checkpoint, crowd, launch, runs
from lab.crowd import CrowdedError, leaves_too_few
from lab.events import Events
from lab.train import Loop, StopFlag
from tests.lab.small import Line, gpt, linear, text_file


@pytest.mark.parametrize(
    ("cores", "threads", "taken", "too_few"),
    [
        (2, 2, 0.0, False),
        (2, 2, 0.2, False),
        (2, 2, 0.5, True),
        (2, 1, 0.5, False),
        (16, 16, 0.02, False),
        (16, 16, 1 / 16, True),
        (16, 8, 0.4, False),
        (1, 1, 0.4, False),
        (1, 2, 0.0, False),  # crowded by itself: giving way to others helps nothing
    ],
)
def test_a_crowd_leaves_a_thread_without_a_core(
    cores: int, threads: int, taken: float, too_few: bool
) -> None:
    assert leaves_too_few(cores, threads, taken) is too_few


def test_what_does_not_bar_a_run_from_calibrating_is_no_crowd(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a core of sixteen is missing long before it is worth threads that give way."""
    monkeypatch.setattr(crowd, "WINDOW_S", 0.01)
    monkeypatch.setattr(crowd, "allowed_cpus", lambda: set(range(16)))
    for taken, is_crowd in ((0.10, False), (0.20, True)):
        monkeypatch.setattr(crowd, "ContentionMeter", lambda taken=taken: _Meter(taken))
        with crowd.Crowd(tmp_path, 16, most_contention=0.15) as watch:
            until = time.monotonic() + 0.5
            while not watch.is_here() and time.monotonic() < until:
                time.sleep(0.01)
            assert watch.is_here() is is_crowd


class _Meter:
    def __init__(self, taken: float) -> None:
        self._taken = taken

    def share(self) -> float:
        return self._taken

    def start(self) -> None:
        pass


def test_nothing_is_watched_where_threads_do_not_spin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert crowd.watched(tmp_path, 1, 0.15) is None
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    assert crowd.watched(tmp_path, 2, 0.15) is None


class _After:
    """A crowd that comes after some steps."""

    taken = 0.5

    def __init__(self, steps: int) -> None:
        self._left = steps

    def is_here(self) -> bool:
        self._left -= 1
        return self._left < 0


def test_a_crowded_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    config = linear(steps=20, optimizer="adamw")
    ends = []
    for name in ("quiet", "crowded"):
        folder = tmp_path / name
        folder.mkdir()
        with Events(folder) as events:
            task = Line(config)
            loop = Loop(task, folder=folder, events=events, stop=StopFlag(folder))
            if name == "crowded":
                loop.crowd = _After(steps=7)  # type: ignore[assignment]
                with pytest.raises(CrowdedError):
                    loop.run()
                kept = checkpoint.latest(folder)
                assert kept is not None
                assert kept.name.endswith("8")
                task = Line(config)
                loop = Loop(task, folder=folder, events=events, stop=StopFlag(folder))
                loop.resume(kept)
            loop.run()
            ends.append(([s.loss for s in events.steps()], task.net.state_dict()))
    (losses, weights), (again, same) = ends
    assert losses == again
    assert all(bool((weights[name] == same[name]).all()) for name in weights)


@pytest.fixture
def neighbour() -> Iterator[None]:
    """Another program that takes a core, on a machine of two."""
    before = os.sched_getaffinity(0)
    if len(before) < 2:
        pytest.skip("needs two cores")
    os.sched_setaffinity(0, sorted(before)[:2])
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield
    busy.kill()
    busy.wait()
    os.sched_setaffinity(0, before)


@pytest.mark.skipif(sys.platform != "linux", reason="GNU OpenMP and its environment")
@pytest.mark.usefixtures("neighbour")
def test_a_run_beside_a_busy_program_starts_over_and_ends(tmp_path: Path) -> None:
    config = gpt(text_file(tmp_path), steps=None, minutes=0.15, threads=2, d_model=64, n_layers=3)
    folder = launch.start(config)
    (run,) = [run for run in launch.follow(folder) if not run.is_live]
    assert run.state == "done"
    assert run.result is not None
    assert run.result["contention"] > 0.2
    assert not runs.load(folder).is_live
    with Events(folder, writable=False) as events:
        said = [e.payload["message"]["text"] for e in events.events("note")]
        steps = [s.step for s in events.steps()]
    assert [text for text in said if "give way" in text] == said[-1:]
    assert len(said) == len(set(said))
    assert steps == list(range(1, len(steps) + 1))
