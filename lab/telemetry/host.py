"""The machine around a run: its own share of the CPUs, and the share that others took."""

import os
import time
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

import psutil

from lab.telemetry.readings import HostReading

#: A host reading looks back this far: a tick of the kernel's own clock is 10 ms.
WINDOW_S: Final = 1.0
#: Looking for child processes may take this share of one CPU's time.
_MOST_SCAN_SHARE: Final = 0.002
#: Guest time is in user time already.
_COUNTED: Final = (
    "user",
    "nice",
    "system",
    "idle",
    "iowait",
    "irq",
    "softirq",
    "steal",
    "interrupt",
    "dpc",
)
_UNUSED: Final = ("idle", "iowait")


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuTimes:
    """CPU seconds since the machine started: of all CPUs that count, and of this tree."""

    total_s: float
    unused_s: float
    own_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuShares:
    """Shares of all CPU time: by a tree of processes, and by everything else."""

    own: float
    contention: float


def shares_between(first: CpuTimes, last: CpuTimes) -> CpuShares | None:
    """Who used the CPUs between two moments; ``None`` when no time passed.

    What neither idled nor was ours others took, time stolen by a hypervisor included. The
    kernel accounts in ticks, so both are clipped to 0..1.
    """
    total_s = last.total_s - first.total_s
    if total_s <= 0:
        return None
    own = (last.own_s - first.own_s) / total_s
    busy = 1 - (last.unused_s - first.unused_s) / total_s
    return CpuShares(own=min(max(own, 0.0), 1.0), contention=min(max(busy - own, 0.0), 1.0))


class ContentionMeter:
    """Contention from ``start`` (or from being made) until asked.

    Others are all but the process ``root`` and those that it started; by default this one.
    ``share()`` is ``None`` where the machine does not tell: no CPU times, or no time passed.
    """

    def __init__(self, root: int | None = None) -> None:
        self._tree = _Tree(root)
        self.start()

    def start(self) -> None:
        """Begin again."""
        self._first = self._tree.cpu_times(fresh=True)

    def shares(self) -> CpuShares | None:
        """The shares since ``start``."""
        last = self._tree.cpu_times(fresh=True)
        if self._first is None or last is None:
            return None
        return shares_between(self._first, last)

    def share(self) -> float | None:
        """The share of all CPU time since ``start`` that other processes took."""
        shares = self.shares()
        return None if shares is None else shares.contention


class HostSampler:
    """Readings of the host, each over about the last ``WINDOW_S`` seconds; its own share is
    that of the process ``root`` and those that it started, by default this one.
    """

    def __init__(self, root: int | None = None) -> None:
        self._tree = _Tree(root)
        self._past: deque[tuple[float, CpuTimes]] = deque()

    def read(self, t_s: float) -> HostReading:
        """The host now, stamped ``t_s``; the first reading has no shares yet."""
        now = self._tree.cpu_times()
        shares = None
        if now is not None:
            while len(self._past) > 1 and self._past[1][0] <= t_s - WINDOW_S:
                self._past.popleft()
            shares = shares_between(self._past[0][1], now) if self._past else None
            self._past.append((t_s, now))
        return HostReading(
            t_s=t_s,
            cpu_share=None if shares is None else shares.own,
            contention=None if shares is None else shares.contention,
            memory_used_bytes=_memory_used_bytes(),
            rss_bytes=self._tree.rss_bytes(),
        )


class _Tree:
    """A process with its children, and the CPUs that they may run on."""

    def __init__(self, root: int | None) -> None:
        self._own = psutil.Process(root)
        self._children: list[Any] = []
        self._next_scan_s = 0.0

    def cpu_times(self, *, fresh: bool = False) -> CpuTimes | None:
        """CPU times now; ``fresh`` looks for children however dear that is."""
        self._scan(fresh)
        try:
            cpus = psutil.cpu_times(percpu=True)
            own = self._own.cpu_times()
        except (psutil.Error, OSError, ValueError):
            return None
        allowed = allowed_cpus()
        cpus = [cpu for n, cpu in enumerate(cpus) if allowed is None or n in allowed] or cpus
        own_s = own.user + own.system + own.children_user + own.children_system
        return CpuTimes(
            total_s=sum(getattr(cpu, name, 0.0) for cpu in cpus for name in _COUNTED),
            unused_s=sum(getattr(cpu, name, 0.0) for cpu in cpus for name in _UNUSED),
            own_s=own_s + sum(map(_cpu_s, self._children)),
        )

    def rss_bytes(self) -> int | None:
        """Resident memory of the tree; pages that several share count in each."""
        try:
            own = int(self._own.memory_info().rss)
        except (psutil.Error, OSError):
            return None
        return own + sum(map(_rss_bytes, self._children))

    def _scan(self, fresh: bool) -> None:
        started = time.monotonic()
        if started < self._next_scan_s and not fresh:
            return
        try:
            self._children = self._own.children(recursive=True)
        except (psutil.Error, OSError):
            self._children = []
        now = time.monotonic()
        self._next_scan_s = now + (now - started) / _MOST_SCAN_SHARE


def allowed_cpus() -> set[int] | None:
    """The CPUs that this process may use; ``None`` where the system does not say."""
    try:
        return os.sched_getaffinity(0)
    except (AttributeError, OSError):  # not on this system
        return None


def _cpu_s(process: Any) -> float:
    try:
        times = process.cpu_times()
    except (psutil.Error, OSError):
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def _rss_bytes(process: Any) -> int:
    try:
        return int(process.memory_info().rss)
    except (psutil.Error, OSError):
        return 0


def _memory_used_bytes() -> int | None:
    try:
        memory = psutil.virtual_memory()
    except (psutil.Error, OSError):
        return None
    return int(memory.total - memory.available)
