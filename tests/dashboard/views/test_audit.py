"""The page that audits a sample: starts, refuses, shows, and takes numbers into the deal."""

import json
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.components import jobs as jobs_component
from lab import job_worker, jobs, stopping, uploads
from tests.dashboard.views import test_views
from tests.dashboard.views.test_views import FAILED, words
from tests.lab.audit import duplicates


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Jobs of this test alone; AppTest shares caches between tests."""
    monkeypatch.setenv("ASSAY_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(stopping, "listen", lambda: None)
    monkeypatch.setattr(jobs_component, "may_name_paths", lambda: True)
    st.cache_resource.clear()
    return tmp_path


@pytest.fixture
def audited(tmp_path: Path) -> str:
    """A job that audited a sample with duplicates, identifiers and a test item."""
    texts = [*duplicates.planted(400), "mail a.person@example.com now", "拨打13800138000联系"]
    path = tmp_path / "their-sample.jsonl"
    path.write_text("".join(json.dumps({"text": t}) + "\n" for t in texts), "utf-8")
    bench = tmp_path / "bench.jsonl"
    bench.write_text(json.dumps({"question": texts[0]}) + "\n", "utf-8")
    folder = jobs.create(
        "audit",
        {
            "files": [str(path)],
            "against": [str(bench)],
            "target_languages": ["en"],
            "raw_tokens": 1e9,
            "plan_tokens": 4e9,
            "params": 1e8,
            "clean": True,
            "claimed": {"near_duplicate_share": 0.01},
        },
    )
    job_worker.main([str(folder)])
    return folder.name


def opened(**query: str) -> AppTest:
    app = test_views.opened("audit", **query)
    assert not app.exception
    assert not any(failed in words(app) for failed in FAILED)
    return app


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        ("en", ("repeat an earlier one", "Implausible", "Telephone numbers", "Cleaned copy")),
        ("zh", ("重复了先前的文本", "电子邮箱", "清洗后的副本", "看不到什么")),
    ],
)
def test_what_was_found_is_shown_in_both_languages(
    audited: str, lang: str, says: tuple[str, ...]
) -> None:
    app = opened(lang=lang, job=audited)
    shown = words(app) + " ".join(expander.label for expander in app.expander)
    assert [part for part in says if part not in shown] == []
    assert "a.person@example.com" not in shown


def test_numbers_go_into_the_deal(audited: str) -> None:
    app = opened(lang="en", deal="bloom-176b", job=audited)
    chooser = next(one for one in app.radio if one.label == "Who chose what was examined?")
    chooser.set_value("analyst").run()
    next(one for one in app.button if one.label.startswith("Attach to")).click().run()
    assert not app.exception
    deal = app.session_state["scenario"].own
    assert deal.lab_jobs[0].kind == "audit"
    measured = deal.measurements.near_duplicate_share
    assert measured.value == jobs.load(jobs.find(audited)).result["near_duplicate_share"]  # type: ignore[index]
    assert deal.plan.unique_tokens < 1e9


def test_nothing_is_started_without_a_file() -> None:
    app = opened(lang="en")
    app.button(key="audit_start").click().run()
    assert any("give at least one" in error.value for error in app.error)
    assert jobs.every("audit") == []


def test_a_path_starts_an_audit_with_its_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}
    monkeypatch.setattr(jobs_component, "start", lambda kind, request: asked.update(request))
    app = opened(lang="en", deal="bloom-176b")
    app.text_area(key="audit_paths:en").set_value(f"{tmp_path}/a.jsonl\n")
    app.text_input(key="audit_target:en").set_value("en, fr")
    app.button(key="audit_start").click().run()
    assert asked["files"] == [f"{tmp_path}/a.jsonl"]
    assert asked["target_languages"] == ["en", "fr"]
    assert asked["plan_tokens"] > 0
    assert asked["redact"] is True


def test_paths_cannot_be_named_over_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_component, "may_name_paths", lambda: False)
    assert not opened(lang="en").text_area


def test_uploads_are_gone_when_the_audit_has_ended(tmp_path: Path) -> None:
    folder = uploads.folder()
    path = uploads.place(folder, "sample", "../../a b.txt")
    assert path.parent == folder / "sample"
    path.write_text("one\ntwo\n", "utf-8")
    assert uploads.place(folder, "sample", "a b.txt") != path
    job = jobs.create("audit", {"files": [str(path)], "uploads": folder.name})
    job_worker.main([str(job)])
    assert jobs.load(job).state == "done"
    assert not folder.exists()
    uploads.take_away("../runs")
    assert job.exists()
