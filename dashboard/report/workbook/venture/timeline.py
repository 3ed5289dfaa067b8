"""Rows over months: one formula for the whole row, with what Python gives for each month."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from costmodel.uncertainty import Draws
from dashboard.report.workbook.book import Page
from dashboard.report.workbook.cells import number_format, unit_words
from dashboard.spreadsheet.sheet import letters

LABEL: Final = 0
UNIT: Final = 1
TOTAL: Final = 2
#: An empty column, so that the first month has one before it too.
BEFORE: Final = 3
FIRST: Final = 4
_PLACE: Final = re.compile(r"{(\w+)(@-1)?}")


@dataclass(slots=True)
class Timeline:
    """The rows of a sheet over months. In a formula ``{key}`` is the cell of that row in the
    same month, ``{key@-1}`` that of the month before, ``{t}`` the month. ``python`` holds sums
    that are checked, as Python has them.
    """

    page: Page
    row: int
    rows: dict[str, int] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    python: dict[str, float] = field(default_factory=dict)

    def months(self, label: str, unit: str, n: int) -> None:
        """The header: the months from today."""
        self.page.text(self.row, LABEL, label, "head")
        self.page.text(self.row, UNIT, unit, "head")
        self.page.text(self.row, TOTAL, "", "head")
        self.page.text(self.row, BEFORE, "", "head")
        for t in range(n):
            self.page.value(self.row, FIRST + t, t, "whole_months", "number_head")
        self._started("t", n)

    def heading(self, text: str) -> None:
        """A heading between rows."""
        self.page.text(self.row, LABEL, text, "group")
        self.row += 1

    def write(
        self,
        key: str,
        label: str,
        unit: str,
        formula: str,
        values: Draws | Sequence[float],
        *,
        total: bool = False,
        key_row: bool = False,
    ) -> None:
        """A row of one formula over as many months as there are values."""
        found = np.asarray(values, dtype=np.float64)
        largest = float(np.max(np.abs(found), initial=0.0))
        self._label(label, unit)
        places = [(name, before) for name, before in _PLACE.findall(formula)]
        style = self.page.book.style(
            "key" if key_row else "formula", num_format=_shape(unit, largest)
        )
        self.rows[key] = self.row
        template = _PLACE.sub(lambda m: "{" + m[1] + ("_before" if m[2] else "") + "}", formula)
        for t, value in enumerate(found.tolist()):
            here = {
                name + ("_before" if before else ""): self._cell(name, t - bool(before))
                for name, before in places
            }
            self.page.sheet.write_formula(
                self.row, FIRST + t, template.format(**here), style, value
            )
        self.page.reaches(self.row, FIRST + len(found) - 1)
        if total:
            self.page.formula(
                self.row,
                TOTAL,
                f"=SUM({self._cell_span(self.row, len(found))})",
                float(found.sum()),
                unit,
            )
        self._started(key, len(found))

    def given(self, key: str, label: str, unit: str, values: Draws | Sequence[float]) -> None:
        """A row of numbers that follow nothing."""
        found = np.asarray(values, dtype=np.float64)
        largest = float(np.max(np.abs(found), initial=0.0))
        self._label(label, unit)
        style = self.page.book.style("frozen", num_format=_shape(unit, largest))
        for t, value in enumerate(found.tolist()):
            self.page.sheet.write_number(self.row, FIRST + t, value, style)
        self._started(key, len(found))

    def span(self, key: str, first: int = 0, last: int | None = None) -> str:
        """The cells of a row from one month to before another, from any sheet."""
        end = self.lengths[key] if last is None else last
        return self.page.span((self.rows[key], FIRST + first), (self.rows[key], FIRST + end - 1))

    def at(self, key: str, month: int) -> str:
        """The cell of a row in one month, from any sheet."""
        return self.page.at(self.rows[key], FIRST + month)

    def _label(self, label: str, unit: str) -> None:
        self.page.text(self.row, LABEL, label, "label")
        self.page.text(self.row, UNIT, unit_words(unit), "label")

    def _cell(self, key: str, month: int) -> str:
        return f"{letters(FIRST + month)}${self.rows.get(key, self.row) + 1}"

    def _cell_span(self, row: int, n: int) -> str:
        return f"{letters(FIRST)}{row + 1}:{letters(FIRST + n - 1)}{row + 1}"

    def _started(self, key: str, n: int) -> None:
        self.rows[key] = self.row
        self.lengths[key] = n
        for month in range(n):
            self.page.widths.setdefault(FIRST + month, 12)
        self.row += 1


def _shape(unit: str, largest: float) -> str:
    return number_format(unit, largest)
