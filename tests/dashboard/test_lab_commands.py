"""``assay lab``: what other programs read, and how it refuses."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from dashboard import cli
from dashboard.language import use_language
from lab import config as configs
from lab import runs
from tests import nvml
from tests.browser import ASSAY

TRAIN_FIELDS: Final = {
    *("run_id", "workload", "device", "steps", "tokens_per_s", "samples_per_s", "step_ms"),
    *("mfu", "peak_flop_per_s", "energy_j", "peak_memory_bytes", "loss", "metrics"),
}
DEVICE_FIELDS: Final = {
    *("index", "name", "memory_total_bytes", "memory_used_bytes", "utilization", "power_w"),
    *("energy_j", "temperature_c", "sm_clock_mhz", "throttle_reasons"),
}


def lab(
    *words: str, environment: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """The command as a user types it."""
    return subprocess.run(
        [ASSAY, "lab", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=dict(environment) if environment is not None else None,
    )


@pytest.fixture
def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """What ``assay lab`` says on standard error as it refuses."""

    def said(*words: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["assay", "lab", *words])
        with use_language("en"), pytest.raises(SystemExit) as ended:  # the command speaks its own
            cli.main()
        assert ended.value.code == 2
        return capsys.readouterr().err.splitlines()

    return said


def answered(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def trained() -> dict[str, Any]:
    """A short run of the plainest workload."""
    found: dict[str, Any] = answered(lab("train", "mlp", "--steps", "120", "--json"))
    return found


def test_a_run_prints_the_fields_that_other_programs_read(trained: dict[str, Any]) -> None:
    assert trained.keys() >= TRAIN_FIELDS
    assert trained["step_ms"].keys() == {"p50", "p95"}
    assert 0 < trained["step_ms"]["p50"] <= trained["step_ms"]["p95"]
    assert trained["steps"] == 120
    assert trained["tokens_per_s"] is None
    assert trained["samples_per_s"] > 0


def test_a_cpu_run_holds_mfu_against_what_it_measured(trained: dict[str, Any]) -> None:
    assert trained["device_kind"] == "cpu"
    assert trained["peak_source"] == "measured"
    assert 0 < trained["mfu"] == trained["mfu_measured"] < 1
    assert trained["mfu_datasheet"] is trained["chip"] is trained["energy_j"] is None


def test_a_classifier_stands_beside_a_baseline_with_intervals(trained: dict[str, Any]) -> None:
    metrics, baseline = trained["metrics"], trained["baseline"]
    interval = metrics["intervals"]["accuracy"]
    assert interval["low"] <= metrics["accuracy"] <= interval["high"]
    assert 0.9 < baseline["accuracy"] <= 1
    assert sum(map(sum, metrics["confusion"])) == metrics["n"]


def test_a_run_is_listed_and_shown(trained: dict[str, Any]) -> None:
    listed = answered(lab("runs", "--json"))["runs"]
    assert trained["run_id"] in {run["run_id"] for run in listed}
    shown = answered(lab("show", trained["run_id"], "--json"))
    assert shown["state"] == "done"
    assert shown["result"]["loss"] == trained["loss"]
    assert shown["config"]["workload"] == "mlp"


def test_a_run_that_is_done_cannot_be_resumed(
    trained: dict[str, Any], refused: Callable[..., list[str]]
) -> None:
    assert len(refused("resume", trained["run_id"])) == 1


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("train", "resnet"), "workload"),
        (("train", "mlp", "--steps", "0"), "--steps"),
        (("train", "gpt", "--optimizer", "lion"), "--optimizer"),
        (("train", "gpt", "--augment"), "--augment"),
        (("bench", "--device", "cuda:7"), "--device"),
        (("resume", "no-such-run"), "no-such-run"),
    ],
)
def test_bad_input_is_one_sentence_that_names_the_option(
    refused: Callable[..., list[str]], words: tuple[str, ...], named: str
) -> None:
    runs.create(configs.make("mlp"))  # of no run at all another sentence is said
    said = refused(*words)
    sentence = [line for line in said if line.startswith("assay: ")]
    assert len(sentence) == 1
    assert named in sentence[0]
    assert not any("Traceback" in line for line in said)


def test_what_the_run_itself_refuses_is_said_in_the_readers_language() -> None:
    """A folder without data, a device that is not there: its own process finds out."""
    data = lab("train", "mlp", "--data", "/no/such/folder", "--lang", "zh")
    device = lab("train", "gpt", "--device", "cuda")
    assert (data.returncode, device.returncode) == (2, 2)
    said = data.stderr.splitlines()[-1]
    assert "/no/such/folder" in said
    assert any("\u4e00" <= c <= "\u9fff" for c in said)
    assert device.stderr.splitlines()[-1].startswith("assay: --device")
    assert "Traceback" not in data.stderr + device.stderr


def test_ctrl_c_saves_the_run_and_it_goes_on_from_there() -> None:
    words = [ASSAY, "lab", "train", "mlp", "--steps", "200000", "--json"]
    before = set(runs.ids())
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        begun = [run for run in runs.every() if run.run_id not in before]
        if any(run.config.steps == 200_000 and run.step > 0 for run in begun):
            break
        time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    stopped = json.loads(out)
    assert stopped["state"] == "stopped"
    assert 0 < stopped["steps"] < 200_000


@pytest.mark.skipif(bool(nvml.NO_COMPILER), reason=nvml.NO_COMPILER)
def test_the_stub_driver_shows_two_devices() -> None:
    done = lab("devices", "--json", environment=nvml.environment(GPUS=2, LOAD="0.9,0.1"))
    found = answered(done)
    assert found["source"] == "nvml"
    assert [device["index"] for device in found["devices"]] == [0, 1]
    for device in found["devices"]:
        assert device.keys() >= DEVICE_FIELDS
    assert found["devices"][0]["power_w"] > found["devices"][1]["power_w"]


def test_without_a_driver_there_are_no_devices_and_no_error() -> None:
    environment = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    found = answered(lab("devices", "--json", environment=environment))
    if found["source"] == "none":
        assert found["devices"] == []
        assert found["driver"] is None


@pytest.mark.skipif(bool(nvml.NO_COMPILER), reason=nvml.NO_COMPILER)
@pytest.mark.parametrize(
    "faults",
    [
        {
            "LOST_AFTER": "60:1",
            "UNSUPPORTED": "nvmlDeviceGetTotalEnergyConsumption",
            "FIELD_UNSUPPORTED": "83,191",
        },
        {"NOPERM": "nvmlDeviceGet*"},
        {"INIT_ERROR": "18"},
    ],
)
def test_a_run_survives_what_the_driver_does(faults: dict[str, str]) -> None:
    settings: dict[str, Any] = {"GPUS": 2, **faults}
    environment = nvml.environment(**settings)
    found = answered(lab("train", "mlp", "--steps", "300", "--json", environment=environment))
    assert found["steps"] == 300
    assert found["energy_j"] is None  # it computed on the CPU: the GPUs' energy is not its own
    for gpu in found["gpus"]:
        assert gpu["computed"] is False


def test_the_ceilings_are_printed_with_their_units() -> None:
    found = answered(lab("bench", "--seconds", "0.1", "--device", "cpu", "--json"))
    by_name = {(c["name"], c["precision"]): c for c in found["ceilings"]}
    assert by_name["matmul", "fp32"]["best"] >= by_name["matmul", "fp32"]["sustained"] > 1e9
    assert by_name["memory copy", None]["unit"] == "byte_per_s"
    assert ("matmul", "fp16") not in by_name  # emulated on a CPU: it would take minutes
    assert found["datasheet_peaks"] == {}


def test_the_command_line_starts_without_what_only_a_lab_process_needs() -> None:
    program = (
        "import sys\n"
        "import dashboard.cli, lab.runs, lab.launch, lab.calibrate, lab.telemetry.report\n"
        "print(*sorted({'torch', 'transformers', 'sklearn', 'sacrebleu', 'tokenizers'}"
        " & set(sys.modules)))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == []
