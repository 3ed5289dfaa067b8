"""Set-up brings whole, known files or a sentence: never half a data set, never a stray path."""

import dataclasses
import io
import json
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from lab.corpora import fetch, shipped
from lab.corpora.fetch import FetchError
from lab.corpora.provenance import files_sha256, sha256

GOOD = {"pkg-1/data/neg.txt": b"bad\n", "pkg-1/data/pos.txt": b"good\n"}
CORPUS = dataclasses.replace(
    shipped.corpora()["reviews"],
    patterns=("pkg-1/data/*.txt",),
    content_sha256=files_sha256({"neg.txt": sha256(b"bad\n"), "pos.txt": sha256(b"good\n")}),
)


def tarball(at: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(at / "pkg-1.tar.gz", "w:gz") as bundle:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            bundle.addfile(info, io.BytesIO(content))
    return at / "pkg-1.tar.gz"


def unpacked(tmp_path: Path, archive: Path, corpus: shipped.Corpus = CORPUS) -> dict[str, bytes]:
    into = tmp_path / "into"
    into.mkdir()
    fetch.unpack(corpus, archive, into)
    fetch.check_content(corpus, into)
    return {path.name: path.read_bytes() for path in into.iterdir()}


def test_only_the_listed_files_are_written(tmp_path: Path) -> None:
    archive = tarball(tmp_path, {**GOOD, "pkg-1/setup.py": b"boom", "pkg-1/data/x.py": b"boom"})
    assert unpacked(tmp_path, archive) == {"neg.txt": b"bad\n", "pos.txt": b"good\n"}


def test_a_wheel_is_read_as_a_source_package_is(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pkg.whl", "w") as bundle:
        for name, content in {**GOOD, "pkg-1/__init__.py": b""}.items():
            bundle.writestr(name, content)
    found = unpacked(tmp_path, tmp_path / "pkg.whl", dataclasses.replace(CORPUS, kind="wheel"))
    assert set(found) == {"neg.txt", "pos.txt"}


def test_a_path_that_climbs_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    archive = tarball(tmp_path, {**GOOD, "pkg-1/data/../../../../escaped.txt": b"boom"})
    with pytest.raises(FetchError):
        unpacked(tmp_path, archive)
    assert not list(tmp_path.parent.glob("escaped.txt"))
    assert {path.name for path in tmp_path.iterdir()} == {"into", "pkg-1.tar.gz"}


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    archive = tmp_path / "pkg-1.tar.gz"
    with tarfile.open(archive, "w:gz") as bundle:
        for name in GOOD:
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            bundle.addfile(link)
    with pytest.raises(FetchError, match="0 of the 2 files"):
        unpacked(tmp_path, archive)


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"pkg-1/data/neg.txt": b"bad\n"}, "1 of the 2 files"),
        ({**GOOD, "pkg-1/data/pos.txt": b"changed\n"}, "not the one that was checked"),
    ],
)
def test_another_content_is_refused(tmp_path: Path, members: dict[str, bytes], says: str) -> None:
    with pytest.raises(FetchError, match=says):
        unpacked(tmp_path, tarball(tmp_path, members))


def test_a_broken_archive_is_refused(tmp_path: Path) -> None:
    archive = tarball(tmp_path, GOOD)
    archive.write_bytes(archive.read_bytes()[:60])
    with pytest.raises(FetchError, match="broken"):
        unpacked(tmp_path, archive)


def test_a_second_call_downloads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    downloads = []

    def download(corpus: shipped.Corpus, into: Path) -> Path:
        downloads.append(corpus.name)
        return tarball(into, GOOD)

    monkeypatch.setattr(fetch, "_download", download)
    monkeypatch.setattr(fetch, "corpora", lambda: {"reviews": CORPUS})
    monkeypatch.setenv("ASSAY_CORPORA", str(tmp_path))
    assert [fetch.main(), fetch.main()] == [0, 0]
    assert downloads == ["reviews"]
    (tmp_path / "reviews" / "neg.txt").unlink()
    assert fetch.main() == 0
    assert downloads == ["reviews", "reviews"]
    assert (tmp_path / "reviews" / "neg.txt").is_file()


def test_what_cannot_be_had_is_one_sentence_with_what_to_do_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASSAY_CORPORA", str(tmp_path / "here"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    assert fetch.main() == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(shipped.corpora())
    for line, name in zip(said, shipped.corpora(), strict=True):
        assert str(shipped.TITLES[name]) in line
        assert str(fetch.INSTEAD[name]) in line
    assert list((tmp_path / "here").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ASSAY_CORPORA", str(tmp_path / "file"))
    assert fetch.main() == 0
    assert "Not to be had here" in capsys.readouterr().out


def test_a_stamp_of_another_version_is_not_complete(tmp_path: Path) -> None:
    at = tmp_path / "reviews"
    at.mkdir()
    (at / shipped.STAMP).write_text(json.dumps({"entry": ["pkg", "0.9"], "bytes": {}}))
    assert not fetch.is_complete(CORPUS, at)
    (at / shipped.STAMP).write_text("{")
    assert not fetch.is_complete(CORPUS, at)
