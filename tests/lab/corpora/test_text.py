"""The running texts are the counted ones, and a person's file is read or refused."""

from pathlib import Path

import pytest

from costmodel.messages import InputError
from lab.corpora import shipped, text
from tests.lab.corpora.installed import needs


@needs("shakespeare")
def test_shakespeare_has_its_counts() -> None:
    found = text.load()
    counts = shipped.corpora()["shakespeare"].counts
    between = shipped.corpora()["shakespeare"].n_files - 1  # a line feed before each other text
    assert len(found.text) == found.provenance.n == 5_057_198 + between
    assert counts["characters"] == 5_057_198
    assert len(found.text.split()) == counts["words"]
    assert len(set(found.text)) == counts["distinct_characters"]
    assert "To be, or not to be" in found.text
    assert not found.provenance.is_fallback


def test_without_shakespeare_the_help_of_python_stands_in_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASSAY_CORPORA", str(tmp_path))
    found = text.load()
    assert len(found.text) > 400_000
    assert found.provenance.is_fallback
    (note,) = found.provenance.notes
    assert "Not on this machine: the works of Shakespeare" in str(note)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_one_text_is_the_same_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    written = "我们在这里学习语言，也在这里说话。\r\n" * 100
    path = tmp_path / "book.txt"
    path.write_bytes(written.encode(encoding))
    found = text.load(path)
    assert found.text == written.replace("\r\n", "\n")
    assert str(found.encoding) in str(found.provenance.notes[0])
    assert found.provenance.licence is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"too short\n", "1000 are the least"),
        (b" \n" * 5_000, "holds 0 characters"),
        (bytes(5_000), "binary"),
    ],
)
def test_a_file_to_learn_nothing_from_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        text.load(path)


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        text.load(tmp_path / "nowhere")
    with pytest.raises(InputError, match="cannot be read"):
        text.load(tmp_path)
