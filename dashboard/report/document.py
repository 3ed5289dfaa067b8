"""A report as a value: sections of blocks, in one language, for every renderer alike.

Texts are already in the reader's words and hold no markup: a renderer escapes what its format
reads. Numbers carry the keys of notes that say where they come from.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

import plotly.graph_objects as go

Tone: TypeAlias = Literal["good", "fair", "bad", "worst", "neutral"]
Align: TypeAlias = Literal["left", "right"]
Look: TypeAlias = Literal["plain", "lead", "remark"]

#: What would turn or break a line where nobody sees why: controls and marks of direction.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
#: A joiner is a part of some emoji, the selector of their look.
_KEPT: Final = frozenset("\u200d\ufe0f")
_MOST: Final = 4_000


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one look, with the keys of the notes behind them."""

    text: str
    strong: bool = False
    notes: tuple[int, ...] = ()


Rich: TypeAlias = tuple[Run, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text; a ``lead`` opens a section, a ``remark`` is smaller."""

    text: Rich
    look: Look = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading within a section."""

    text: str

    def __post_init__(self) -> None:
        _clean(self, "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    """A list."""

    items: tuple[Rich, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column: its title, how its cells stand, and its part of the width."""

    text: str
    align: Align = "left"
    width: float = 1.0

    def __post_init__(self) -> None:
        _clean(self, "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell; one with a ``tone`` is coloured by it."""

    text: Rich
    tone: Tone | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under heads; ``total`` sets the last row apart. The caption is numbered."""

    id: str
    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False

    def __post_init__(self) -> None:
        assert all(len(row) == len(self.heads) for row in self.rows), self.id
        _clean(self, "caption")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chart:
    """A figure with its numbered caption; ``alt`` says what it shows to who cannot see it.

    ``least_px`` is the width that it needs on a screen: a narrower one scrolls it.
    """

    id: str
    caption: str
    alt: str
    figure: go.Figure
    least_px: int = 0

    def __post_init__(self) -> None:
        _clean(self, "caption", "alt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure of the decision: what it is, its value, and what bounds it."""

    label: str
    value: Rich
    below: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict with the rule that decided, and the figures it rests on."""

    verdict: str
    tone: Tone
    because: Rich
    figures: tuple[Figure, ...]


Block: TypeAlias = Paragraph | Heading | Bullets | Table | Chart | Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section; ``number`` is empty for one that stands before the first.

    ``is_page`` sets it as a page of its own, its charts beside its words.
    """

    id: str
    number: str
    title: str
    blocks: tuple[Block, ...]
    is_page: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Where a number or a statement comes from, under its key."""

    key: int
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """A report: what stands on every page, the header's lines, the sections and the notes."""

    language: str
    title: str
    subtitle: str
    status: str
    confidential: str
    edition: str
    as_of: date
    author: str
    header: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    notes: tuple[Note, ...]
    has_contents: bool = True
    is_bilingual: bool = False


def clean(text: str) -> str:
    """A text of a deal on one line, without signs that nobody sees and that turn the line."""
    kept = " ".join(text.split())
    if not kept.isprintable():
        kept = "".join(c for c in kept if c in _KEPT or unicodedata.category(c) not in _HIDDEN)
        kept = " ".join(kept.split())
    return kept if len(kept) <= _MOST else kept[: _MOST - 1] + "…"


def _clean(block: object, *names: str) -> None:
    """Clean these texts of a block, once, as it is made."""
    for name in names:
        object.__setattr__(block, name, clean(getattr(block, name)))


def rich(*parts: "str | Run") -> Rich:
    """Parts as running text; a plain text is cleaned."""
    found = (Run(clean_inside(part)) if isinstance(part, str) else part for part in parts)
    return tuple(run for run in found if run.text or run.notes)


def clean_inside(text: str) -> str:
    """``clean``, keeping a blank at either end."""
    core = clean(text)
    start = " " if text[:1].isspace() and core else ""
    end = " " if text[-1:].isspace() and core else ""
    return f"{start}{core}{end}"


def strong(text: str) -> Run:
    """Words that stand out."""
    return Run(clean_inside(text), strong=True)


def cell(text: "str | Run | Rich", tone: Tone | None = None) -> Cell:
    """A cell of a text."""
    if isinstance(text, tuple):
        return Cell(text=text, tone=tone)
    return Cell(text=rich(text), tone=tone)


def row(*cells: "str | Run | Rich | Cell") -> tuple[Cell, ...]:
    """A row of cells."""
    return tuple(each if isinstance(each, Cell) else cell(each) for each in cells)


def paragraph(*parts: "str | Run", look: Look = "plain") -> Paragraph:
    """A paragraph of parts."""
    return Paragraph(text=rich(*parts), look=look)


def bullets(items: "Iterable[str | Rich]", *, numbered: bool = False) -> Bullets:
    """A list of texts."""
    return Bullets(
        items=tuple(one if isinstance(one, tuple) else rich(one) for one in items),
        numbered=numbered,
    )


def plain(text: Rich) -> str:
    """The words alone."""
    return "".join(run.text for run in text)


def numbered(sections: Sequence[Section]) -> dict[str, int]:
    """The number of each table and chart, by id, each kind counted by itself."""
    found: dict[str, int] = {}
    for kind in (Table, Chart):
        blocks = [b for s in sections for b in s.blocks if isinstance(b, kind)]
        for n, block in enumerate(blocks, start=1):
            assert block.id not in found, block.id
            found[block.id] = n
    return found
