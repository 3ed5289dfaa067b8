"""``assay lab audit`` from the files to the answer, in words and as JSON."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard import cli
from dashboard.language import use_language
from tests.lab.audit import duplicates


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of this test alone."""
    monkeypatch.setenv("ASSAY_RUNS", str(tmp_path / "runs"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command as a user types it, and its exit status."""

    def typed(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["assay", "lab", "audit", *words])
        with use_language("en"), pytest.raises(SystemExit) as ended:  # the command speaks its own
            cli.main()
        return int(ended.value.code or 0)

    return typed


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Texts, a third of them copies."""
    path = tmp_path / "sample.txt"
    path.write_text("\n".join([*duplicates.planted(150), "tel +44 20 7946 0958"]), "utf-8")
    return path


def test_json_alone_stands_on_standard_output(
    run: Callable[..., int], sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean = tmp_path / "clean.jsonl"
    status = run(str(sample), "--json", "--clean", str(clean), "--target-language", "en")
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert status == 0
    assert found["documents"] == 151
    assert found["pii"]["phone"] == 1
    assert found["near_duplicate_share"] > 0.2
    assert "Reading" in captured.err or "Comparing" in captured.err
    assert clean.read_text("utf-8").count("\n") == found["cleaned"]["documents"]
    assert all(isinstance(note, str) for note in found["notes"])


def test_words_are_in_the_language_asked_for(
    run: Callable[..., int], sample: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(sample), "--lang", "zh", "--claimed-duplicates", "0.01") == 0
    said = capsys.readouterr().out
    assert "重复了先前的文本" in said
    assert "文本即一行" in said


def test_a_bad_file_is_a_sentence_and_status_2(
    run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    assert run(str(tmp_path / "empty.txt")) == 2
    error = capsys.readouterr().err
    assert "empty.txt is empty" in error
    assert "Traceback" not in error
