"""The event file: read while it is written, whole after a kill, thinned without losing peaks."""

import contextlib
import math
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lab.events import DEVICE_QUANTITIES, SHARED, Event, Events
from lab.runs import StepRecord
from lab.telemetry.readings import GpuReading, HostReading


def record(step: int, *, loss: float = 1.0) -> StepRecord:
    return StepRecord(step=step, t_s=step / 10, loss=loss, learning_rate=1e-3, step_s=0.1, items=64)


def reading(t_s: float, index: int = 0, **values: float) -> GpuReading:
    return GpuReading(index=index, name="stub", t_s=t_s, **values)  # type: ignore[arg-type]


def test_what_is_committed_is_read_by_others_and_what_waits_is_not(tmp_path: Path) -> None:
    with Events(tmp_path) as writer, Events(tmp_path, writable=False) as reader:
        writer.put_step(record(1))
        assert reader.steps() == []
        writer.commit()
        assert reader.steps() == [record(1)]
        writer.put_meta(state="running", why=None)
        assert reader.meta() == {"state": "running", "why": None}


def test_closing_commits(tmp_path: Path) -> None:
    with Events(tmp_path) as writer:
        writer.put_step(record(1))
    with Events(tmp_path, writable=False) as reader:
        assert reader.last_step() == record(1)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    with Events(tmp_path):
        pass
    reader = Events(tmp_path, writable=False)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.put_meta(state="done")
    reader.close()


def test_a_kill_leaves_a_whole_prefix_that_a_reader_saw_grow(tmp_path: Path) -> None:
    program = (
        "import sys, itertools, time\n"
        "from pathlib import Path\n"
        "from lab.events import Events\n"
        "from lab.runs import StepRecord\n"
        "events = Events(Path(sys.argv[1]))\n"
        "for n in itertools.count(1):\n"
        "    events.put_step(StepRecord(step=n, t_s=n, loss=1/n, learning_rate=0, step_s=1,"
        " items=n))\n"
        "    events.put('note', t_s=n, step=n, payload='x' * 200)\n"
        "    if n % 50 == 0: events.commit(); time.sleep(0.01)\n"
        "    if n == 500: print('on', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with Events(tmp_path, writable=False) as reader:
            seen = [len(reader.steps()) for _ in range(20)]
        process.send_signal(signal.SIGKILL)
    assert seen == sorted(seen)
    assert all(n and n % 50 == 0 for n in seen)
    with Events(tmp_path, writable=False) as reader:
        steps, notes = reader.steps(), reader.events("note")
    assert [step.step for step in steps] == list(range(1, len(steps) + 1))
    assert len(steps) == len(notes) >= seen[-1]
    with Events(tmp_path) as again:  # and it goes on from there
        again.put_step(record(len(steps) + 1))


@pytest.mark.parametrize("shared", [False, True])
def test_several_machines_share_a_journal_that_needs_no_common_memory(
    tmp_path: Path, *, shared: bool
) -> None:
    if shared:
        (tmp_path / SHARED).touch()
    with Events(tmp_path) as events:
        events.put_step(record(1))
        events.commit()
        assert (tmp_path / "events.sqlite-wal").exists() != shared
        with Events(tmp_path, writable=False) as reader:
            assert reader.steps() == [record(1)]


def test_an_hour_of_two_devices_is_thinned_and_keeps_its_spike(tmp_path: Path) -> None:
    rng = random.Random(0)
    with Events(tmp_path) as events:
        for tick in range(36_000):
            t_s = tick / 10
            for index in (0, 1):
                watts = rng.uniform(290, 310)
                if (tick, index) == (17_321, 1):
                    watts = 701.5
                used = None if tick < 18_000 else 5e9
                row = (t_s, index, watts, 0.9, used, 60.0, 1980.0)
                events._add("INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        events.commit()
        assert events.devices() == [0, 1]
        calm, spiked = (events.device_series(index, 300) for index in (0, 1))
    power = spiked["power_w"]
    assert 290 <= len(power.t_s) <= 301
    assert max(power.high) == 701.5
    at = power.high.index(701.5)
    assert power.t_s[at] == pytest.approx(1732.1, abs=12)
    assert power.mean[at] < 305
    assert max(calm["power_w"].high) < 310
    assert min(calm["power_w"].low) < 290.5
    assert list(power.t_s) == sorted(power.t_s)
    # A sensor that spoke for half of the time is drawn for that half.
    assert min(spiked["memory_used_bytes"].t_s) >= 1794
    assert set(spiked) == set(DEVICE_QUANTITIES)


def test_a_run_without_readings_has_empty_series(tmp_path: Path) -> None:
    with Events(tmp_path) as events:
        assert events.devices() == []
        assert events.device_series(0)["power_w"].t_s == ()
        assert events.host_series()["cpu_share"].t_s == ()
        assert events.loss_curve().t_s == ()
        assert events.last_step() is None
        assert events.last_reading(0) is None


def test_few_points_are_drawn_as_they_are(tmp_path: Path) -> None:
    with Events(tmp_path) as events:
        for n, loss in ((1, 4.0), (2, 3.0), (3, 3.5)):
            events.put_step(record(n, loss=loss))
        events.commit()
        curve = events.loss_curve()
    assert curve.t_s == (1.0, 2.0, 3.0)
    assert curve.mean == curve.low == curve.high == (4.0, 3.0, 3.5)


def test_readings_come_back_whole(tmp_path: Path) -> None:
    full = GpuReading(
        index=1,
        name="stub",
        t_s=0.5,
        power_w=300.0,
        throttle_reasons=("sw_power_cap",),
        throttled_s={"sw_power_cap": 0.1},
    )
    with Events(tmp_path) as events:
        events.put_readings([reading(0.5), full], HostReading(t_s=0.5, cpu_share=0.4))
        events.put_readings([reading(0.6, power_w=0.0)], None)
        events.commit()
        assert events.readings() == [reading(0.5), full, reading(0.6, power_w=0.0)]
        assert events.readings(1) == [full]
        assert events.last_reading(0) == reading(0.6, power_w=0.0)
        assert events.host_series()["cpu_share"].mean == (0.4,)
        assert events.host_series()["contention"].t_s == ()
        # A board without the sensor is unknown there, not zero.
        assert events.device_series(0)["power_w"].mean == (0.0,)


def test_going_on_from_a_checkpoint_forgets_what_came_after_it(tmp_path: Path) -> None:
    with Events(tmp_path) as events:
        for n in range(1, 31):
            events.put_step(record(n))
            events.put("validation", t_s=n / 10, step=n, loss=1.0)
            events.put_readings([reading(n / 10)], HostReading(t_s=n / 10))
        events.forget_after(20, t_s=2.0)
        assert [step.step for step in events.steps()] == list(range(1, 21))
        assert max(event.step for event in events.events()) == 20
        assert max(r.t_s for r in events.readings()) == 2.0
        assert max(events.device_series(0)["power_w"].t_s, default=0) == 0
        events.put_step(record(21, loss=9.0))
        events.commit()
        assert events.last_step() == record(21, loss=9.0)


def test_threads_write_at_once_and_lose_nothing(tmp_path: Path) -> None:
    with Events(tmp_path) as events:

        def write(thread: int) -> None:
            for n in range(200):
                events.put("note", t_s=n, step=n, thread=thread)
                events.put_readings([reading(n + thread / 10, index=thread)], None)
                if n % 20 == 0:
                    events.commit()

        threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        events.commit()
        notes = events.events("note")
        for thread_number in range(6):
            mine = [e.step for e in notes if e.payload["thread"] == thread_number]
            assert mine == list(range(200))
            assert len(events.readings(thread_number)) == 200


def test_an_event_keeps_its_payload(tmp_path: Path) -> None:
    with Events(tmp_path) as events:
        events.put("sample", t_s=1.5, step=3, text="中文", pictures=[[0, 255]])
        events.put("validation", t_s=1.5, step=3, loss=math.inf)
        events.commit()
        sample, validation = events.events()
    assert sample == Event(
        t_s=1.5, step=3, kind="sample", payload={"text": "中文", "pictures": [[0, 255]]}
    )
    assert validation.payload["loss"] == math.inf


def test_a_full_disk_is_an_error_and_the_file_stays_whole(tmp_path: Path) -> None:
    with Events(tmp_path) as events:
        events.put_step(record(1))
        events.commit()
        pages = events._db.execute("PRAGMA page_count").fetchone()[0]
        events._db.execute(f"PRAGMA max_page_count = {pages}")  # as a disk without room
        events.put("note", t_s=0, step=1, text="x" * 100_000)
        with pytest.raises(sqlite3.OperationalError, match="full"):
            events.commit()
        events.put_step(record(2))
        events.put_meta(state="failed")
        with Events(tmp_path, writable=False) as reader:
            assert reader.steps() == [record(1)]
            assert reader.events() == []
            assert reader.meta() == {"state": "failed"}
        events._db.execute("PRAGMA max_page_count = 100000")  # room was made
    with Events(tmp_path, writable=False) as reader:
        assert reader.steps() == [record(1), record(2)]
        assert [event.kind for event in reader.events()] == ["note"]
        assert reader.meta() == {"state": "failed"}


def test_rows_that_a_busy_file_refused_are_written_next_time(tmp_path: Path) -> None:
    with Events(tmp_path) as events, contextlib.closing(_other(tmp_path)) as other:
        events._db.execute("PRAGMA busy_timeout = 10")
        other.execute("BEGIN IMMEDIATE")
        events.put_step(record(1))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            events.commit()
        events.put_step(record(2))
        other.rollback()
        events.commit()
        assert events.steps() == [record(1), record(2)]


def _other(folder: Path) -> sqlite3.Connection:
    return sqlite3.connect(folder / "events.sqlite", isolation_level=None)
