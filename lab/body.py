"""The body of a process of ours: it beats, hears signals, and has a last word whatever happens.

Whatever goes wrong ends in the folder's event file as a sentence; the log holds the rest.
"""

import contextlib
import ctypes
import errno
import os
import re
import signal
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from costmodel.messages import Amount, InputError, Message
from lab import processes, stopping
from lab.events import Events
from lab.runs import RunState, message_to_json

#: Names the process whose end is to be this one's end.
ATTACHED_TO: Final = "ASSAY_ATTACHED_TO"
#: Exit statuses, as on the command line.
DONE: Final = 0
FAILED: Final = 1
BAD_INPUT: Final = 2

#: How the work ended, and why where it did not end well.
End: TypeAlias = "tuple[RunState, Message | None]"

_PR_SET_PDEATHSIG: Final = 1
_LOOK_EVERY_S: Final = 0.5
_BEAT_EVERY_S: Final = processes.SILENCE_S / 10
_ROOM: Final = ".room"
_ROOM_BYTES: Final = 256 * 1024


def begin() -> None:
    """The first thing that a process does: hear signals, and die with whom it is attached to."""
    stopping.listen()
    _die_with(os.environ.get(ATTACHED_TO))


def to_the_end(
    folder: Path, work: Callable[[Events], End], *, hands_over: type[Exception] | None = None
) -> int:
    """Do ``work`` and tell the folder's event file how it ended; the exit status.

    An exception of the kind ``hands_over`` passes through, and leaves the folder live.
    """
    with Events(folder) as events, _beating(events):
        # At once: a page that looks in the two seconds of importing torch sees it alive.
        fresh = {"state": "starting", "why": None, "field": None, "beat": time.time()}
        events.put_meta(**fresh, **processes.this_process())
        _hold_room(folder)
        state: RunState
        why: Message | None
        try:
            state, why = work(events)
            status = FAILED if state == "failed" else DONE
        except InputError as error:
            state, why, status = "failed", error.message, BAD_INPUT
            with contextlib.suppress(sqlite3.Error):
                events.put_meta(field=error.field)
        except Exception as error:
            if hands_over is not None and isinstance(error, hands_over):
                raise
            traceback.print_exc()
            state, why, status = "failed", explained(error), FAILED
        _say_the_end(events, folder, state, why)
    return status


def explained(error: BaseException) -> Message:
    """What went wrong, and what to do about it."""
    text = str(error)
    if (asked := _asked_bytes(error)) is not None:
        return _out_of_memory(asked, text)
    name = type(error).__name__
    if _is_of_disk(error):
        return Message(
            "The run could not write to its folder ({reason}); make room or set ASSAY_RUNS to "
            "another disk, then resume.",
            {"reason": text[:120]},
        )
    if any(word in text for word in _LOST_DEVICE):
        return Message(
            "The GPU was lost in the middle of the run; the last checkpoint is kept. Look at "
            "dmesg for an Xid error, then resume."
        )
    return Message(
        "The run failed for a reason inside it ({kind}); its log.txt has the details.",
        {"kind": name},
    )


_LOST_DEVICE: Final = ("GPU is lost", "fallen off the bus", "uncorrectable ECC", "device-side")
_BYTES: Final = r"([\d.]+) ?(bytes|[KMG]iB|B)"
_SCALE: Final = {"B": 1, "bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def _is_of_disk(error: BaseException) -> bool:
    """Whether something could not be written."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
    text = str(error)
    if isinstance(error, sqlite3.OperationalError):
        return any(word in text for word in ("full", "disk", "readonly", "open"))
    # By name: this process may have failed before it could import what defines them.
    return type(error).__name__ == "DiskError" or any(
        os.strerror(number) in text for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    )


def _out_of_memory(asked: float, text: str) -> Message:
    """How much was needed, as far as the allocator says, and what to lower."""
    lower = Message(
        "Lower the batch size, the context or the width, or turn on activation checkpointing."
    )
    said = {name: _amount(words, text) for name, words in _CUDA_SAYS.items()}
    used, total = said["used"], said["total"]
    if asked and used is not None and total is not None:
        return Message(
            "Memory ran out: the GPU has {total}, of which {used} were in use when another "
            "{asked} were asked for; {needed} were needed. {lower}",
            {
                "total": Amount(total, "bytes"),
                "used": Amount(used, "bytes"),
                "asked": Amount(asked, "bytes"),
                "needed": Amount(used + asked, "bytes"),
                "lower": lower,
            },
        )
    if asked:
        return Message(
            "Memory ran out: {needed} more were needed. {lower}",
            {"needed": Amount(asked, "bytes"), "lower": lower},
        )
    return Message("Memory ran out. {lower}", {"lower": lower})


#: What torch's CUDA allocator says, by the words that stand around the amount. What it holds
#: in reserve is not in use.
_CUDA_SAYS: Final = {
    "total": r"total capacity of {bytes}",
    "used": r"{bytes} is allocated by PyTorch",
}


def _amount(words: str, text: str) -> float | None:
    found = re.search(words.replace("{bytes}", _BYTES), text)
    return float(found[1]) * _SCALE[found[2]] if found else None


def _asked_bytes(error: BaseException) -> float | None:
    """The bytes that an allocation asked for; zero where it does not say; ``None`` else."""
    text = str(error)
    # "Tried to allocate 2.00 GiB" (CUDA), "you tried to allocate 8000000 bytes" (CPU).
    if (asked := _amount("[Tt]ried to allocate {bytes}", text)) is not None:
        return asked
    # oneDNN, under the CPU's matrix products, says no more than that it "could not create".
    lowered = text.lower()
    out = isinstance(error, MemoryError) or any(
        word in lowered for word in ("out of memory", "can't allocate memory", "could not create a")
    )
    return 0.0 if out else None


def _say_the_end(events: Events, folder: Path, state: RunState, why: Message | None) -> None:
    facts: dict[str, Any] = {"state": state, "beat": time.time()}
    if why is not None:
        facts["why"] = message_to_json(why)
    with contextlib.suppress(OSError):
        (folder / _ROOM).unlink(missing_ok=True)
    try:
        events.put_meta(**facts)
    except sqlite3.Error as error:  # a full disk: the log and the exit status remain
        print(f"{folder.name}: {state}: {why} ({error})", file=sys.stderr)  # noqa: T201


@contextlib.contextmanager
def _beating(events: Events) -> Iterator[None]:
    """Say that the process lives, also through a step or an evaluation of minutes: a page on
    another machine has no other way to know.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(_BEAT_EVERY_S):
            with contextlib.suppress(sqlite3.Error):  # a full disk: the run itself will say so
                events.put_meta(beat=time.time())

    thread = threading.Thread(target=beat, name="beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _hold_room(folder: Path) -> None:
    """A little of the disk, given back for the last word where the rest of it is full."""
    with contextlib.suppress(OSError):
        (folder / _ROOM).write_bytes(b"room " * (_ROOM_BYTES // 5))


def _die_with(pid: str | None) -> None:
    """End when the process ``pid`` does: a command in the foreground takes its run along."""
    if pid is None:
        return
    parent = processes.facts_of(int(pid))
    if sys.platform == "linux" and os.getppid() == int(pid):
        # At once, by the kernel; the thread below looks only twice a second.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        while processes.is_alive(parent):
            time.sleep(_LOOK_EVERY_S)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="attached", daemon=True).start()
