"""A stored file is kept by its content, opened read-only, and missed when it is gone."""

import hashlib
import io
import stat
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.messages import InputError
from dashboard.risk.answers import files as evidence_files
from dashboard.risk.answers.answer import Answer, Evidence
from dashboard.risk.answers.files import clean_name, opened, state, states, store, stored_name

CONTENT = b"step,seconds\n1,3.2\n"


def path_of(folder: Path, sha256: str) -> Path:
    return next(p for p in folder.rglob(sha256) if p.is_file())


def test_a_file_opens_as_it_was_stored(tmp_path: Path) -> None:
    stored = store(tmp_path, "../logs/step log.csv", io.BytesIO(CONTENT))
    assert stored.name == "step log.csv"
    assert stored.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert stored.n_bytes == len(CONTENT)
    with opened(tmp_path, stored.sha256) as file:
        assert file.read() == CONTENT
    assert stored_name(tmp_path, stored.sha256) == "step log.csv"


def test_a_stored_file_is_neither_writable_nor_executable(tmp_path: Path) -> None:
    stored = store(tmp_path, "run.sh", b"#!/bin/sh\n")
    mode = path_of(tmp_path, stored.sha256).stat().st_mode
    assert not mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH | stat.S_IWUSR | stat.S_IROTH)


def test_the_same_content_is_kept_once_under_its_first_name(tmp_path: Path) -> None:
    first = store(tmp_path, "a.csv", CONTENT)
    assert store(tmp_path, "b.csv", CONTENT).sha256 == first.sha256
    assert stored_name(tmp_path, first.sha256) == "a.csv"
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 2  # the file and its name


@pytest.mark.parametrize("content", [b"", b"x" * 101])
def test_what_is_empty_or_too_large_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(evidence_files, "MAX_BYTES", 100)
    with pytest.raises(InputError, match=r"x\.bin"):
        store(tmp_path, "x.bin", io.BytesIO(content))
    assert list(tmp_path.rglob("*")) == []


def test_a_vanished_an_altered_and_a_foreign_file_are_told_apart(tmp_path: Path) -> None:
    gone, changed, whole = (store(tmp_path, f"{i}.txt", f"{i}".encode()) for i in range(3))
    path_of(tmp_path, gone.sha256).unlink()
    path = path_of(tmp_path, changed.sha256)
    path.chmod(0o600)
    path.write_bytes(b"other")
    pieces = [Evidence(sha256=s) for s in (gone.sha256, changed.sha256, whole.sha256, "f" * 64)]
    assert states(tmp_path, [Answer(evidence=pieces)]) == {
        gone.sha256: "missing",
        changed.sha256: "altered",
        whole.sha256: "intact",
        "f" * 64: "elsewhere",
    }
    for stored, says in ((gone, "is not here"), (changed, "does not have the content")):
        with (
            pytest.raises(InputError, match=f"{stored.name} {says}"),
            opened(tmp_path, stored.sha256),
        ):
            raise AssertionError


def test_a_link_in_place_of_a_file_is_an_alteration(tmp_path: Path) -> None:
    stored = store(tmp_path, "a.txt", CONTENT)
    other = tmp_path / "other"
    other.write_bytes(CONTENT)
    path = path_of(tmp_path, stored.sha256)
    path.unlink()
    path.symlink_to(other)
    assert state(tmp_path, stored.sha256) == "altered"


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "a" * 63, "0" * 64 + "/x"])
def test_what_is_no_hash_opens_nothing(tmp_path: Path, sha256: str) -> None:
    assert state(tmp_path, sha256) == "elsewhere"
    with pytest.raises(InputError), opened(tmp_path, sha256):
        raise AssertionError


@given(st.text(max_size=400))
def test_a_name_is_a_short_label_and_never_a_path(name: str) -> None:
    label = clean_name(name)
    assert label
    assert not set(label) & set('/\\<>:"|?*')
    assert not label.startswith(".")
    assert len(label.encode()) <= 200
    assert all(unicodedata.category(c)[0] != "C" for c in label)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("C:\\deal\\合同.pdf", "合同.pdf"),
        ("..", "evidence"),
        (".bashrc", "bashrc"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a" * 300 + ".pdf", "a" * 146 + ".pdf"),
    ],
)
def test_a_name_keeps_what_a_reader_needs(name: str, label: str) -> None:
    assert clean_name(name) == label
