"""What was understood of a sheet: its columns, its deals, and what is not clear, by cell."""

from dataclasses import dataclass

from costmodel.messages import Message
from dashboard.deal import Deal


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that is not clear or cannot be, in a cell named as in the sheet (C7).

    ``header`` is that of the cell's column; ``cell`` is empty for what is wrong with the sheet.
    """

    cell: str
    header: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column and what it was taken for.

    ``path`` is the field's in the deal file, ``None`` where the column was not understood;
    ``nearest`` are then the paths of the fields that it may mean. ``label`` is the field's
    name, ``unit`` how its numbers are read. ``remarks`` say what was found out, such as
    decimal commas or a conversion.
    """

    letters: str
    header: str
    path: str | None
    label: Message | None
    unit: Message | None
    nearest: tuple[str, ...]
    n_filled: int
    remarks: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the sheet, by its number there: the deal that it makes, or why it makes none."""

    number: int
    name: str
    deal: Deal | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a sheet was understood as. ``header_row`` is its number in the sheet, ``None`` where
    none was found; ``remarks`` are those of the reading and of the rows that were left out.
    """

    header_row: int | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    sheet_problems: tuple[Problem, ...]
    remarks: tuple[Message, ...]

    @property
    def deals(self) -> tuple[Deal, ...]:
        """The deals of the rows that make one, in the sheet's order."""
        return tuple(row.deal for row in self.rows if row.deal is not None)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that is not clear: of the sheet, then row by row."""
        return (*self.sheet_problems, *(each for row in self.rows for each in row.problems))
