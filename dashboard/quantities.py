"""Numbers as people type them: ``14.8T``, ``671B``, ``6710亿``, ``45%``, ``1.8 - 3.2``."""

import math
import re
from decimal import Decimal
from typing import Final

from costmodel.messages import InputError
from costmodel.uncertainty import Kind, Range, RangeError

_SCALES: Final = {
    "": 1.0,
    "k": 1e3,
    "m": 1e6,
    "b": 1e9,
    "g": 1e9,
    "t": 1e12,
    "q": 1e15,
    "千": 1e3,
    "万": 1e4,
    "萬": 1e4,
    "亿": 1e8,
    "億": 1e8,
    "万亿": 1e12,
    "%": 0.01,
}
#: A comma groups by thousands; ``1,5`` may mean 15 or 1.5 and is refused.
_WHOLE: Final = r"(?:\d{1,3}(?:,\d{3})+|\d[\d_]*)"
_NUMBER: Final = rf"[-+]?(?:{_WHOLE}\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_ONE: Final = re.compile(rf"^\$?\s*({_NUMBER})\s*(万亿|[kKmMbBgGtTqQ千万萬亿億%]?)\s*$")
_RANGE: Final = re.compile(r"\s*(?:–|—|~|至|到|\bto\b|\.\.|(?<=[\d.kKmMbBgGtTqQ千万亿%])\s*-)\s*")
#: Full-width digits and signs, as a Chinese keyboard types them, to the plain ones.
_FULL_WIDTH: Final = {code + 0xFEE0: code for code in range(0x21, 0x7F)}
#: Longest text worth parsing; anything longer is not a number.
_MOST_CHARACTERS: Final = 60


def parse_number(text: str, field: str) -> float:
    """The number in ``text``; scale letters and Chinese scale words are understood.

    Raises ``InputError`` naming ``field`` for anything that is not one finite number.
    """
    match = (
        _ONE.match(text.translate(_FULL_WIDTH).strip()) if len(text) <= _MOST_CHARACTERS else None
    )
    if match is None:
        raise InputError(
            field,
            "{text} is not a number; write for example 7B, 14.8T, 2.5e12 or 45%",
            text=_quoted(text),
        )
    digits, scale = match.groups()
    digits, factor = re.sub("[,_]", "", digits), _SCALES[scale.lower()]
    value = float(digits) * factor
    if not math.isfinite(value):
        raise InputError(field, "{text} is too large for a number", text=_quoted(text))
    if not value:
        return value
    # In decimals: as floats 1.035 times a million is a little less than 1,035,000.
    return float(Decimal(digits) * Decimal(repr(factor)))


def parse_count(text: str, field: str) -> int:
    """A whole number; raises ``InputError`` for a fraction."""
    value = parse_number(text, field)
    if value != int(value):
        raise InputError(field, "{value} is not a whole number", value=value)
    return int(value)


def parse_range(text: str, field: str, kind: Kind = "positive") -> Range:
    """A 90 % range (``1.8 - 3.2``) or one number, which is a range of no width.

    A percent sign at the end counts for both ends of ``30-45%``; of ``0.3-45%`` the lower
    end is a share already.

    Raises ``InputError`` for a reversed range or an end outside the kind's domain.
    """
    parts = [part for part in _RANGE.split(text.translate(_FULL_WIDTH).strip(), maxsplit=1) if part]
    if len(parts) == 2:
        low, high = (parse_number(part, field) for part in parts)
        if parts[1].endswith("%") and not parts[0].endswith("%") and low >= 1:
            low = parse_number(parts[0] + "%", field)
    else:
        low = high = parse_number(text, field)
    return make_range(low, high, field, kind)


def make_range(low: float, high: float, field: str, kind: Kind = "positive") -> Range:
    """``Range`` whose refusal is an ``InputError`` naming ``field``."""
    if low > high:
        raise InputError(
            field, "{low} to {high} runs backwards; write the lower end first", low=low, high=high
        )
    try:
        return Range(low, high, kind)
    except RangeError:
        if kind == "fraction":
            raise InputError(
                field,
                "{high} is not a fraction between 0 and 1; write 45% or 0.45",
                high=high if high >= 1 else low,
            ) from None
        raise InputError(
            field, "{value} is not above zero; write a positive number", value=low
        ) from None


def _quoted(text: str) -> str:
    """What was typed, shortened; an empty text shown as empty quotes."""
    cleaned = " ".join(text.split())[:_MOST_CHARACTERS]
    return cleaned or '""'
