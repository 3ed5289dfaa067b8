"""The workbook in the making: sheets, styles, named cells, and what Python says each cell is.

A formula is never written without the number that the Python model gives for it. Texts are
written as texts, whatever they begin with. Equal cases give equal bytes.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from dashboard.language import current
from dashboard.report.workbook.cells import Value, clean
from dashboard.report.workbook.page import Cell, Page
from dashboard.report.workbook.quick import quick_sheet
from dashboard.report.workbook.styles import FONTS, STYLES, Style

__all__ = ["Book", "Page"]


class Book:
    """All sheets, the styles and the named cells of one workbook."""

    def __init__(self, sheets: Sequence[str], *, title: str, as_of: date) -> None:
        import xlsxwriter

        self._out = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self._out,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_numbers": False,
                "strings_to_urls": False,
            },
        )
        created = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
        self.book.set_properties({"title": clean(title)[:250], "created": created})
        self.book.set_calc_mode("auto")
        self._styles: dict[tuple[object, ...], Any] = {}
        #: What can be changed on a sheet, and the same as it was written, by sheet.
        self.as_written: dict[str, list[tuple[str, str]]] = {}
        #: Statuses of evidence by id, as the workbook names them.
        self.statuses: dict[str, str] = {}
        #: Who answers for a question, by id.
        self.respondents: dict[str, str] = {}
        self.named: dict[str, Cell] = {}
        #: The cells of what is stated, by name of the input.
        self.stated: dict[str, str] = {}
        self.pages = {
            name: Page(self, name, self.book.add_worksheet(name, worksheet_class=quick_sheet()))
            for name in sheets
        }

    def style(self, style: Style, **changed: object) -> Any:
        """The format of this style, the same object each time."""
        key = (style, *sorted(changed.items()))
        if key not in self._styles:
            shape = {"font_name": FONTS[current()], "font_size": 10, **STYLES[style], **changed}
            self._styles[key] = self.book.add_format(shape)
        return self._styles[key]

    def define(self, name: str, cell: Cell) -> None:
        """Give a cell a name that formulas use."""
        assert name not in self.named, name
        self.named[name] = cell
        self.book.define_name(name, f"={cell.reference}")

    def define_range(self, name: str, reference: str) -> None:
        """Give a range a name."""
        self.book.define_name(name, f"={reference}")

    def of(self, name: str) -> Value:
        """What Python says that a named cell holds."""
        return self.named[name].value

    def has(self, name: str) -> bool:
        """Whether a cell has this name."""
        return name in self.named

    def chart(
        self,
        kind: str,
        *,
        subtype: str = "",
        title: str,
        x: Mapping[str, Any] | None = None,
        y: Mapping[str, Any] | None = None,
    ) -> Any:
        """A native chart with its title and axes; ``x`` runs across, ``y`` up."""
        made = self.book.add_chart(
            {"type": kind, "subtype": subtype} if subtype else {"type": kind}
        )
        font = {"name": FONTS[current()], "size": 9, "bold": False}
        made.set_title({"name": clean(title), "name_font": {**font, "size": 11, "bold": True}})
        lines = {"visible": True, "line": {"color": "#E2E8EE", "width": 0.75}}
        across = kind == "bar"
        for axis, given, has_lines in (
            (made.set_x_axis, x, across),
            (made.set_y_axis, y, not across),
        ):
            shape: dict[str, Any] = {"name_font": font, "num_font": font, **(given or {})}
            shape["major_gridlines"] = lines if has_lines else {"visible": False}
            axis(shape)
        made.set_legend({"position": "bottom", "font": font})
        made.set_size({"width": 720, "height": 320})
        return made

    def finish(self) -> bytes:
        """The bytes of the file."""
        for page in self.pages.values():
            page.finish()
        self.book.close()
        return self._out.getvalue()
