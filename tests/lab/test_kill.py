"""A run that is killed, interrupted and stopped ends as one that never was."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from costmodel.messages import InputError
from lab import launch, runs
from lab.runs import LabRun
from tests import kills
from tests.lab.small import gpt, text_file

ROOM = ".room"  # a worker has it as soon as it listens to signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One run's states after each thing that was done to it, and its unbroken twin."""

    whole: Path
    broken: Path
    after: dict[str, LabRun]
    refused: str
    status: int


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Interrupted while it starts, killed, terminated, asked to stop, killed; resumed each time."""
    folder = tmp_path_factory.mktemp("story")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_RUNS", str(folder / "runs"))
        config = kills.config(text_file(folder))
        whole, broken = runs.create(config), runs.create(config)
        unbroken = launch.spawn(whole, config)
        after = {}

        process = launch.spawn(broken, config)
        wait_until((broken / ROOM).exists)
        process.send_signal(signal.SIGINT)
        process.wait()
        after["interrupted"] = runs.load(broken)

        process = launch.resume(broken)
        kills.until_step(broken, 25)
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        after["killed"] = runs.load(broken)  # at once, while the process is a zombie
        process.wait()

        process = launch.resume(broken)
        try:
            launch.resume(broken)
        except InputError as error:
            refused = str(error)
        else:
            refused = "not refused"
        kills.until_step(broken, after["killed"].step)
        process.send_signal(signal.SIGTERM)
        process.wait()
        after["terminated"] = runs.load(broken)

        process = launch.resume(broken)
        kills.until_step(broken, after["terminated"].step)
        launch.stop(broken)
        process.wait()
        after["stopped"] = runs.load(broken)

        process = launch.resume(broken)
        kills.until_step(broken, after["stopped"].step)
        kills.kill(process, 0.05)
        after["killed again"] = runs.load(broken)

        status = launch.resume(broken).wait()
        after["done"] = runs.load(broken)
        unbroken.wait()
        yield Story(whole=whole, broken=broken, after=after, refused=refused, status=status)


def test_every_end_is_told_as_what_it_was(story: Story) -> None:
    assert {what: run.state for what, run in story.after.items()} == {
        "interrupted": "stopped",
        "killed": "dead",
        "terminated": "stopped",
        "stopped": "stopped",
        "killed again": "dead",
        "done": "done",
    }
    assert story.after["interrupted"].step == 0
    assert story.after["done"].why is None
    assert story.after["done"].step == kills.N_STEPS


def test_a_run_broken_five_times_ends_with_the_same_losses_and_weights(story: Story) -> None:
    assert story.status == 0
    assert kills.differences(story.broken, story.whole) == []
    assert len(kills.history(story.whole)) == kills.N_STEPS
    whole, broken = runs.load(story.whole).result, story.after["done"].result
    assert whole is not None
    assert broken is not None
    assert broken["metrics"] == whole["metrics"]
    assert broken["items"] == whole["items"]


def test_a_run_that_goes_on_is_not_resumed_a_second_time(story: Story) -> None:
    assert "still going on" in story.refused


def test_a_stopped_run_has_a_result_and_a_model_of_what_it_learnt(story: Story) -> None:
    stopped = story.after["stopped"]
    assert story.after["terminated"].step < stopped.step < kills.N_STEPS
    assert stopped.result is not None
    assert stopped.result["steps"] == stopped.step
    assert story.after["interrupted"].result is not None


def test_an_ended_run_leaves_no_litter(story: Story) -> None:
    names = {path.name for path in story.broken.iterdir()}
    assert not {ROOM, "stop", "config.part", "result.part"} & names
    assert len([name for name in names if "checkpoint" in name]) == 1


def test_an_attached_run_ends_with_whoever_started_it(tmp_path: Path) -> None:
    config = gpt(text_file(tmp_path), steps=None, minutes=5)
    folder = runs.create(config)
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from lab import config, launch\n"
        "folder = Path(sys.argv[1])\n"
        "process = launch.spawn(folder, config.load(folder / 'config.json'), attached=True)\n"
        "print(process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        wait_until((folder / ROOM).exists)
        assert runs.load(folder).is_live
        parent.kill()
        # The parent is a zombie now: that counts as gone.
        wait_until(lambda: runs.load(folder).state == "dead")


def wait_until(is_true: object) -> None:
    assert callable(is_true)
    end = time.monotonic() + kills.PATIENCE_S
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.01)
