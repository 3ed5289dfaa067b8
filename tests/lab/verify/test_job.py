"""A verification from its request to its findings."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab import job_worker, jobs
from lab.jobs import Job
from tests.lab.verify import made

FIELDS = {
    "params",
    "active_params",
    "architecture",
    "precision",
    "provenance",
    "evaluation",
    "findings",
}


def verified(**request: Any) -> Job:
    folder = jobs.create("verify", request)
    job_worker.main([str(folder)])
    return jobs.load(folder)


def finding(job: Job, claim: str) -> dict[str, Any]:
    assert job.result is not None
    found: dict[str, Any] = next(f for f in job.result["findings"] if f["claim"] == claim)
    return found


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return made.save(tmp_path / "model", made.trained(made.start(1), 10))


pytestmark = pytest.mark.usefixtures("signals")


def test_the_fields_that_other_programs_read(model: Path) -> None:
    job = verified(folder=str(model))
    assert job.state == "done"
    assert job.result is not None
    assert job.result.keys() >= FIELDS
    assert job.result["provenance"].keys() >= {"verdict", "score", "threshold", "evidence"}
    counted = sum(w.size for w in made.start(1).values())
    assert job.result["params"] == job.result["config_params"] == counted
    assert job.result["precision"] == "fp32"
    assert job.result["trained_share"] == 1.0
    assert job.result["findings"] == []


def test_a_size_that_was_claimed_is_counted(model: Path) -> None:
    counted = sum(w.size for w in made.start(1).values())
    assert (
        finding(verified(folder=str(model), claimed_params=counted), "params")["verdict"]
        == "consistent"
    )
    job = verified(folder=str(model), claimed_params=2 * counted)
    assert finding(job, "params")["verdict"] == "implausible"


def test_from_scratch_is_contradicted_by_the_weights(model: Path, tmp_path: Path) -> None:
    tuned = made.save(
        tmp_path / "tuned", made.trained(made.trained(made.start(1), 10), 11, strength=0.3)
    )
    job = verified(folder=str(tuned), against=str(model), from_scratch=True)
    assert finding(job, "from_scratch")["verdict"] == "implausible"


def test_a_config_that_lies_is_a_finding(tmp_path: Path) -> None:
    config = {**made.CONFIG, "num_hidden_layers": 4}
    model = made.save(tmp_path / "model", made.start(1), config)
    job = verified(folder=str(model))
    assert finding(job, "config")["verdict"] == "implausible"
    assert job.result is not None
    assert len(job.result["lies"]) == 2


def test_a_head_of_its_own_is_no_lie(tmp_path: Path) -> None:
    weights = made.trained(made.start(1), 10)
    weights["score.weight"] = np.zeros((2, made.WIDTH), np.float32)
    job = verified(folder=str(made.save(tmp_path / "model", weights)))
    assert job.result is not None
    assert job.result["lies"] == []
    assert "a head or a buffer" in job.result["notes"][0]["text"]


def test_a_head_that_is_tied_may_be_stored_or_not(tmp_path: Path) -> None:
    weights = made.trained(made.start(1), 10)
    config = {**made.CONFIG, "tie_word_embeddings": True}
    job = verified(folder=str(made.save(tmp_path / "stored", weights, config)))
    assert job.result is not None
    assert (job.result["lies"], job.result["notes"]) == ([], [])


def test_weights_that_are_no_numbers_are_a_finding(tmp_path: Path) -> None:
    weights = made.start(1)
    weights["model.layers.1.mlp.up_proj.weight"][3, 4] = np.nan
    job = verified(folder=str(made.save(tmp_path / "model", weights)))
    assert finding(job, "weights")["verdict"] == "impossible"
    assert job.result is not None
    assert job.result["damaged"] == {"model.layers.1.mlp.up_proj.weight": 1}


def test_a_network_that_nobody_trained_is_a_finding(tmp_path: Path) -> None:
    job = verified(folder=str(made.save(tmp_path / "model", made.start(1))))
    assert finding(job, "trained")["verdict"] == "implausible"


def test_a_tokenizer_for_another_vocabulary_is_said(model: Path) -> None:
    vocab = {f"t{i}": i for i in range(400)}
    (model / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocab}}))
    job = verified(folder=str(model))
    assert "belongs to another model" in finding(job, "config")["why"]["text"]


def test_what_is_bad_is_refused_by_its_field(tmp_path: Path, model: Path) -> None:
    job = verified(folder=str(tmp_path / "nowhere"))
    assert (job.state, job.refused_field) == ("failed", "folder")
    job = verified(folder=str(model), against=str(tmp_path))
    assert (job.state, job.refused_field) == ("failed", "against")
    job = verified(folder=str(model), colour="red")
    assert (job.state, job.refused_field) == ("failed", "colour")


def test_a_job_asked_to_stop_keeps_what_it_has(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lab.verify import provenance

    def stopped(*_: object) -> None:
        raise jobs.StoppedError

    monkeypatch.setattr(provenance, "trace", stopped)
    job = verified(folder=str(model), against=str(model))
    assert job.state == "stopped"
    assert job.result is not None
    assert job.result["params"] > 0


def test_questions_found_in_the_training_sample_are_counted(model: Path, tmp_path: Path) -> None:
    words = [
        f"word{i} and some more words that make it long enough to be found {i}" for i in range(8)
    ]
    asked = tmp_path / "asked.jsonl"
    asked.write_text("\n".join(json.dumps({"text": text}) for text in words))
    sample = tmp_path / "sample.txt"
    sample.write_text("\n\n".join(["Nothing of the kind."] * 20 + words[:2]))
    job = verified(folder=str(model), evaluate=str(asked), training_sample=[str(sample)])
    assert job.state == "done", job.why
    found = finding(job, "contamination")
    assert found["computed"]["p50"] == 0.25
    assert found["verdict"] == "implausible"
