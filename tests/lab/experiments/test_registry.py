"""Every experiment says what it is without torch, and refuses what it does not know."""

import importlib
import importlib.util
import subprocess
import sys

import pytest

from costmodel.messages import InputError
from lab.experiments import job
from lab.experiments.registry import EXPERIMENTS, find
from tests.browser import ROOT
from tests.lab.experiments.reports import reporting


def test_the_registry_is_readable_without_torch() -> None:
    program = (
        "import sys; from lab.experiments.registry import EXPERIMENTS; "
        "print(len(EXPERIMENTS), 'torch' in sys.modules)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert shown.stdout.split() == ["6", "False"]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_has_limits_columns_and_readable_defaults(name: str) -> None:
    experiment = EXPERIMENTS[name]
    assert experiment.cannot_see
    assert experiment.columns
    assert experiment.computed
    assert experiment.read({}) == experiment.defaults
    assert experiment.read(experiment.defaults) == experiment.defaults


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_module_runs_what_the_registry_describes(name: str) -> None:
    if importlib.util.find_spec(f"lab.experiments.{name}") is None:
        assert name == "quality"  # it comes with the audit
        return
    module = importlib.import_module(f"lab.experiments.{name}")
    assert dict(module.DEFAULTS) == EXPERIMENTS[name].defaults
    assert callable(module.run)


def test_an_unknown_experiment_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="compression"):
        find("compresion")


def test_an_unknown_option_is_refused_with_the_nearest() -> None:
    with reporting("federated") as report, pytest.raises(InputError, match="rounds") as refused:
        job.work({"name": "federated", "options": {"round": 3}}, report)
    assert refused.value.field == "round"


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("privacy", "noise", "0"),
        ("privacy", "noise", ""),
        ("federated", "clients", "2,many"),
        ("federated", "rounds", "2.5"),
        ("federated", "skews", "iid,0.2"),
        ("compression", "workload", "gpt"),
        ("compression", "seed", True),
        ("scaling_sweep", "widths", "16,32,64"),
        ("data_parallel", "processes", 1),
        ("data_parallel", "claimed_efficiency", float("nan")),
    ],
)
def test_values_out_of_range_are_refused_by_their_field(
    name: str, option: str, value: object
) -> None:
    if value == "":  # left empty, an option has its default
        assert find(name).read({option: value})[option] == EXPERIMENTS[name].defaults[option]
        return
    with pytest.raises(InputError) as refused:
        find(name).read({option: value})
    assert refused.value.field == option


def test_lists_are_read_from_text_in_either_punctuation() -> None:
    assert find("federated").read({"clients": "2, 5，10"})["clients"] == [2, 5, 10]
    assert find("privacy").read({"noise": "0.5 1"})["noise"] == [0.5, 1]
