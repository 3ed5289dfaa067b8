"""What a cell may hold and how it is shown: clean texts, widths, number formats, units."""

import math
import re
from typing import Final, TypeAlias

from dashboard.language import N_, t

#: What a formula gives or a cell holds; ``None`` is an empty cell.
Value: TypeAlias = str | float | int | bool | None

#: Characters that a cell may hold, in the units of 16 bits that Excel counts; it takes 32,767.
MOST_CHARACTERS: Final = 32_000
#: Characters that XML cannot hold, and halves of surrogate pairs.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: From here on a character is as wide as two letters.
_WIDE_FROM: Final = 0x2E80
_BEYOND_16_BITS: Final = 0xFFFF
#: Smallest amounts of dollars that are shown without cents.
_NO_CENTS: Final = 1_000
#: Letters of ordinary text that a column holds for each of its width.
_ROOM: Final = 1.02
_POWERS_FROM: Final = 1e12
_POWERS_BELOW: Final = 1e-3

#: Units in words; a unit that is not here stands as it is written in the code.
_UNITS: Final = {
    "bytes": N_("bytes"),
    "count": N_("number"),
    "day": N_("days"),
    "flag": N_("1 yes, 0 no"),
    "flop": "FLOP",
    "flop_per_s": N_("FLOP per second"),
    "flop_per_token": N_("FLOP per token"),
    "fraction": N_("share"),
    "gpu_hour": N_("GPU-hours"),
    "kg_co2e": N_("kg CO2e"),
    "kg_co2e_per_kwh": N_("kg CO2e per kWh"),
    "kw": N_("kW"),
    "kwh": N_("kWh"),
    "level": N_("level, 0 to 4"),
    "million_tokens": N_("million tokens"),
    "month": N_("months"),
    "nat_per_token": N_("nats per token"),
    "per_second": N_("per second"),
    "points": N_("points of 100"),
    "ratio": N_("times"),
    "s": N_("seconds"),
    "text": N_("text"),
    "token": N_("tokens"),
    "usd": N_("US dollars"),
    "usd_per_gpu_hour": N_("US dollars per GPU-hour"),
    "usd_per_million_tokens": N_("US dollars per million tokens"),
    "usd_per_month": N_("US dollars a month"),
    "usd_per_year": N_("US dollars a year"),
    "w": N_("watts"),
    "year": N_("years"),
    "yes_no": N_("yes or no"),
}
_FORMATS: Final = {
    "bytes": "0.00E+00",
    "count": "#,##0",
    "day": "#,##0.0",
    "flag": "0",
    "flop": "0.000E+00",
    "flop_per_s": "0.000E+00",
    "flop_per_token": "0.000E+00",
    "fraction": "0.0%",
    "gpu_hour": "#,##0",
    "kg_co2e": "#,##0",
    "kg_co2e_per_kwh": "0.000",
    "kw": "0.000",
    "kwh": "#,##0",
    "level": "0",
    "million_tokens": "#,##0.0",
    "month": "0.0",
    "per_second": "#,##0.00",
    "points": "0.0",
    "ratio": "0.00",
    "s": "0.0000",
    "token": "#,##0",
    "usd": "#,##0",
    "usd_per_gpu_hour": "#,##0.00",
    "usd_per_million_tokens": "#,##0.000",
    "usd_per_month": "#,##0",
    "usd_per_year": "#,##0",
    "w": "#,##0",
    "whole_months": "0",
    "year": "0.0",
}
_CENTS: Final = "#,##0.00"
_POWERS: Final = "0.000E+00"
#: A unit that nobody named: up to four decimals.
_ANY: Final = "#,##0.####"


def unit_words(unit: str) -> str:
    """The unit in the current language; empty for none."""
    if not unit:
        return ""
    return t(_UNITS[unit]) if unit in _UNITS else unit.replace("_", " ")


def number_format(unit: str, value: Value) -> str:
    """How a number of this unit is shown, given about how large it is."""
    size = abs(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
    if unit in ("usd", "usd_per_month", "usd_per_year") and 0 < size < _NO_CENTS:
        return _CENTS
    if unit in ("count", "token", "gpu_hour") and size >= _POWERS_FROM:
        return _POWERS
    if unit in ("ratio", "fraction", "count") and 0 < size < _POWERS_BELOW:
        return "0.00E+00"
    if unit == "count" and size != math.floor(size):
        return _CENTS
    return _FORMATS.get(unit, _ANY)


def clean(text: str) -> str:
    """The text as a cell can hold it: no character that XML forbids, lines ended by a line
    feed, cut where Excel would cut.
    """
    kept = _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(kept) * 2 <= MOST_CHARACTERS:
        return kept
    room, end = MOST_CHARACTERS, 0
    for character in kept:
        room -= 2 if ord(character) > _BEYOND_16_BITS else 1
        if room < 0:
            break
        end += 1
    return kept[:end]


def spaces(text: str) -> int:
    """How wide a line is in letters; a Chinese character counts twice."""
    return len(text) if text.isascii() else sum(1 + (ord(c) >= _WIDE_FROM) for c in text)


def n_lines(text: str, width: float) -> int:
    """How many lines the text takes in a column of this width."""
    room = max(1.0, _ROOM * width)
    return sum(max(1, math.ceil(spaces(line) / room)) for line in text.split("\n"))


def plain(value: object) -> Value:
    """A NumPy number as a plain one; text and truth stay. No infinity comes this far."""
    if value is None or isinstance(value, str | bool):
        return value
    number = float(value)  # type: ignore[arg-type]
    assert math.isfinite(number), value
    return int(number) if isinstance(value, int) else number
