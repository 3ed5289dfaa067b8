"""``assay lab experiment``: options from the registry, refusals, one JSON object."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dashboard import job_commands
from dashboard.cli import app
from lab import jobs
from lab.experiments.registry import EXPERIMENTS
from tests.browser import ASSAY, ROOT

RUN = CliRunner()


@pytest.fixture(autouse=True)
def runs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_RUNS", str(tmp_path))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_help_names_every_option_of_the_registry(name: str) -> None:
    shown = RUN.invoke(app, ["lab", "experiment", name.replace("_", "-"), "--help"])
    assert shown.exit_code == 0, shown.output
    for option in EXPERIMENTS[name].options:
        assert f"--{option.name.replace('_', '-')}" in shown.output


def test_options_reach_the_job_as_the_registry_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, Any]] = []

    def run(kind: str, request: Any, **rest: Any) -> None:
        asked.append((kind, request))

    monkeypatch.setattr(job_commands, "run", run)
    command = ["lab", "experiment", "federated", "--clients", "2,50", "--claimed-gap", "0.01"]
    assert RUN.invoke(app, command).exit_code == 0
    kind, request = asked[0]
    assert kind == "experiment"
    assert request["options"]["clients"] == [2, 50]
    assert request["options"]["claimed_gap"] == 0.01
    assert request["options"]["rounds"] == EXPERIMENTS["federated"].defaults["rounds"]


def test_a_value_out_of_range_makes_no_job() -> None:
    shown = RUN.invoke(app, ["lab", "experiment", "privacy", "--noise", "0.01"])
    assert shown.exit_code != 0
    assert jobs.every("experiment") == []


def test_a_short_experiment_prints_one_json_object() -> None:
    command = [
        *("lab", "experiment", "federated", "--clients", "2", "--skews", "iid"),
        *("--methods", "fedavg", "--rounds", "2", "--local-steps", "2", "--seeds", "1", "--json"),
    ]
    shown = subprocess.run([ASSAY, *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    found = json.loads(shown.stdout)
    assert found["name"] == "federated"
    assert [row["id"] for row in found["rows"]] == ["central", "fedavg-iid-2"]
    assert found["rows"][0]["label"] == "All data in one place"
    assert found["cannot_see"]
