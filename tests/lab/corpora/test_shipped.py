"""Every shipped data set is the one on record, and set-up leaves them all here."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from lab.corpora import shipped
from lab.corpora.fetch import INSTEAD, is_complete
from lab.corpora.provenance import Provenance, files_sha256, folder_sha256
from tests.browser import ROOT
from tests.lab.corpora.installed import REQUIRED


@pytest.mark.skipif(not REQUIRED, reason="neither CI nor ASSAY_REQUIRE_CORPORA is set")
def test_set_up_has_fetched_every_data_set() -> None:
    missing = [name for name in shipped.corpora() if shipped.find(name) is None]
    assert missing == []


@pytest.mark.parametrize("name", shipped.corpora())
def test_what_is_here_is_what_is_on_record(name: shipped.CorpusName) -> None:
    corpus = shipped.corpora()[name]
    files = shipped.find(name)
    if files is None:
        pytest.skip(f"{name} could not be fetched on this machine")
    assert len(files) >= corpus.n_files
    if not corpus.is_rolling:
        assert folder_sha256(files) == corpus.content_sha256
    if (shipped.folder() / name / shipped.STAMP).is_file():
        assert is_complete(corpus, shipped.folder() / name)


@pytest.mark.parametrize("name", shipped.corpora())
def test_each_entry_says_whence_under_which_licence_and_what_instead(
    name: shipped.CorpusName,
) -> None:
    corpus = shipped.corpora()[name]
    assert corpus.source
    assert corpus.licence
    assert corpus.counts
    assert str(INSTEAD[name])
    assert (corpus.archive_sha256 is None) == (corpus.kind == "deb")


def test_the_environment_names_another_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASSAY_CORPORA", str(tmp_path))
    assert shipped.folder() == tmp_path
    assert shipped.find("reviews") is None


def test_the_hash_of_a_set_is_that_of_what_sha256sum_prints(tmp_path: Path) -> None:
    for name, text in (("b.txt", "two"), ("a.txt", "one")):
        (tmp_path / name).write_text(text)
    lines = "".join(
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n"
        for name, text in (("a.txt", "one"), ("b.txt", "two"))
    )
    assert folder_sha256(tmp_path.iterdir()) == hashlib.sha256(lines.encode()).hexdigest()
    assert files_sha256({}) == hashlib.sha256(b"").hexdigest()


def test_a_record_is_json() -> None:
    record = Provenance(name=shipped.TITLES["emoji"], licence=None, sha256="00", n=3).as_json()
    assert record["name"] == "emoji names, English to Chinese"
    assert record["licence"] is None


def test_reading_and_scoring_import_without_what_takes_seconds() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for folder in ("corpora", "baselines")
        for path in sorted((ROOT / "lab" / folder).rglob("*.py"))
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {[*names, 'lab.metrics', 'lab.bootstrap']!r}: importlib.import_module(name)\n"
        "print(*sorted({'torch', 'transformers', 'sklearn', 'scipy', 'PIL', 'streamlit', 'pandas'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
