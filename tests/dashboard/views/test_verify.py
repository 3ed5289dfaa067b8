"""The page that verifies a checkpoint: asks, refuses, shows, and takes findings into the deal."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.components import jobs as jobs_component
from lab import job_worker, jobs, stopping
from lab.events import Events
from tests.dashboard.views import test_views
from tests.dashboard.views.test_views import FAILED, words
from tests.lab.verify import made


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Jobs of this test alone; AppTest shares caches between tests."""
    monkeypatch.setenv("ASSAY_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(stopping, "listen", lambda: None)
    monkeypatch.setattr(jobs_component, "may_name_paths", lambda: True)
    st.cache_resource.clear()
    return tmp_path


@pytest.fixture
def verified(tmp_path: Path) -> str:
    """A job that found a model to come from its base."""
    base = made.save(tmp_path / "base-model", made.trained(made.start(1), 10))
    one = made.save(
        tmp_path / "their-model", made.trained(made.trained(made.start(1), 10), 11, strength=0.3)
    )
    folder = jobs.create(
        "verify",
        {"folder": str(one), "against": str(base), "from_scratch": True, "claimed_params": 7e9},
    )
    job_worker.main([str(folder)])
    return folder.name


def opened(**query: str) -> AppTest:
    app = test_views.opened("verify", **query)
    assert not app.exception
    assert not any(failed in words(app) for failed in FAILED)
    return app


@pytest.mark.parametrize(
    ("lang", "says"),
    [
        (
            "en",
            ("It shares its training with base", "Training shared with", "What this cannot see"),
        ),
        ("zh", ("它与 base", "有共同的训练", "共有的训练", "此处看不到的")),
    ],
)
def test_what_was_found_is_shown_in_both_languages(
    verified: str, lang: str, says: tuple[str, ...]
) -> None:
    shown = words(opened(lang=lang, job=verified))
    assert all(part in shown for part in says)


def test_findings_go_into_the_deal_with_who_chose_the_sample(verified: str) -> None:
    app = opened(lang="en", deal="bloom-176b", job=verified)
    attach = next(one for one in app.button if one.label.startswith("Attach to"))
    assert attach.disabled
    chooser = next(one for one in app.radio if one.label == "Who chose what was examined?")
    chooser.set_value("company").run()
    next(one for one in app.button if one.label.startswith("Attach to")).click().run()
    assert not app.exception
    deal = app.session_state["scenario"].own
    (kept,) = deal.lab_jobs
    assert (kept.job_id, kept.kind, kept.sample, len(kept.sha256)) == (
        verified,
        "verify",
        "company",
        64,
    )
    origin = next(f for f in kept.findings if f.claim == "from_scratch")
    assert origin.verdict == "implausible"
    assert set(origin.why) == {"en", "zh"}
    assert "This is evidence of" in words(app)
    overview = test_views.opened("overview", lang="zh")
    overview.session_state["scenario"] = app.session_state["scenario"]
    overview.run()
    assert "实验台上的发现" in words(overview)


def test_a_folder_that_is_none_is_refused_where_it_was_asked_for() -> None:
    app = opened(lang="en")
    next(one for one in app.button if one.label == "Verify").click().run()
    assert "name the folder of the checkpoint" in words(app).replace("\\", "")


def test_a_job_shows_its_progress_and_can_be_stopped(verified: str) -> None:
    folder = jobs.find(verified)
    with Events(folder) as events:
        events.put_meta(state="running", done=0.5, host="elsewhere:1", beat=2e12)
    app = opened(lang="en", job=verified)
    assert jobs.load(folder).is_live
    next(one for one in app.button if one.label == "Stop").click().run()
    assert stopping.requested(folder)


def test_jobs_of_others_are_not_listed(verified: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several people may use one server; what one examines is not the others' to see."""
    monkeypatch.setattr(jobs_component, "_owner", lambda: "https://provider|somebody")
    shown = words(opened(lang="en", job=verified))
    assert "shares its training" not in shown
