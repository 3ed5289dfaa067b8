"""Whether a process of ours is still there, told by a few facts that outlive it on disk."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import psutil

#: A live process says so at least this often; longer silence on another machine means dead.
SILENCE_S: Final = 60.0
#: A killed process is gone at once, unless the kernel is busy with it.
_MOST_DYING_S: Final = 5.0
#: A process that starts over from one of its threads looks dead until that thread has taken
#: its number.
_HANDOVER_S: Final = 0.2
#: The second in which a machine was started, which start times are told from, may move by one.
_SAME_START_S: Final = 3.0


def this_process() -> dict[str, Any]:
    """``facts_of`` the process that asks."""
    return facts_of(os.getpid())


def facts_of(pid: int) -> dict[str, Any]:
    """What tells later whether this process is still there; its number may be used again."""
    try:
        created = psutil.Process(pid).create_time()
    except psutil.Error:
        created = 0.0
    return {"pid": pid, "created": created, "host": _host()}


def is_here(facts: Mapping[str, Any]) -> bool:
    """Whether the process was named and belongs to this machine since its last start."""
    return "pid" in facts and facts.get("host") == _host()


def is_alive(facts: Mapping[str, Any]) -> bool:
    """Whether the process named in ``facts`` runs; on another machine, whether its ``beat`` is
    recent.
    """
    if not is_here(facts):
        return time.time() - float(facts.get("beat", 0.0)) < SILENCE_S
    until = time.monotonic() + _HANDOVER_S
    while True:
        try:
            process = psutil.Process(int(facts["pid"]))
            if abs(process.create_time() - float(facts["created"])) > _SAME_START_S:
                return False
            if process.status() != psutil.STATUS_ZOMBIE:
                return True
        except psutil.Error:
            return False
        if time.monotonic() > until:
            return False
        time.sleep(0.01)


def kill(facts: Mapping[str, Any]) -> None:
    """Kill a process of this machine and what it has started."""
    if not is_here(facts) or not is_alive(facts):
        return
    try:
        process = psutil.Process(int(facts["pid"]))
        for one in [*process.children(recursive=True), process]:
            one.kill()
    except psutil.Error:
        return
    until = time.monotonic() + _MOST_DYING_S
    while is_alive(facts) and time.monotonic() < until:
        time.sleep(0.01)


def _host() -> str:
    """The machine since it was last started: a process id means nothing after that."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        boot = f"{psutil.boot_time():.0f}"
    return f"{os.uname().nodename}:{boot}"
