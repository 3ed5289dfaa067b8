"""Lab runs on disk: one folder each, readable without torch and while the run goes on.

config.json        what was asked
environment.json   machine, device, versions
events.sqlite      steps, telemetry, evaluations, state (WAL: no torn line after a kill)
checkpoint-N/      what a killed run goes on from
model/             the trained model, safetensors and config
result.json        the figures of a run that ended
tensorboard/       event files
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from costmodel.messages import Amount, InputError, Message, check_known, shown
from lab import config as configs
from lab import processes
from lab.config import LabConfig
from lab.events import SHARED, Events

RunState: TypeAlias = Literal[
    "starting", "running", "evaluating", "done", "stopped", "failed", "dead"
]

#: States of a run that a process works on.
LIVE: Final = frozenset({"starting", "running", "evaluating"})
_DIED: Final = Message("The process ended without a word: it was killed, or the machine went down.")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One optimiser step: when it ended (``t_s`` since the run began), and what it gave."""

    step: int
    t_s: float
    loss: float
    learning_rate: float
    step_s: float
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabRun:
    """A run as its folder tells it at this moment.

    ``why`` says how a run ended that did not end well; ``result`` has the fields that
    ``assay lab train --json`` prints, ``None`` until the run has ended. ``refused_field``
    names the option that the run was refused for.
    """

    run_id: str
    folder: Path
    config: LabConfig
    state: RunState
    why: Message | None
    started_at: datetime
    step: int
    elapsed_s: float
    result: Mapping[str, Any] | None
    refused_field: str | None
    last_loss: float | None

    @property
    def is_live(self) -> bool:
        """Whether a process works on it."""
        return self.state in LIVE


def runs_dir() -> Path:
    """The folder of all runs: ``$ASSAY_RUNS``, else ``assay/runs`` of the user's data."""
    given = os.environ.get("ASSAY_RUNS")
    # Absolute: a run's process works in another folder than whoever starts it.
    if given:
        return Path(given).expanduser().absolute()
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data).absolute() / "assay" / "runs"


def create(config: LabConfig, *, shared: bool = False) -> Path:
    """A new run folder with its config; the name holds the workload and the time.

    ``shared`` folders are worked on by another machine than the one that looks.
    """
    now = datetime.now(UTC)
    name = f"{config.workload}-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    folder = runs_dir() / name
    try:
        folder.mkdir(parents=True)
        if shared:
            (folder / SHARED).touch()
        with Events(folder) as events:
            events.put_meta(state="starting", started_at=now.isoformat(), beat=time.time())
        # Last and at once: a folder with a config is a run that others list.
        part = folder / "config.part"
        part.write_text(config.model_dump_json(indent=2), "utf-8")
        part.replace(folder / "config.json")
    except (OSError, sqlite3.Error) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise unwritable(folder, error) from None
    return folder


def unwritable(folder: Path, error: Exception) -> InputError:
    """What to say where a run's folder cannot be written: a full disk, no permission."""
    return InputError(
        "",
        "the run's folder {path} cannot be written ({reason}); set ASSAY_RUNS to another",
        path=str(folder),
        reason=getattr(error, "strerror", None) or str(error) or "unknown",
    )


def begin_again(folder: Path) -> None:
    """Take a run that has ended, or died, for a process about to start.

    Raises ``InputError`` where one works on it: of two that resume at once the later.
    """
    try:
        with Events(folder) as events:
            free = events.begin_again(unless=_is_worked_on)
    except (OSError, sqlite3.Error) as error:
        raise unwritable(folder, error) from None
    if not free:
        raise InputError("run", "the run {name} is still going on", name=folder.name)


def find(run_id: str) -> Path:
    """The folder of a run by its id, or by its path as it stands on the command line.

    Raises ``InputError`` with near ids.
    """
    if _NAME.fullmatch(run_id) and (runs_dir() / run_id / "config.json").is_file():
        return runs_dir() / run_id
    with contextlib.suppress(OSError):  # a name too long to be a path
        path = Path(run_id).absolute()
        if (path / "config.json").is_file() and (path / "events.sqlite").is_file():
            return path
    known = ids()
    if not known:
        raise InputError("run", "there is no lab run yet; start one with assay lab train")
    check_known("run", run_id, known)
    raise InputError("run", "the run {name} has lost its config", name=run_id)


def ids() -> list[str]:
    """The ids of all runs, newest first."""
    folder = runs_dir()
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if (path / "config.json").is_file()]
    return [path.name for path in sorted(found, key=_created, reverse=True)]


def load(folder: Path) -> LabRun:
    """The run in ``folder``. Raises ``InputError`` where the folder is not a run."""
    config = configs.load(folder / "config.json")
    try:
        with Events(folder, writable=False) as events:
            meta = last_word(events)
            last = events.last_step()
    except (sqlite3.Error, ValueError) as error:
        raise InputError(
            "run",
            "the event file of {name} cannot be read ({reason}); start the run anew",
            name=folder.name,
            reason=shown(error),
        ) from None
    state: RunState = meta["state"]
    result = _read_json(folder / "result.json") if state not in LIVE else None
    started = meta.get("started_at")
    return LabRun(
        run_id=folder.name,
        folder=folder,
        config=config,
        state=state,
        why=message_from_json(meta["why"]) if meta.get("why") else None,
        started_at=datetime.fromisoformat(started) if started else datetime.now(UTC),
        step=last.step if last else 0,
        elapsed_s=last.t_s if last else 0.0,
        result=result,
        refused_field=meta.get("field"),
        last_loss=last.loss if last else None,
    )


def last_word(events: Events) -> dict[str, Any]:
    """What is known of the run, with the state ``dead`` where its process ended without one."""
    meta = {"state": "starting", **events.meta()}
    if meta["state"] in LIVE and not processes.is_alive(meta):
        # Once more: it may have said its last word just after the first look.
        meta = {"state": "starting", **events.meta()}
        if meta["state"] in LIVE:
            meta |= {"state": "dead", "why": message_to_json(_DIED)}
    return meta


def every() -> list[LabRun]:
    """All runs, newest first; folders that cannot be read are left out."""
    found = []
    for run_id in ids():
        try:
            found.append(load(runs_dir() / run_id))
        except InputError:
            continue
    return found


def message_to_json(message: Message) -> dict[str, Any]:
    """A message as JSON, to be read back in whichever language is spoken then."""
    return {
        "text": message.text,
        "params": {name: _part_to_json(part) for name, part in message.params.items()},
    }


def message_from_json(value: Mapping[str, Any]) -> Message:
    """The message that ``message_to_json`` wrote."""
    return Message(
        value["text"], {name: _part_from_json(part) for name, part in value["params"].items()}
    )


def _part_to_json(part: Any) -> Any:
    if isinstance(part, Message):
        return message_to_json(part)
    if isinstance(part, Amount):
        return {"value": part.value, "unit": part.unit}
    return part


def _part_from_json(part: Any) -> Any:
    if isinstance(part, dict):
        return Amount(**part) if "unit" in part else message_from_json(part)
    return part


def _is_worked_on(meta: Mapping[str, Any]) -> bool:
    return meta.get("state") in LIVE and processes.is_alive(meta)


def _created(folder: Path) -> float:
    return (folder / "config.json").stat().st_mtime


def _read_json(path: Path) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found


def kill(folder: Path) -> None:
    """Kill the process of a run on this machine, and what it has started."""
    with Events(folder, writable=False) as events:
        meta = events.meta()
    processes.kill(meta)
