"""Files as people have them, and files that are none: one sentence each, nothing run."""

import io
import struct
import zipfile
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.messages import InputError
from dashboard.spreadsheet import read
from dashboard.spreadsheet.sheet import MAX_BYTES, MAX_ROWS, cell_name, letters, place_of
from tests.dashboard.spreadsheet.books import book

HEADER = ("Deal", "Params (B)")


def repacked(content: bytes, change: dict[str, bytes]) -> bytes:
    """The workbook with parts replaced, added, or (empty) taken out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in {**dict.fromkeys(old.namelist()), **change}:
            part = change.get(name, old.read(name) if name in old.namelist() else b"")
            if part:
                new.writestr(name, part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


# --- names of cells ---------------------------------------------------------------------------


@given(st.integers(0, 1_048_575), st.integers(0, 16_383))
def test_a_cells_name_leads_back_to_it(row: int, column: int) -> None:
    assert place_of(cell_name((row, column))) == (row, column)


def test_columns_are_named_as_in_a_sheet() -> None:
    assert [letters(n) for n in (0, 25, 26, 51, 52, 701, 702, 16_383)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD",
    ]  # fmt: skip


# --- text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_encoding_and_separator_gives_the_same_rows(encoding: str, separator: str) -> None:
    text = f"项目{separator}参数量（亿）\r\n智谱{separator}1300\r\n"
    sheet = read(text.encode(encoding), "a.csv")
    assert sheet.rows == (("项目", "参数量（亿）"), ("智谱", "1300"))
    said = " ".join(str(remark) for remark in sheet.remarks)
    assert ("GB18030" in said) == (encoding == "gb18030")


def test_excels_own_first_line_names_the_separator() -> None:
    sheet = read(b"sep=;\nDeal;Note\nA;one, two, three\n", "a.csv")
    assert sheet.rows == (("Deal", "Note"), ("A", "one, two, three"))


def test_a_formula_in_text_stays_text() -> None:
    sheet = read(b"Deal,Note\n=1+1,@x\n", "a.csv")
    assert sheet.rows[1] == ("=1+1", "@x")


def test_rows_of_different_length_lose_nothing() -> None:
    sheet = read(b"Deal,Note\nA\nB,x,more\n", "a.csv")
    assert sheet.rows == (("Deal", "Note", ""), ("A", "", ""), ("B", "x", "more"))


# --- workbooks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("from_1904", [False, True])
def test_dates_are_the_days_that_were_written_in_both_calendars(from_1904: bool) -> None:
    def dated(written: Any, sheet: Any) -> None:
        shape = written.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_datetime(1, 1, datetime(2024, 2, 29), shape)  # noqa: DTZ001 -- a calendar day

    sheet = read(book([("Deal", "Date"), ("A", "")], more=dated, date_1904=from_1904), "a.xlsx")
    assert sheet.rows[1][1] == date(2024, 2, 29)
    assert sheet.days_from_1904 is from_1904


def test_formulas_give_their_stored_value_or_are_named() -> None:
    def formulas(_: Any, sheet: Any) -> None:
        sheet.write_formula("B2", "=3+4", None, 7)
        sheet.write_formula("B3", "=3+4", None, "")
        sheet.write_formula("B4", "=1/0", None, "#DIV/0!")

    sheet = read(book([HEADER, ("A",), ("B",), ("C",)], more=formulas), "a.xlsx")
    assert sheet.rows[1][1] == 7
    assert sheet.uncomputed == {(2, 1)}
    assert sheet.errors == {(3, 1): "#DIV/0!"}


def test_percent_cells_are_fractions_and_are_known() -> None:
    def shares(written: Any, sheet: Any) -> None:
        sheet.write_number("B2", 0.45, written.add_format({"num_format": "0%"}))
        sheet.write_number("B3", 0.455, written.add_format({"num_format": '0.0" "%'}))
        sheet.write_number("B4", 0.45)

    sheet = read(book([("Deal", "MFU"), ("A",), ("B",), ("C",)], more=shares), "a.xlsx")
    assert sheet.percents == {(1, 1), (2, 1)}
    assert [row[1] for row in sheet.rows[1:]] == [0.45, 0.455, 0.45]


def test_a_merged_cell_knows_which_holds_its_value() -> None:
    def merged(_: Any, sheet: Any) -> None:
        sheet.merge_range("B2:B3", 7)

    sheet = read(book([HEADER, ("A",), ("B",)], more=merged), "a.xlsx")
    assert sheet.merged == {(2, 1): (1, 1)}


def test_of_several_sheets_the_first_filled_one_is_read_and_the_others_said() -> None:
    def others(written: Any, _: Any) -> None:
        written.add_worksheet("Empty")
        written.add_worksheet("Old").write("A1", "x")
        hidden = written.add_worksheet("Hidden")
        hidden.write("A1", "x")
        hidden.hide()

    content = book([HEADER, ("A", 7)], more=others)
    sheet = read(content, "a.xlsx")
    assert (sheet.name, sheet.sheets) == ("Deals", ("Deals", "Old"))
    assert "Old" in str(sheet.remarks[0])
    assert read(content, "a.xlsx", sheet="Old").rows == (("x",),)
    with pytest.raises(InputError, match="it has Deals, Empty, Old"):
        read(content, "a.xlsx", sheet="Sheet9")


def test_a_macro_is_not_unpacked() -> None:
    content = repacked(book([HEADER, ("A", 7)]), {"xl/vbaProject.bin": b"\x00" * 999})
    assert read(content, "a.xlsm").rows[1] == ("A", 7)


# --- what is refused ----------------------------------------------------------------------------

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \r\n ", "is empty"),
        (b"x" * (MAX_BYTES + 1), "20 megabytes|may have 20"),
        (OLE, "old Excel file"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"%PDF-1.7\x00\x00", "neither an Excel workbook nor a text"),
        (b"Deal\n\xff\xff\xff\xff\n", "neither an Excel workbook nor a text"),
        (b'Deal,Note\nA,"open quote\n', "line .* cannot be read as CSV"),
        (("a," * 600 + "\n").encode(), "more than 500 columns"),
        (b"Deal\n" + b"A\n" * (MAX_ROWS + 60), "more than 5000 rows"),
        (b"PK\x03\x04 and no more", "is damaged"),
        (b"PK\x05\x06" + b"\x00" * 18, "archive and no Excel workbook"),
    ],
)
def test_what_is_no_sheet_is_one_sentence(content: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        read(content, "my file.xlsx")
    assert "\n" not in str(refused.value)


def test_text_has_no_sheets_to_choose() -> None:
    with pytest.raises(InputError, match="has no sheets"):
        read(b"Deal\nA\n", "a.csv", sheet="Deals")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_workbook_cut_short_is_damaged(share: float) -> None:
    content = book([HEADER, ("A", 7)])
    with pytest.raises(InputError, match="is damaged"):
        read(content[: int(len(content) * share)], "a.xlsx")


@pytest.mark.parametrize(
    "change",
    [
        {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row><c"},
        {"xl/workbook.xml": b"not xml"},
        {"xl/_rels/workbook.xml.rels": b""},
        {"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><workbook/>'},
    ],
)
def test_a_workbook_with_a_broken_part_is_damaged(change: dict[str, bytes]) -> None:
    with pytest.raises(InputError, match=r"is damaged|no cell that holds"):
        read(repacked(book([HEADER, ("A", 7)]), change), "a.xlsx")


def test_a_damaged_byte_anywhere_is_refused_or_no_matter() -> None:
    content = book([HEADER, ("A", 7)])
    for at in range(0, len(content), 37):
        spoilt = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
        with suppress(InputError):
            assert read(spoilt, "a.xlsx").rows


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_a_damaged_part_in_a_whole_archive_is_refused_or_no_matter(part: str) -> None:
    content = book([HEADER, ("A", 7)])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        whole = archive.read(part)
    for at in range(0, len(whole), 23):
        for spoilt in (whole[:at], whole[:at] + b"<" + whole[at:], whole[:at] + whole[at + 1 :]):
            with suppress(InputError):
                read(repacked(content, {part: spoilt or b" "}), "a.xlsx")


def test_another_archive_and_a_binary_workbook_say_what_to_save() -> None:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(InputError, match="archive and no Excel workbook"):
        read(plain.getvalue(), "a.zip")
    with zipfile.ZipFile(plain, "a") as archive:
        archive.writestr("xl/workbook.bin", "x")
    with pytest.raises(InputError, match="binary workbook"):
        read(plain.getvalue(), "a.xlsb")


def test_a_bomb_is_not_unpacked() -> None:
    bomb = repacked(book([HEADER]), {"xl/worksheets/sheet1.xml": b" " * 210_000_000})
    assert len(bomb) < 1_000_000
    with pytest.raises(InputError, match="unpacks to more than 200 megabytes"):
        read(bomb, "a.xlsx")


def test_a_bomb_that_lies_about_its_size_is_damaged() -> None:
    """The sizes in the archive's directory are set to a hundred bytes each."""
    bomb = bytearray(repacked(book([HEADER]), {"xl/worksheets/sheet1.xml": b" " * 5_000_000}))
    at = bomb.find(b"PK\x01\x02")
    while at >= 0:
        bomb[at + 24 : at + 28] = struct.pack("<I", 100)
        at = bomb.find(b"PK\x01\x02", at + 4)
    with pytest.raises(InputError, match="is damaged"):
        read(bytes(bomb), "a.xlsx")


def test_an_encrypted_part_is_a_password() -> None:
    content = bytearray(book([HEADER, ("A", 7)]))
    at = content.find(b"PK\x01\x02")
    content[at + 8] |= 1
    with pytest.raises(InputError, match="protected by a password"):
        read(bytes(content), "a.xlsx")


def test_too_many_rows_and_cells_far_off_are_refused_before_they_are_read() -> None:
    many = book([("A", 1)] * (MAX_ROWS + 60))
    with pytest.raises(InputError, match="more than 5000 rows"):
        read(many, "a.xlsx")

    def far(_: Any, sheet: Any) -> None:
        sheet.write("XFD1048576", "far")

    with pytest.raises(InputError, match="a cell far off, in row 1048576"):
        read(book([HEADER], more=far), "a.xlsx")


def test_an_empty_workbook_says_so() -> None:
    with pytest.raises(InputError, match="no cell that holds something"):
        read(book([]), "a.xlsx")
