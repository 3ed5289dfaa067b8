"""One moment of one device or of the host: the values, and their form in a recording."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, Self

#: Bits of NVML's clocks event reasons that hold a clock down. Bit 0, an idle GPU, does not.
THROTTLE_BITS: Final = {
    0x002: "applications_clocks",
    0x004: "sw_power_cap",
    0x008: "hw_slowdown",
    0x010: "sync_boost",
    0x020: "sw_thermal_slowdown",
    0x040: "hw_thermal_slowdown",
    0x080: "hw_power_brake_slowdown",
    0x100: "display_clock_setting",
    0x200: "board_limit",
    0x400: "reliability",
}
#: Accrued reasons that are no throttling: the device had nothing to do.
NOT_THROTTLING: Final = frozenset({"low_utilization"})
_IDLE_BIT: Final = 0x001


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuProcess:
    """A process that holds memory of a device.

    ``pid`` is the host's, also in a container; ``name`` and ``memory_bytes`` are ``None``
    where the driver does not tell them.
    """

    pid: int
    name: str | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuReading:
    """One device at one moment; what its board has no sensor for is ``None``, never zero.

    ``t_s`` counts from the start of the sampler. ``energy_j`` is the board's own counter,
    which moves in steps and starts anew with the driver. ``throttle_reasons`` hold at this
    moment; ``throttled_s`` accrues by reason since the driver was loaded, so that two
    readings tell what a short flag hides. The traffic of PCIe and NVLink is of all lanes
    and links together, and of the time since the reading before.
    """

    index: int
    name: str
    t_s: float
    uuid: str | None = None
    memory_total_bytes: int | None = None
    memory_used_bytes: int | None = None
    utilization: float | None = None
    memory_utilization: float | None = None
    power_w: float | None = None
    power_limit_w: float | None = None
    energy_j: float | None = None
    temperature_c: float | None = None
    sm_clock_mhz: float | None = None
    memory_clock_mhz: float | None = None
    throttle_reasons: tuple[str, ...] | None = None
    throttled_s: Mapping[str, float] | None = field(default=None, hash=False)
    pcie_tx_byte_per_s: float | None = None
    pcie_rx_byte_per_s: float | None = None
    nvlink_tx_byte_per_s: float | None = None
    nvlink_rx_byte_per_s: float | None = None
    ecc_corrected: int | None = None
    ecc_uncorrected: int | None = None
    processes: tuple[GpuProcess, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """The reading as an object of a recording; what is unknown is left out."""
        shown = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.throttle_reasons is not None:
            shown["throttle_reasons"] = list(self.throttle_reasons)
        if self.throttled_s is not None:
            shown["throttled_s"] = dict(self.throttled_s)
        if self.processes is not None:
            shown["processes"] = [[p.pid, p.name, p.memory_bytes] for p in self.processes]
        return {name: value for name, value in shown.items() if value is not None}

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> Self:
        """The reading that ``as_json`` wrote; fields it does not know are passed over.

        Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is no reading.
        """
        known = {f.name: shown[f.name] for f in fields(cls) if f.name in shown}
        known["index"], known["t_s"] = int(shown["index"]), float(shown["t_s"])
        known["name"] = str(shown["name"])
        if known.get("throttle_reasons") is not None:
            known["throttle_reasons"] = tuple(map(str, known["throttle_reasons"]))
        if known.get("throttled_s") is not None:
            known["throttled_s"] = {str(k): float(v) for k, v in known["throttled_s"].items()}
        if known.get("processes") is not None:
            known["processes"] = tuple(
                GpuProcess(pid=pid, name=name, memory_bytes=memory)
                for pid, name, memory in known["processes"]
            )
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostReading:
    """The machine at one moment.

    ``cpu_share`` and ``contention`` are shares of all CPU time that this process may use:
    what this process and its children took, and what all others took (a hypervisor that
    stole time is one of them), over about the last second. ``memory_used_bytes`` is of the
    whole machine, ``rss_bytes`` of this process and its children, shared pages in each.
    """

    t_s: float
    cpu_share: float | None = None
    contention: float | None = None
    memory_used_bytes: int | None = None
    rss_bytes: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The reading as an object of a recording; what is unknown is left out."""
        shown = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in shown.items() if value is not None}

    @classmethod
    def from_json(cls, shown: Mapping[str, Any]) -> Self:
        """The reading that ``as_json`` wrote. Raises ``KeyError`` or ``TypeError``."""
        return cls(**{f.name: shown[f.name] for f in fields(cls) if f.name in shown})


def throttle_names(bits: int) -> tuple[str, ...]:
    """The reasons in NVML's bit mask that hold a clock down, in the order of their bits."""
    names = []
    for position in range(bits.bit_length()):
        bit = 1 << position
        if bits & bit and bit != _IDLE_BIT:
            names.append(THROTTLE_BITS.get(bit, f"unknown_{bit:#x}"))
    return tuple(names)


def throttled_between(first: GpuReading, last: GpuReading) -> dict[str, float] | None:
    """Seconds that each reason held a clock down between two readings of one device.

    ``None`` where the board does not accrue them; a reason that did not hold is absent,
    and so is one whose counter started anew in between.
    """
    if first.throttled_s is None or last.throttled_s is None:
        return None
    return {
        reason: last.throttled_s[reason] - before
        for reason, before in first.throttled_s.items()
        if reason not in NOT_THROTTLING and last.throttled_s.get(reason, before) > before
    }


def idle_power_w(readings: Iterable[GpuReading]) -> float | None:
    """Mean power of the readings in which the device had no work; ``None`` without any."""
    watts = [r.power_w for r in readings if r.power_w is not None and r.utilization == 0]
    return sum(watts) / len(watts) if watts else None
