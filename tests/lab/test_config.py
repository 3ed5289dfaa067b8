"""A run's options are checked where they enter, and the config says what was done."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from costmodel.messages import InputError
from lab import config as configs
from lab.config import COMMON, LabConfig
from lab.workloads import WORKLOADS


@pytest.mark.parametrize("workload", WORKLOADS)
def test_every_workload_has_a_whole_config_by_default(workload: str) -> None:
    config = configs.make(workload)
    assert (config.minutes is None) != (config.steps is None)
    for name, value in {**COMMON, **WORKLOADS[workload].defaults}.items():
        assert getattr(config, name) == value
    others = LabConfig.model_fields.keys() - COMMON.keys() - WORKLOADS[workload].defaults.keys()
    assert all(getattr(config, name) is None for name in others - {"workload"})


def test_a_budget_given_takes_the_place_of_the_default_one() -> None:
    assert configs.make("gpt", {"steps": 5}).minutes is None
    both = configs.make("gpt", {"steps": 5, "minutes": 2})
    assert (both.steps, both.minutes) == (5, 2)


@pytest.mark.parametrize(
    ("workload", "given", "field", "says"),
    [
        ("gtp", {}, "workload", "gtp is not a workload; write one of: gpt,"),
        ("gpt", {"drop_out": 0.1}, "drop_out", "no such option; it has: dropout"),
        ("mlp", {"shape": "llama"}, "shape", "the workload mlp has no such option"),
        ("gpt", {"optimizer": "lion"}, "optimizer", "write sgd, momentum, adam, adamw"),
        ("gpt", {"steps": 0}, "steps", "0 is outside what this option takes (≥ 1)"),
        ("gpt", {"learning_rate": -1}, "learning_rate", "(> 0)"),
        ("gpt", {"learning_rate": float("nan")}, "learning_rate", "nan"),
        ("gpt", {"learning_rate": float("inf")}, "learning_rate", "inf"),
        ("gpt", {"batch_size": "many"}, "batch_size", "many cannot be used"),
        ("gpt", {"batch_size": 2.5}, "batch_size", "2.5 cannot be used"),
        ("gpt", {"device": "tpu"}, "device", "tpu cannot be used"),
        ("gpt", {"d_model": 100, "n_heads": 3}, "d_model", "100 does not divide among 3"),
        (
            "gpt",
            {"shape": "llama", "d_model": 6, "n_heads": 2},
            "n_heads",
            "3 for each head is odd",
        ),
        ("gpt", {"precision": "fp16", "device": "cpu"}, "precision", "write fp32 or bf16"),
        ("gpt", {"dropout": 1.0}, "dropout", "(< 1)"),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    workload: str, given: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(InputError) as refused:
        configs.make(workload, given)
    assert refused.value.field == field
    assert says in str(refused.value)


def test_a_config_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    config = configs.make("gpt", {"dropout": 0.2, "clip_norm": 0.5, "data": "a text.txt"})
    (tmp_path / "config.json").write_text(config.model_dump_json(), "utf-8")
    assert configs.load(tmp_path / "config.json") == config


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", "\udcff", '{"workload": "gpt"}'])
def test_a_config_that_cannot_be_read_is_refused_with_a_sentence(
    tmp_path: Path, damage: str
) -> None:
    (tmp_path / "config.json").write_bytes(damage.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match="the folder is not a lab run"):
        configs.load(tmp_path / "config.json")


def test_a_run_of_a_workload_that_is_not_known_here_is_refused(tmp_path: Path) -> None:
    stored = json.loads(configs.make("gpt").model_dump_json()) | {"workload": "diffusion"}
    (tmp_path / "config.json").write_text(json.dumps(stored), "utf-8")
    with pytest.raises(InputError, match="the folder is not a lab run"):
        configs.load(tmp_path / "config.json")


def test_a_relative_path_is_stored_whole_and_a_shipped_name_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").touch()
    (tmp_path / "shakespeare").mkdir()
    assert configs.make("gpt", {"data": "text.txt"}).data == str(tmp_path / "text.txt")
    assert configs.make("gpt", {"data": "shakespeare"}).data == "shakespeare"
    assert configs.make("gpt", {"data": "x" * 5000}).data == "x" * 5000  # refused by the run


def test_a_config_does_not_change() -> None:
    with pytest.raises(ValidationError):
        configs.make("gpt").steps = 3


def test_tokens_of_a_step_count_the_micro_batches() -> None:
    config = configs.make("gpt", {"batch_size": 3, "context_tokens": 5, "accumulate": 7})
    assert config.tokens_per_step == 105
    assert configs.make("cnn").tokens_per_step is None
