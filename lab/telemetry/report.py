"""What a source shows, for programs and for people."""

from typing import Any, Final

from costmodel.messages import Message
from lab.telemetry.source import Source

#: What the reasons of ``GpuReading`` that hold a clock down mean.
THROTTLE_NAMES: Final = {
    "applications_clocks": Message("clocks set by the user"),
    "sw_power_cap": Message("power limit"),
    "hw_slowdown": Message("slowed down by the hardware"),
    "sync_boost": Message("held to the clock of another GPU"),
    "thermal": Message("heat"),
    "sw_thermal_slowdown": Message("heat, slowed down by the driver"),
    "hw_thermal_slowdown": Message("heat, slowed down by the hardware"),
    "hw_power_brake_slowdown": Message("power brake of the machine"),
    "display_clock_setting": Message("clocks set for a display"),
    "board_limit": Message("limit of the board"),
    "reliability": Message("voltage limit"),
    "low_utilization": Message("little to do"),
}


_READ: Final = (
    "memory_used_bytes",
    "utilization",
    "power_w",
    "energy_j",
    "temperature_c",
    "sm_clock_mhz",
    "memory_clock_mhz",
)


def devices_json(source: Source) -> dict[str, Any]:
    """What ``assay lab devices --json`` prints; a figure that is not known is null.

    A device that stopped answering is listed with its name and nothing else.
    """
    readings = {reading.index: reading for reading in source.read(0.0)}
    shown = []
    for device in source.devices():
        reading = readings.get(device.index)
        throttles = None if reading is None else reading.throttle_reasons
        shown.append(
            {
                "index": device.index,
                "name": device.name,
                "uuid": device.uuid,
                "pci_bus_id": device.pci_bus_id,
                "is_mig": device.is_mig,
                "memory_total_bytes": device.memory_total_bytes,
                "power_limit_w": device.power_limit_w,
                **{name: getattr(reading, name, None) for name in _READ},
                "throttle_reasons": None if throttles is None else list(throttles),
            }
        )
    state = source.state
    return {
        "devices": shown,
        "driver": source.driver,
        "source": source.kind,
        "state": {
            "kind": state.kind,
            "messages": [str(message) for message in state.messages],
            "lost": [{"index": index, "t_s": t_s} for index, t_s in state.lost_at_s],
        },
        "missing": [
            {"index": missed.index, "metric": missed.metric, "why": missed.why}
            for missed in source.missing
        ],
    }


def notes(source: Source) -> list[Message]:
    """What a person should know of a source: its state, then what its devices do not report."""
    return [*source.state.messages, *(missed.message for missed in source.missing)]
