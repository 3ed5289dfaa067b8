"""Reports as files: whole or not at all, under names that every system takes."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from costmodel.messages import InputError
from dashboard.report import formats, job
from dashboard.report.formats import FORMATS, plain_name
from tests.dashboard.report.cases import DAY, case


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("DeepSeek-V3", "deepseek-v3"),
        ("智谱 Zhipu", "智谱-zhipu"),
        ("../../etc/passwd", "etc-passwd"),
        ("=cmd()|' /C calc'!A0", "cmd-c-calc-a0"),
        ("<script>", "script"),
        ("🚀", "deal"),
        ("x" * 500, "x" * 60),
        ("con.\x00\u202e", "con"),
    ],
)
def test_a_file_is_named_after_its_deal(text: str, name: str) -> None:
    assert plain_name(text) == name


def test_every_format_is_written_and_its_hash_is_that_of_the_file(tmp_path: Path) -> None:
    import hashlib

    found = list(formats.write(case("bare"), FORMATS, tmp_path / "new" / "folder"))

    assert [one.format for one in found] == list(FORMATS)
    for one in found:
        content = one.path.read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one.size_bytes, one.sha256)
    assert len(list((tmp_path / "new" / "folder").iterdir())) == len(FORMATS)  # no half of one


def test_a_folder_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/none")):
        with pytest.raises(InputError, match="cannot be written"):
            list(formats.write(case("bare"), ["json"], place))


def test_a_file_that_breaks_off_leaves_the_old_one_and_no_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "memo.json"
    path.write_bytes(b"old")

    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="no space left on device"):
        formats.put(path, b"new", "json")

    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["memo.json"]


def _wait(folder: Path) -> job.State:
    until = time.monotonic() + 60
    while not (found := job.state(folder)).is_over and time.monotonic() < until:
        time.sleep(0.1)
    return found


def _started(*forms: Any) -> Path:
    given = case("bare")
    return job.start([(given.deal, given.edition)], forms, language="zh")


def test_a_job_makes_the_same_files_in_a_process_of_its_own() -> None:
    folder = _started("json", "zip")

    found = _wait(folder)

    assert (found.phase, found.problem) == ("done", "")
    assert [made.format for made in found.made] == ["json", "zip"]
    content = json.loads(job.content_of(folder, found.made[0]))
    assert (content["language"], content["edition"]["as_of"]) == ("zh", DAY.isoformat())


def test_a_job_of_several_deals_makes_a_portfolio() -> None:
    given = [(c.deal, c.edition) for c in (case("bare"), case("glm-130b"))]

    found = _wait(job.start(given, ["json"], language="en"))

    assert (found.phase, [made.name for made in found.made]) == (
        "done",
        [f"portfolio-{DAY.isoformat()}-en.json"],
    )


def test_a_job_that_is_stopped_or_killed_says_so_and_keeps_what_is_finished() -> None:
    stopped, killed = _started("pdf"), _started("pdf")

    job.stop(stopped)
    os.kill(int((killed / "pid").read_text()), signal.SIGKILL)

    for folder in (stopped, killed):
        found = _wait(folder)
        assert (found.phase, found.made) == ("failed", ())
        assert found.problem == "The report was broken off."


def test_a_job_that_is_refused_gives_the_reason(tmp_path: Path) -> None:
    folder = _started("json")
    _wait(folder)
    request = json.loads((folder / "request.json").read_text())
    request["deals"][0]["deal"] = {"assay": 1}
    (folder / "request.json").write_text(json.dumps(request))

    job.work(folder)

    assert job.state(folder).phase == "failed"
    assert "name" in job.state(folder).problem


def test_a_job_that_was_swept_away_is_gone_in_a_sentence(tmp_path: Path) -> None:
    assert job.state(tmp_path / "none").problem == "The report is gone; make it again."
    with pytest.raises(InputError, match="make the report again"):
        job.content_of(tmp_path, job.Made(format="pdf", name="a.pdf", size_bytes=1, sha256=""))
