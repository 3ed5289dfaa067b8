"""One cell as the value of a field: numbers with their units, dates, yes and no, text."""

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, TypeAlias

from costmodel import facts
from costmodel.messages import Message, shown
from dashboard.language import N_
from dashboard.spreadsheet.fields import Field
from dashboard.spreadsheet.sheet import Value
from dashboard.spreadsheet.units import Unit, parse, plain

#: Which mark of a column's numbers is the decimal one; ``None`` where nothing tells.
Decimals: TypeAlias = Literal["point", "comma"] | None

_YES: Final = frozenset({"yes", "true", "y", "1", "是", "有", "✓", "√"})
_NO: Final = frozenset({"no", "false", "n", "0", "否", "无", "×"})
_NOTHING: Final = frozenset({"-", "–", "—", "n/a", "na", "n.a.", "none", "tbd", "unknown", "?",
                             "无", "未知", "待定", "不详", "/"})  # fmt: skip
_NUMBER: Final = re.compile(
    r"^([^\d+\-.]*?)\s*([+-]?(?:\d[\d.,' ]*\d|\d|\.\d+)(?:e[+-]?\d+)?)\s*([^\d]*|[^\d].*)$"
)
_RANGE: Final = re.compile(r"(?<=[\dkmbt%亿万])\s*(?:-|–|—|~|to|至|到)\s*(?=[$\d])")
_BY_COMMAS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}(\.\d+)?")
_BY_POINTS: Final = re.compile(r"[+-]?\d{1,3}(\.\d{3}){2,}(,\d+)?")
_BOTH_POINT: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d+")
_BOTH_COMMA: Final = re.compile(r"[+-]?\d{1,3}(\.\d{3})+,\d+")
_POINT: Final = re.compile(r"[+-]?\d*\.(\d{1,2}|\d{4,})")
_COMMA: Final = re.compile(r"[+-]?\d+,(\d{1,2}|\d{4,})")
_EITHER: Final = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")
#: Bare numbers that are years, and those that are days of a calendar.
_YEARS: Final = (1900, 2100)
_DAYS: Final = (20_000, 80_000)
_CALENDARS: Final = {False: date(1899, 12, 30), True: date(1904, 1, 1)}
_ISO: Final = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?)?年?")
_LONGEST: Final = 500
#: How a text begins that a spreadsheet takes for a formula, with marks against it.
_LIKE_A_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the cells of one column are read."""

    field: Field
    unit: Unit
    decimals: Decimals
    days_from_1904: bool | None
    #: Whether nothing tells thousands from decimals in this file.
    ask_thousands: bool = False
    #: Whether an apostrophe before a text that begins like a formula is no part of it.
    drop_apostrophes: bool = False


class CellError(Exception):
    """What is not clear of a cell, and what to write."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


def _refuse(text: str, /, **params: str | float) -> CellError:
    return CellError(Message(text, dict(params)))


def is_nothing(value: Value) -> bool:
    """Whether a cell says that nobody knows: empty, a dash, n/a."""
    return isinstance(value, str) and (not value.strip() or plain(value) in _NOTHING
                                       or value.strip() in _NOTHING)  # fmt: skip


def value_of(value: Value, rules: Rules, *, percent: bool) -> object:
    """What the cell says of the field, as the deal file writes it. Raises ``CellError``."""
    kind = rules.field.kind
    match kind:
        case "text":
            return _without_apostrophe(_text(value)) if rules.drop_apostrophes else _text(value)
        case "yes_no":
            return _yes_no(value)
        case "year":
            return _year(value, rules)
        case "day":
            return _day(value, rules)
        case "money_rate":
            return _money_range(value, rules)
        case _:
            return _number(value, rules, percent=percent)


def decimals_of(values: Iterable[Value]) -> Decimals:
    """Which mark the texts of a column use for decimals; ``None`` where they do not tell, or
    contradict each other.
    """
    point = comma = False
    for value in values:
        if not isinstance(value, str):
            continue
        match = _NUMBER.match(_folded(value))
        if match is None:
            continue
        digits = match[2].replace(" ", "").replace("'", "").partition("e")[0]
        point |= any(p.fullmatch(digits) is not None for p in (_BY_COMMAS, _BOTH_POINT, _POINT))
        comma |= any(p.fullmatch(digits) is not None for p in (_BY_POINTS, _BOTH_COMMA, _COMMA))
    return None if point == comma else "point" if point else "comma"


def yuan_per_dollar() -> facts.Fact:
    """The exchange rate by which yuan are turned into dollars."""
    return facts.lookup("people", "CNY per USD", "exchange_rate")


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time | timedelta):
        return str(value)
    return str(value).strip()


def _without_apostrophe(text: str) -> str:
    """A text as it was before a CSV export kept it from being a formula."""
    return text[1:] if text.startswith("'") and is_like_a_formula(text) else text


def is_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet may run the text, or it is one that was kept from it before."""
    return _LIKE_A_FORMULA.match(text) is not None


def _yes_no(value: Value) -> bool:
    word = plain(_text(value)) or _text(value)
    if word in _YES or _text(value) in _YES:
        return True
    if word in _NO or _text(value) in _NO:
        return False
    raise _refuse(N_("{value} is neither yes nor no; write one of the two"), value=shown(value))


def _year(value: Value, rules: Rules) -> int:
    if isinstance(value, datetime | date):
        return value.year
    if isinstance(value, int | float) and not isinstance(value, bool):
        if _YEARS[0] <= value <= _YEARS[1] and float(value).is_integer():
            return int(value)
        return _calendar_day(float(value), rules).year
    match = _ISO.fullmatch(_folded(str(value)))
    if match is None:
        raise _refuse(N_("{value} is not a year; write it as 2019"), value=shown(value))
    return int(match[1])


def _day(value: Value, rules: Rules) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, int | float) and not isinstance(value, bool):
        if _YEARS[0] <= value <= _YEARS[1] and float(value).is_integer():
            return str(int(value))
        return _calendar_day(float(value), rules).isoformat()
    match = _ISO.fullmatch(_folded(str(value)))
    if match is None:
        raise _refuse(
            N_("{value} is not a date that can be read one way; write it as 2026-11-27"),
            value=shown(value),
        )
    year, month, day = match.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        raise _refuse(N_("{value} is no day of the calendar"), value=shown(value)) from None
    return "-".join([year, *(f"{int(part):02d}" for part in (month, day) if part)])


def _calendar_day(days: float, rules: Rules) -> date:
    """A bare number of days in the file's own calendar."""
    if rules.days_from_1904 is None or not _DAYS[0] <= days <= _DAYS[1]:
        raise _refuse(N_("{value} is not a date; write it as 2026-11-27"), value=days)
    return _CALENDARS[rules.days_from_1904] + timedelta(days=int(days))


def _number(value: Value, rules: Rules, *, percent: bool) -> float:
    """A number in the unit of the field. Raises ``CellError`` where its unit is not said."""
    field = rules.field
    if isinstance(value, bool | datetime | date | time | timedelta):
        raise _refuse(
            N_("{value} is a date or a truth value; a number is asked for"), value=shown(value)
        )
    if isinstance(value, int | float):
        if not math.isfinite(value):
            raise _refuse(N_("{value} is not a number"), value=shown(value))
        own, digits = Unit(), float(value)
    else:
        own, digits = _split(value, rules)
    if percent:
        if field.kind != "share":
            raise _refuse(
                N_("{value} is shown in percent; {field} is no share"),
                value=digits,
                field=field.path,
            )
        return digits
    unit = own if own.scaled else Unit(
        factor=rules.unit.factor,
        currency=own.currency or rules.unit.currency,
        scaled=rules.unit.scaled,
    )  # fmt: skip
    if own.scaled and field.kind == "money":
        unit = Unit(factor=own.factor, currency=own.currency or rules.unit.currency, scaled=True)
    found = digits * unit.factor
    _check_meant(value, found, unit, field)
    if field.kind in ("money", "money_rate"):
        return found / _per_dollar(value, unit)
    if field.kind == "count":
        return int(found) if found.is_integer() else found
    return found


def _check_meant(value: Value, found: float, unit: Unit, field: Field) -> None:
    """Ask where a number without a unit can be read in two ways."""
    if field.least and abs(found) < field.least and not unit.scaled and found != 0:
        raise _refuse(
            N_(
                "{value} of what? Write 7B, 70亿 or 7e9, or put the unit into the header, "
                "such as (B) or （亿）"
            ),
            value=shown(value),
        )
    if field.kind == "share" and abs(found) > 1 and not unit.scaled:
        raise _refuse(
            N_(
                "{value} as a share is 0.45 or 45%; write one of the two, or put (%) into the "
                "header"
            ),
            value=shown(value),
        )


def _per_dollar(value: Value, unit: Unit) -> float:
    """How many of the currency make a dollar. Raises ``CellError`` where it is not said."""
    match unit.currency:
        case "USD":
            return 1.0
        case "CNY":
            return yuan_per_dollar().value
        case "other":
            raise _refuse(
                N_("{value} is in a currency that is not converted here; write dollars or yuan"),
                value=shown(value),
            )
        case "unclear":
            raise _refuse(N_("{value}: ¥ is yen or yuan; write CNY or USD"), value=shown(value))
        case None:
            raise _refuse(
                N_(
                    "{value} in which currency? Write $40M or 4000万元, or put USD or CNY into the "
                    "header"
                ),
                value=shown(value),
            )


def _money_range(value: Value, rules: Rules) -> float | list[float]:
    if isinstance(value, str):
        ends = _RANGE.split(_folded(value))
        if len(ends) == 2:
            low, high = (_number(end, rules, percent=False) for end in ends)
            return [low, high]
    return _number(value, rules, percent=False)


def _split(text: str, rules: Rules) -> tuple[Unit, float]:
    """The unit and the digits of a text such as ``$40M``, ``70 亿`` or ``1.234,5``."""
    if len(text) > _LONGEST:
        raise _refuse(N_("{value} ... is too long for a number"), value=shown(text))
    if "(" in _folded(text):  # an accountant's minus, or a remark
        raise _refuse(N_("{value} has brackets; write -5 for a loss"), value=shown(text))
    match = _NUMBER.match(_folded(text))
    unit = (
        None
        if match is None
        else parse(f"{match[1]} {match[3]}", rules.field.kind, rules.field.per)
    )
    if match is None or unit is None:
        raise _refuse(
            N_("{value} is not a number; write for example 7B, 14.8T, 2.5e12 or 45%"),
            value=shown(text),
        )
    return unit, _digits(match[2], text, rules)


def _digits(written: str, text: str, rules: Rules) -> float:
    digits, _, exponent = written.replace(" ", "").replace("'", "").partition("e")
    decimals = rules.decimals
    if _BY_POINTS.fullmatch(digits) or _BOTH_COMMA.fullmatch(digits):
        decimals = "comma"
    elif _BY_COMMAS.fullmatch(digits) or _BOTH_POINT.fullmatch(digits):
        decimals = "point"
    elif _COMMA.fullmatch(digits):
        # 1,5 under decimal points is neither: the existing rule of every number field.
        if decimals == "point":
            raise _unclear(text)
        decimals = "comma"
    elif _POINT.fullmatch(digits):
        if decimals == "comma":
            raise _unclear(text)
        decimals = "point"
    elif _EITHER.fullmatch(digits) and decimals is None and rules.ask_thousands:
        raise _unclear(text)
    if decimals == "comma":
        digits = digits.replace(".", "").replace(",", ".")
    else:
        digits = digits.replace(",", "")
    try:
        found = float(digits + (f"e{exponent}" if exponent else ""))
    except ValueError:
        raise _unclear(text) from None
    if not math.isfinite(found):
        raise _refuse(N_("{value} is too large for a number"), value=shown(text))
    return found


def _unclear(text: str) -> CellError:
    return _refuse(
        N_(
            "{value}: are there thousands or decimals after its mark? Write 1234.5 without "
            "marks of thousands"
        ),
        value=shown(text),
    )


def _folded(text: str) -> str:
    """Half width, small letters, plain spaces, a hyphen for every minus."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("−", "-").replace("’", "'")
    return " ".join(folded.split())
