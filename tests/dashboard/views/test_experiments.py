"""The pages of experiments: options, rows as they come, what was found, refusals."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from costmodel.messages import Message
from dashboard import experiment_charts
from dashboard.experiment_text import experiment_text
from lab import jobs, processes
from lab.events import Events
from lab.experiments.registry import EXPERIMENTS
from lab.findings import LabFinding
from lab.runs import message_to_json
from tests.dashboard.views import test_views
from tests.dashboard.views.test_views import FAILED, words

fresh_caches = test_views.fresh_caches


def measured(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.02, "high": value + 0.02}


def row(key: str, label: str, **values: Any) -> dict[str, Any]:
    return {"id": key, "label": message_to_json(Message(label)), **values}


ROWS: dict[str, list[dict[str, Any]]] = {
    "privacy": [
        row("a", "Dense network", model="mlp", noise=None, epsilon=None, accuracy=measured(0.95)),
        *(
            row(
                f"mlp-{noise}",
                "Dense network",
                model="mlp",
                noise=noise,
                epsilon=epsilon,
                accuracy=measured(0.9 - noise / 40),
                gap=measured(0.05),
                slowdown=measured(4.2),
            )
            for noise, epsilon in ((0.5, 38.5), (1.2, 5.8), (4.0, 1.1))
        ),
    ],
    "data_parallel": [
        row("1", "One process, one thread", kind_of="alone", processes=1, efficiency=measured(1)),
        row("2", "DDP", kind_of="ddp", processes=2, efficiency=measured(0.8), error=0.03,
            predicted_efficiency=measured(0.82)),
    ],
    "federated": [
        row("c", "All data in one place", method="central", clients=1, skew=None,
            accuracy=measured(0.95), course=[0.5, 0.95]),
        row("f", "FedAvg", method="fedavg", clients=10, accuracy=measured(0.93),
            skew=message_to_json(Message("spread evenly")), course=[0.4, 0.93], bytes_up=1e6),
    ],
    "compression": [
        row("fp32", "fp32, as trained", kind_of="fp32", size_bytes=7_800_000, size_ratio=1.0,
            accuracy=measured(0.82), speedup_32=measured(1.0)),
        row("int8", "int8, dense layers", kind_of="int8", size_bytes=6_600_000, size_ratio=1.19,
            accuracy=measured(0.82), speedup_32=measured(1.3)),
    ],
    "scaling_sweep": [
        row(f"w{n}", "width", params=n, loss=measured(loss), learning_rate=0.01)
        for n, loss in ((6144, 2.5), (24576, 2.2), (98304, 2.0))
    ],
}  # fmt: skip


def job_of(name: str, state: str = "done") -> jobs.Job:
    folder = jobs.create("experiment", {"name": name, "options": {}}, name=name)
    rows = ROWS[name]
    found = LabFinding(
        claim="x",
        about=Message("Accuracy lost at epsilon {epsilon}", {"epsilon": 2.0}),
        verdict="implausible",
        unit="fraction",
        stated=0.01,
        measured=0.15,
        low=0.1,
        high=0.2,
        why=Message(
            "Epsilon {epsilon} is a strong guarantee, where delta is small.", {"epsilon": 1}
        ),
        ask=Message(
            "Ask for both models' files and for a timing of both on the hardware that serves "
            "customers."
        ),
    )
    result = {
        "name": name,
        "options": {},
        "machine": {"device": "A processor", "threads": 1, "contention": 0.4},
        "rows": rows,
        "baseline": {"name": "logistic regression", "accuracy": 0.944},
        "findings": [found.as_json()],
        "for_deal": [],
        "levers": [],
        "notes": [],
        "cannot_see": [],
    }
    with Events(folder) as events:
        if state == "running":
            facts = processes.this_process()
            events.put_meta(**facts)
            events.put_meta(state=state, beat=time.time(), done=0.5, elapsed_s=60.0)
            for one in rows:
                events.put("row", t_s=1.0, step=0, **one)
        else:
            events.put_meta(state=state, elapsed_s=120.0)
            jobs.write_json(folder / "result.json", result)
    return jobs.load(folder)


def opened(name: str, lang: str = "en") -> AppTest:
    return test_views.opened(name, lang=lang)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_was_found_stands_first_and_whole(name: str, lang: str) -> None:
    job_of(name)
    app = opened(name, lang)
    text = words(app)
    assert not any(failed in text for failed in FAILED)
    assert not app.exception
    assert "A processor" in text
    answer = "strong guarantee" if lang == "en" else "保证"
    assert answer in text


@pytest.mark.parametrize("name", ROWS)
def test_every_experiment_has_a_chart_of_its_rows(name: str) -> None:
    figure = experiment_charts.chart(name, ROWS[name])
    assert figure is not None
    assert len(figure.data) >= 1
    assert experiment_charts.chart(name, []) is None


def test_rows_stand_while_the_job_works() -> None:
    job_of("privacy", "running")
    text = words(opened("privacy"))
    assert "38\\.5" in text  # in Markdown
    assert text.count("Dense network") == len(ROWS["privacy"])


def test_rows_that_have_no_label_yet_are_told_by_name_and_seed() -> None:
    """Data quality tells each training as it ends, two of a name with other seeds."""
    folder = jobs.create("experiment", {"name": "quality", "options": {}}, name="quality")
    with Events(folder) as events:
        events.put_meta(**processes.this_process())
        events.put_meta(state="running", beat=time.time(), done=0.3, elapsed_s=9.0)
        for seed in (0, 1):
            events.put("row", t_s=1.0, step=0, name="raw", seed=seed, loss=3.0 + seed)
    text = words(opened("quality"))
    assert text.count("| raw |") == 2


def test_a_typed_value_out_of_range_is_refused_by_its_title() -> None:
    app = opened("privacy")
    field = next(w for w in app.text_input if w.label == "Claimed epsilon")
    field.set_value("-3").run()
    next(b for b in app.button if b.label == "Start").click().run()
    assert "Claimed epsilon" in app.error[0].value
    assert jobs.every("experiment") == []


def test_start_begins_a_job_with_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def start(kind: str, request: Any, *, name: str = "", owner: str = "") -> Path:
        asked.append((kind, request, name))
        return jobs.create("experiment", request, name=name)

    monkeypatch.setattr(jobs, "start", start)
    app = opened("compression")
    next(w for w in app.text_input if w.label == "Claimed speed-up").set_value("4").run()
    next(b for b in app.button if b.label == "Start").click().run()
    kind, request, name = asked[0]
    assert (kind, name) == ("experiment", "compression")
    assert request["options"] == EXPERIMENTS["compression"].read({"claimed_speedup": 4})


@pytest.mark.parametrize("name", ROWS)
def test_the_text_of_a_result_has_every_row_and_its_limits(name: str) -> None:
    job = job_of(name)
    assert job.result is not None
    shown = experiment_text(json.loads(json.dumps(job.result)))
    assert shown.count("\n") > len(ROWS[name])
    assert str(EXPERIMENTS[name].cannot_see[0]) in shown
    assert "40%" in shown
