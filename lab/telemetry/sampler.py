"""A thread that reads a source at a steady rate, whatever happens to the source."""

import math
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeAlias

from costmodel.messages import Message, Part, shown
from lab.telemetry.host import HostSampler
from lab.telemetry.readings import GpuReading, HostReading
from lab.telemetry.source import Source

OnReadings: TypeAlias = Callable[[Sequence[GpuReading], HostReading | None], object]

#: The host is read less often: the kernel accounts CPU time in ticks of 10 ms.
HOST_HZ: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplerState:
    """How sampling went so far.

    ``n_missed`` ticks came too late and were left out; ``n_failed`` readings could not be
    taken or handed on, for the reason in ``failure``.
    """

    n_ticks: int = 0
    n_missed: int = 0
    n_failed: int = 0
    failure: str | None = None

    @property
    def messages(self) -> tuple[Message, ...]:
        """What a person should know of it."""
        if not self.n_failed:
            return ()
        params: dict[str, Part] = {"n": self.n_failed, "problem": self.failure or ""}
        return (Message("{n} rounds of readings were lost; the last one for: {problem}", params),)


def missed_ticks(tick: int, elapsed_s: float, *, hz: float) -> int:
    """How many ticks after ``tick`` were due already ``elapsed_s`` after tick 0.

    One that is due at this moment counts as missed: two ticks never come in a bunch.
    """
    return max(math.floor(elapsed_s * hz) - tick, 0)


class Sampler:
    """Reads ``source`` and the host ``hz`` times a second while it is entered.

    Tick k is due at start + k / hz, so that the rate does not drift; a tick that comes too
    late is counted and left out, never made up for in a bunch. ``on_readings`` is called on
    the sampler's thread with the devices' readings and, at most ``HOST_HZ`` times a second,
    the host's; what it raises is kept in ``state``. ``devices`` are the indices to read,
    all by default. ``origin_s`` on ``time.monotonic`` is where ``t_s`` counts from: by
    default the start of the sampler. The host's own share is that of the process ``root`` and
    those that it started, by default this one.
    """

    def __init__(
        self,
        source: Source,
        *,
        hz: float = 10.0,
        on_readings: OnReadings,
        devices: Collection[int] | None = None,
        origin_s: float | None = None,
        root: int | None = None,
    ) -> None:
        assert 0 < hz < math.inf, hz
        self._source, self._hz, self._on_readings = source, hz, on_readings
        self._devices = devices
        self._origin_s = origin_s
        self._host = HostSampler(root)
        self._host_due_s = -math.inf
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._state = SamplerState()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def state(self) -> SamplerState:
        """How sampling went so far."""
        return self._state

    @property
    def n_missed(self) -> int:
        """Ticks that came too late and were left out."""
        return self._state.n_missed

    def start(self) -> None:
        """Begin to sample, at once."""
        assert self._thread is None, "a sampler runs once"
        started_s = time.monotonic()
        if self._origin_s is None:
            self._origin_s = started_s
        self._thread = threading.Thread(
            target=self._run, args=(started_s, self._origin_s), name="telemetry", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop after the reading in progress; may be called again."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, started_s: float, origin_s: float) -> None:
        tick = n_ticks = n_missed = n_failed = 0
        failure: str | None = None
        while not self._stop.is_set():
            try:
                self._take(time.monotonic() - origin_s)
            except Exception as error:  # noqa: BLE001 a failing disk must not end the telemetry
                n_failed += 1
                failure = f"{type(error).__name__}: {shown(error)}"
            n_ticks += 1
            late = missed_ticks(tick, time.monotonic() - started_s, hz=self._hz)
            n_missed += late
            tick += late + 1
            self._state = SamplerState(
                n_ticks=n_ticks, n_missed=n_missed, n_failed=n_failed, failure=failure
            )
            self._stop.wait(max(started_s + tick / self._hz - time.monotonic(), 0.0))

    def _take(self, t_s: float) -> None:
        readings = self._source.read(t_s, self._devices)
        host = None
        if t_s >= self._host_due_s:
            host = self._host.read(t_s)
            self._host_due_s = t_s + 1 / HOST_HZ - 0.5 / self._hz
        self._on_readings(readings, host)
