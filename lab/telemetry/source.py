"""Where readings come from: a driver, a recording, or nothing; and what state that is in."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias

from costmodel.messages import InputError, Message, Part, check_known
from lab.telemetry.readings import GpuReading

SourceKind: TypeAlias = Literal["nvml", "replay", "none"]
PowerKind: TypeAlias = Literal["instant", "average"]
StateKind: TypeAlias = Literal[
    "ok",  # every device answers
    "empty",  # the driver works and has no device
    "partly_lost",  # a device stopped answering or never did, others go on
    "lost",  # none answers any more
    "ended",  # the recording is over
    "off",  # not asked for
    "package",  # no nvidia-ml-py, or another package in its place
    "missing",  # no driver
    "mismatched",  # library and kernel module are of two versions
    "refused",  # no permission
    "failed",  # another error of the driver
]
#: What the metrics of ``GpuReading`` are called.
METRICS: Final = {
    "memory_used_bytes": Message("memory"),
    "utilization": Message("utilisation"),
    "power_w": Message("power"),
    "power_limit_w": Message("power limit"),
    "energy_j": Message("energy counter"),
    "temperature_c": Message("temperature"),
    "sm_clock_mhz": Message("clock of the cores"),
    "memory_clock_mhz": Message("clock of the memory"),
    "throttle_reasons": Message("throttle reasons"),
    "throttled_s": Message("accrued throttling"),
    "pcie_tx_byte_per_s": Message("PCIe traffic sent"),
    "pcie_rx_byte_per_s": Message("PCIe traffic received"),
    "nvlink_tx_byte_per_s": Message("NVLink traffic sent"),
    "nvlink_rx_byte_per_s": Message("NVLink traffic received"),
    "ecc_corrected": Message("corrected memory errors"),
    "ecc_uncorrected": Message("uncorrected memory errors"),
    "processes": Message("processes"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a device is, asked once; ``is_mig`` when it is cut into instances."""

    index: int
    name: str
    uuid: str | None = None
    pci_bus_id: str | None = None
    memory_total_bytes: int | None = None
    power_limit_w: float | None = None
    is_mig: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingMetric:
    """A metric of ``METRICS`` that a device does not give, and why."""

    index: int
    metric: str
    why: Literal["not supported", "no permission"]

    @property
    def message(self) -> Message:
        """The same in a sentence."""
        params: dict[str, Part] = {"index": self.index, "metric": METRICS[self.metric]}
        if self.why == "no permission":
            return Message("GPU {index}, {metric}: refused to this user by the driver", params)
        return Message("GPU {index}, {metric}: not reported by this board", params)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """How a source fares; ``messages`` say what happened and what to do.

    ``lost_at_s`` has the devices that stopped answering and when, on the clock of ``read``.
    """

    kind: StateKind = "ok"
    messages: tuple[Message, ...] = ()
    lost_at_s: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerPoint:
    """Energy counter and power of a device, taken together in one call of ``call_s``.

    ``t_s`` is the middle of the call on ``time.monotonic``.
    """

    t_s: float
    call_s: float
    energy_j: float | None
    power_w: float | None


class Source(Protocol):
    """Readings of some devices. Safe to use from several threads."""

    @property
    def kind(self) -> SourceKind:
        """What is read."""
        ...

    @property
    def driver(self) -> str | None:
        """The version of the driver."""
        ...

    @property
    def state(self) -> SourceState:
        """How it fares now."""
        ...

    @property
    def missing(self) -> tuple[MissingMetric, ...]:
        """What the devices do not report."""
        ...

    def devices(self) -> tuple[Device, ...]:
        """The devices, also those that stopped answering."""
        ...

    def read(self, t_s: float, devices: Collection[int] | None = None) -> list[GpuReading]:
        """The devices now (those with these indices, or all) stamped ``t_s``.

        A device that does not answer has no reading. Never raises for the driver's errors.
        """
        ...

    def power_point(self, index: int) -> PowerPoint | None:
        """Energy and power alone, as cheaply as can be; ``None`` when it does not answer."""
        ...

    def power_kind(self, index: int) -> PowerKind | None:
        """Whether power is of the moment or an average of about the last second."""
        ...

    def device_for(self, name: str) -> int | None:
        """The index of the device with this UUID, MIG instance or PCI bus id."""
        ...

    def close(self) -> None:
        """Let go of the driver; may be called again."""
        ...


class NoSource:
    """No device, and why."""

    kind: SourceKind = "none"
    driver: str | None = None
    missing: tuple[MissingMetric, ...] = ()

    def __init__(self, state: SourceState) -> None:
        self.state = state

    def devices(self) -> tuple[Device, ...]:
        """None."""
        return ()

    def read(self, t_s: float, devices: Collection[int] | None = None) -> list[GpuReading]:
        """None."""
        return []

    def power_point(self, index: int) -> PowerPoint | None:
        """None."""
        return None

    def power_kind(self, index: int) -> PowerKind | None:
        """None."""
        return None

    def device_for(self, name: str) -> int | None:
        """None."""
        return None

    def close(self) -> None:
        """Nothing to let go of."""


def open_source(kind: str = "auto", *, recording: Path | None = None) -> Source:
    """The driver's devices (``auto``, ``nvml``), a ``replay`` of ``recording``, or ``none``.

    A driver that is missing, mismatched or refuses is no error: the source is then of kind
    ``none`` and its state says why. Raises ``InputError`` for another kind and for a
    recording that cannot be read.
    """
    check_known("telemetry", kind, ("auto", "nvml", "replay", "none"))
    if kind == "replay" or (kind == "auto" and recording is not None):
        from lab.telemetry.replay import ReplaySource, read_recording

        if recording is None:
            raise InputError("telemetry", "a replay needs a recording; name its file")
        return ReplaySource(read_recording(recording))
    if kind == "none":
        return NoSource(SourceState(kind="off"))
    from lab.telemetry import nvml

    return nvml.open_nvml()


def visible_indices(source: Source, environ: Mapping[str, str] | None = None) -> list[int]:
    """The devices that a CUDA program with this environment uses, in its order.

    NVML shows every device whatever ``CUDA_VISIBLE_DEVICES`` says. As CUDA does, the list
    ends before the first entry that names no device: unset is all, empty is none. A number
    counts in PCI order, which is CUDA's own order where the devices are alike or
    ``CUDA_DEVICE_ORDER=PCI_BUS_ID``; else ask ``device_for`` with the UUID.
    """
    known = [device.index for device in source.devices()]
    listed = (os.environ if environ is None else environ).get("CUDA_VISIBLE_DEVICES")
    if listed is None:
        return known
    chosen: list[int] = []
    for entry in listed.split(","):
        text = entry.strip()
        index = int(text) if text.isdecimal() else _named(source, text)
        if index not in known:
            break
        if index not in chosen:
            chosen.append(index)
    return chosen


def _named(source: Source, text: str) -> int | None:
    """CUDA takes no bare UUID, only one that says what it names."""
    return source.device_for(text) if text.upper().startswith(("GPU-", "MIG-")) else None


def match_device(devices: Collection[Device], name: str) -> int | None:
    """The one device whose UUID (or an unambiguous beginning of it) or PCI bus id this is.

    A UUID may lack ``GPU-``, as torch gives it; the PCI domain may have four digits, eight
    or none. A MIG instance named by its parent's UUID is its parent.
    """
    asked = name.strip().lower()
    if asked.startswith("mig-gpu-"):
        asked = asked.removeprefix("mig-").split("/")[0]
    uuid = asked.removeprefix("gpu-")
    if not uuid:
        return None
    by_uuid = [
        device.index
        for device in devices
        if device.uuid is not None and device.uuid.lower().removeprefix("gpu-").startswith(uuid)
    ]
    if by_uuid:
        return by_uuid[0] if len(by_uuid) == 1 else None
    by_bus = [
        device.index
        for device in devices
        if device.pci_bus_id is not None and _bus(device.pci_bus_id) == _bus(asked)
    ]
    return by_bus[0] if len(by_bus) == 1 else None


def _bus(name: str) -> tuple[int, str]:
    """Domain and the rest: ``0000:19:00.0``, ``00000000:19:00.0`` and ``19:00.0`` are one."""
    parts = name.lower().rsplit(":", 2)
    try:
        domain = int(parts[0], 16) if len(parts) > 2 else 0
    except ValueError:
        domain = -1
    return domain, ":".join(parts[-2:])
