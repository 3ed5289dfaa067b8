"""A run's folder tells its state at any moment, also a damaged or a strange one."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from costmodel.messages import Amount, InputError, Message
from lab import config as configs
from lab import launch, processes, runs, stopping
from lab.events import Events
from lab.runs import StepRecord, message_from_json, message_to_json

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def started(pid: int | None = None, *, state: str = "running") -> Path:
    folder = runs.create(configs.make("mlp"))
    with Events(folder) as events:
        facts = processes.this_process() if pid is None else processes.facts_of(pid)
        events.put_meta(state=state, **facts)
    return folder


def test_a_new_run_is_live_and_found_by_its_id() -> None:
    config = configs.make("cnn", {"steps": 7})
    folder = runs.create(config)
    run = runs.load(folder)
    assert (run.state, run.is_live, run.config, run.step) == ("starting", True, config, 0)
    assert runs.find(run.run_id) == folder
    assert runs.ids() == [run.run_id]


def test_the_latest_step_is_told() -> None:
    folder = started()
    with Events(folder) as events:
        for n in (1, 2, 3):
            events.put_step(
                StepRecord(step=n, t_s=n / 10, loss=5.0 - n, learning_rate=0.1, step_s=0.1, items=8)
            )
    run = runs.load(folder)
    assert (run.step, run.elapsed_s, run.last_loss) == (3, 0.3, 2.0)


def test_a_killed_process_is_dead_at_once_also_as_a_zombie() -> None:
    with subprocess.Popen(SLEEPER) as process:
        folder = started(process.pid)
        assert runs.load(folder).state == "running"
        process.kill()
        wait_for_zombie(process.pid)  # nobody has waited for it: it still has its number
        assert Path(f"/proc/{process.pid}").exists()
        run = runs.load(folder)
        assert (run.state, run.is_live) == ("dead", False)
        assert "killed" in str(run.why)
    assert runs.load(folder).state == "dead"


def test_a_run_that_ends_between_two_looks_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = started()

    def ends_now(_: object) -> bool:
        with Events(folder) as events:
            events.put_meta(state="done")
        return False

    monkeypatch.setattr(processes, "is_alive", ends_now)
    assert runs.load(folder).state == "done"


def test_a_process_number_used_again_is_another_process() -> None:
    folder = started()
    with Events(folder) as events:
        events.put_meta(created=processes.this_process()["created"] - 100)
    assert runs.load(folder).state == "dead"


def test_a_run_of_another_machine_lives_while_it_speaks() -> None:
    folder = started()
    with Events(folder) as events:
        events.put_meta(host="elsewhere:1", beat=time.time())
        assert runs.load(folder).is_live
        events.put_meta(beat=time.time() - processes.SILENCE_S - 1)
        assert runs.load(folder).state == "dead"


def test_killing_a_run_of_another_machine_touches_nothing_here() -> None:
    with subprocess.Popen(SLEEPER) as process:
        folder = started(process.pid)
        with Events(folder) as events:
            events.put_meta(host="elsewhere:1")
        runs.kill(folder)
        assert process.poll() is None
        with Events(folder) as events:
            events.put_meta(**processes.facts_of(process.pid))
        runs.kill(folder)
        assert process.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize("damage", [b"", b"not a database" * 400, None])
def test_a_damaged_event_file_is_a_sentence_and_hides_no_other_run(damage: bytes | None) -> None:
    whole, broken = started(), started()
    for beside in broken.glob("events.sqlite*"):
        beside.unlink()
    if damage is not None:
        (broken / "events.sqlite").write_bytes(damage)
    with pytest.raises(InputError, match=r"the event file of .* cannot be read"):
        runs.load(broken)
    assert [run.folder for run in runs.every()] == [whole]
    with pytest.raises(InputError, match="cannot be read"):
        launch.resume(broken)


def test_a_folder_half_made_is_not_listed() -> None:
    started()
    (runs.runs_dir() / "gpt-half").mkdir()
    (runs.runs_dir() / "a file").touch()
    assert len(runs.ids()) == len(runs.every()) == 1


@pytest.mark.parametrize(
    "name", ["../secret", "..", ".", "", "a/../b", "/etc", "x\x00y", "a" * 300]
)
def test_a_name_with_tricks_finds_nothing(name: str, tmp_path: Path) -> None:
    started()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "config.json").write_text("{}", "utf-8")
    with pytest.raises(InputError):
        runs.find(name)


def test_a_name_mistyped_is_answered_with_the_near_one() -> None:
    folder = started()
    with pytest.raises(InputError, match=folder.name):
        runs.find(folder.name[:-1] + "z")


def test_a_run_copied_elsewhere_is_found_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = started().rename(tmp_path / "evidence")
    assert runs.find(str(folder)) == folder
    monkeypatch.chdir(tmp_path)
    assert runs.find("evidence") == folder


def test_the_runs_folder_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_RUNS", "here")
    assert runs.runs_dir() == tmp_path / "here"


def test_a_folder_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ASSAY_RUNS", str(tmp_path / "file"))
    with pytest.raises(InputError, match=r"cannot be written .* set ASSAY_RUNS to another"):
        runs.create(configs.make("mlp"))


def test_of_two_that_resume_at_once_one_goes_on() -> None:
    folder = started(state="stopped")
    outcomes: list[str] = []
    gate = threading.Barrier(8)

    def resume() -> None:
        gate.wait()
        try:
            runs.begin_again(folder)
            outcomes.append("mine")
        except InputError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=resume) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("mine") == 1
    assert sum("still going on" in outcome for outcome in outcomes) == 7


def test_who_starts_a_run_does_not_overwrite_what_it_said_itself() -> None:
    folder = started(state="stopped")
    runs.begin_again(folder)
    with Events(folder) as worker, Events(folder) as parent:
        worker.put_meta(state="failed", pid=1234, created=1.0, host="h")
        parent.put_process({"pid": 1, "created": 2.0, "host": "g"})
        meta = parent.meta()
    assert (meta["state"], meta["pid"], meta["created"], meta["host"]) == ("failed", 1234, 1.0, "h")


@pytest.mark.parametrize("state", ["done", "running"])
def test_a_run_that_is_done_or_live_is_not_resumed(state: str) -> None:
    folder = started(state=state)
    with pytest.raises(InputError, match=r"has ended|still going on"):
        launch.resume(folder)


def test_a_request_to_stop_is_seen_and_forgotten(tmp_path: Path) -> None:
    assert not stopping.requested(tmp_path)
    stopping.request(tmp_path)
    assert stopping.requested(tmp_path)
    stopping.forget(tmp_path)
    stopping.forget(tmp_path)
    assert not stopping.requested(tmp_path)


def test_a_message_survives_json_with_all_that_is_in_it() -> None:
    inner = Message("of {amount} in {n}", {"amount": Amount(2.5e9, "bytes"), "n": 3})
    message = Message("{what}: {share}, {name}", {"what": inner, "share": 0.25, "name": "x"})
    back = message_from_json(message_to_json(message))
    assert back == message
    assert str(back) == "of 2.5e+09 bytes in 3: 0.25, x"
    assert isinstance(back.params["what"], Message)


def test_a_run_that_failed_says_why_and_for_which_option() -> None:
    folder = started(state="failed")
    with Events(folder) as events:
        events.put_meta(why=message_to_json(Message("No {x}.", {"x": "room"})), field="data")
    run = runs.load(folder)
    assert (str(run.why), run.refused_field) == ("No room.", "data")


def test_a_run_locked_by_a_writer_is_still_read() -> None:
    folder = started()
    other = sqlite3.connect(folder / "events.sqlite")
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM meta")
    assert runs.load(folder).state == "running"
    other.rollback()
    other.close()


def wait_for_zombie(pid: int) -> None:
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
