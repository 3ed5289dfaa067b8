"""Sentences that reach a person, kept apart from the language they are shown in.

``costmodel`` says *what* is to be said: an English template, which is also the key of
the message catalogue, and the values that fill it. Only the border (a page, the command
line, a memo) chooses the language. ``str(message)`` is the plain English reading.
"""

import difflib
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from costmodel.units import UNITS

#: Units that a sentence leaves to its own words.
_BARE: Final = frozenset({"count", "fraction", "fraction_change", "ratio"})


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit, formatted only where it is shown."""

    value: float
    unit: str

    def __post_init__(self) -> None:
        assert self.unit in UNITS, self.unit

    def __str__(self) -> str:
        if self.unit in _BARE:
            return f"{self.value:.3g}"
        return f"{self.value:.3g} {self.unit}"


Part: TypeAlias = "str | int | float | Amount | Message | Text"


@dataclass(frozen=True, slots=True)
class Message:
    """An English template with ``{named}`` places, and what fills them."""

    text: str
    params: Mapping[str, "Part"] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.text.format(**{name: str(part) for name, part in self.params.items()})


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the data in both languages, and what fills its ``{named}`` places."""

    en: str
    zh: str
    params: Mapping[str, "Part"] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.en.format(**{name: str(part) for name, part in self.params.items()})


def shown(value: object) -> str:
    """What was found, short enough for an error, on one line."""
    try:
        text = str(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, a deep list
        text = type(value).__name__
    return " ".join(text.split())[:40] or '""'


def figure(value: float) -> float:
    """A number found, for an error: an integer beyond all floats would not even print."""
    return value if not isinstance(value, int) or abs(value) < 1e300 else math.inf


class InputError(ValueError):
    """Something a person typed or uploaded cannot be used.

    ``field`` is the path of the field in the deal file or form (``plan.tokens``); the
    message names what was found and what to write instead.
    """

    def __init__(self, field: str, text: str, /, **params: Part) -> None:
        self.field = field
        self.message = Message(text, params)
        super().__init__(f"{field}: {self.message}" if field else str(self.message))


def check_known(field: str, name: str, known: Collection[str]) -> None:
    """Raise ``InputError`` with the nearest names unless ``name`` is one of ``known``."""
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=4, cutoff=0.6)
    raise InputError(
        field,
        "{name} is not on record; write for example {candidates}",
        name=shown(name),
        candidates=", ".join(near or list(known)[:12]),
    )


def check_within(field: str, value: float, least: float, most: float) -> None:
    """Raise ``InputError`` unless ``value`` lies from ``least`` to ``most``; refuses NaN."""
    if not least <= value <= most:
        raise InputError(
            field,
            "{value} is not possible here; write a value from {least} to {most}",
            value=figure(value),
            least=least,
            most=most,
        )
