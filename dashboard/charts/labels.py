"""Words that people wrote, made safe and short enough to stand in a figure.

Plotly reads a little HTML in every text. A name with ``<`` in it must show as it was written,
and a long one must not push the chart aside. Widths are counted in Latin letters: a Chinese
character takes the room of two.
"""

import html
import unicodedata
from typing import Final

_ELLIPSIS: Final = "…"
#: Ink that reads on any of the fills, which are opaque and the same in both themes.
_DARK_INK: Final = "#0b151c"
_LIGHT_INK: Final = "#ffffff"
#: Relative luminance above which dark ink contrasts better than white.
_LIGHT_FILL: Final = 0.18
#: Kinds of characters that show nothing of their own: controls, marks of direction, unassigned.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def inert(text: str) -> str:
    """``text`` as Plotly shows it letter by letter: no tag, no line break, no hidden sign."""
    return html.escape(_plain(text), quote=False)


def short(text: str, most: int) -> str:
    """``text`` made inert, at most ``most`` letters wide, cut with an ellipsis."""
    return inert(_cut(_plain(text), most))


def lines(text: str, most: int, n_lines: int) -> list[str]:
    """``text`` made inert, in at most ``n_lines`` lines of ``most`` letters, the last one cut.

    Breaks at spaces and between Chinese characters; a longer word is broken where it must be.
    """
    found: list[str] = []
    rest = _plain(text)
    while rest and len(found) < n_lines - 1 and width(rest) > most:
        taken = _first_line(rest, most)
        found.append(rest[:taken].rstrip())
        rest = rest[taken:].lstrip()
    if rest or not found:
        found.append(_cut(rest, most))
    return [inert(line) for line in found]


def width(text: str) -> int:
    """How many Latin letters' room ``text`` takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def ink_on(fill: str) -> str:
    """The colour of text on an opaque fill ``#rrggbb``, whatever the theme."""
    channels = (int(fill[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return _DARK_INK if luminance > _LIGHT_FILL else _LIGHT_INK


def between(one: str, other: str, share: float) -> str:
    """The colour ``#rrggbb`` that lies ``share`` of the way from one to the other."""
    pairs = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _plain(text: str) -> str:
    """One line, without control characters or marks that turn the direction of writing."""
    kept = "".join(c for c in " ".join(text.split()) if unicodedata.category(c) not in _HIDDEN)
    return " ".join(kept.split())


def _cut(text: str, most: int) -> str:
    if width(text) <= most:
        return text
    while text and width(text) > most - 1:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS


def _first_line(text: str, most: int) -> int:
    """How many characters of ``text`` fill a line: to the last place where it may break."""
    fits = next(i for i in range(len(text), 0, -1) if width(text[:i]) <= most or i == 1)
    for end in range(fits, 0, -1):
        if text[end] == " " or width(text[end - 1]) == 2 or width(text[end]) == 2:
            return end
    return fits
