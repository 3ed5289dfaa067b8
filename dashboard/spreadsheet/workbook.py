"""XLSX: the archive is checked before it is opened, the values are read by calamine.

calamine gives values; which formulas have none, which cells hold errors and which numbers
are shown in percent is read from the sheet's own XML. Macros are never run, links never
followed.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Final
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineWorkbook

from costmodel.messages import InputError, Message, shown
from dashboard.spreadsheet.sheet import (
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_UNPACKED,
    Place,
    Sheet,
    Value,
    is_empty,
    place_of,
)

_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_STYLES: Final = "xl/styles.xml"
_BINARY: Final = "xl/workbook.bin"
_PARTS: Final = (".xml", ".rels")
_MOST_PARTS: Final = 2_000
_IS_ENCRYPTED: Final = 0x1
#: Built-in number formats in percent.
_PERCENT_FORMATS: Final = frozenset({"9", "10"})
_RELATION: Final = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
_TAG: Final = re.compile(rb"<(?:\w+:)?(row|c)(?=[\s/>])([^>]*)>")
_ATTRIBUTE: Final = re.compile(rb"\b(r|s|t)\s*=\s*[\"']([^\"']*)[\"']")
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_STORED: Final = re.compile(rb"<(?:\w+:)?(?:v|t)(?:\s[^>]*)?>([^<]*)<")
_REFERENCE: Final = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}")
#: Header rows, titles and remarks beside the deals.
_ROOM: Final = 50


@dataclass(slots=True)
class _Special:
    """What a sheet's XML says beside its values."""

    uncomputed: set[Place] = field(default_factory=set)
    errors: dict[Place, str] = field(default_factory=dict)
    percents: set[Place] = field(default_factory=set)


def read(content: bytes, name: str, *, sheet: str | None) -> Sheet:
    """A sheet of a workbook. Raises ``InputError`` in one sentence."""
    try:
        parts = _unpacked(content, name)
        paths, from_1904 = _sheets(parts, name)
        chosen, filled = _choose(parts, paths, sheet, name)
        special = _scan(parts[paths[chosen]], _percent_styles(parts), name)
        opened = CalamineWorkbook.from_filelike(io.BytesIO(_packed(parts)))
        found = opened.get_sheet_by_name(chosen)
        rows = tuple(tuple(row) for row in found.to_python(skip_empty_area=False))
        ranges = found.merged_cell_ranges or []
    except (CalamineError, ElementTree.ParseError, KeyError, IndexError, UnicodeDecodeError):
        raise _corrupted(name) from None
    rows = _without_empty_end(rows)
    others = [other for other in filled if other != chosen]
    remarks = []
    if others and sheet is None:
        remarks.append(
            Message(
                "The sheet {name} was read; the others hold something too: {others}.",
                {"name": chosen, "others": ", ".join(others)},
            )
        )
    return Sheet(
        file=name,
        name=chosen,
        sheets=tuple(filled),
        rows=rows,
        uncomputed=frozenset(special.uncomputed),
        errors=special.errors,
        percents=frozenset(special.percents),
        merged=_merged(ranges),
        days_from_1904=from_1904,
        remarks=tuple(remarks),
    )


def _unpacked(content: bytes, name: str) -> dict[str, bytes]:
    """The XML parts of the archive, after a look at what they would unpack to."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_PARTS or sum(m.file_size for m in members) > MAX_UNPACKED:
                raise InputError(
                    "",
                    "{file} unpacks to more than {most} megabytes and was not opened; keep the "
                    "sheet of the deals alone",
                    file=shown(name),
                    most=MAX_UNPACKED // 1_000_000,
                )
            if any(member.flag_bits & _IS_ENCRYPTED for member in members):
                raise InputError(
                    "",
                    "{file} is protected by a password; remove it in Excel and save the file again",
                    file=shown(name),
                )
            names = {member.filename for member in members}
            if _WORKBOOK not in names:
                raise _no_workbook(name, binary=_BINARY in names)
            # zipfile stops at the size that was checked, whatever the packed bytes hold.
            parts = {m.filename: archive.read(m) for m in members if m.filename.endswith(_PARTS)}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise _corrupted(name) from None
    if any(b"<!DOCTYPE" in part[:_MOST_PARTS] for part in parts.values()):
        raise _corrupted(name)
    return parts


def _packed(parts: Mapping[str, bytes]) -> bytes:
    """An archive of the parts that were read, so that nothing else is unpacked after them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path, part in parts.items():
            archive.writestr(path, part)
    return out.getvalue()


def _sheets(parts: Mapping[str, bytes], name: str) -> tuple[dict[str, str], bool]:
    """The parts of the visible sheets by the sheets' names; whether days count from 1904."""
    book = ElementTree.fromstring(parts[_WORKBOOK])
    links = {
        each.get("Id"): each.get("Target", "")
        for each in ElementTree.fromstring(parts[_RELATIONS]).iter()
        if each.get("Id")
    }
    found, from_1904 = {}, False
    for each in book.iter():
        tag = each.tag.rpartition("}")[2]
        if tag == "workbookPr":
            from_1904 = each.get("date1904", "").lower() in ("1", "true")
        if tag != "sheet" or each.get("state", "visible") != "visible":
            continue
        link = next((each.get(key) for key in _RELATION if each.get(key)), None)
        target = links.get(link, "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        path = posixpath.normpath(path)
        if path in parts:
            found[each.get("name", "")] = path
    if not found:
        raise _corrupted(name)
    return found, from_1904


def _choose(
    parts: Mapping[str, bytes], paths: Mapping[str, str], sheet: str | None, name: str
) -> tuple[str, list[str]]:
    """The sheet asked for, else the first that holds something; and all that do."""
    filled = [each for each, path in paths.items() if _STORED.search(parts[path])]
    if sheet is not None:
        if sheet not in paths:
            raise InputError(
                "sheet",
                "{file} has no sheet {sheet}; it has {sheets}",
                file=shown(name),
                sheet=shown(sheet),
                sheets=", ".join(paths),
            )
        return sheet, filled
    if not filled:
        raise InputError("", "{file} has no cell that holds something", file=shown(name))
    return filled[0], filled


def _scan(xml: bytes, percent_styles: frozenset[bytes], name: str) -> _Special:
    """What is special about the cells; refuses a sheet with too many rows or cells far apart."""
    found = _Special()
    row, column, last_row, n_rows = -1, -1, -1, 0
    for tag, following in pairwise(chain(_TAG.finditer(xml), (None,))):
        assert tag is not None
        attributes = dict(_ATTRIBUTE.findall(tag[2]))
        reference = attributes.get(b"r", b"").decode("ascii", "replace")
        if tag[1] == b"row":
            row, column = (int(reference) - 1 if reference.isdigit() else row + 1), -1
            continue
        if _REFERENCE.fullmatch(reference):
            row, column = place_of(reference)
        else:
            column += 1
        end = len(xml) if following is None else following.start()
        inner = b"" if tag[2].endswith(b"/") else xml[tag.end() : end]
        stored = _STORED.search(inner)
        holds = stored is not None and bool(stored[1])
        if _FORMULA.search(inner) and not holds:
            found.uncomputed.add((row, column))
        if not holds or stored is None:
            continue
        if row != last_row:
            last_row, n_rows = row, n_rows + 1
        if n_rows > MAX_ROWS + _ROOM:
            raise InputError(
                "",
                "{file} has more than {most} rows; split it, or keep the deals of this year",
                file=shown(name),
                most=MAX_ROWS,
            )
        if column >= MAX_COLUMNS or row >= 2 * MAX_ROWS:
            raise InputError(
                "",
                "{file} has a cell far off, in row {row} and column {column}; delete it",
                file=shown(name),
                row=row + 1,
                column=column + 1,
            )
        if attributes.get(b"t") == b"e":
            found.errors[row, column] = stored[1].decode("utf-8", "replace")
        elif attributes.get(b"s") in percent_styles:
            found.percents.add((row, column))
    return found


def _percent_styles(parts: Mapping[str, bytes]) -> frozenset[bytes]:
    """The cell styles whose numbers are shown in percent."""
    if _STYLES not in parts:
        return frozenset()
    root = ElementTree.fromstring(parts[_STYLES])
    percent = set(_PERCENT_FORMATS)
    styles: list[str] = []
    for each in root.iter():
        tag = each.tag.rpartition("}")[2]
        if tag == "numFmt" and "%" in each.get("formatCode", ""):
            percent.add(each.get("numFmtId", ""))
        elif tag == "cellXfs":
            styles = [style.get("numFmtId", "") for style in each]
    return frozenset(str(n).encode() for n, form in enumerate(styles) if form in percent)


def _merged(ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> dict[Place, Place]:
    """Every cell that is empty because it is merged, with the one that holds its value."""
    found: dict[Place, Place] = {}
    for (top, left), (bottom, right) in ranges:
        for row in range(top, min(bottom, top + MAX_ROWS) + 1):
            for column in range(left, min(right, left + MAX_COLUMNS) + 1):
                if (row, column) != (top, left):
                    found[row, column] = (top, left)
    return found


def _without_empty_end(rows: tuple[tuple[Value, ...], ...]) -> tuple[tuple[Value, ...], ...]:
    n = len(rows)
    while n and all(is_empty(value) for value in rows[n - 1]):
        n -= 1
    return rows[:n]


def _corrupted(name: str) -> InputError:
    return InputError(
        "",
        "{file} is damaged and cannot be read; open it in Excel and save it again",
        file=shown(name),
    )


def _no_workbook(name: str, *, binary: bool) -> InputError:
    if binary:
        return InputError(
            "", "{file} is a binary workbook (.xlsb); save it as .xlsx", file=shown(name)
        )
    return InputError(
        "", "{file} is an archive and no Excel workbook; choose an .xlsx or CSV", file=shown(name)
    )
