"""Workbooks for the tests, as a spreadsheet program writes them."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import xlsxwriter

Writes = Callable[[Any, Any], None]


def book(rows: Sequence[Sequence[Any]], *, more: Writes | None = None, **options: Any) -> bytes:
    """A workbook with one sheet of these rows; ``more(workbook, worksheet)`` adds to it."""
    out = io.BytesIO()
    written = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, **options})
    sheet = written.add_worksheet("Deals")
    for n, row in enumerate(rows):
        sheet.write_row(n, 0, row)
    if more is not None:
        more(written, sheet)
    written.close()
    return out.getvalue()
