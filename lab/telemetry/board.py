"""One device of the NVIDIA driver: what it reports is found out once, then read often."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias

from lab.telemetry import calls
from lab.telemetry.calls import Calls, Field, FieldValue, NoAnswerError
from lab.telemetry.readings import GpuProcess, GpuReading, throttle_names
from lab.telemetry.source import Device, MissingMetric, PowerKind, PowerPoint

Read: TypeAlias = Callable[[], Any]

# Field ids of nvml.h, with the scope: 0 is the GPU without the rest of its module.
_POWER: Final[dict[Field, PowerKind]] = {(186, 0): "instant", (185, 0): "average"}
_ENERGY: Final[tuple[Field, ...]] = ((83, 0), (191, 0))
_THROTTLE: Final[dict[Field, str]] = {
    (74, 0): "sw_power_cap",
    (75, 0): "thermal",
    (76, 0): "sync_boost",
    (77, 0): "board_limit",
    (78, 0): "low_utilization",
    (79, 0): "reliability",
    (269, 0): "sw_thermal_slowdown",
    (270, 0): "hw_thermal_slowdown",
    (271, 0): "hw_power_brake_slowdown",
}
_ALL_LINKS: Final = 0xFFFFFFFF
#: Counters of traffic by metric, and the bytes of one count. 197 and 198 are in hexadecimal:
#: a number of a data sheet may not stand in code, and 197 is one of those too.
_TRAFFIC: Final[dict[str, tuple[Field, float]]] = {
    "pcie_tx_byte_per_s": ((0xC5, 0), 1.0),
    "pcie_rx_byte_per_s": ((0xC6, 0), 1.0),
    "nvlink_tx_byte_per_s": ((138, _ALL_LINKS), 1024.0),
    "nvlink_rx_byte_per_s": ((139, _ALL_LINKS), 1024.0),
}
_BYTE_PER_KB: Final = 1e3
#: What changes rarely or is dear to ask is asked this seldom, and kept in between.
_SELDOM_S: Final = 1.0
_DEAR_CALL_S: Final = 0.002


class Board:
    """A device of the driver. Raises ``DeviceLostError``, here and later, once it is lost.

    Of each metric the alternatives are tried once, best first; one that the board or the
    driver does not have is in ``missing`` and never asked again.
    """

    def __init__(self, nvml: Any, index: int, handle: Any, *, name: str, uuid: str | None) -> None:
        self._calls = Calls(nvml, handle)
        self.missing: list[MissingMetric] = []
        self.power_kind: PowerKind | None = None
        self._metrics: dict[str, Read] = {}
        self._seldom = {"power_limit_w", "ecc_corrected", "ecc_uncorrected", "processes"}
        self._kept: dict[str, tuple[float, float, Any]] = {}
        self._counted: dict[str, tuple[float, float]] = {}
        self._process_names: dict[int, str | None] = {}
        self._power: Field | None = None
        self._energy: Field | None = None
        self._throttle: list[Field] = []
        self._traffic: dict[str, Field] = {}
        self.device = Device(
            index=index,
            name=name,
            uuid=uuid,
            pci_bus_id=calls.text_of(self._once(lambda: self._ask("PciInfo_v3").busId)),
            memory_total_bytes=self._once(*self._memory("total")),
            power_limit_w=self._once(*self._power_limits()),
            is_mig=self._once(lambda: self._ask("MigMode")[0] == 1),
        )
        self._probe_fields()
        self._probe_functions()

    def read(self, t_s: float) -> GpuReading:
        """Everything the device reports, stamped ``t_s``."""
        read: dict[str, Any] = {metric: self._get(metric, t_s) for metric in self._metrics}
        chosen = (self._power, self._energy, *self._throttle, *self._traffic.values())
        values = self._calls.fields([field for field in chosen if field is not None])
        if self._power is not None:
            read["power_w"] = calls.watts(_value(values, self._power))
        if self._energy is not None:
            read["energy_j"] = calls.joules(_value(values, self._energy))
        accrued = {_THROTTLE[f]: values[f].value / 1e9 for f in self._throttle if f in values}
        for metric, field in self._traffic.items():
            read[metric] = self._rate(metric, values.get(field), t_s)
        return GpuReading(
            index=self.device.index,
            name=self.device.name,
            uuid=self.device.uuid,
            t_s=t_s,
            memory_total_bytes=self.device.memory_total_bytes,
            throttled_s=accrued or None,
            **read,
        )

    def power_point(self) -> PowerPoint:
        """Energy and power alone, in one call where the driver has it."""
        before = time.monotonic()
        values = self._calls.fields([f for f in (self._power, self._energy) if f is not None])
        power_w = calls.watts(_value(values, self._power))
        energy_j = calls.joules(_value(values, self._energy))
        if "power_w" in self._metrics:
            power_w = self._once(self._metrics["power_w"])
        if "energy_j" in self._metrics:
            energy_j = self._once(self._metrics["energy_j"])
        after = time.monotonic()
        return PowerPoint(
            t_s=(before + after) / 2, call_s=after - before, energy_j=energy_j, power_w=power_w
        )

    # --- finding out what there is ------------------------------------------------------------

    def _memory(self, what: str) -> list[Read]:
        """The newer form first: it does not count what the driver itself holds as used."""
        version = getattr(self._calls.nvml, "nvmlMemory_v2", None)
        return [
            lambda: getattr(self._ask("MemoryInfo", version=version), what),
            lambda: getattr(self._ask("MemoryInfo"), what),
        ]

    def _pcie(self, way: int) -> Read:
        return lambda: self._ask("PcieThroughput", way) * _BYTE_PER_KB

    def _power_limits(self) -> list[Read]:
        return [
            lambda: calls.watts(self._ask("EnforcedPowerLimit")),
            lambda: calls.watts(self._ask("PowerManagementLimit")),
        ]

    def _probe_fields(self) -> None:
        traffic = [field for field, _ in _TRAFFIC.values()]
        codes: dict[Field, int] = {}
        values = self._calls.fields([*_POWER, *_ENERGY, *_THROTTLE, *traffic], codes)
        powers = (f for f in _POWER if calls.watts(_value(values, f)) is not None)
        self._power = next(powers, None)
        self.power_kind = _POWER[self._power] if self._power else None
        self._energy = next((f for f in _ENERGY if f in values), None)
        self._throttle = [f for f in _THROTTLE if f in values]
        if not self._throttle:
            self._miss("throttled_s", [codes.get(f, calls.NOT_SUPPORTED) for f in _THROTTLE])
        for metric, (field, _) in _TRAFFIC.items():
            if field in values and values[field].is_wide:
                self._traffic[metric] = field
            elif metric.startswith("nvlink"):  # PCIe has a function too
                self._miss(metric, [codes.get(field, calls.NOT_SUPPORTED)])

    def _probe_functions(self) -> None:
        ask = self._ask
        functions: dict[str, list[Read]] = {
            "memory_used_bytes": self._memory("used"),
            "utilization": [lambda: calls.share_of(ask("UtilizationRates").gpu)],
            "memory_utilization": [lambda: calls.share_of(ask("UtilizationRates").memory)],
            "power_limit_w": self._power_limits(),
            "temperature_c": [
                lambda: float(ask("TemperatureV", 0)),
                lambda: calls.known(ask("Temperature", 0)),
            ],
            "sm_clock_mhz": [lambda: calls.known(ask("ClockInfo", 1))],
            "memory_clock_mhz": [lambda: calls.known(ask("ClockInfo", 2))],
            "throttle_reasons": [
                lambda: throttle_names(ask("CurrentClocksEventReasons")),
                lambda: throttle_names(ask("CurrentClocksThrottleReasons")),
            ],
            # Corrected and uncorrected errors since the driver was loaded.
            "ecc_corrected": [lambda: int(ask("TotalEccErrors", 0, 0))],
            "ecc_uncorrected": [lambda: int(ask("TotalEccErrors", 1, 0))],
            "processes": [
                lambda: self._processes("ComputeRunningProcesses_v3"),
                lambda: self._processes("ComputeRunningProcesses_v2"),
            ],
        }
        if self._power is None:
            functions["power_w"] = [lambda: calls.watts(ask("PowerUsage"))]
        if self._energy is None:
            functions["energy_j"] = [lambda: calls.joules(ask("TotalEnergyConsumption"))]
        for way, metric in enumerate(("pcie_tx_byte_per_s", "pcie_rx_byte_per_s")):
            if metric not in self._traffic:
                functions[metric] = [self._pcie(way)]
        for metric, alternatives in functions.items():
            started = time.monotonic()
            chosen = self._first(metric, alternatives)
            if chosen is not None:
                self._metrics[metric] = chosen
            # A board may take 20 ms to measure its PCIe traffic.
            if time.monotonic() - started > _DEAR_CALL_S and metric.startswith("pcie"):
                self._seldom.add(metric)
        if "power_w" in self._metrics:
            self.power_kind = "average"

    def _first(self, metric: str, alternatives: Iterable[Read]) -> Read | None:
        """The first alternative that answers, else one that may later; else it is missing."""
        later: Read | None = None
        codes = []
        for read in alternatives:
            try:
                if read() is None and metric == "power_w":
                    raise NoAnswerError
            except NoAnswerError as none:
                codes.append(none.code)
                later = later or (None if none.is_final else read)
            else:
                return read
        if later is None:
            self._miss(metric, codes)
        return later

    def _miss(self, metric: str, codes: Iterable[int]) -> None:
        if metric != "memory_utilization":  # ``utilization`` says it
            why = calls.why_missing(codes)
            self.missing.append(MissingMetric(index=self.device.index, metric=metric, why=why))

    # --- asking -------------------------------------------------------------------------------

    def _ask(self, what: str, *arguments: Any, **named: Any) -> Any:
        return self._calls.ask(f"nvmlDeviceGet{what}", *arguments, **named)

    def _once(self, *alternatives: Read) -> Any:
        """The first answer, ``None`` without any."""
        for read in alternatives:
            try:
                return read()
            except NoAnswerError:
                continue
        return None

    def _get(self, metric: str, t_s: float) -> Any:
        if metric not in self._seldom:
            return self._once(self._metrics[metric])
        now = time.monotonic()
        kept = self._kept.get(metric)
        if kept and abs(t_s - kept[0]) < _SELDOM_S and now - kept[1] < _SELDOM_S:
            return kept[2]
        value = self._once(self._metrics[metric])
        self._kept[metric] = (t_s, now, value)
        return value

    def _rate(self, metric: str, now: FieldValue | None, t_s: float) -> float | None:
        """Bytes per second since the reading before; ``None`` at the first and after a reset."""
        if now is None:
            return None
        t_s = now.stamp_s or t_s
        before = self._counted.get(metric)
        self._counted[metric] = (now.value, t_s)
        if before is None or now.value < before[0] or t_s <= before[1]:
            return None
        return (now.value - before[0]) * _TRAFFIC[metric][1] / (t_s - before[1])

    def _processes(self, function: str) -> tuple[GpuProcess, ...]:
        found = self._ask(function)
        self._process_names = {p.pid: self._process_name(p.pid) for p in found}
        return tuple(
            GpuProcess(pid=p.pid, name=self._process_names[p.pid], memory_bytes=p.usedGpuMemory)
            for p in found
        )

    def _process_name(self, pid: int) -> str | None:
        """Asked of the driver: in a container the number is the host's, not one of ours."""
        if pid in self._process_names:
            return self._process_names[pid]
        nvml = self._calls.nvml
        try:
            path = calls.text_of(nvml.nvmlSystemGetProcessName(pid)) or ""
        except (nvml.NVMLError, UnicodeDecodeError):
            return None
        return path.replace("\\", "/").rsplit("/", 1)[-1] or None


def _value(values: dict[Field, FieldValue], field: Field | None) -> float | None:
    found = None if field is None else values.get(field)
    return None if found is None else found.value
