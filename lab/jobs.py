"""Work of minutes that is no training run: an audit, a verification, an experiment.

Each has a folder, readable without torch and while the work goes on:

request.json    what was asked
events.sqlite   how far it is, what it has found so far, its last word
result.json     what it found
log.txt         what its libraries said
"""

import json
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from costmodel.messages import InputError, Message, check_known, shown
from lab import launch, runs, stopping
from lab.events import Event, Events
from lab.runs import LIVE, RunState, message_from_json, message_to_json

JobKind: TypeAlias = Literal["audit", "verify", "experiment"]

#: The module that works on each kind; its ``work(request, report)`` gives the result.
WORKED_BY: Final[Mapping[JobKind, str]] = {
    "audit": "lab.audit.job",
    "verify": "lab.verify.job",
    "experiment": "lab.experiments.job",
}
#: How often a follower looks at a job.
LOOK_EVERY_S: Final = 0.2
_NAME: Final = re.compile(r"(audit|verify|experiment)[a-z0-9-]{0,80}")


class StoppedError(Exception):
    """Somebody asked the job to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as its folder tells it at this moment.

    ``done`` is the share of the work that is done, ``None`` where that is not known;
    ``result`` is what was found, also by a job that was stopped as far as it came.
    """

    job_id: str
    kind: JobKind
    owner: str
    folder: Path
    request: Mapping[str, Any]
    state: RunState
    why: Message | None
    refused_field: str | None
    started_at: datetime
    elapsed_s: float
    doing: Message | None
    done: float | None
    result: Mapping[str, Any] | None

    @property
    def is_live(self) -> bool:
        """Whether a process works on it."""
        return self.state in LIVE

    def found(self, kind: str) -> list[Event]:
        """What it told of this kind so far, in order."""
        with Events(self.folder, writable=False) as events:
            return events.events(kind)


class Report:
    """What a job tells while it works, and where it hears that it should stop."""

    def __init__(self, folder: Path, events: Events) -> None:
        self.folder = folder
        self._events = events
        self._began = time.monotonic()
        self._told_at = -1.0

    def say(self, doing: Message, done: float | None = None) -> None:
        """What it does now and which share is done. Raises ``StoppedError`` if asked to stop."""
        now = time.monotonic()
        self._events.put_meta(
            state="running",
            doing=message_to_json(doing),
            done=done,
            elapsed_s=now - self._began,
            beat=time.time(),
        )
        self._told_at = now
        self.check()

    def say_sometimes(self, doing: Message, done: float | None = None) -> None:
        """``say`` at most four times a second, for a loop of many short steps."""
        if time.monotonic() - self._told_at >= 0.25:
            self.say(doing, done)

    def add(self, kind: str, **payload: Any) -> None:
        """Something found on the way, for who follows."""
        self._events.put(kind, t_s=time.monotonic() - self._began, step=0, **payload)
        self._events.commit_when_due()

    def keep(self, result: Mapping[str, Any]) -> None:
        """What is found so far: it stays if the job is stopped or fails."""
        write_json(self.folder / "result.json", result)

    def check(self) -> None:
        """Raise ``StoppedError`` where somebody asked the job to stop."""
        if stopping.signalled() or stopping.requested(self.folder):
            raise StoppedError

    @property
    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began


def jobs_dir() -> Path:
    """The folder of all jobs, beside that of the runs."""
    return runs.runs_dir() / "jobs"


def start(kind: JobKind, request: Mapping[str, Any], *, name: str = "", owner: str = "") -> Path:
    """Begin a job in a process that outlives whoever started it; its folder.

    ``name`` becomes part of the job's id; ``owner`` says whose it is, where several people
    share a machine.
    """
    folder = create(kind, request, name=name, owner=owner)
    launch.reap(spawn(folder))
    return folder


def create(kind: JobKind, request: Mapping[str, Any], *, name: str = "", owner: str = "") -> Path:
    """The folder of a new job, with what was asked."""
    now = datetime.now(UTC)
    words = "-".join(part for part in (kind, name.replace("_", "-")) if part)
    folder = jobs_dir() / f"{words}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    try:
        folder.mkdir(parents=True)
        with Events(folder) as events:
            events.put_meta(
                kind=kind,
                owner=owner,
                state="starting",
                started_at=now.isoformat(),
                beat=time.time(),
            )
        write_json(folder / "request.json", request)
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise runs.unwritable(folder, error) from None
    return folder


def spawn(folder: Path, *, attached: bool = False) -> "subprocess.Popen[bytes]":
    """The process that works on the job."""
    command = [sys.executable, "-m", "lab.job_worker", str(folder.absolute())]
    return launch.spawn_in(folder, command, attached=attached)


def follow(folder: Path, process: "subprocess.Popen[bytes] | None" = None) -> Iterator[Job]:
    """The job as it is, several times a second, until it has ended; the last is the end."""
    while True:
        if process is not None:
            process.poll()  # else a process that has ended would linger as a zombie
        job = load(folder)
        yield job
        if not job.is_live:
            return
        time.sleep(LOOK_EVERY_S)


def stop(folder: Path, *, now: bool = False) -> None:
    """Ask a job to end with what it has; with ``now`` kill it."""
    launch.stop(folder, now=now)


def load(folder: Path) -> Job:
    """The job in ``folder``. Raises ``InputError`` where the folder is not one."""
    try:
        request = json.loads((folder / "request.json").read_text("utf-8"))
        with Events(folder, writable=False) as events:
            meta = runs.last_word(events)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise InputError(
            "job",
            "the job {name} cannot be read ({reason}); start it anew",
            name=folder.name,
            reason=shown(error),
        ) from None
    state: RunState = meta["state"]
    result = None
    if state not in LIVE:
        try:
            result = json.loads((folder / "result.json").read_text("utf-8"))
        except (OSError, ValueError):
            result = None
    return Job(
        job_id=folder.name,
        kind=meta["kind"],
        owner=meta.get("owner", ""),
        folder=folder,
        request=request,
        state=state,
        why=message_from_json(meta["why"]) if meta.get("why") else None,
        refused_field=meta.get("field"),
        started_at=datetime.fromisoformat(meta["started_at"]),
        elapsed_s=float(meta.get("elapsed_s", 0.0)),
        doing=message_from_json(meta["doing"]) if meta.get("doing") else None,
        done=meta.get("done"),
        result=result,
    )


def find(job_id: str) -> Path:
    """The folder of a job by its id. Raises ``InputError`` with near ids."""
    if _NAME.fullmatch(job_id) and (jobs_dir() / job_id / "request.json").is_file():
        return jobs_dir() / job_id
    check_known("job", job_id, [job.job_id for job in every()])
    raise InputError("job", "the job {name} is gone; start it anew", name=shown(job_id))


def every(kind: JobKind | None = None, *, name: str = "") -> list[Job]:
    """All jobs, newest first, of one kind and name or of all; what cannot be read is left out."""
    found = []
    prefix = "-".join(part for part in (kind or "", name.replace("_", "-")) if part)
    folder = jobs_dir()
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name.startswith(prefix):
            try:
                found.append(load(path))
            except InputError:
                continue
    return sorted(found, key=lambda job: job.started_at, reverse=True)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write the whole file or none of it."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False), "utf-8")
    part.replace(path)
