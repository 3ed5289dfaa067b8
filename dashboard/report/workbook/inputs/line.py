"""One line of the sheet of inputs."""

from dataclasses import dataclass
from typing import Final

from dashboard.report.workbook.cells import Value

#: Columns of the sheet.
NAME: Final = 0
LABEL: Final = 1
STATED: Final = 2
OTHERWISE: Final = 3
HOLDS: Final = 4
UNIT: Final = 5
LOW: Final = 6
HIGH: Final = 7
STATUS: Final = 8
SOURCE: Final = 9
OTHER_SOURCE: Final = 10
PATH: Final = 11
#: What was written into the cell of what is stated; hidden.
WRITTEN: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An input: what the deal states of it, what stands where it does not, and what holds.

    ``name`` is that of the cell that holds. ``otherwise`` is a number, a word, or a formula
    that begins with an equals sign; ``holds`` a formula in place of "what is stated, else the
    other", with ``{stated}`` and ``{otherwise}``. ``path`` is the field of the deal file that
    the stated cell goes back to, empty where there is none; ``evidence`` says that status and
    source go back too. ``options`` are the values that the cell takes, ``least`` and ``most``
    the ends of what it takes.
    """

    name: str
    label: str
    unit: str
    value: Value = None
    stated: Value = None
    otherwise: Value = None
    holds: str = ""
    path: str = ""
    evidence: bool = False
    status: str = ""
    source: str = ""
    other_source: str = ""
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    computed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines under one heading, and what to know of them."""

    title: str
    note: str = ""
    lines: tuple[Line, ...]
