"""The driver through the real ``pynvml``: what it gives, what it lacks, how it fails."""

import sys
import types
from typing import Any

import pytest

from lab.telemetry.source import METRICS, open_source
from tests import nvml
from tests.lab.telemetry import on_stub

needs_stub = pytest.mark.skipif(bool(nvml.NO_COMPILER), reason=nvml.NO_COMPILER)

#: Every query but the handle: a board that tells nothing of itself.
SILENT = ",".join(
    f"nvmlDeviceGet{start}*"
    for start in ("N", "U", "M", "P", "E", "T", "Cl", "Cu", "Co", "F", "S", "V")
).replace("nvmlDeviceGetCo*", "nvmlDeviceGetComp*")


def one(settings: dict[str, Any], n: int = 1) -> Any:
    scene: dict[str, Any] = {"GPUS": 1, "TIME": "manual"} | settings
    return nvml.run(on_stub.readings, n, **scene)


@needs_stub
def test_two_devices_are_told_apart() -> None:
    found = nvml.run(on_stub.devices, GPUS=2, LOAD="0.95,0.2", THROTTLE="0x4")
    busy, idle = found["devices"]

    assert (found["source"], found["driver"]) == ("nvml", "580.65.06")
    assert found["state"] == {"kind": "ok", "messages": [], "lost": []}
    assert [busy["index"], idle["index"]] == [0, 1]
    assert (busy["utilization"], idle["utilization"]) == (0.95, 0.20)
    assert (busy["power_w"], idle["power_w"]) == (668.5, 196.0)
    assert (busy["throttle_reasons"], idle["throttle_reasons"]) == (["sw_power_cap"], [])
    assert (busy["sm_clock_mhz"], idle["sm_clock_mhz"]) == (1410, 1980)
    assert busy["uuid"] != idle["uuid"]
    assert busy["memory_total_bytes"] == 81559 * 2**20 > busy["memory_used_bytes"]


@needs_stub
def test_every_metric_of_a_full_board_is_read() -> None:
    found = one({"LOAD": 0.5, "TDP_W": 700}, n=3)
    (last,) = found["rounds"][-1]

    assert found["missing"] == found["notes"] == []
    assert set(last) >= set(METRICS)
    assert last["pcie_tx_byte_per_s"] == pytest.approx(0.5 * 1.5e9)
    # The stub's link counter counts its millijoules as KiB.
    assert last["nvlink_tx_byte_per_s"] == pytest.approx(385e3 * 1024)
    assert (last["ecc_corrected"], last["power_limit_w"]) == (0, 700.0)
    assert found["power_kind"] == "instant"


@needs_stub
def test_ten_seconds_at_700_w_are_7000_j() -> None:
    found = one({"LOAD": 1.0}, n=11)
    first, last = found["rounds"][0][0], found["rounds"][-1][0]
    assert last["energy_j"] - first["energy_j"] == pytest.approx(7000, abs=1e-6)
    assert last["temperature_c"] == 63


@needs_stub
def test_a_board_without_an_energy_counter_says_so() -> None:
    found = one(on_stub.NO_ENERGY)
    ((reading,),) = found["rounds"]
    assert "energy_j" not in reading
    assert reading["power_w"] == 637.0
    assert found["missing"] == [[0, "energy_j", "not supported"]]
    assert found["notes"] == ["GPU 0, energy counter: not reported by this board"]


@needs_stub
@pytest.mark.parametrize(
    "settings",
    [
        {"UNSUPPORTED": "nvmlDeviceGetTotalEnergyConsumption"},
        {"FIELD_UNSUPPORTED": "83"},
        {"FIELD_UNSUPPORTED": "83,191"},
    ],
)
def test_one_way_to_the_energy_counter_is_enough(settings: dict[str, str]) -> None:
    found = one(settings)
    assert found["rounds"][0][0]["energy_j"] == pytest.approx(1e6)
    assert found["missing"] == []


@needs_stub
@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"FIELD_UNSUPPORTED": "186"}, "average"),
        ({"FIELD_UNSUPPORTED": "185,186"}, "average"),
        ({"UNSUPPORTED": "nvmlDeviceGetPowerUsage"}, "instant"),
        ({"NOPERM": "nvmlDeviceGetFieldValues"}, "average"),
        (
            {"FIELD_UNSUPPORTED": "185,186", "UNSUPPORTED": "nvmlDeviceGetPowerUsage"},
            None,
        ),
    ],
)
def test_power_is_that_of_the_moment_where_there_is_one(
    settings: dict[str, str], kind: str | None
) -> None:
    found = one(settings)
    assert found["power_kind"] == kind
    assert found["rounds"][0][0].get("power_w") == (None if kind is None else 637.0)
    assert ([0, "power_w", "not supported"] in found["missing"]) == (kind is None)


@needs_stub
def test_memory_refused_to_this_user_is_unknown_not_zero() -> None:
    """So is the memory of a device that is cut into instances, on the whole device."""
    found = one({"NOPERM": "nvmlDeviceGetMemoryInfo,nvmlDeviceGetMemoryInfo_v2"})
    ((reading,),) = found["rounds"]
    assert "memory_used_bytes" not in reading
    assert "memory_total_bytes" not in reading
    assert found["missing"] == [[0, "memory_used_bytes", "no permission"]]
    assert found["notes"] == ["GPU 0, memory: refused to this user by the driver"]


@needs_stub
@pytest.mark.parametrize("setting", ["UNSUPPORTED", "NOPERM"])
def test_a_board_that_tells_nothing_is_still_there(setting: str) -> None:
    found = one({setting: SILENT})
    ((reading,),) = found["rounds"]
    assert reading == {"index": 0, "name": "NVIDIA GPU", "t_s": 0.0}
    assert {metric for _, metric, _ in found["missing"]} == set(METRICS)
    why = "not supported" if setting == "UNSUPPORTED" else "no permission"
    assert {reason for _, _, reason in found["missing"]} == {why}


@needs_stub
def test_a_process_whose_memory_is_not_told_has_none() -> None:
    ((told,),) = one({})["rounds"]
    ((untold,),) = one({"PROC_NA": 1})["rounds"]
    ((pid, name, memory),) = told["processes"]
    assert pid > 0
    assert name.startswith("python")
    assert memory == told["memory_used_bytes"]
    assert untold["processes"][0][1:] == [name, None]


@needs_stub
def test_throttling_between_two_readings_is_seen_when_no_flag_stands() -> None:
    found = nvml.run(on_stub.throttled, GPUS=1, TIME="manual", THROTTLE="0x44")
    assert found["loaded"] == ["sw_power_cap", "hw_thermal_slowdown"]
    assert found["last"] == []
    assert found["between"] == pytest.approx(
        {"sw_power_cap": 3.0, "hw_thermal_slowdown": 3.0, "thermal": 3.0}
    )


@needs_stub
@pytest.mark.parametrize(("n_gpus", "gpu"), [(2, 1), (2, 0), (1, 0)])
def test_a_device_lost_at_any_query_leaves_the_rest_be(n_gpus: int, gpu: int) -> None:
    n_reads = 3
    scenes = nvml.run(on_stub.losses, n_gpus, gpu, n_reads, TIME="manual")

    assert len(scenes) > 60  # it was lost while probed, in each read, and not at all
    for scene in scenes:
        others = [i for i in range(n_gpus) if i != gpu]
        n_read = sum(gpu in found for found in scene["rounds"])
        assert scene["rounds"] == [sorted([*others, gpu])] * n_read + [others] * (n_reads - n_read)
        assert scene["devices"] == list(range(n_gpus))
        assert scene["has_point"] == (not scene["lost"])
        if n_read < n_reads:
            assert scene["lost"] == [[gpu, float(n_read)]]
        if scene["lost"]:
            assert scene["state"] == ("partly_lost" if others else "lost")
            assert scene["n_messages"] == (1 if others else 2)
    assert scenes[0]["lost"] == [[gpu, 0.0]]
    assert scenes[-1]["state"] == "ok"
    assert scenes[-1]["has_point"]


@needs_stub
@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        (4, "refused", "let this user read /dev/nvidia*"),
        (9, "missing", "installed but not loaded"),
        (17, "refused", "--gpus all"),
        (18, "mismatched", "restart the machine"),
        (15, "failed", "GPU is lost. Run nvidia-smi"),
        (999, "failed", "Unknown Error. Run nvidia-smi"),
    ],
)
def test_a_driver_that_fails_to_start_is_a_state(code: int, kind: str, says: str) -> None:
    found = nvml.run(on_stub.devices, INIT_ERROR=code)
    assert (found["devices"], found["driver"], found["source"]) == ([], None, "none")
    assert found["state"]["kind"] == kind
    assert says in found["state"]["messages"][0]


def test_no_driver_is_a_normal_machine() -> None:
    found = nvml.run(on_stub.devices, stub=False)
    if found["source"] == "nvml":
        pytest.skip("this machine has a driver")
    assert found["state"]["kind"] == "missing"
    assert "No NVIDIA driver was found" in found["state"]["messages"][0]


@needs_stub
def test_a_driver_without_devices_is_empty() -> None:
    found = nvml.run(on_stub.devices, GPUS=0)
    assert (found["devices"], found["source"]) == ([], "nvml")
    assert found["state"]["kind"] == "empty"


@needs_stub
@pytest.mark.parametrize(("setting", "kind"), [("UNSUPPORTED", "failed"), ("NOPERM", "refused")])
def test_a_device_that_gives_no_handle_is_named(setting: str, kind: str) -> None:
    settings: dict[str, Any] = {setting: "nvmlDeviceGetHandleByIndex_v2"}
    found = nvml.run(on_stub.devices, GPUS=1, **settings)
    assert found["devices"] == []
    assert found["state"]["kind"] == kind
    assert found["state"]["messages"][0].startswith("GPU 0 cannot be read")


@needs_stub
def test_a_driver_that_does_not_count_its_devices_has_failed() -> None:
    found = nvml.run(on_stub.devices, UNSUPPORTED="nvmlDeviceGetCount_v2")
    assert (found["source"], found["state"]["kind"]) == ("none", "failed")


@needs_stub
def test_each_source_gives_back_its_own_start_of_nvml() -> None:
    assert nvml.run(on_stub.two_users, GPUS=2) == {
        "read": [0, 2],
        "left_open": False,
        "state": "ok",
    }


@pytest.mark.parametrize(
    ("module", "says"),
    [(None, "pip install nvidia-ml-py"), (types.ModuleType("pynvml"), "pip uninstall pynvml")],
)
def test_a_missing_or_foreign_package_is_a_state(
    monkeypatch: pytest.MonkeyPatch, module: types.ModuleType | None, says: str
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", module)
    source = open_source()
    assert (source.kind, source.state.kind) == ("none", "package")
    assert says in str(source.state.messages[0])
    assert source.read(0.0) == []


@needs_stub
def test_cuda_visible_devices_chooses_as_cuda_does() -> None:
    uuid = "GPU-5abc0000-0000-4000-8000-00000000000"
    cases: dict[str | None, list[int]] = {
        None: [0, 1, 2],
        "": [],
        "1": [1],
        "2,0": [2, 0],
        " 0 , 2 ": [0, 2],
        "0,-1,1": [0],
        "0,7,1": [0],
        "0,0": [0],
        "NoDevFiles": [],
        f"{uuid}1": [1],
        f"{uuid}2,0": [2, 0],
        uuid: [],  # the beginning of all three
        f"MIG-{uuid}1/3/0": [1],
        "MIG-11111111-2222-3333-4444-555555555555": [],
        f"{uuid}1".removeprefix("GPU-"): [],
    }
    assert nvml.run(on_stub.chosen, list(cases), GPUS=3) == list(cases.values())


@needs_stub
def test_a_device_is_found_by_uuid_and_by_bus() -> None:
    names = {
        "GPU-5abc0000-0000-4000-8000-000000000001": 1,
        "5ABC0000-0000-4000-8000-000000000001": 1,
        "00000000:3B:00.0": 1,
        "0000:3b:00.0": 1,
        "19:00.0": 0,
        "0001:19:00.0": None,
        "GPU-": None,
        "": None,
        "MIG-5abc": None,
    }
    assert nvml.run(on_stub.named, list(names), GPUS=2) == list(names.values())


@needs_stub
def test_slow_calls_cost_ticks_and_nothing_else() -> None:
    found = nvml.run(on_stub.sampled, 20.0, 1.2, GPUS=2, SLOW_US=4000)
    assert found["n_failed"] == 0
    assert found["n_missed"] > 0
    assert found["n_by_device"][0] == found["n_by_device"][1] == found["n_rounds"] > 1
    assert found["n_rounds"] + found["n_missed"] <= 20 * 1.2 + 20


@needs_stub
def test_a_sampler_outlives_its_devices() -> None:
    found = nvml.run(on_stub.sampled, 50.0, 0.8, GPUS=2, LOST_AFTER="120:1")
    assert found["n_by_device"][0] == found["n_rounds"] > found["n_by_device"][1] > 0
    assert (found["n_failed"], found["state"]) == (0, "partly_lost")
    assert found["hosts"]
