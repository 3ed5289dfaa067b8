"""A CPU that others crowd: threads that spin while they wait then hold up their own run.

The OpenMP of torch waits by spinning, which is fastest while every thread has a core. Where
another program takes one, a thread that spins keeps the core from the thread that it waits
for: steps of 30 ms were seen to take 10 s. Threads that soon sleep lose about a third of the
speed on a quiet machine, so a run begins with those that spin and changes over. How threads
wait is read when torch is loaded; the run therefore saves itself and its process starts over.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Final, NoReturn, Self

from costmodel.messages import Message
from lab import stopping
from lab.telemetry.host import ContentionMeter, allowed_cpus

#: Others are looked at over this many seconds: what a page needs to open is no crowd.
WINDOW_S: Final = 5.0
#: A run that does not answer within this starts over from an earlier checkpoint.
_PATIENCE_S: Final = 2.0
_STARTED_OVER: Final = "ASSAY_STARTED_OVER"
_SPINS: Final = "GOMP_SPINCOUNT"
#: Turns of the waiting loop of GNU OpenMP before it sleeps; it takes 300,000 by itself.
_FEW: Final = "1000"


class CrowdedError(Exception):
    """The run is saved and should go on in a process whose threads give way.

    ``taken`` is the share of the CPU that others took.
    """

    def __init__(self, taken: float) -> None:
        self.taken = taken
        super().__init__(f"{taken:.2f}")


class Crowd:
    """Watches, while it is entered, for too few free cores for a run of ``threads`` threads,
    where others take more than the share ``most_contention``: on many cores half of one is a
    trifle, and a run that gives way no longer serves for calibration anyway.

    Whoever takes the steps asks ``is_here`` after each. Where nobody does, because a step or
    an evaluation hangs, the process starts over by itself from the checkpoint that there is.
    """

    def __init__(self, folder: Path, threads: int, most_contention: float) -> None:
        self._folder = folder
        self._threads = threads
        self._most = most_contention
        self._cores = len(allowed_cpus() or ()) or os.cpu_count() or 1
        self.taken = 0.0
        self._found = threading.Event()
        self._heard = threading.Event()
        self._left = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="crowd", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()
        self._heard.set()

    def is_here(self) -> bool:
        """Whether the run should be saved and go on in another process."""
        if self._found.is_set():
            self._heard.set()
        return self._found.is_set()

    def _watch(self) -> None:
        meter = ContentionMeter()
        while not self._left.wait(WINDOW_S):
            taken = meter.share()
            meter.start()
            if taken is not None and taken > self._most and self._lacks(taken):
                self.taken = taken
                self._found.set()
                if not self._heard.wait(_PATIENCE_S):
                    start_over(self._folder, taken)
                return

    def _lacks(self, taken: float) -> bool:
        return leaves_too_few(self._cores, self._threads, taken)


def leaves_too_few(cores: int, threads: int, taken: float) -> bool:
    """Whether ``threads`` lack at least half a core where others take the share ``taken``.

    More threads than cores are crowded by each other, and OpenMP sees to that by itself.
    """
    return cores * (1 - taken) < min(threads, cores) - 0.5


def watched(folder: Path, threads: int, most_contention: float) -> Crowd | None:
    """A watch where one helps: several threads of GNU OpenMP, which spin."""
    told = _SPINS in os.environ or "OMP_WAIT_POLICY" in os.environ
    if threads == 1 or sys.platform != "linux" or told:
        return None
    return Crowd(folder, threads, most_contention)


def start_over(folder: Path, taken: float) -> NoReturn:
    """Run this process again, from the checkpoint, with threads that give way.

    A signal that came before is kept as a request, one that comes in between is held for the
    new program.
    """
    stopping.hold()
    if stopping.signalled():
        stopping.request(folder)
    fresh = os.environ | {_SPINS: _FEW, _STARTED_OVER: str(taken)}
    command = [sys.executable, "-m", "lab.worker", str(folder), "--resume"]
    os.execve(sys.executable, command, fresh)


def taken_before() -> float | None:
    """The share of the CPU that others took when this process took over; ``None`` if it began
    the run.
    """
    taken = os.environ.get(_STARTED_OVER)
    return None if taken is None else float(taken)


def note(taken: float) -> Message:
    """What a reader of the run is told."""
    return Message(
        "Other programs took {share} of the CPU. The run went on from its checkpoint with "
        "threads that give way: far faster beside others, but about a third slower on a quiet "
        "machine.",
        {"share": f"{taken:.0%}"},
    )
