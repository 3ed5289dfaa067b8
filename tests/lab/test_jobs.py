"""Jobs in processes of their own: followed, stopped, killed, refused."""

import json
import sys
import time
from pathlib import Path

import pytest

from costmodel.messages import InputError, Message
from lab import job_worker, jobs, launch, runs, uploads
from lab.events import Events
from lab.findings import ForDeal, LabFinding
from lab.jobs import Report, StoppedError
from tests.lab.verify import made


@pytest.fixture
def request_of(tmp_path: Path) -> dict[str, str]:
    return {"folder": str(made.save(tmp_path / "model", made.start(1), tokens=False))}


def test_a_job_works_in_a_process_of_its_own_to_its_end(request_of: dict[str, str]) -> None:
    folder = jobs.start("verify", request_of, owner="somebody")
    last = None
    for last in jobs.follow(folder):
        assert last.state != "failed", last.why
    assert last is not None
    assert (last.state, last.owner) == ("done", "somebody")
    assert last.result is not None
    assert last.result["params"] > 0
    assert [job.job_id for job in jobs.every("verify")] == [folder.name]
    assert jobs.every("audit") == []
    assert jobs.find(folder.name) == folder


@pytest.mark.usefixtures("signals")
def test_a_job_that_is_asked_to_stop_keeps_what_it_has_found(
    monkeypatch: pytest.MonkeyPatch, request_of: dict[str, str]
) -> None:
    from lab.verify import job as verify

    def slow(_: object, report: Report) -> dict[str, object]:
        report.keep({"rows": 1})
        jobs.stop(report.folder)
        report.say(Message("Working"), 0.5)
        raise AssertionError("it went on")

    monkeypatch.setattr(verify, "work", slow)
    folder = jobs.create("verify", request_of)
    assert job_worker.main([str(folder)]) == 0
    job = jobs.load(folder)
    assert (job.state, job.result, job.done) == ("stopped", {"rows": 1}, 0.5)


def test_a_killed_job_is_dead_and_can_be_read(request_of: dict[str, str]) -> None:
    folder = jobs.create("verify", request_of)
    process = launch.spawn_in(folder, [sys.executable, "-c", "import time; time.sleep(60)"])
    assert jobs.load(folder).is_live
    jobs.stop(folder, now=True)
    process.wait(10)
    job = jobs.load(folder)
    assert job.state == "dead"
    assert "killed" in str(job.why)


@pytest.mark.usefixtures("signals")
def test_a_failure_inside_is_a_sentence_and_the_log_has_the_rest(
    monkeypatch: pytest.MonkeyPatch, request_of: dict[str, str]
) -> None:
    from lab.verify import job as verify

    def broken(*_: object) -> None:
        raise KeyError("missing")

    monkeypatch.setattr(verify, "work", broken)
    folder = jobs.create("verify", request_of)
    assert job_worker.main([str(folder)]) == 1
    job = jobs.load(folder)
    assert job.state == "failed"
    assert "KeyError" in str(job.why)


def test_a_job_is_found_by_its_id_alone(tmp_path: Path, request_of: dict[str, str]) -> None:
    folder = jobs.create("verify", request_of)
    for bad in ("../x", "verify-../../etc", str(folder), "", "verify-nothing"):
        with pytest.raises(InputError):
            jobs.find(bad)
    (folder / "request.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        jobs.load(folder)
    assert jobs.every() == []


def test_where_nothing_can_be_written_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ASSAY_RUNS", str(tmp_path / "file"))
    with pytest.raises(InputError, match="set ASSAY_RUNS to another"):
        jobs.create("verify", {})


def test_progress_is_told_at_most_a_few_times_a_second(tmp_path: Path) -> None:
    folder = jobs.create("verify", {})
    with Events(folder) as events:
        report = Report(folder, events)
        before = time.monotonic()
        for place in range(20_000):
            report.say_sometimes(Message("Working"), place / 20_000)
        assert time.monotonic() - before < 2.0
        jobs.stop(folder)
        with pytest.raises(StoppedError):
            report.say(Message("Working"))


def test_a_finding_comes_back_from_json_as_it_was() -> None:
    one = LabFinding(
        claim="params",
        about=Message("Parameters"),
        verdict="stretched",
        unit="parameter",
        why=Message("{n} are there", {"n": 3}),
        ask=Message("Ask"),
        stated=7e9,
        measured=6e9,
        low=5.9e9,
        high=6.1e9,
    )
    again = LabFinding.from_json(json.loads(json.dumps(one.as_json())))
    assert again.as_json() == one.as_json()
    assert (again.low, again.measured, again.high) == (5.9e9, 6e9, 6.1e9)
    number = ForDeal(path="plan.tokens", value=1.0, why=Message("x"))
    assert runs.message_from_json(number.as_json()["why"]) == Message("x")


@pytest.mark.usefixtures("signals")
def test_what_was_uploaded_for_a_job_is_gone_at_its_end_also_of_one_that_is_refused() -> None:
    for request in ({}, {"colour": "red"}):
        folder = uploads.folder()
        model = made.save(uploads.place(folder, "folder", "x").parent, made.start(1), tokens=False)
        asked = {"folder": str(model), "uploads": folder.name, **request}
        job = jobs.create("verify", asked)
        job_worker.main([str(job)])
        assert jobs.load(job).state == ("failed" if request else "done")
        assert not folder.exists()
