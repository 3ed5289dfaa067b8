"""Step times on a CPU and on a GPU, where work is queued and a plain clock lies."""

import time
from typing import Final, Protocol

import torch
from torch import Tensor

#: Steps in flight on a GPU before the host waits for them.
_MOST_IN_FLIGHT: Final = 64


class StepClock(Protocol):
    """Marks the ends of steps; gives back what is known of them, in order."""

    def start(self) -> None:
        """A step begins now, after a pause or at the first."""

    def end(self, loss: Tensor) -> None:
        """A step's work has been given to the device; ``loss`` is its result."""

    def finished(self, *, wait: bool = False) -> list[tuple[float, float]]:
        """(seconds, loss) of the steps that ended since the last call."""


class CpuClock:
    """The monotonic clock: a CPU has done the step when the call returns."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._ended: list[tuple[float, float]] = []

    def start(self) -> None:
        """A step begins now."""
        self._began = time.perf_counter()

    def end(self, loss: Tensor) -> None:
        """The step has ended."""
        value = float(loss)
        now = time.perf_counter()
        self._ended.append((now - self._began, value))
        self._began = now

    def finished(self, *, wait: bool = False) -> list[tuple[float, float]]:
        """The steps since the last call."""
        ended, self._ended = self._ended, []
        return ended


class CudaClock:
    """Device events: from the end of one step to the end of the next, on the device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._marks: list[tuple[torch.cuda.Event, torch.cuda.Event, Tensor]] = []
        self._last = self._mark()

    def _mark(self) -> torch.cuda.Event:
        event = torch.cuda.Event(enable_timing=True)
        event.record(torch.cuda.current_stream(self._device))
        return event

    def start(self) -> None:
        """A step begins when the device is done with what came before."""
        torch.cuda.synchronize(self._device)
        self._last = self._mark()

    def end(self, loss: Tensor) -> None:
        """The step's end is queued behind its work, and so is its loss on the way to the host:
        asking for the number itself would wait for all that is queued by then.
        """
        told = torch.empty((), dtype=loss.dtype, pin_memory=True)
        told.copy_(loss, non_blocking=True)
        mark = self._mark()
        self._marks.append((self._last, mark, told))
        self._last = mark

    def finished(self, *, wait: bool = False) -> list[tuple[float, float]]:
        """The steps whose end the device has passed; with ``wait``, all."""
        if self._marks and (wait or len(self._marks) > _MOST_IN_FLIGHT):
            self._marks[-1][1].synchronize()
        n = 0
        while n < len(self._marks) and self._marks[n][1].query():
            n += 1
        done, self._marks = self._marks[:n], self._marks[n:]
        return [(a.elapsed_time(b) / 1000, float(loss)) for a, b, loss in done]


def clock_for(device: torch.device) -> StepClock:
    """The clock of this kind of device."""
    return CudaClock(device) if device.type == "cuda" else CpuClock()
