"""Text of a figure: its bit of HTML read, its width measured, made to fit.

Widths are upper bounds over the families of ``look.FONTS``: what fits here fits on paper.
"""

import html
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Final

from dashboard.report.drawing.look import LINE_SPACING

#: Widths of letters in sizes of their font.
_WIDTHS: Final[Mapping[str, float]] = {
    letter: width
    for width, letters in (
        (0.26, " "),
        (0.28, "',.:;ij"),
        (0.30, "l"),
        (0.34, "!()I[]"),
        (0.36, "-f"),
        (0.38, "t{}"),
        (0.40, "/\\"),
        (0.42, "r"),
        (0.48, '"?sz'),
        (0.52, "c"),
        (0.54, "Jvxy"),
        (0.56, "*FL_k|"),
        (0.58, "$+<=>Y^ae~0123456789"),
        (0.60, "ESTVX"),
        (0.62, "Z`bdghnopqu"),
        (0.64, "ACPR"),
        (0.66, "#BK"),
        (0.74, "&DGU"),
        (0.76, "HN"),
        (0.80, "OQ"),
        (0.82, "w"),
        (0.92, "M"),
        (0.94, "%Wm"),
        (0.96, "@"),
    )
    for letter in letters
}
_BOLD: Final = 1.09
RAISED_SIZE: Final = 0.7
_TAG: Final = re.compile(r"(<[^<>]*>)")
_TAG_NAME: Final = re.compile(r"</?\s*([a-zA-Z]+)[^>]*>")
_STYLES: Final = frozenset({"b", "i", "em", "u", "s", "sub", "sup", "span", "a"})
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
#: More than this of one text is never read: no picture has room for it.
_MOST_LETTERS: Final = 2000
_ELLIPSIS: Final = "…"
#: Chinese punctuation that ends no line, and that begins none.
_OPENING: Final = frozenset("（《「『【〈“‘")
_CLOSING: Final = frozenset("，。、；：！？）》」』】〉”’…·")


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one look; ``raised`` in sizes of the font, for a power or an index."""

    text: str
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    struck: bool = False
    raised: float = 0.0


Line = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """Lines of text in one size, which fit where they are to stand."""

    lines: tuple[Line, ...]
    size_px: float

    @property
    def width_px(self) -> float:
        """Of its widest line."""
        return max((em(line) for line in self.lines), default=0.0) * self.size_px

    @property
    def height_px(self) -> float:
        """Of all lines, with the space between them."""
        return len(self.lines) * self.size_px * LINE_SPACING

    @property
    def letters(self) -> str:
        """The letters alone."""
        return " ".join("".join(run.text for run in line) for line in self.lines).strip()


@lru_cache(maxsize=4096)
def parse(text: str) -> tuple[Line, ...]:
    """The lines of a text as Plotly reads it: what is no tag that it knows shows as written."""
    lines: list[list[Run]] = [[]]
    open_tags: list[str] = []
    if len(text) > _MOST_LETTERS:
        text = text[:_MOST_LETTERS] + _ELLIPSIS
    for part in _TAG.split(text):
        named = _TAG_NAME.fullmatch(part)
        name = named.group(1).lower() if named else ""
        if name == "br":
            lines.append([])
        elif name in _STYLES and part.startswith("</"):
            if name in open_tags:
                open_tags.remove(name)
        elif name in _STYLES:
            open_tags.append(name)
        elif shown := plain(html.unescape(part)):
            lines[-1].append(_run(shown, open_tags))
    return tuple(tuple(line) for line in lines)


def fit(
    text: str,
    size_px: float,
    *,
    most_px: float = math.inf,
    n_lines: int = 1,
    least_px: float | None = None,
) -> Label:
    """The text at most ``most_px`` wide: shrunk to ``least_px``, then broken into ``n_lines``
    for each of its own, then cut.
    """
    lines = parse(text)
    widest = max(em(line) for line in lines)
    if widest * size_px > most_px and least_px is not None:
        size_px = min(size_px, max(least_px, most_px / widest))
    if widest * size_px <= most_px + 1e-6:
        return Label(lines, size_px)
    most_em = most_px / size_px
    return Label(tuple(part for line in lines for part in _broken(line, most_em, n_lines)), size_px)


@lru_cache(maxsize=8192)
def em(line: Line) -> float:
    """Width of a line in sizes of its font."""
    return sum(sum(map(_letter, run.text)) * _scale(run) for run in line)


def _run(text: str, tags: Sequence[str]) -> Run:
    return Run(
        text,
        bold="b" in tags,
        italic="i" in tags or "em" in tags,
        underlined="u" in tags,
        struck="s" in tags,
        raised=0.35 if "sup" in tags else -0.15 if "sub" in tags else 0.0,
    )


def plain(text: str) -> str:
    """Without control characters and marks that turn the direction of writing."""
    spaced = "".join(" " if c in "\n\r\t" else c for c in text)
    if spaced.isascii() and spaced.isprintable():
        return spaced
    return "".join(c for c in spaced if unicodedata.category(c) not in _HIDDEN)


@lru_cache(maxsize=4096)
def _letter(char: str) -> float:
    """Width of a character in sizes of its font, of the widest family it may be drawn in."""
    if char in _WIDTHS:
        return _WIDTHS[char]
    category = unicodedata.category(char)
    if category in {"Mn", "Me"}:
        return 0.0
    if unicodedata.east_asian_width(char) in "WFA":
        return 1.0
    base = unicodedata.normalize("NFKD", char)[0]
    if base != char:
        return _letter(base)
    return 0.3 if category == "Zs" else 0.65 if category in {"Ll", "Sm", "Sc", "Pd"} else 1.0


def _broken(line: Line, most_em: float, n_lines: int) -> list[Line]:
    """The line in pieces that fit, at spaces and between Chinese characters; the last one cut."""
    letters = [(char, run) for run in line for char in run.text]
    found: list[Line] = []
    while letters and len(found) < n_lines - 1 and em(_joined(letters)) > most_em:
        end = _break_at(letters, most_em)
        found.append(_joined(_stripped(letters[:end])))
        letters = _stripped(letters[end:])
    rest = _joined(letters)
    if em(rest) > most_em:
        room = most_em - _letter(_ELLIPSIS) * _BOLD
        kept = letters[: _count_that_fit(letters, room)]
        style = kept[-1][1] if kept else line[0]
        rest = (*_joined(_stripped(kept)), replace(style, text=_ELLIPSIS, raised=0.0))
    return [*found, rest] if rest or not found else found


def _scale(run: Run) -> float:
    return (_BOLD if run.bold else 1.0) * (RAISED_SIZE if run.raised else 1.0)


def _joined(letters: Sequence[tuple[str, Run]]) -> Line:
    """Letters and the runs that they come from, as runs again."""
    return tuple(
        replace(style, text="".join(char for char, _ in part))
        for style, part in groupby(letters, key=itemgetter(1))
    )


def _stripped(letters: Sequence[tuple[str, Run]]) -> list[tuple[str, Run]]:
    kept = list(letters)
    while kept and kept[-1][0] == " ":
        kept.pop()
    while kept and kept[0][0] == " ":
        kept.pop(0)
    return kept


def _count_that_fit(letters: Sequence[tuple[str, Run]], most_em: float) -> int:
    total = 0.0
    for i, (char, run) in enumerate(letters):
        total += _letter(char) * _scale(run)
        if total > most_em:
            return i
    return len(letters)


def _break_at(letters: Sequence[tuple[str, Run]], most_em: float) -> int:
    fits = max(_count_that_fit(letters, most_em), 1)
    for end in range(fits, 0, -1):
        before, after = letters[end - 1][0], letters[end][0]
        if " " in (before, after):
            return end
        is_chinese = any(unicodedata.east_asian_width(c) in "WF" for c in (before, after))
        if is_chinese and before not in _OPENING and after not in _CLOSING:
            return end
    return fits
