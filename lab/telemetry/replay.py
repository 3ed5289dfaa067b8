"""A recording as a source: what a run read, played again by its own clock."""

import bisect
import json
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from costmodel.messages import InputError, Message
from lab.telemetry.readings import GpuReading
from lab.telemetry.source import (
    METRICS,
    Device,
    MissingMetric,
    PowerKind,
    PowerPoint,
    SourceKind,
    SourceState,
    match_device,
)

#: A device that was silent for so long at the end of a recording had stopped answering.
_SILENT_S = 1.0


def write_recording(path: Path, readings: Iterable[GpuReading]) -> None:
    """Write one reading a line, as JSON."""
    lines = (json.dumps(reading.as_json(), ensure_ascii=False) for reading in readings)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")


def read_recording(path: Path) -> list[GpuReading]:
    """The readings of a file that ``write_recording`` wrote.

    Raises ``InputError`` naming the line that is no reading, or a file that cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "recording",
            "{file} cannot be read as a recording ({problem})",
            file=path.name,
            problem=str(error),
        ) from error
    readings = []
    for n, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            readings.append(GpuReading.from_json(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InputError(
                "recording",
                "line {line} of {file} is no reading; write one JSON object a line, with index, "
                "name and t_s",
                line=n,
                file=path.name,
            ) from error
    if not readings:
        raise InputError("recording", "{file} holds no reading", file=path.name)
    return readings


class ReplaySource:
    """The devices of a recording; each reading stands until the next one of its device."""

    kind: SourceKind = "replay"
    driver: str | None = None

    def __init__(self, readings: Iterable[GpuReading]) -> None:
        self._by_device: dict[int, list[GpuReading]] = {}
        for reading in sorted(readings, key=lambda r: (r.index, r.t_s)):
            self._by_device.setdefault(reading.index, []).append(reading)
        self._end_s = max(held[-1].t_s for held in self._by_device.values())
        self._now_s = 0.0

    @property
    def state(self) -> SourceState:
        """Whether the recording is over, and which devices stopped in it."""
        lost = tuple(
            (index, held[-1].t_s)
            for index, held in self._by_device.items()
            if held[-1].t_s < min(self._now_s, self._end_s) - _SILENT_S
        )
        messages = tuple(
            Message(
                "GPU {index} has no readings after {t_s} s of the recording",
                {"index": index, "t_s": round(t_s, 1)},
            )
            for index, t_s in lost
        )
        if self._now_s > self._end_s:
            over = Message("The recording is over after {t_s} s", {"t_s": round(self._end_s, 1)})
            return SourceState(kind="ended", messages=(*messages, over), lost_at_s=lost)
        return SourceState(kind="partly_lost" if lost else "ok", messages=messages, lost_at_s=lost)

    @property
    def missing(self) -> tuple[MissingMetric, ...]:
        """The metrics that no reading of a device has."""
        return tuple(
            MissingMetric(index=index, metric=metric, why="not supported")
            for index, held in self._by_device.items()
            for metric in METRICS
            if all(getattr(reading, metric) is None for reading in held)
        )

    def devices(self) -> tuple[Device, ...]:
        """The devices of the recording."""
        return tuple(
            Device(
                index=index,
                name=held[0].name,
                uuid=held[0].uuid,
                memory_total_bytes=held[0].memory_total_bytes,
                power_limit_w=held[0].power_limit_w,
            )
            for index, held in self._by_device.items()
        )

    def read(self, t_s: float, devices: Collection[int] | None = None) -> list[GpuReading]:
        """The latest reading of each device at ``t_s``, stamped so; none once it stopped."""
        self._now_s = max(self._now_s, t_s)
        found = []
        for index, held in self._by_device.items():
            if devices is not None and index not in devices:
                continue
            at = bisect.bisect_right(held, t_s, key=lambda r: r.t_s) - 1
            over = at == len(held) - 1 and t_s > held[-1].t_s + _SILENT_S
            if at >= 0 and not over and t_s <= self._end_s + _SILENT_S:
                found.append(replace(held[at], t_s=t_s))
        return found

    def power_point(self, index: int) -> PowerPoint | None:
        """``None``: a recording is not measured again; see ``energy.energy_of``."""
        return None

    def power_kind(self, index: int) -> PowerKind | None:
        """``None``: a recording does not tell."""
        return None

    def device_for(self, name: str) -> int | None:
        """The index of the device with this UUID."""
        return match_device(self.devices(), name)

    def close(self) -> None:
        """Nothing to let go of."""
