"""The portfolio table as CSV and XLSX, safe to open: no text of a deal becomes a formula.

What a deal stated stands in columns that the import reads back; what was computed does not.
"""

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Literal, TypeAlias

from costmodel.claims.finding import Verdict
from dashboard.language import N_, listed, read, say, t
from dashboard.portfolio import SEVERITY, Line
from dashboard.risk.bank.loading import bank
from dashboard.spreadsheet.cells import is_like_a_formula
from dashboard.terms import verdict_label

Cell: TypeAlias = str | float | None
Shape: TypeAlias = Literal["text", "whole", "dollars", "tenth"]

_FORMATS: Final[dict[Shape, str]] = {"whole": "#,##0", "dollars": "$#,##0", "tenth": "0.0"}
_UTF8_MARK: Final = "\ufeff"
#: Characters that Excel shows of a cell, and how wide a column may become.
_MOST_CHARACTERS: Final = 32_000
_WIDEST: Final = 60
_NARROWEST: Final = 11
_CHINESE_WIDTH: Final = 2
_NUMBER_WIDTH: Final = 16
#: Room for a header of three lines.
_HEAD_POINTS: Final = 48
_LINE_POINTS: Final = 15
_MOST_LINES: Final = 12


@dataclass(frozen=True, slots=True)
class _Head:
    """A column: its English header, the shape of its cells, and what it holds of a row."""

    text: str
    shape: Shape
    of: Callable[[Line], Cell]


def verdict_counts(line: Line) -> str:
    """How many claims have which verdict, the worst first."""
    told: list[Verdict] = [v for v in reversed(SEVERITY) if line.counts.get(v)]
    return listed(f"{verdict_label(v)} {line.counts[v]}" for v in told)


def rules_verdict(line: Line) -> str:
    """The verdict of the rules in words."""
    name = read(next(v.name for v in bank().frame.verdicts if v.id == line.verdict))
    return name[:1].upper() + name[1:]


def why_not(line: Line) -> str:
    """Why something of the row is missing; empty where all is there."""
    return " ".join(say(message) for message in line.why_not)


def _worst(line: Line) -> str:
    return "" if line.worst is None else verdict_label(line.worst)


def _usd(which: str) -> Callable[[Line], Cell]:
    return lambda line: None if line.usd is None else float(getattr(line.usd, which))


_HEADS: Final = (
    _Head(N_("Deal"), "text", lambda line: line.name),
    _Head(N_("Company"), "text", lambda line: line.company),
    _Head(N_("Stage"), "text", lambda line: line.stage),
    _Head(N_("Sector"), "text", lambda line: line.sector),
    _Head(N_("Country"), "text", lambda line: line.country),
    _Head(N_("Parameters (count)"), "whole", lambda line: line.params),
    _Head(N_("Training tokens (count)"), "whole", lambda line: line.tokens),
    _Head(N_("Estimated cost, low end P05 ($)"), "dollars", _usd("p05")),
    _Head(N_("Estimated cost, median P50 ($)"), "dollars", _usd("p50")),
    _Head(N_("Estimated cost, high end P95 ($)"), "dollars", _usd("p95")),
    _Head(N_("Worst verdict on a claim"), "text", _worst),
    _Head(N_("Verdicts on claims"), "text", verdict_counts),
    _Head(N_("Expected score, of 100"), "tenth", lambda line: line.score),
    _Head(N_("Score at worst"), "tenth", lambda line: line.score_low),
    _Head(N_("Score at best"), "tenth", lambda line: line.score_high),
    _Head(N_("Verdict of the rules"), "text", rules_verdict),
    _Head(N_("Open questions of first priority"), "whole", lambda line: line.n_open_p0),
    _Head(N_("Red flags raised"), "whole", lambda line: line.n_flags),
    _Head(N_("Runway as stated (months)"), "tenth", lambda line: line.runway_months),
    _Head(N_("Why something is missing"), "text", why_not),
)


def headers() -> tuple[str, ...]:
    """The columns' names in the current language."""
    return tuple(t(head.text) for head in _HEADS)


def cells(line: Line) -> tuple[Cell, ...]:
    """A row's cells in the current language; what is not known is ``None``."""
    return tuple(head.of(line) for head in _HEADS)


def to_csv(lines: Sequence[Line]) -> bytes:
    """The table as CSV in UTF-8 with its mark, so that Excel reads Chinese.

    A text that a spreadsheet could take for a formula begins with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(head) for head in headers()])
    for line in lines:
        writer.writerow(
            [_for_csv(cell, head.shape) for cell, head in zip(cells(line), _HEADS, strict=True)]
        )
    return (_UTF8_MARK + out.getvalue()).encode("utf-8")


def safe(text: str) -> str:
    """A text that no spreadsheet runs: one that looks like a formula gets an apostrophe."""
    return f"'{text}" if is_like_a_formula(text) else text


def to_xlsx(lines: Sequence[Line], *, as_of: date) -> bytes:
    """The table as a workbook in the current language: frozen header, filters, formats.

    Texts are written as texts, whatever they begin with. Equal lines give equal bytes.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    book.set_properties(
        {
            "title": t("Portfolio"),
            "created": datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC),
        }
    )
    sheet = book.add_worksheet(t("Portfolio"))
    head = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF2", "bottom": 1}
    text_head = book.add_format({**head, "align": "left", "indent": 1})
    number_head = book.add_format({**head, "align": "right"})
    text = book.add_format({"valign": "top", "text_wrap": True, "align": "left", "indent": 1})
    numbers = {
        shape: book.add_format({"num_format": written, "valign": "top"})
        for shape, written in _FORMATS.items()
    }
    rows = [cells(line) for line in lines]
    lines_of = [1] * len(rows)
    for column, (each, name) in enumerate(zip(_HEADS, headers(), strict=True)):
        width = _width(name, [row[column] for row in rows], each.shape)
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name, text_head if each.shape == "text" else number_head)
        for n, row in enumerate(rows):
            cell = row[column]
            _write(sheet, n + 1, column, cell, numbers.get(each.shape), text)
            if isinstance(cell, str):
                lines_of[n] = max(lines_of[n], math.ceil((_spaces(cell) + 1) / (width - 2)))
    for n, height in enumerate(lines_of, start=1):
        sheet.set_row(n, _LINE_POINTS * min(height, _MOST_LINES))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(1, len(rows)), len(_HEADS) - 1)
    sheet.set_row(0, _HEAD_POINTS)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    _about(book, as_of, text)
    book.close()
    return out.getvalue()


def _about(book: Any, as_of: date, shape: Any) -> None:
    """A second sheet: what the numbers are."""
    sheet = book.add_worksheet(t("About"))
    sheet.set_column(0, 0, 2 * _WIDEST)
    texts = (
        t("Made by Assay as of {date}.", date=as_of.isoformat()),
        t(
            "The cost is that of the final run alone, as a range: below P05 in one case of twenty, "
            "above P95 in one of twenty. Experiments, people and data are not in it."
        ),
        t(
            "A score is of 100, higher is better; at worst and at best is what unknown answers "
            "could make of it. A verdict is the rules', a person decides."
        ),
        t("An empty cell is not known; the last column says why something could not be computed."),
    )
    for n, text in enumerate(texts):
        sheet.write_string(n, 0, text, shape)


def _write(sheet: Any, row: int, column: int, cell: Cell, number: Any, text: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, str):
        sheet.write_string(row, column, cell[:_MOST_CHARACTERS], text)
    else:
        sheet.write_number(row, column, cell, number)


def _width(name: str, column: Sequence[Cell], shape: Shape) -> float:
    """Wide enough for the cells, and for the header in a few lines."""
    if shape != "text":
        return _NUMBER_WIDTH
    longest = max((_spaces(cell) for cell in column if isinstance(cell, str)), default=0)
    return min(_WIDEST, max(_NARROWEST, longest + 3, _spaces(name) / 2))


def _spaces(text: str) -> int:
    return sum(_CHINESE_WIDTH if ord(c) > 0x2E80 else 1 for c in text)


def _for_csv(cell: Cell, shape: Shape) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe(cell)
    if shape == "dollars":
        return str(round(cell))
    return repr(int(cell)) if float(cell).is_integer() else repr(float(cell))
