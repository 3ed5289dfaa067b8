"""Energy of devices over an interval, measured while it runs or from a recording of it.

A counter moves in steps of 10 to 200 ms: read at the ends of a short interval it is several
per cent off. Here the interval is laid between two steps, each caught as it happens, and
what lies between an end and its step is integrated from the power.

The error covers what sampling can miss. It does not cover the board's own sensors, which
their maker states to be within some 5 %.
"""

import random
import threading
import time
from collections.abc import Collection, Iterable, Mapping
from types import TracebackType
from typing import Final, Self

from lab.telemetry.readings import GpuReading
from lab.telemetry.source import PowerKind, PowerPoint, Source
from lab.telemetry.tally import Energy, Tally, together

__all__ = ("Energy", "EnergyWindow", "energy_of", "together")

#: Longest wait for the counter's next step, at either end.
MOST_WAIT_S: Final = 0.25
#: Between two readings while a step is awaited, or where only power tells and it jumps.
_FAST_S: Final = 0.002
_STEADY_S: Final = 0.020
#: Between two readings of a thread that a busy machine did not keep from reading.
_HELD_UP_S: Final = 0.040
#: A thread may be kept from the processor this long between being asked and reading.
_EDGE_S: Final = 0.001
#: The integral is read faster once its bound passes this share.
_MOST_JUMP_SHARE: Final = 0.003
#: Reading takes at most this share of the thread's time, however slow the driver is.
_MOST_READING_SHARE: Final = 0.05


class EnergyWindow:
    """Measures the energy of devices of ``source`` from entering to leaving it.

    A thread of its own reads energy and power: fast until the counter's first step, then
    some 50 times a second (faster where only power tells and it jumps), and fast again
    after the end until the counter's next step. Leaving takes one reading; the results
    wait up to ``MOST_WAIT_S`` for that step.
    ``devices`` are the indices to measure, all by default; ``idle_power_w`` by index is
    passed on into the results.
    """

    def __init__(
        self,
        source: Source,
        devices: Collection[int] | None = None,
        *,
        idle_power_w: Mapping[int, float] | None = None,
    ) -> None:
        chosen = [d.index for d in source.devices()] if devices is None else list(devices)
        self._source = source
        self._idle_power_w = idle_power_w or {}
        self._tallies = {
            i: Tally(power_kind=source.power_kind(i), held_up_s=_HELD_UP_S) for i in chosen
        }
        self._answering = set(chosen)
        self._edge_s = dict.fromkeys(chosen, _EDGE_S)
        self._complete: frozenset[int] = frozenset()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def start(self) -> None:
        """Begin the interval."""
        assert self._thread is None, "a window runs once"
        with self._lock:
            self._read(is_edge=True)
        self._thread = threading.Thread(target=self._run, name="energy", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End the interval, without waiting; may be called again."""
        if self._stopping.is_set() or self._thread is None:
            return
        with self._lock:
            self._read(is_edge=True)
            self._complete = frozenset(self._answering)
            for tally in self._tallies.values():
                tally.end()
        self._stopping.set()

    def stop(self) -> Energy | None:
        """End the interval; the energy of all its devices together.

        ``None`` without a device, or where one of them has neither a counter nor power: a
        part is not the whole.
        """
        return together(self.results().values())

    def results(self) -> dict[int, Energy | None]:
        """Each device's energy; ``None`` where neither a counter nor power was to be had."""
        self.end()
        if self._thread is not None:
            self._thread.join()
        return {
            index: tally.energy(
                edge_s=self._edge_s[index],
                idle_power_w=self._idle_power_w.get(index),
                is_complete=index in self._complete,
            )
            for index, tally in self._tallies.items()
        }

    def _run(self) -> None:
        rng = random.Random(0)
        self._await_ticks(stop_early=True)
        while not self._stopping.is_set():
            took_s = self._poll()
            # Uneven steps: an even rate could fall in with a load that comes and goes.
            pause_s = self._pause_s() * rng.uniform(0.6, 1.4)
            self._stopping.wait(max(pause_s, took_s / _MOST_READING_SHARE))
        self._await_ticks(stop_early=False)

    def _await_ticks(self, *, stop_early: bool) -> None:
        """Read fast until each counter has moved."""
        until_s = time.monotonic() + MOST_WAIT_S
        while time.monotonic() < until_s and not (stop_early and self._stopping.is_set()):
            if all(t.has_ticked or not t.has_counter for t in self._tallies.values()):
                return
            if self._poll() == 0.0:
                return
            time.sleep(_FAST_S)

    def _pause_s(self) -> float:
        hasty = (
            not tally.has_counter and tally.jump_share > _MOST_JUMP_SHARE
            for tally in self._tallies.values()
        )
        return _FAST_S if any(hasty) else _STEADY_S

    def _poll(self) -> float:
        """Read every device that answers; how long that took, 0 when none does."""
        with self._lock:
            return self._read()

    def _read(self, *, is_edge: bool = False) -> float:
        started = time.monotonic()
        if not self._answering:
            return 0.0
        for index in sorted(self._answering):
            point = self._source.power_point(index)
            if point is None:
                self._answering.discard(index)
            else:
                self._tallies[index].add(point)
                if is_edge:
                    self._edge_s[index] += point.t_s - started
        return max(time.monotonic() - started, 1e-9)


def energy_of(
    readings: Iterable[GpuReading],
    *,
    since_s: float | None = None,
    until_s: float | None = None,
    power_kind: PowerKind = "average",
    idle_power_w: float | None = None,
) -> Energy | None:
    """The energy in a recording of one device between two of its moments, all by default.

    A recording is coarse: its bound is wide on a short interval. The interval is that of
    the readings within it. ``None`` without a counter, a power sensor or two readings.
    """
    tally = Tally(power_kind=power_kind)
    for reading in sorted(readings, key=lambda r: r.t_s):
        if since_s is not None and reading.t_s < since_s:
            continue
        if until_s is not None and reading.t_s > until_s:
            tally.end()
        tally.add(
            PowerPoint(
                t_s=reading.t_s, call_s=0.0, energy_j=reading.energy_j, power_w=reading.power_w
            )
        )
    return tally.energy(idle_power_w=idle_power_w)
