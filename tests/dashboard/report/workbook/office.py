"""Workbooks for the tests: written, edited as a person would, and recalculated by LibreOffice."""

import io
import re
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.language import use_language
from dashboard.report.case import Case, case_of
from dashboard.report.edition import of_file
from dashboard.report.workbook import to_xlsx
from dashboard.report.workbook.inputs.line import STATED
from dashboard.spreadsheet.sheet import letters

DAY: Final = date(2026, 11, 28)
_MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
#: Recalculates every formula of a file that another program wrote.
_ALWAYS: Final = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""


def case(deal: Deal, language: str = "en") -> Case:
    """The case of a deal on the day of the tests."""
    with use_language(language):
        return case_of(deal, of_file(deal, as_of=DAY))


@cache
def sample_case(deal_id: str, language: str = "en") -> Case:
    """The case of a sample."""
    return case(deals.sample(deal_id), language)


@cache
def sample_book(deal_id: str, language: str = "en") -> bytes:
    """The workbook of a sample."""
    with use_language(language):
        return to_xlsx(sample_case(deal_id, language))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a cell holds: its formula, if any, and the value that is stored."""

    formula: str | None
    value: Any
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A workbook by its parts: cells by sheet and name, and what each defined name refers to."""

    sheets: Mapping[str, Mapping[str, Held]]
    names: Mapping[str, str]

    def at(self, name: str) -> Any:
        """The value of a named cell."""
        sheet, cell = self.place(name)
        held = self.sheets[sheet].get(cell)
        return None if held is None else held.value

    def place(self, name: str) -> tuple[str, str]:
        """The sheet and the cell of a name."""
        sheet, cell = self.names[name].replace("$", "").split("!")
        return sheet, cell

    def row(self, name: str) -> int:
        """The row of a named cell, from 1."""
        return int(re.sub(r"[A-Z]", "", self.place(name)[1]))

    def of(self, sheet: str, cell: str) -> Any:
        """The value of a cell."""
        held = self.sheets[sheet].get(cell)
        return None if held is None else held.value

    def formulas(self) -> dict[tuple[str, str], str]:
        """Every formula by sheet and cell."""
        return {
            (sheet, cell): held.formula
            for sheet, cells in self.sheets.items()
            for cell, held in cells.items()
            if held.formula is not None
        }


@lru_cache(maxsize=24)
def opened(content: bytes) -> Opened:
    """A workbook read from its XML, as it is stored."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        strings = _strings(archive)
        sheets = {
            name: _cells(archive.read(path), strings) for name, path in _paths(archive).items()
        }
    names = {
        each.get("name", ""): each.text or ""
        for each in book.iter(f"{_MAIN}definedName")
        if not each.get("name", "").startswith("_xlnm")
    }
    return Opened(sheets=sheets, names=names)


def _paths(archive: zipfile.ZipFile) -> dict[str, str]:
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    return {
        each.get("name", ""): "xl/" + targets[each.get(_RELATION)].removeprefix("/xl/")
        for each in book.iter(f"{_MAIN}sheet")
    }


def _strings(archive: zipfile.ZipFile) -> list[str]:
    root = ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
    return ["".join(t.text or "" for t in each.iter(f"{_MAIN}t")) for each in root]


def _cells(xml: bytes, strings: list[str]) -> dict[str, Held]:
    found: dict[str, Held] = {}
    for cell in ElementTree.fromstring(xml).iter(f"{_MAIN}c"):
        formula, stored = cell.find(f"{_MAIN}f"), cell.find(f"{_MAIN}v")
        kind, text = cell.get("t", "n"), None if stored is None else stored.text
        value: Any = text
        if kind == "s" and text is not None:
            value = strings[int(text)]
        elif kind == "n" and text is not None:
            value = float(text)
        elif kind == "inlineStr":
            value = "".join(t.text or "" for t in cell.iter(f"{_MAIN}t"))
        elif kind == "b":
            value = text == "1"
        if formula is not None or value is not None:
            found[cell.get("r", "")] = Held(
                formula=None if formula is None else f"={formula.text}",
                value=value,
                is_error=kind == "e",
            )
    return found


def typed(content: bytes, cells: Mapping[tuple[str, str], Any]) -> bytes:
    """The workbook with other values in some cells, as a person's program stores them; what is
    stored with the formulas stays as it was. ``None`` clears a cell.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(out, "w") as changed:
        paths = {path: name for name, path in _paths(archive).items()}
        for member in archive.namelist():
            part = archive.read(member)
            mine = {c: v for (sheet, c), v in cells.items() if sheet == paths.get(member)}
            if mine:
                part = _typed(part.decode("utf-8"), mine).encode("utf-8")
            changed.writestr(member, part)
    return out.getvalue()


def _typed(xml: str, cells: Mapping[str, Any]) -> str:
    for cell, value in cells.items():
        pattern = re.compile(rf'<c r="{cell}"( s="\d+")?(?: t="\w+")?(?:/>|>.*?</c>)')
        match = pattern.search(xml)
        assert match is not None, cell
        style = match[1] or ""
        if value is None:
            written = f'<c r="{cell}"{style}/>'
        elif isinstance(value, bool):
            written = f'<c r="{cell}"{style} t="b"><v>{int(value)}</v></c>'
        elif isinstance(value, str) and value.startswith("#"):
            written = f'<c r="{cell}"{style} t="e"><v>{value}</v></c>'
        elif isinstance(value, str):
            text = f"<is><t>{escape(value)}</t></is>"
            written = f'<c r="{cell}"{style} t="inlineStr">{text}</c>'
        else:
            written = f'<c r="{cell}"{style}><v>{value!r}</v></c>'
        xml = xml[: match.start()] + written + xml[match.end() :]
    return xml


def edited(
    content: bytes,
    *,
    inputs: Mapping[str, Any] | None = None,
    cells: Mapping[str, Any] | None = None,
) -> bytes:
    """The workbook with other inputs, typed into the column of what the deal states, and other
    named cells.
    """
    book = opened(content)
    column = letters(STATED)
    found: dict[tuple[str, str], Any] = {}
    for name, value in (inputs or {}).items():
        found["Inputs", f"{column}{book.row(name)}"] = value
    for name, value in (cells or {}).items():
        found[book.place(name)] = value
    return typed(content, found)


def recalculated(books: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """The workbooks as LibreOffice saves them once it has computed every formula anew."""
    profile, out = folder / "profile", folder / "out"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_ALWAYS, "utf-8")
    files = []
    for name, content in books.items():
        files.append(folder / f"{name}.xlsx")
        files[-1].write_bytes(content)
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{profile}",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(out),
            *map(str, files),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return {file.stem: (out / file.name).read_bytes() for file in files}
