"""``assay report``: files, one JSON object, and refusals in a sentence."""

import contextlib
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from dashboard import cli
from dashboard import deal as deals
from dashboard.language import use_language
from dashboard.store.access import LOCAL
from dashboard.store.store import open_store

Said = tuple[int, str, str]


def _assay(*arguments: str) -> Said:
    """The command in this process: its status, what it printed, and what it complained of."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        use_language("en"),
    ):
        patch.setenv("ASSAY_LANG", "en")
        patch.setattr(sys, "argv", ["assay", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    code = ended.value.code
    return code if isinstance(code, int) else 0, out.getvalue(), err.getvalue()


def _report(*arguments: str) -> dict[str, Any]:
    status, out, err = _assay("report", *arguments, "--json")
    assert status == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_files_are_those_that_the_json_names(tmp_path: Path) -> None:
    found = _report("glm-130b", "--format", "json,pdf", "--lang", "zh", "--out", str(tmp_path))

    assert [one["format"] for one in found["files"]] == ["pdf", "json"]
    for one in found["files"]:
        content = Path(one["path"]).read_bytes()
        assert one["bytes"] == len(content)
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
    assert {p.name for p in tmp_path.iterdir()} == {Path(f["path"]).name for f in found["files"]}


def test_a_stored_version_gives_the_same_bytes_whenever_it_is_asked_for(tmp_path: Path) -> None:
    stored = open_store().create(deals.sample("glm-130b"), user=LOCAL, why="first")
    changed = stored.deal.model_copy(update={"name": "Another name"})
    open_store().save(stored.deal_id, changed, base=1, user=LOCAL, why="second")

    one, two, latest = (
        _report(stored.deal_id, "--format", "json", "--out", str(tmp_path / place), *version)
        for place, version in (
            ("a", ("--version", "1")),
            ("b", ("--version", "1")),
            ("c", ()),
        )
    )

    assert one["files"][0]["sha256"] == two["files"][0]["sha256"]
    assert "-v1-" in one["files"][0]["path"]
    assert "another-name-v2-" in latest["files"][0]["path"]


def test_several_deals_make_one_portfolio(tmp_path: Path) -> None:
    found = _report(
        *("glm-130b", "bloom-176b", "--format", "json,html", "--as-of", "2026-11-28"),
        *("--out", str(tmp_path)),
    )

    assert [Path(f["path"]).name for f in found["files"]] == [
        "portfolio-2026-11-28-en.html",
        "portfolio-2026-11-28-en.json",
    ]
    content = json.loads(Path(found["files"][1]["path"]).read_text("utf-8"))
    assert [one["deal"]["name"] for one in content["deals"]] == ["GLM-130B", "BLOOM-176B"]
    sections = [section["title"] for section in content["memo"]["sections"]]
    assert len(sections) == 3
    assert sections[1].startswith("GLM-130B")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("glm-130b", "--format", "odt"), "odt"),
        (("glm-130b", "--format", ","), "no format is named"),
        (("glm-130b", "--as-of", "soon"), "write it as 2026-11-27"),
        (("glm-130b", "--version", "2"), "a file has no versions"),
        (("no-such-deal",), "no-such-deal"),
        (("glm-130b", "bloom-176b", "--format", "zip"), "of one deal alone"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    status, _, complaint = _assay("report", *arguments, "--out", str(tmp_path / "out"))

    assert status == 2
    assert said in complaint
    assert complaint.count("\n") == 1
    assert "Traceback" not in complaint
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_computed(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")

    status, _, complaint = _assay("report", "glm-130b", "--out", str(tmp_path / "file"))

    assert status == 2
    assert "cannot be written" in complaint
