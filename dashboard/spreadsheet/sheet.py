"""A sheet as it was read: values by row and column, and what is special about some cells."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final, TypeAlias

from costmodel.messages import Message

#: What a cell holds; an empty one holds an empty text.
Value: TypeAlias = str | float | int | bool | date | datetime | time | timedelta
#: Row and column, both counted from 0.
Place: TypeAlias = tuple[int, int]

#: Deals are judged one by one by people; a longer list is a database.
MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 500
#: Bytes of a file, and of a workbook unpacked.
MAX_BYTES: Final = 20_000_000
MAX_UNPACKED: Final = 200_000_000
_LETTERS: Final = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet of a file.

    ``rows`` start with the file's first row and are equally long. ``name`` is the sheet's,
    empty for CSV, and ``sheets`` are all that hold something. ``uncomputed`` are formulas
    without a stored value, ``errors`` cells that hold an error such as ``#DIV/0!``,
    ``percents`` numbers shown in percent, which are fractions already; ``merged`` says of a
    cell that is empty because it is merged which cell holds its value. ``days_from_1904``
    says which calendar a bare number of days follows, ``None`` where the file has none.
    ``comma_decimals`` says that the file's own separator suggests decimal commas. ``remarks``
    are what a reader should know of the reading.
    """

    file: str
    name: str
    sheets: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    uncomputed: frozenset[Place] = frozenset()
    errors: dict[Place, str]
    percents: frozenset[Place] = frozenset()
    merged: dict[Place, Place]
    days_from_1904: bool | None = None
    comma_decimals: bool = False
    remarks: tuple[Message, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether it was CSV, where an apostrophe keeps a text from being a formula."""
        return self.days_from_1904 is None


@cache
def letters(column: int) -> str:
    """A column as a sheet names it: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        name = chr(ord("A") + rest) + name
    return name


def cell_name(place: Place) -> str:
    """A cell as a sheet names it: ``(6, 2)`` is C7."""
    return f"{letters(place[1])}{place[0] + 1}"


def place_of(name: str) -> Place:
    """The place of a cell's name; ``name`` is letters and digits."""
    column = 0
    digits = name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    for letter in name[: len(name) - len(digits)]:
        column = column * _LETTERS + ord(letter) - ord("A") + 1
    return int(digits) - 1, column - 1


def is_empty(value: Value) -> bool:
    """Whether a cell holds nothing that a reader would see."""
    return isinstance(value, str) and not value.strip()
