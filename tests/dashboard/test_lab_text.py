"""What the lab says of a run's figures."""

from typing import Any

from costmodel.messages import Message
from dashboard.lab_text import baseline_name, result_rows
from lab.runs import message_to_json


def result(**metrics: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("mfu_measured", "mfu_datasheet", "contention", "energy_j", "peak_memory_bytes")
    )
    return {
        **nothing,
        "device": "CPU",
        "precision": "fp32",
        "steps": 10,
        "tokens_per_s": None,
        "samples_per_s": 5.0,
        "step_ms": {"p50": 1.0, "p95": 2.0},
        "loss": 0.5,
        "metrics": metrics,
        "baseline": {"name": message_to_json(Message("TF-IDF")), "auc": 1.0, "accuracy": 0.25},
    }


def test_a_score_below_one_is_never_shown_as_one() -> None:
    found = result(
        accuracy=0.98765,
        auc=0.99996,
        f1=1.0,
        intervals={"auc": {"low": 0.99949, "high": 1.0}},
    )
    rows = {row.label: row for row in result_rows(found)}
    assert rows["AUC"].value == "0.9999 (0.999 – 1)"
    assert rows["Accuracy"].value == "0.988"
    assert rows["F1"].value == "1"


def test_the_baseline_stands_beside_the_scores_that_it_has() -> None:
    found = result(accuracy=0.5, f1=0.5)
    rows = {row.label: row for row in result_rows(found)}
    assert rows["Accuracy"].baseline == "0.25"
    assert rows["F1"].baseline is None
    assert rows["Steps"].baseline is None
    assert baseline_name(found) == "TF-IDF"
    assert baseline_name({**found, "baseline": None}) is None
    assert all(row.baseline is None for row in result_rows({**found, "baseline": None}))
