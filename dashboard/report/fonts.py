"""The fonts of a report, and what they can show."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

from costmodel import facts

#: Letters of one word after which it may break, where it has no place to break by itself.
_LONGEST_WORD = 28
_BREAK = "\u200b"
_UNBROKEN = re.compile(rf"[^\s\u2e80-\u9fff\uff00-\uffef]{{{_LONGEST_WORD + 1},}}")


def folder() -> Path:
    """Where the fonts stand."""
    return facts.data_dir() / "fonts"


@contextmanager
def opened(path: Path) -> Iterator[TTFont]:
    """A font to read. Nobody asks for its glyphs' names: unless they have some, each would get
    one from what it means, which takes longer than all the rest.
    """
    with TTFont(path, lazy=True, recalcTimestamp=False, recalcBBoxes=False) as font:
        font.setGlyphOrder([f"glyph{n:05d}" for n in range(font["maxp"].numGlyphs)])
        yield font


@cache
def coverage() -> frozenset[int]:
    """The code points that the fonts hold together."""
    found: set[int] = set()
    for path in sorted(folder().glob("*.ttf")):
        with opened(path) as font:
            found |= set(font.getBestCmap())
    return frozenset(found)


def showable(text: str) -> str:
    """A text that the fonts can show: another character stands as its code point."""
    held = coverage()
    return "".join(
        c
        if ord(c) in held or c.isspace() or unicodedata.category(c) == "Cf"
        else f"[U+{ord(c):04X}]"
        for c in text
    )


def breakable(text: str) -> str:
    """A text whose longest words may break, so that none runs out of its line.

    Chinese breaks between any two characters, and is left as it is.
    """
    return _UNBROKEN.sub(_broken, text)


def _broken(word: re.Match[str]) -> str:
    found = word[0]
    return _BREAK.join(found[i : i + _LONGEST_WORD] for i in range(0, len(found), _LONGEST_WORD))


def _code(character: str) -> str:
    return f"[U+{ord(character):04X}]"
