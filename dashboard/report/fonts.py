"""The fonts of a report, and what they can show."""

import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

from costmodel import facts

#: Letters of one word after which it may break, where it has no place to break by itself.
_LONGEST_WORD = 28
_BREAK = "\u200b"


def folder() -> Path:
    """Where the fonts stand."""
    return facts.data_dir() / "fonts"


@cache
def coverage() -> frozenset[int]:
    """The code points that the fonts hold together."""
    found: set[int] = set()
    for path in sorted(folder().glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
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
    """A text whose longest words may break, so that none runs out of its line."""
    if len(text) <= _LONGEST_WORD:
        return text
    return " ".join(_broken(word) for word in text.split(" "))


def _broken(word: str) -> str:
    if len(word) <= _LONGEST_WORD:
        return word
    return _BREAK.join(word[i : i + _LONGEST_WORD] for i in range(0, len(word), _LONGEST_WORD))


def _code(character: str) -> str:
    return f"[U+{ord(character):04X}]"
