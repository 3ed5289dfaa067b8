"""Numbers with letters in them that registers and banks give: each form with its check digit."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from stdnum import iban
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.ie import pps
from stdnum.it import codicefiscale

from lab.audit.pii.spans import Span, before, says

#: Two capitals, then what may follow them: one pass over the text finds all that begins so.
_CAPITALS: Final = re.compile(
    r"[A-Z]{2}(?:"
    r"(?P<iban>[0-9]{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,4})?)|"
    r"(?P<cf>[A-Z]{4}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z])|"
    r"(?P<pan>[A-Z][PCHFATBLJG][A-Z][0-9]{4}[A-Z])|"
    r"(?P<nino>[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[0-9]{2}[ -]?[A-D])|"
    r"(?P<hk2>[0-9]{6} ?\([0-9A]\))"
    r")(?![0-9A-Za-z])"
)
#: Digits in the middle of letters; each form looks around one of these.
_MIDDLE: Final = re.compile(r"[0-9]{6,8}[ (+A-Z-]")
_DNI: Final = re.compile(r"[0-9]{8}[ -]?[A-HJ-NP-TV-Z](?![0-9A-Za-z])")
_NIE: Final = re.compile(r"[XYZ][ -]?[0-9]{7}[ -]?[A-HJ-NP-TV-Z](?![0-9A-Za-z])")
_HETU: Final = re.compile(r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y](?![0-9A-Za-z])")
_PPS: Final = re.compile(r"[0-9]{7}[A-W][A-IW]?(?![0-9A-Za-z])")
_HK: Final = re.compile(r"[A-Z][0-9]{6} ?\([0-9A]\)")
_CAPITAL_AND_DIGITS: Final = re.compile(r"[A-Z][0-9]{7,9}(?![0-9A-Za-z])")
_PASSPORT: Final = re.compile(r"passport|护照|護照")
_NINO: Final = re.compile(
    r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]\Z"
)


def lettered(text: str, begin: int, end: int) -> Iterator[Span]:
    """IBAN; identity numbers of Italy, Spain, Finland, Ireland, Hong Kong, Taiwan, India and
    the United Kingdom; passport numbers that are called so. In one part of a text.
    """
    for found in _CAPITALS.finditer(text, begin, end):
        if _goes_on(text, found.start()):
            continue
        name = found.lastgroup
        assert name is not None
        if name == "iban":
            yield from _bank_account(text, found)
        elif _CHECKS[name](_compact(found[0])):
            yield Span(found.start(), found.end(), "id_number")
    for middle in _MIDDLE.finditer(text, begin, end):
        yield from _around(text, middle.start())
    for found in _CAPITAL_AND_DIGITS.finditer(text, begin, end):
        if not _goes_on(text, found.start()) and (
            is_taiwanese(found[0]) or _PASSPORT.search(before(text, found.start()))
        ):
            yield Span(found.start(), found.end(), "id_number")


def _bank_account(text: str, found: "re.Match[str]") -> Iterator[Span]:
    """An IBAN as long as its country's are, though capitals may follow it."""
    written = found[0]
    while len(written) > 14:
        if iban.is_valid(written, check_country=False):
            yield Span(found.start(), found.start() + len(written), "bank_account")
            return
        written = written.rpartition(" ")[0]


def _around(text: str, start: int) -> Iterator[Span]:
    """The forms whose digits begin at ``start``."""
    if text[start - 1 : start] in ("X", "Y", "Z") or text[start - 2 : start] in _NIE_STARTS:
        for back in (1, 2):
            found = _NIE.match(text, start - back) if start >= back else None
            if found and not _goes_on(text, found.start()) and nie.is_valid(found[0]):
                yield Span(found.start(), found.end(), "id_number")
                return
    if start and (found := _HK.match(text, start - 1)):
        if not _goes_on(text, found.start()) and is_of_hong_kong(_compact(found[0])):
            yield Span(found.start(), found.end(), "id_number")
        return
    if _goes_on(text, start):
        return
    forms: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
        (_DNI, dni.is_valid),
        (_HETU, hetu.is_valid),
    )
    for form, is_valid in forms:
        found = form.match(text, start)
        if found and is_valid(found[0]):
            yield Span(found.start(), found.end(), "id_number")
            return
    found = _PPS.match(text, start)
    if found and pps.is_valid(found[0]) and says(before(text, start)) == "id":
        yield Span(found.start(), found.end(), "id_number")


_NIE_STARTS: Final = ("X-", "Y-", "Z-", "X ", "Y ", "Z ")


def is_of_hong_kong(number: str) -> bool:
    """Whether the check digit of a Hong Kong identity card fits, as ``A1234563``."""
    body, check = number[:-1].replace("(", ""), number[-1]
    values = [ord(c) - 55 if c.isalpha() else int(c) for c in body.rjust(8) if c != " "]
    if len(values) == 7:
        values = [36, *values]
    total = sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True))
    return (total + (10 if check == "A" else int(check))) % 11 == 0


def is_taiwanese(number: str) -> bool:
    """Whether a Taiwanese identity number has a sex and a check digit that fit."""
    if len(number) != 10 or number[1] not in "1289":
        return False
    value = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(number[0]) + 10
    digits = [value // 10, value % 10, *map(int, number[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(d * w for d, w in zip(digits, weights, strict=True)) % 10 == 0


def _compact(written: str) -> str:
    return re.sub(r"[ ()-]", "", written)


def _is_nino(number: str) -> bool:
    return _NINO.match(number) is not None


_CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "cf": codicefiscale.is_valid,
    "pan": lambda number: len(number) == 10,
    "nino": _is_nino,
    "hk2": is_of_hong_kong,
}


def _goes_on(text: str, start: int) -> bool:
    """Whether the word or number of the character before goes on here."""
    previous = text[start - 1 : start] if start else ""
    return bool(previous) and previous.isascii() and (previous.isalnum() or previous == "_")


def is_date(year: int, month: int, day: int) -> bool:
    """Whether the calendar has this day, and a living person may have been born on it."""
    try:
        born = date(year, month, day)
    except ValueError:
        return False
    return date(1900, 1, 1) <= born <= date.today()  # noqa: DTZ011 -- a birthday has no time zone
