"""Reviews lose their copies, show their leak, and a person's table is read or refused."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from costmodel.messages import InputError
from lab.corpora import reviews, shipped
from lab.corpora.reviews import essence
from lab.corpora.split import shared
from tests.lab.corpora.installed import needs

ROWS = [
    (f"{word}的房间，第{i}次入住", label)
    for i in range(20)
    for word, label in (("很好", "1"), ("很差", "0"))
]


def written(
    path: Path,
    rows: list[tuple[str, str]],
    *,
    header: str = "text,label",
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header.split(","))
        writer.writerows(rows)
    return path


@needs("reviews")
class TestShipped:
    def test_the_reviews_have_their_counts(self) -> None:
        found = reviews.load()
        counts = shipped.corpora()["reviews"].counts
        assert found.copies.n_raw == counts["raw"] == 35_123
        assert found.copies.n_contradictory == counts["contradictory"] == 47
        assert len(found.texts) == found.copies.n_clean == counts["clean"] == 17_363
        negative, positive = np.bincount(found.labels)
        assert negative == counts["distinct_negative"] - 47 == 9_078 - 47
        assert positive == counts["distinct_positive"] - 47 == 8_379 - 47
        assert positive / len(found.texts) == pytest.approx(0.48, abs=0.01)

    def test_a_random_split_of_the_lines_leaks_four_fifths_of_the_test_set(self) -> None:
        assert reviews.load().leak.leaked_share == pytest.approx(0.81, abs=0.01)

    def test_the_clean_split_leaks_nothing_and_has_the_size_of_the_record(self) -> None:
        found = reviews.load()
        split = found.split(seed=3)
        assert (len(split.train), len(split.test)) == (14_759, 2_604)
        assert not shared(split, found.texts)
        assert not shared(split, [essence(text) for text in found.texts])

    def test_what_upstream_does_not_state_is_said(self) -> None:
        notes = " ".join(map(str, reviews.load().provenance.notes))
        assert "not stated upstream" in notes
        assert "17363 are left" in notes


def test_without_the_reviews_the_way_to_them_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASSAY_CORPORA", str(tmp_path))
    with pytest.raises(InputError, match=r"python -m lab\.corpora\.fetch"):
        reviews.load()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_is_read_with_any_delimiter_and_encoding(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    tricky = [('他说"好"' + delimiter + "然后\n走了", "1"), *ROWS]
    path = written(tmp_path / "t.csv", tricky, delimiter=delimiter, encoding=encoding)
    found = reviews.load(path)
    assert found.texts[0] == tricky[0][0]
    assert len(found.texts) == len(tricky)
    assert found.classes == ("0", "1")


@pytest.mark.parametrize("header", ["review,sentiment", "评论,标签", "Label,Text"])
def test_usual_names_of_columns_are_found(tmp_path: Path, header: str) -> None:
    rows = [(b, a) for a, b in ROWS] if header.startswith("Label") else ROWS
    found = reviews.load(written(tmp_path / "t.csv", rows, header=header))
    assert set(found.texts) == {text for text, _ in ROWS}


def test_a_named_column_comes_before_the_usual_names(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("text,label,stars\n" + "".join(f"t{i},x,{i % 2}\n" for i in range(10)))
    assert reviews.load(path, label_column="Stars").classes == ("0", "1")
    with pytest.raises(InputError, match="text, label, stars") as refused:
        reviews.load(path, label_column="grade")
    assert refused.value.field == "label_column"


def test_json_lines_are_read_with_numbers_as_labels(tmp_path: Path) -> None:
    lines = [{"content": f"text {i}", "rating": (10.0, 2)[i % 2]} for i in range(12)]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n")
    found = reviews.load(path)
    assert found.classes == ("2", "10"), "numbers are ordered by size"
    assert len(found.texts) == 12


def test_copies_contradictions_and_gaps_of_a_table_are_counted(tmp_path: Path) -> None:
    rows = [*ROWS, ROWS[0], ("两可", "0"), ("两可", "1"), ("没有标签", ""), ("", "1")]
    found = reviews.load(written(tmp_path / "t.csv", rows))
    assert len(found.texts) == len(ROWS)
    assert (found.copies.n_copies, found.copies.n_contradictory) == (1, 1)
    assert "2 rows without a text or a label" in " ".join(map(str, found.provenance.notes))


def test_texts_that_differ_in_punctuation_alone_stay_on_one_side(tmp_path: Path) -> None:
    rows = [(text + mark, label) for text, label in ROWS for mark in ("", "！", "!!", " 。")]
    found = reviews.load(written(tmp_path / "t.csv", rows))
    assert len(found.texts) == len(rows)
    split = found.split(test_share=0.3)
    assert not shared(split, [essence(text) for text in found.texts])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("text,label\n", "has no rows"),
        ("text,label\n,1\nsome,\n", "has both a text and a label"),
        ("text,label\n" + "".join(f"t{i},1\n" for i in range(9)), "a single class"),
        ("text,label\na,1\na,0\nb,0\nb,1\nc,1\n", "a single class"),
        ("text,label\n" + "".join(f"t{i},{i}\n" for i in range(90)), "90 different values"),
        ("one,two\na,1\n", "none of the columns one, two is known to hold texts"),
        ("text,two\na,1\n", "none of the columns text, two is known to hold labels"),
        ("text,label\na,b,c,1\nx,1\n", "line 2 has 4 cells"),
        ('text,label\na,1\n"never closed,1\n', "quotation mark"),
        ('{"text": "a", "label": 1}\n{"text": \n', "line 2 is not JSON"),
        ('{"text": "a", "label": 1}\n[1]\n', "line 2 is not a JSON object"),
        ('{"text": "a", "label": 1}\n' + "[" * 200_000, "line 2 is not JSON"),
    ],
)
def test_a_table_to_learn_nothing_from_is_refused(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=says):
        reviews.load(path)


def test_a_text_longer_than_the_csv_module_allows_is_read(tmp_path: Path) -> None:
    long = "很" * 300_000
    before = csv.field_size_limit()
    assert long in reviews.load(written(tmp_path / "t.csv", [*ROWS, (long, "1")])).texts
    assert csv.field_size_limit() == before
