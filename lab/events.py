"""The event file of a run: what happened, in SQLite, written by one process and read by many.

A killed process loses at most the quarter of a second that was not yet committed; what
was committed is whole. WAL, in which readers and the writer do not wait for each other,
needs memory that they share: a run on another machine keeps a rollback journal instead.
"""

import json
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from lab.telemetry.readings import GpuReading, HostReading

if TYPE_CHECKING:
    from lab.runs import StepRecord

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS steps (step INTEGER PRIMARY KEY, t_s REAL NOT NULL,
  loss REAL NOT NULL, learning_rate REAL NOT NULL, step_s REAL NOT NULL, items INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS readings (t_s REAL NOT NULL, device INTEGER NOT NULL, power_w REAL,
  utilization REAL, memory_used_bytes REAL, temperature_c REAL, sm_clock_mhz REAL,
  PRIMARY KEY (device, t_s)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recording (t_s REAL NOT NULL, device INTEGER NOT NULL,
  reading TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS hosts (t_s REAL PRIMARY KEY, cpu_share REAL, contention REAL,
  memory_used_bytes REAL, rss_bytes REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, t_s REAL NOT NULL,
  step INTEGER NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL);
"""
#: Quantities of a device that charts draw, columns of ``readings``.
DEVICE_QUANTITIES: Final = (
    "power_w",
    "utilization",
    "memory_used_bytes",
    "temperature_c",
    "sm_clock_mhz",
)
HOST_QUANTITIES: Final = ("cpu_share", "contention", "memory_used_bytes", "rss_bytes")
COMMIT_EVERY_S: Final = 0.25
_PUT_META: Final = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
#: Marks a folder that several machines write to and read from.
SHARED: Final = "shared"
#: What is known of the process that works on a run.
_OF_THE_PROCESS: Final = ("pid", "created", "host")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened: an evaluation, a sample, a checkpoint, a note."""

    t_s: float
    step: int
    kind: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A quantity over time, thinned for a screen: mean, least and most of each stretch."""

    t_s: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


class Events:
    """The event file of the run in ``folder``; a context manager that closes it.

    Writing is safe from several threads of one process. Rows wait up to
    ``COMMIT_EVERY_S`` and are then committed together.
    """

    def __init__(self, folder: Path, *, writable: bool = True) -> None:
        path = folder / "events.sqlite"
        self._lock = threading.Lock()
        self._waiting: list[tuple[str, Sequence[Any]]] = []
        self._due = time.monotonic() + COMMIT_EVERY_S
        if writable:
            self._db = sqlite3.connect(path, timeout=10, check_same_thread=False)
            shared = (folder / SHARED).exists()
            self._db.execute(f"PRAGMA journal_mode={'TRUNCATE' if shared else 'WAL'}")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)
        else:
            self._db = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10, check_same_thread=False
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Commit what waits, and close, also where it can no longer be written."""
        try:
            if self._waiting:
                self.commit()
        except sqlite3.Error as error:
            print(f"{len(self._waiting)} rows were lost: {error}", file=sys.stderr)  # noqa: T201
        finally:
            self._db.close()

    def put_meta(self, **values: Any) -> None:
        """Set facts about the run at once: state, process, beat. Where there is no room for all
        that waits there may be some for them.
        """
        rows = [(key, json.dumps(value)) for key, value in values.items()]
        for row in rows:
            self._add(_PUT_META, row)
        try:
            self.commit()
        except sqlite3.OperationalError:
            with self._lock, self._db:
                self._db.executemany(_PUT_META, rows)

    def begin_again(self, *, unless: Callable[[Mapping[str, Any]], bool]) -> bool:
        """Set the run to starting, with no process yet; whether it was free to be taken.

        In one transaction, so that of two that try at once only one goes on.
        """
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                free = not unless(self.meta())
                if free:
                    fresh = {"state": "starting", "why": None, "field": None, "beat": time.time()}
                    self._db.executemany(
                        _PUT_META, [(key, json.dumps(value)) for key, value in fresh.items()]
                    )
                    self._db.executemany(
                        "DELETE FROM meta WHERE key = ?", [(key,) for key in _OF_THE_PROCESS]
                    )
                self._db.commit()
            except BaseException:
                self._db.rollback()
                raise
        return free

    def put_process(self, facts: Mapping[str, Any]) -> None:
        """Name the process just started, unless it has done so itself."""
        for key in _OF_THE_PROCESS:
            row = (key, json.dumps(facts[key]))
            self._add("INSERT OR IGNORE INTO meta VALUES (?, ?)", row)
        self.commit()

    def put_step(self, record: "StepRecord") -> None:
        """Add one step."""
        r = record
        row = (r.step, r.t_s, r.loss, r.learning_rate, r.step_s, r.items)
        self._add("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?)", row)

    def put_readings(self, readings: Iterable[GpuReading], host: HostReading | None) -> None:
        """Add one round of telemetry."""
        for reading in readings:
            shown = [getattr(reading, name) for name in DEVICE_QUANTITIES]
            row = (reading.t_s, reading.index, *shown)
            self._add("INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            # Apart from what charts read: an hour of it is twenty times as long.
            whole = (reading.t_s, reading.index, json.dumps(reading.as_json()))
            self._add("INSERT INTO recording VALUES (?, ?, ?)", whole)
        if host is not None:
            row = (host.t_s, *(getattr(host, name) for name in HOST_QUANTITIES))
            self._add("INSERT OR REPLACE INTO hosts VALUES (?, ?, ?, ?, ?)", row)

    def put(self, kind: str, *, t_s: float, step: int, **payload: Any) -> None:
        """Add one event."""
        self._add(
            "INSERT INTO events (t_s, step, kind, payload) VALUES (?, ?, ?, ?)",
            (t_s, step, kind, json.dumps(payload, ensure_ascii=False)),
        )

    def forget_after(self, step: int, *, t_s: float) -> None:
        """Drop what came after the checkpoint of ``step``, taken at ``t_s``: the run that goes
        on from it lives through those steps and those seconds again.
        """
        self._add("DELETE FROM steps WHERE step > ?", (step,))
        self._add("DELETE FROM events WHERE step > ?", (step,))
        for table in ("readings", "recording", "hosts"):
            self._add(f"DELETE FROM {table} WHERE t_s > ?", (t_s,))
        self.commit()

    def commit_when_due(self) -> bool:
        """Commit each ``COMMIT_EVERY_S``; whether it did."""
        if time.monotonic() < self._due:
            return False
        self._due = time.monotonic() + COMMIT_EVERY_S
        self.commit()
        return True

    def commit(self) -> None:
        """Commit what waits. Raises ``sqlite3.Error`` on a full or failing disk, and keeps what
        was not written for the next time.
        """
        with self._lock:
            waiting, self._waiting = self._waiting, []
            try:
                for sql, row in waiting:
                    self._db.execute(sql, row)
                self._db.commit()
            except sqlite3.Error as error:
                self._db.rollback()
                if isinstance(error, sqlite3.OperationalError):  # busy, full: not the rows' fault
                    self._waiting = waiting + self._waiting
                raise

    def meta(self) -> dict[str, Any]:
        """What is known of the run."""
        rows = self._db.execute("SELECT key, value FROM meta")
        return {key: json.loads(value) for key, value in rows}

    def last_step(self) -> "StepRecord | None":
        """The latest step."""
        found = self._records("ORDER BY step DESC LIMIT 1")
        return found[0] if found else None

    def steps(self) -> "list[StepRecord]":
        """Every step in order."""
        return self._records("ORDER BY step")

    def loss_curve(self, n_points: int = 200) -> Series:
        """The loss by step (in place of seconds), thinned to about ``n_points`` stretches."""
        return self._thinned("steps", "step", "loss", "1", (), n_points)

    def device_series(self, device: int, n_points: int = 100) -> dict[str, Series]:
        """Each of ``DEVICE_QUANTITIES`` of one device over time, thinned."""
        found = self._thinned_together(
            "readings", DEVICE_QUANTITIES, "device = ?", (device,), n_points
        )
        return dict(zip(DEVICE_QUANTITIES, found, strict=True))

    def host_series(self, n_points: int = 100) -> dict[str, Series]:
        """Each of ``HOST_QUANTITIES`` over time, thinned."""
        found = self._thinned_together("hosts", HOST_QUANTITIES, "1", (), n_points)
        return dict(zip(HOST_QUANTITIES, found, strict=True))

    def devices(self) -> list[int]:
        """The indices of the devices that have readings."""
        found: list[int] = []
        # A skip scan: DISTINCT would read an hour of readings for two numbers.
        sql = "SELECT MIN(device) FROM readings WHERE device > ?"
        while (row := self._db.execute(sql, (found[-1] if found else -1,)).fetchone())[
            0
        ] is not None:
            found.append(int(row[0]))
        return found

    def readings(self, device: int | None = None) -> list[GpuReading]:
        """Every reading in order of time, of one device or all."""
        where, values = ("WHERE device = ?", (device,)) if device is not None else ("", ())
        rows = self._db.execute(
            f"SELECT reading FROM recording {where} ORDER BY t_s, device", values
        )
        return [GpuReading.from_json(json.loads(text)) for (text,) in rows]

    def last_reading(self, device: int) -> GpuReading | None:
        """The latest reading of one device."""
        sql = "SELECT reading FROM recording WHERE device = ? ORDER BY rowid DESC LIMIT 1"
        row = self._db.execute(sql, (device,)).fetchone()
        return None if row is None else GpuReading.from_json(json.loads(row[0]))

    def events(self, kind: str | None = None) -> list[Event]:
        """The events in order, of one kind or all."""
        where, values = ("WHERE kind = ?", (kind,)) if kind is not None else ("", ())
        rows = self._db.execute(
            f"SELECT t_s, step, kind, payload FROM events {where} ORDER BY id", values
        )
        return [Event(t_s=t, step=n, kind=k, payload=json.loads(p)) for t, n, k, p in rows]

    def _add(self, sql: str, row: Sequence[Any]) -> None:
        with self._lock:
            self._waiting.append((sql, row))

    def _records(self, tail: str) -> "list[StepRecord]":
        from lab.runs import StepRecord

        rows = self._db.execute(
            f"SELECT step, t_s, loss, learning_rate, step_s, items FROM steps {tail}"
        )
        return [
            StepRecord(step=n, t_s=t, loss=loss, learning_rate=lr, step_s=s, items=items)
            for n, t, loss, lr, s, items in rows
        ]

    def _thinned(
        self, table: str, x: str, y: str, where: str, values: tuple[Any, ...], n_points: int
    ) -> Series:
        return self._thinned_together(table, (y,), where, values, n_points, x=x)[0]

    def _thinned_together(
        self,
        table: str,
        quantities: Sequence[str],
        where: str,
        values: tuple[Any, ...],
        n_points: int,
        *,
        x: str = "t_s",
    ) -> list[Series]:
        """Mean, least and most of each stretch, all quantities in one pass over the rows."""
        ends = self._db.execute(f"SELECT MIN({x}), MAX({x}) FROM {table} WHERE {where}", values)
        first, last = ends.fetchone()
        rows: list[tuple[float | None, ...]] = []
        if first is not None:
            stretch = max((last - first) / n_points, 1e-9)
            sums = ", ".join(f"AVG({y}), MIN({y}), MAX({y})" for y in quantities)
            rows = self._db.execute(
                f"SELECT AVG({x}), {sums} FROM {table} WHERE {where} "
                f"GROUP BY CAST(({x} - ?) / ? AS INTEGER) ORDER BY 1",
                (*values, first, stretch),
            ).fetchall()
        found = []
        for place in range(len(quantities)):
            at = 1 + 3 * place
            kept = [(row[0], *row[at : at + 3]) for row in rows if row[at] is not None]
            t_s, mean, low, high = zip(*kept, strict=True) if kept else ((), (), (), ())
            found.append(Series(t_s=t_s, mean=mean, low=low, high=high))
        return found
