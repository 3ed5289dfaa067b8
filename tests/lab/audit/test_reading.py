"""Every kind of file gives its texts, and a bad one a sentence that says what to do."""

import gzip
import io
import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from costmodel.messages import InputError
from lab.audit import opening, reading
from lab.audit.reading import Sample

_TEXTS = ["first text", "第二个文本在这里，是中文的", "third text, with a comma"]


def _read(path: Path, **options: str) -> list[str]:
    return list(Sample([path], **options).texts())  # type: ignore[arg-type]


def _refused(path: Path, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        _read(path, **options)
    return str(caught.value.message)


def _jsonl() -> str:
    return "".join(json.dumps({"id": 1, "text": t}, ensure_ascii=False) + "\n" for t in _TEXTS)


def test_jsonl_csv_and_parquet_give_the_same_texts(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(_jsonl(), "utf-8")
    (tmp_path / "a.csv").write_text(
        "id,text\n" + "".join(f'1,"{text}"\n' for text in _TEXTS), "utf-8"
    )
    parquet.write_table(pa.table({"n": [1, 2, 3], "text": _TEXTS}), tmp_path / "a.parquet")
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        assert _read(tmp_path / name) == _TEXTS, name


def test_a_folder_gives_each_file_by_its_kind(tmp_path: Path) -> None:
    folder = tmp_path / "sample"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.jsonl").write_text(_jsonl(), "utf-8")
    (folder / "deep" / "b.txt").write_text("one\ntwo\n", "utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    sample = Sample([folder])
    assert list(sample.texts()) == [*_TEXTS, "one", "two"]
    assert any("left out" in str(note) for note in sample.notes())


def test_a_text_file_has_paragraphs_or_where_it_has_none_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ntwo\n\n \nthree\n\n", "utf-8")
    sample = Sample([path])
    assert list(sample.texts()) == ["one\ntwo", "three"]
    assert sample.units == {"paragraph"}
    path.write_text("\n\none\r\ntwo\r\n\n", "utf-8")  # blank lines at the ends divide nothing
    sample = Sample([path])
    assert list(sample.texts()) == ["one", "two"]
    assert sample.units == {"line"}


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-16-le", "utf-8-sig", "utf-32"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    text = "这是一个中文的句子，我们在这里说的是人和国家的事。\n" * 30_000
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    sample = Sample([path])
    texts = list(sample.texts())
    assert len(texts) == 30_000
    assert set(texts) == {text.split("\n", maxsplit=1)[0]}
    if encoding == "gb18030":
        assert any("gb18030" in str(note) for note in sample.notes())


def test_packed_files_are_read_where_they_lie(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(_jsonl())
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside/a.jsonl", _jsonl())
        archive.writestr("../../b.txt", "a line\n")
    assert _read(tmp_path / "a.jsonl.gz") == _TEXTS
    assert _read(tmp_path / "a.zip") == [*_TEXTS, "a line"]
    assert {file.name for file in tmp_path.iterdir()} == {"a.jsonl.gz", "a.zip"}


@pytest.mark.parametrize("packing", ["gz", "zip"])
def test_a_bomb_is_refused(tmp_path: Path, packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_FREE_BYTES", 1 << 20)
    content = b"0\n" * 10_000_000
    path = tmp_path / f"bomb.txt.{packing}"
    if packing == "gz":
        path.write_bytes(gzip.compress(content))
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bomb.txt", content)
    assert "expands to more than" in _refused(path)


def test_a_parquet_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lab.audit import parquet as reader

    monkeypatch.setattr(reader, "_FREE_BYTES", 1 << 20)
    path = tmp_path / "bomb.parquet"
    parquet.write_table(pa.table({"text": ["x" * 100_000] * 2000}), path)
    assert path.stat().st_size < 1 << 20
    assert "expands to more than" in _refused(path)


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_LINE_CHARACTERS", 3_000_000)
    for name in ("a.txt", "a.jsonl", "a.csv"):
        (tmp_path / name).write_bytes(b"a" * 5_000_000)
        assert "has a line or a paragraph of more than" in _refused(tmp_path / name)


def test_a_long_text_is_cut_into_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 1000)
    (tmp_path / "a.txt").write_text("word " * 500, "utf-8")
    sample = Sample([tmp_path / "a.txt"])
    assert [len(text) for text in sample.texts()] == [1000, 1000, 499]
    assert any("cut into pieces" in str(note) for note in sample.notes())


def test_nested_columns_are_refused_unless_there_is_a_text_beside(tmp_path: Path) -> None:
    nested = [[{"a": 1}], [{"a": 2}]]
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"turns": nested}), path)
    assert "nested values" in _refused(path)
    parquet.write_table(pa.table({"turns": nested, "text": ["one", "two"]}), path)
    assert _read(path) == ["one", "two"]
    assert "nested values" in _refused(path, text_column="turns")


def test_a_chat_is_what_was_said_in_it(tmp_path: Path) -> None:
    row = {"messages": [{"role": "user", "content": "Hi"}, {"role": "bot", "content": "Hello"}]}
    (tmp_path / "a.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    assert _read(tmp_path / "a.jsonl") == ["Hi\nHello"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", bytes(range(256)) * 40, "binary data"),
        ("a.bin", b"\x7fELF" + bytes(100), "ELF"),
        ("a.parquet", b"PAR1" + bytes(40), "no Parquet file that can be read"),
        ("a.parquet", b"text\n", "not a Parquet file"),
        ("a.jsonl", b'{"text": "a"}\n{"text": \n', "line 2"),
        ("a.jsonl", b"[1, 2\n", "not JSON"),
        ("a.csv", b'text\n"open\n', "quotation mark"),
        ("a.csv", b"a,b\n1,2\n", "is known to hold texts"),
        ("a.gz", b"\x1f\x8b" + bytes(30), "damaged"),
        ("a.zip", b"PK\x03\x04" + bytes(30), "no archive"),
        ("a.pdf", b"%PDF-1.7 ...", "PDF"),
        ("a.tar", bytes(257) + b"ustar" + bytes(300), "tar archive"),
    ],
)
def test_bad_files_are_refused_in_a_sentence(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert said in _refused(tmp_path / name)


def test_what_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    assert "there is no file" in _refused(tmp_path / "nowhere.txt")
    assert "not a file of texts" in _refused(Path("/dev/zero"))
    (tmp_path / "empty").mkdir()
    assert "holds no file of texts" in _refused(tmp_path / "empty")


def test_a_file_that_changes_its_kind_is_refused(tmp_path: Path) -> None:
    good = "".join(f'{{"text": "line {k}"}}\n' for k in range(2000))
    (tmp_path / "a.jsonl").write_text(good + "id,text\n1,two\n" * 2000, "utf-8")
    assert "is not JSON" in _refused(tmp_path / "a.jsonl")
    half = ("an ordinary line of text\n" * 100_000).encode()
    (tmp_path / "a.txt").write_bytes(half + bytes(range(128, 256)) * 20_000)
    assert "something else after" in _refused(tmp_path / "a.txt")


def test_a_few_broken_lines_are_left_out_and_counted(tmp_path: Path) -> None:
    good = "".join(f'{{"text": "line {k}"}}\n' for k in range(1000))
    (tmp_path / "a.jsonl").write_text(good + '{"text": \n' + good, "utf-8")
    sample = Sample([tmp_path / "a.jsonl"])
    assert len(list(sample.texts())) == 2000
    assert any("broken lines" in str(note) for note in sample.notes())


def test_lone_surrogates_do_not_stop_a_text(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a \\ud800 b"}\n', "utf-8")
    assert len(_read(tmp_path / "a.jsonl")) == 1


def test_texts_between_chunks_are_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"number {k} 中文" + "x" * (k % 97) for k in range(500)]
    (tmp_path / "a.txt").write_text("\r\n".join(texts), "utf-8")
    monkeypatch.setattr(reading, "_CHUNK_BYTES", 7)
    assert _read(tmp_path / "a.txt") == texts


def test_an_office_document_is_told_from_an_archive(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
    (tmp_path / "a.docx").write_bytes(content.getvalue())
    assert "office document" in _refused(tmp_path / "a.docx")


@pytest.mark.parametrize("blank", ["\n" * 300_000, " \n" * 100_000, " " * 500_000 + "\n\n"])
def test_blanks_without_end_take_no_time(tmp_path: Path, blank: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"one{blank}", "utf-8")
    assert _read(path) == ["one"]
    path.write_text(f"one\n{blank}\ntwo", "utf-8")
    sample = Sample([path])
    assert list(sample.texts()) == ["one", "two"]
    assert sample.units == {"paragraph"}
