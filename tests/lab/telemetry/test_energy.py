"""Energy windows in real time on the driver stub, where the true energy is known."""

import subprocess
from typing import Any

import pytest

from lab.telemetry.energy import EnergyWindow
from lab.telemetry.source import NoSource, SourceState
from tests import nvml
from tests.lab.telemetry import on_stub
from tests.lab.telemetry.test_nvml import needs_stub


@pytest.fixture(scope="module")
def scenes() -> dict[str, Any]:
    """Every scene, four at once, each in a process of its own: they mostly wait."""
    found: dict[str, Any] = {}
    names = list(on_stub.SCENES)
    for some in (names[:4], names[4:]):
        running: dict[str, subprocess.Popen[str]] = {}
        for name in some:
            settings: dict[str, Any] = {"GPUS": len(on_stub.PATTERNS)} | on_stub.SCENES[name]
            running[name] = nvml.start(on_stub.windows, 2.0, names.index(name), **settings)
        found |= {name: nvml.finish(process) for name, process in running.items()}
    return found


@needs_stub
@pytest.mark.parametrize("scene", list(on_stub.SCENES)[:-1])
def test_the_energy_of_two_seconds_is_within_its_bound(scenes: Any, scene: str) -> None:
    for device in scenes[scene]["devices"]:
        energy, true_j = device["energy"], device["true_j"]
        outside_j = 700 * scenes[scene]["outside_s"]
        assert abs(energy["joules"] - true_j) <= energy["error_j"] + outside_j, device
        assert energy["is_complete"]
        assert energy["seconds"] == pytest.approx(2.0, abs=0.3)


@needs_stub
@pytest.mark.parametrize("scene", list(on_stub.SCENES)[:-1])
def test_the_counter_is_read_where_it_can_be_trusted(scenes: Any, scene: str) -> None:
    trusted = scene not in ("no counter", "counter reset")
    for device in scenes[scene]["devices"]:
        assert device["energy"]["method"] == ("counter" if trusted else "integrated power")


@needs_stub
def test_a_lost_device_has_the_energy_of_its_time(scenes: Any) -> None:
    devices = scenes["lost"]["devices"]
    lost = devices.pop(1)["energy"]
    assert lost is None or (not lost["is_complete"] and lost["seconds"] < 2.0)
    assert all(device["energy"]["is_complete"] for device in devices)


def test_without_devices_there_is_no_energy_and_no_wait() -> None:
    source = NoSource(SourceState(kind="missing"))
    with EnergyWindow(source) as window:
        pass
    assert window.results() == {}
    assert window.stop() is None


def test_a_window_of_a_device_that_never_answers_is_none() -> None:
    with EnergyWindow(NoSource(SourceState(kind="missing")), devices=[0]) as window:
        pass
    assert window.results() == {0: None}
    assert window.stop() is None
