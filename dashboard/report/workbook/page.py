"""One sheet of the workbook in the making: texts, numbers and formulas by row and column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from dashboard.report.workbook.cells import (
    Value,
    clean,
    n_lines,
    number_format,
    plain,
    spaces,
)
from dashboard.report.workbook.styles import Style
from dashboard.spreadsheet.sheet import letters

if TYPE_CHECKING:
    from dashboard.report.workbook.book import Book

#: Styles of texts that stand apart from a number on their left.
_APART: Final = frozenset({"head", "label", "text", "id", "frozen"})
_NARROWEST: Final = 9
_WIDEST: Final = 46
_NUMBER_WIDTH: Final = 13
_LINE_POINTS: Final = 15
_MOST_POINTS: Final = 400
#: Paper by its number, and the width from which the larger is taken.
_A4: Final = 9
_A3: Final = 8
_A3_FROM: Final = 170
#: Letters that a title and a note run over before they break.
_NOTE_SPACES: Final = 110


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell that has a name: where it stands, what Python says it holds, and its unit."""

    reference: str
    value: Value
    unit: str


@dataclass(slots=True)
class Page:
    """One sheet in the making. Rows and columns count from 0."""

    book: "Book"
    name: str
    sheet: Any
    widths: dict[int, float] = field(default_factory=dict)
    fixed: dict[int, float] = field(default_factory=dict)
    wrapped: list[tuple[int, int, str]] = field(default_factory=list)
    folded: set[int] = field(default_factory=set)
    one_page: bool = False
    last_formula: tuple[int, int] | None = None

    def text(self, row: int, column: int, text: str, style: Style = "text") -> None:
        """A text; nothing is written for an empty one."""
        shown = clean(text)
        if shown:
            apart = {"indent": 1} if column and style in _APART else {}
            self.sheet.write_string(row, column, shown, self.book.style(style, **apart))
        elif style in ("input", "head"):
            self.sheet.write_blank(row, column, None, self.book.style(style))
        self._measure(row, column, shown)

    def heads(self, row: int, texts: Sequence[str], *, numbers: Sequence[int] = ()) -> None:
        """A row of column names; those at ``numbers`` stand above numbers."""
        for column, text in enumerate(texts):
            self.text(row, column, text, "number_head" if column in numbers else "head")

    def title(self, title: str, *notes: str) -> int:
        """The title in A1 and the notes below; gives the row after an empty one."""
        self.sheet.write_string(0, 0, clean(title), self.book.style("title"))
        self.sheet.set_row(0, 24)
        for row, note in enumerate(notes, start=1):
            self.note(row, note)
        return len(notes) + 2

    def note(self, row: int, text: str) -> None:
        """A sentence over the whole width, in as many lines as it takes."""
        shown = clean(text)
        self.sheet.write_string(row, 0, shown, self.book.style("note", text_wrap=False))
        rest = n_lines(shown, _NOTE_SPACES)
        if rest > 1:
            self.wrapped.append((row, -1, shown))

    def value(
        self,
        row: int,
        column: int,
        value: object,
        unit: str = "",
        style: Style = "given",
        *,
        name: str = "",
    ) -> str:
        """A number, a text or a truth value as it is; gives the cell's reference."""
        held = plain(value)
        shape = self.book.style(style, num_format=number_format(unit, held))
        if held is None:
            self.sheet.write_blank(row, column, None, shape)
        elif isinstance(held, bool):
            self.sheet.write_boolean(row, column, held, self.book.style(style))
        elif isinstance(held, str):
            self.text(row, column, held, style)
        else:
            self.sheet.write_number(row, column, held, shape)
            self._number(column)
        return self._named(row, column, held, unit, name)

    def formula(
        self,
        row: int,
        column: int,
        formula: str,
        value: object,
        unit: str = "",
        style: Style = "formula",
        *,
        name: str = "",
    ) -> str:
        """A formula with what Python says that it gives; gives the cell's reference."""
        held = plain(value)
        assert held is not None, formula
        shape = self.book.style(style, num_format=number_format(unit, held))
        if isinstance(held, str):
            shape = self.book.style(style, align="left", indent=1, text_wrap=True)
        shown = clean(held) if isinstance(held, str) else held
        self.sheet.write_formula(row, column, formula, shape, shown)
        self.reaches(row, column)
        if isinstance(held, str):
            self._measure(row, column, held)
        else:
            self._number(column)
        return self._named(row, column, held, unit, name)

    def at(self, row: int, column: int) -> str:
        """The cell's reference from any sheet."""
        return f"{self.name}!${letters(column)}${row + 1}"

    def span(self, first: tuple[int, int], last: tuple[int, int]) -> str:
        """The reference of a range from any sheet."""
        return f"{self.at(*first)}:${letters(last[1])}${last[0] + 1}"

    def last_cell(self) -> tuple[int, int] | None:
        """The lower right corner of all formulas; ``None`` without one."""
        return self.last_formula

    def reaches(self, row: int, column: int) -> None:
        """Note a formula that was written past this page."""
        before = self.last_formula or (0, 0)
        self.last_formula = (max(before[0], row), max(before[1], column))

    def width(self, column: int, width: float) -> None:
        """A column's width, whatever stands in it."""
        self.fixed[column] = width

    def frame(self, head_row: int, columns: int = 1, *, rows: bool = True) -> None:
        """Headers that stay in view (``rows`` unless they stand far down), and on every page."""
        self.sheet.freeze_panes(head_row + 1 if rows else 0, columns)
        self.sheet.repeat_rows(head_row)

    def hide(self, first: int, last: int, width: float = 12) -> None:
        """Columns that are folded away: a click on the margin unfolds them."""
        self.folded |= set(range(first, last + 1))
        self.sheet.set_column(first, last, width, None, {"level": 1, "hidden": True})

    def kept(self, first: tuple[int, int], last: tuple[int, int], column: int) -> None:
        """Say that these cells can be changed, and that what was written stands again in the
        columns from ``column`` on; cells that differ from it are marked.
        """
        end = column + last[1] - first[1]
        now, before = self.span(first, last), self.span((first[0], column), (last[0], end))
        self.book.as_written.setdefault(self.name, []).append((now, before))
        self.hide(column, end)
        top, keep = f"{letters(first[1])}{first[0] + 1}", f"{letters(column)}{first[0] + 1}"
        self.sheet.conditional_format(
            *first,
            *last,
            {
                "type": "formula",
                "criteria": f"={top}<>{keep}",
                "format": self.book.book.add_format({"bg_color": "#F9C98B"}),
            },
        )

    def choices(self, row: int, column: int, source: object, *, problem: str) -> None:
        """A cell that takes one of a list alone."""
        self.sheet.data_validation(
            row,
            column,
            row,
            column,
            {
                "validate": "list",
                "source": source,
                "ignore_blank": True,
                "error_message": problem[:250],
            },
        )

    def between(
        self, row: int, column: int, least: float, most: float, *, problem: str, whole: bool = False
    ) -> None:
        """A cell that takes a number within bounds alone."""
        self.sheet.data_validation(
            row,
            column,
            row,
            column,
            {
                "validate": "integer" if whole else "decimal",
                "criteria": "between",
                "minimum": least,
                "maximum": most,
                "ignore_blank": True,
                "error_message": problem[:250],
            },
        )

    def finish(self) -> None:
        """Widths, heights and the print set-up, once everything stands."""
        widths = {
            c: self.fixed.get(c, min(w, _WIDEST))
            for c, w in self.widths.items()
            if c not in self.folded
        }
        for column, width in widths.items():
            self.sheet.set_column(column, column, width)
        heights: dict[int, int] = {}
        for row, column, text in self.wrapped:
            if column in widths:
                heights[row] = max(heights.get(row, 1), n_lines(text, widths[column]))
        whole = sum(widths.values())
        for row, column, text in self.wrapped:
            if column < 0:
                last = _reach(widths, min(whole, _NOTE_SPACES))
                heights[row] = n_lines(text, sum(widths.get(c, 8.4) for c in range(last + 1)))
                if last:
                    self.sheet.merge_range(row, 0, row, last, "", self.book.style("note"))
                self.sheet.write_string(row, 0, text, self.book.style("note"))
        for row, lines in heights.items():
            if lines > 1:
                self.sheet.set_row(row, min(_LINE_POINTS * lines, _MOST_POINTS))
        self.sheet.hide_gridlines(2)
        self.sheet.set_landscape()
        self.sheet.set_paper(_A4 if whole < _A3_FROM else _A3)
        self.sheet.fit_to_pages(1, 1 if self.one_page else 0)
        self.sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self.sheet.set_footer("&L&8&A&R&8&P / &N")

    def _measure(self, row: int, column: int, text: str) -> None:
        longest = max((spaces(line) for line in text.split("\n")), default=0)
        self.widths[column] = max(self.widths.get(column, _NARROWEST), longest + 2)
        self.wrapped.append((row, column, text))

    def _number(self, column: int) -> None:
        self.widths[column] = max(self.widths.get(column, _NARROWEST), _NUMBER_WIDTH)

    def _named(self, row: int, column: int, value: Value, unit: str, name: str) -> str:
        reference = self.at(row, column)
        if name:
            self.book.define(name, Cell(reference=reference, value=value, unit=unit))
        return reference


def _reach(widths: Mapping[int, float], room: float) -> int:
    """The last column of those that make up this width."""
    whole, column = 0.0, 0
    while column < len(widths):
        whole += widths.get(column, _NARROWEST)
        if whole >= room:
            break
        column += 1
    return min(column, max(len(widths) - 1, 0))
