"""What is measured while a run trains: telemetry, energy, other processes, peak memory."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import psutil
import torch

from costmodel.messages import Message
from lab import distributed
from lab.config import LabConfig
from lab.events import Events
from lab.task import Setting
from lab.telemetry.energy import Energy, EnergyWindow, together
from lab.telemetry.host import ContentionMeter
from lab.telemetry.readings import GpuReading, HostReading, throttled_between
from lab.telemetry.sampler import Sampler
from lab.telemetry.source import Source, open_source, visible_indices
from lab.train import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What the run took; ``None`` where nothing measures it.

    ``energy`` is by device, also of GPUs that the run did not compute on; ``own`` are those
    that it did, and only they are the run's. ``throttled_share`` is the part of the time in
    which a clock was held down, the largest of any own device. Measuring began after step
    ``since_step``.
    """

    seconds: float
    energy: Mapping[int, Energy | None]
    own: "OwnDevices"
    contention: float | None
    cpu_share: float | None
    peak_memory_bytes: int | None
    throttled_share: float | None
    throttled_s: dict[str, float] | None
    telemetry: str
    n_readings: int
    n_missed: int
    since_step: int

    def as_json(self, *, items: int, unit: str) -> dict[str, Any]:
        """The fields of ``assay lab train --json`` that were measured."""
        own = None
        if self.own.are_whole:
            own = together(self.energy.get(index) for index in self.own.indices)
        per_item = own.joules / items if own is not None and items else None
        return {
            "measured_s": self.seconds,
            "energy_j": None if own is None else own.joules,
            "energy_error_j": None if own is None else own.error_j,
            "energy_method": None if own is None else own.method,
            "energy_complete": None if own is None else own.is_complete,
            "mean_power_w": None if own is None else own.mean_power_w,
            "idle_power_w": None if own is None else own.idle_power_w,
            "gpus": [
                {
                    "index": index,
                    "computed": index in self.own.indices,
                    "energy_j": None if e is None else e.joules,
                    "energy_error_j": None if e is None else e.error_j,
                    "energy_method": None if e is None else e.method,
                    "mean_power_w": None if e is None else e.mean_power_w,
                }
                for index, e in self.energy.items()
            ],
            "joules_per_token": per_item if unit == "tokens" else None,
            "joules_per_sample": per_item if unit == "samples" else None,
            "peak_memory_bytes": self.peak_memory_bytes,
            "contention": self.contention,
            "cpu_share": self.cpu_share,
            "throttled_share": self.throttled_share,
            "throttled_s": self.throttled_s,
            "telemetry": self.telemetry,
            "n_readings": self.n_readings,
            "n_missed": self.n_missed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDevices:
    """The devices that a run computes on, by their NVML indices.

    ``n_unread`` of them the driver does not let be read, and of those ``divided`` (MIG) the
    run has a part: the energy of the others, or of whole boards, is then not the run's.
    """

    indices: tuple[int, ...] = ()
    divided: tuple[int, ...] = ()
    n_unread: int = 0

    @property
    def are_whole(self) -> bool:
        """Whether the devices that are read are the run's, all of them and it alone."""
        return not self.n_unread and not self.divided

    @property
    def notes(self) -> list[Message]:
        """Why the run has no energy, where it has none."""
        found = [
            Message(
                "GPU {index} is divided (MIG): its counters are of the whole board, so the run "
                "has no energy.",
                {"index": index},
            )
            for index in self.divided
        ]
        if self.n_unread:
            found.append(
                Message(
                    "{n} of the run's GPUs cannot be read, so the run has no energy.",
                    {"n": self.n_unread},
                )
            )
        return found


class Measuring:
    """Measures while it is entered; ``measurement`` is there afterwards.

    Writes each round of readings into ``events``. A driver that is missing or loses a
    device is noted and survived.
    """

    measurement: Measurement

    def __init__(
        self, config: LabConfig, setting: Setting, events: Events, *, since: Progress
    ) -> None:
        self._config = config
        self._setting = setting
        self._events = events
        self._since_s, self._since_step = since.elapsed_s, since.step
        self.notes: list[Message] = []
        self._first: dict[int, GpuReading] = {}
        self._last: dict[int, GpuReading] = {}
        self._n_readings = 0
        self._peak_used_bytes: int | None = None

    def __enter__(self) -> Self:
        self._source: Source = open_source()
        self._own = own_devices(self._source, self._setting)
        if self._setting.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._setting.device)
        self._began = time.monotonic()
        self._sampler = Sampler(
            self._source,
            hz=self._config.telemetry_hz,
            on_readings=self._take,
            # The page shows every GPU of the machine; the run is charged for its own.
            origin_s=self._began - self._since_s,
            root=distributed.job_pid(self._setting.world),
        )
        self._energy = EnergyWindow(self._source, idle_power_w=self._idle_power())
        self._contention = ContentionMeter(distributed.job_pid(self._setting.world))
        self._energy.start()
        self._sampler.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        cuda = self._setting.device.type == "cuda"
        if cuda and error is None:
            torch.cuda.synchronize(self._setting.device)
        seconds = time.monotonic() - self._began
        shares = self._contention.shares()
        self._energy.stop()
        energy = self._energy.results()
        self._sampler.stop()
        self.notes += self._source.state.messages if cuda or self._source.devices() else ()
        self.notes += self._sampler.state.messages
        self.notes += self._own.notes if self._source.devices() else ()
        throttled = self._throttled()
        self.measurement = Measurement(
            seconds=seconds,
            energy=energy,
            own=self._own,
            contention=None if shares is None else shares.contention,
            cpu_share=None if shares is None else shares.own,
            peak_memory_bytes=self._peak_memory(),
            throttled_share=_largest(throttled) / seconds if throttled is not None else None,
            throttled_s=throttled,
            telemetry=self._source.kind,
            n_readings=self._n_readings,
            n_missed=self._sampler.n_missed,
            since_step=self._since_step,
        )
        self._source.close()

    def _take(self, readings: Sequence[GpuReading], host: HostReading | None) -> None:
        for reading in readings:
            self._first.setdefault(reading.index, reading)
            self._last[reading.index] = reading
        self._n_readings += len(readings)
        if host is not None and host.rss_bytes is not None:
            self._peak_used_bytes = max(self._peak_used_bytes or 0, host.rss_bytes)
        self._events.put_readings(readings, host)
        self._events.commit_when_due()  # also while a step takes minutes

    def _idle_power(self) -> dict[int, float]:
        """The power of the run's devices before it begins; other programs may be at work."""
        found = {r.index: r.power_w for r in self._source.read(0.0, self._own.indices)}
        return {index: watts for index, watts in found.items() if watts is not None}

    def _throttled(self) -> dict[str, float] | None:
        """Seconds by reason of the worst of the run's devices; ``None`` without a sensor."""
        if self._setting.device.type != "cuda":
            return None
        found = [
            throttled_between(self._first[index], self._last[index])
            for index in self._own.indices
            if index in self._first
        ]
        known = [of for of in found if of is not None]
        return max(known, key=_largest) if known else None

    def _peak_memory(self) -> int | None:
        """On a GPU the most that torch held; else the most that the process did."""
        if self._setting.device.type == "cuda":
            return int(torch.cuda.max_memory_allocated(self._setting.device))
        now = int(psutil.Process().memory_info().rss)
        return max(self._peak_used_bytes or 0, now)


def _largest(seconds: Mapping[str, float]) -> float:
    return max(seconds.values(), default=0.0)


def own_devices(source: Source, setting: Setting) -> OwnDevices:
    """The devices that the run computes on: NVML ignores ``CUDA_VISIBLE_DEVICES``, so they
    are found by UUID; by their place in that list only where the driver tells no UUID, or
    where the list names a part of a board.
    """
    if setting.device.type != "cuda":
        return OwnDevices()
    boards = {device.index: device for device in source.devices()}
    visible = visible_indices(source)
    first = 0 if setting.world > 1 else (setting.device.index or 0)
    found: list[int] = []
    for place in range(first, first + setting.world):
        index = source.device_for(str(torch.cuda.get_device_properties(place).uuid))
        if index is None and place < len(visible):
            board = boards[visible[place]]
            index = board.index if board.uuid is None or board.is_mig else None
        if index is not None:
            found.append(index)
    return OwnDevices(
        indices=tuple(found),
        divided=tuple(index for index in found if boards[index].is_mig),
        n_unread=setting.world - len(found),
    )
