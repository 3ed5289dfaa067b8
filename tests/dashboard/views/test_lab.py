"""The Lab page shows runs as they are on disk, and starts and refuses them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from costmodel.messages import Message
from lab import config as configs
from lab import processes, runs, stopping
from lab.events import Events
from lab.runs import StepRecord
from tests.dashboard.views import test_views
from tests.dashboard.views.test_views import FAILED, words

RESULT = {
    "run_id": "",
    "workload": "mlp",
    "state": "done",
    "device": "A processor",
    "device_kind": "cpu",
    "chip": None,
    "n_devices": 1,
    "precision": "fp32",
    "threads": 2,
    "steps": 30,
    "tokens_per_s": None,
    "samples_per_s": 54321.0,
    "step_ms": {"p50": 1.5, "p95": 2.5},
    "mfu": 0.25,
    "mfu_measured": 0.25,
    "mfu_datasheet": None,
    "peak_source": "measured",
    "peak_memory_bytes": 300e6,
    "contention": 0.01,
    "throttled_share": None,
    "energy_j": None,
    "loss": 0.5,
    "metrics": {
        "accuracy": 0.9,
        "intervals": {"accuracy": {"low": 0.85, "high": 0.95}},
        "confusion": [[9, 1], [1, 9]],
        "per_class": [
            {"name": name, "n": 10, "precision": 0.9, "recall": 0.9, "f1": 0.9} for name in "ab"
        ],
        "roc": [None, {"false_positive_rate": [0, 1], "true_positive_rate": [0, 1]}],
    },
    "baseline": {"name": {"text": "the most common class", "params": {}}, "accuracy": 0.5},
}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs of this test alone; AppTest shares caches between tests."""
    monkeypatch.setenv("ASSAY_RUNS", str(tmp_path))
    st.cache_resource.clear()
    return tmp_path


def recorded(state: str, *, why: Message | None = None, result: bool = False) -> str:
    """A run with thirty steps, in that state, whose process is gone."""
    folder = runs.create(configs.make("mlp", {"steps": 30}))
    with Events(folder) as events:
        for step in range(1, 31):
            events.put_step(
                StepRecord(
                    step=step, t_s=step / 10, loss=1 / step, learning_rate=1e-3, step_s=0.1, items=8
                )
            )
        told = None if why is None else runs.message_to_json(why)
        events.put_meta(state=state, why=told, **processes.facts_of(os.getpid()) | {"pid": 2**22})
    if result:
        (folder / "result.json").write_text(json.dumps(RESULT | {"run_id": folder.name}), "utf-8")
    return folder.name


def opened(**query: str) -> AppTest:
    app = test_views.opened("lab", **query)
    assert not app.exception
    assert not any(failed in words(app) for failed in FAILED)
    return app


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_stranger_sees_how_to_begin(lang: str) -> None:
    app = opened(lang=lang)
    start = "Start" if lang == "en" else "开始"
    assert any(start in one.label for one in app.button)


def test_a_run_that_ended_shows_its_figures_and_the_baseline() -> None:
    recorded("done", result=True)
    shown = words(opened(lang="en"))
    assert "54,300" in shown
    assert "0.9 \\(0\\.85" in shown.replace("0\\.9", "0.9")
    assert "the most common class" in shown


def test_runs_side_by_side_keep_their_baselines() -> None:
    names = [recorded("done", result=True) for _ in range(2)]
    app = opened(lang="en")
    choice = next(one for one in app.multiselect if one.label == "Runs to compare")
    choice.set_value(names).run()
    assert not app.exception
    lines = [line for one in app.markdown for line in one.value.splitlines()]
    rows = [line for line in lines if line.startswith("| Accuracy, baseline")]
    assert len(rows) == 1
    assert rows[0].replace("\\", "").count("0.5") == 2
    assert any(line.startswith("| Baseline") and "common class" in line for line in lines)


def test_a_run_whose_process_is_gone_is_shown_as_dead_and_can_be_resumed() -> None:
    recorded("running")
    app = opened(lang="en")
    assert "killed" in words(app)
    assert any(one.label == "Resume" for one in app.button)
    assert not any(one.label == "Stop" for one in app.button)


def test_a_run_that_was_asked_to_stop_says_so_until_it_has() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        folder = runs.create(configs.make("mlp", {"steps": 30}))
        with Events(folder) as events:
            events.put_meta(state="running", **processes.facts_of(process.pid))
        app = opened(lang="en", run=folder.name)
        app.button(key=f"stop:{folder.name}").click().run()
        assert stopping.requested(folder)
        stop = app.button(key=f"stop:{folder.name}")
        assert (stop.disabled, stop.label) == (True, "Stopping…")
        process.kill()


def test_a_failure_is_said_in_the_readers_language() -> None:
    why = Message(
        "The run failed for a reason inside it ({kind}); its log.txt has the details.",
        {"kind": "KeyError"},
    )
    recorded("failed", why=why)
    assert "KeyError" in words(opened(lang="zh"))
    assert "The run failed" not in words(opened(lang="zh"))


def test_a_run_becomes_evidence_of_the_deal() -> None:
    name = recorded("done", result=True)
    app = opened(lang="en", deal="bloom-176b")
    attach = next(one for one in app.button if one.label.startswith("Attach to"))
    attach.click().run()
    assert not app.exception
    assert "is evidence of" in words(app)
    deal = app.session_state["scenario"].own
    assert [one.run_id for one in deal.lab_runs] == [name]
    assert len(deal.lab_runs[0].sha256) == 64


def test_an_option_that_cannot_be_is_refused_by_its_label() -> None:
    app = opened(lang="en")
    minutes = next(one for one in app.text_input if one.label == "Minutes")
    minutes.set_value("-3").run()
    next(one for one in app.button if one.label == "Start").click().run()
    assert runs.ids() == []
    assert "Minutes" in words(app)


def test_start_begins_a_run_that_lives_on_its_own() -> None:
    app = opened(lang="en")
    next(one for one in app.selectbox if one.label == "Workload").set_value("mlp").run()
    steps = next(one for one in app.text_input if one.label == "Steps, in place of minutes")
    steps.set_value("50").run()
    next(one for one in app.button if one.label == "Start").click().run()
    assert not app.exception
    (name,) = runs.ids()
    folder = runs.find(name)
    end = time.monotonic() + 60
    while runs.load(folder).is_live and time.monotonic() < end:
        time.sleep(0.2)
    assert runs.load(folder).state == "done"
    assert "samples" in words(opened(lang="en")).lower()
