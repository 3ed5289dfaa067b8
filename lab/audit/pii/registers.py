"""Identity numbers of registers by their digits: China's, America's and Europe's, each with its
check. Forms that one random number in a hundred would pass count only where they are named.
"""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Final, NamedTuple

from lab.audit.pii.letters import is_date

_CHINESE: Final = re.compile(
    r"(?<![0-9])[1-8][0-9]{5}([ -]?)[0-9]{8}\1[0-9]{3}[0-9Xx](?![0-9])|"
    r"(?<![0-9])[1-8][0-9]{14}(?![0-9])"
)
#: GB/T 2260: the first two digits of every province.
_PROVINCES: Final = frozenset(
    code
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55))
    for code in codes
) | {*range(61, 66), 71, 81, 82, 83}
_WEIGHTS: Final = tuple(2 ** (17 - k) % 11 for k in range(17))
_SSN: Final = re.compile(r"(?<![0-9-])([0-9]{3})([- ])([0-9]{2})\2([0-9]{4})(?![0-9-])")


#: Eleven digits that are a Chinese mobile's unless they are called an identity number.
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")


class Form(NamedTuple):
    """A form of digits, the module of ``stdnum`` that checks it, and how sure it is: a named
    one needs a word before it that says it is somebody's.
    """

    pattern: "re.Pattern[str]"
    module: str
    needs_name: bool


def _form(pattern: str, module: str, *, needs_name: bool = False) -> Form:
    return Form(
        re.compile(rf"(?<![0-9])(?<![0-9]\.)(?:{pattern})(?![0-9])(?!\.[0-9])"), module, needs_name
    )


_FORMS: Final = (
    _form(
        r"[12][ .]?[0-9]{2}[ .]?[0-9]{2}[ .]?[0-9]{2}[ .]?[0-9]{3}[ .]?[0-9]{3}[ .]?[0-9]{2}",
        "fr.nir",
    ),
    _form(r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}[-.][0-9]{3}[-.][0-9]{2}", "be.nn"),
    _form(r"(?:19|20)?[0-9]{6}[-+][0-9]{4}", "se.personnummer"),
    _form(r"[0-9]{6}/[0-9]{3,4}", "cz.rc"),
    # In two parts, or the search for numbers of chips in the code would take it for one.
    _form(r"75" r"6[.][0-9]{4}[.][0-9]{4}[.][0-9]{2}", "ch.ssn"),
    _form(r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", "br.cpf"),
    _form(r"[1-8][0-9]{12}", "ro.cnp"),
    _form(r"[0-9]{6}[ ]?[0-9]{5}", "no.fodselsnummer"),
    _form(r"[0-9]{11}", "pl.pesel"),
    _form(r"[1-6][0-9]{10}", "ee.ik"),
    _form(r"[0-9]{6}-[1-4][0-9]{6}", "kr.rrn"),
    _form(r"[0-9]{6}-[0-9]{4}|[0-9]{10}", "dk.cpr", needs_name=True),
    _form(r"(?!20)[2-9][0-9]{3} [0-9]{4} [0-9]{4}", "in_.aadhaar"),
    _form(r"[2-9][0-9]{11}", "in_.aadhaar", needs_name=True),
    _form(r"[0-9]{11}", "be.nn", needs_name=True),
    _form(r"[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", "de.idnr", needs_name=True),
    _form(r"[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}|[0-9]{8,9}", "nl.bsn", needs_name=True),
    _form(r"[0-9]{10}", "bg.egn", needs_name=True),
    _form(r"[0-9]{9,10}", "cz.rc", needs_name=True),
    _form(r"[0-9]{10}|[0-9]{12}", "se.personnummer", needs_name=True),
    _form(r"[0-9]{11}", "hr.oib", needs_name=True),
    _form(r"[0-9]{11}", "gr.amka", needs_name=True),
    _form(r"[0-9]{13}", "si.emso", needs_name=True),
    _form(r"[0-9]{3} ?[0-9]{3} ?[0-9]{3}", "pt.nif", needs_name=True),
    _form(r"[0-9]{4} ?[0-9]{6}", "at.vnr", needs_name=True),
    _form(r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}", "gb.nhs", needs_name=True),
    _form(r"[0-9]{10}", "gb.utr", needs_name=True),
    _form(r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}", "ca.sin", needs_name=True),
    _form(r"[0-9]{3}-[0-9]{3}-[0-9]{2}-[0-9]{2}|[0-9]{10}", "pl.nip", needs_name=True),
    _form(r"[0-9]{11}", "br.cpf", needs_name=True),
)


def strict(written: str, said: str) -> Iterator[tuple[int, int]]:
    """Chinese identity numbers and American social security numbers."""
    for found in _CHINESE.finditer(written):
        digits = re.sub("[ -]", "", found[0])
        if is_chinese(digits) if len(digits) == 18 else (said == "id" and is_old_chinese(digits)):
            yield found.span()
    for found in _SSN.finditer(written):
        area, group, serial = int(found[1]), int(found[3]), int(found[4])
        fits = area not in (0, 666) and group and serial
        taxpayer = area >= 900 and not (50 <= group <= 99)
        if fits and not taxpayer and (found[2] == "-" or said == "id"):
            yield found.span()


def named(written: str, context: str, said: str) -> Iterator[tuple[int, int]]:
    """Identity numbers of the other registers; and nine digits called a social security number."""
    if said in ("thing", "phone") or (said != "id" and written.startswith(("+", "(+"))):
        return
    for pattern, module, needs_name in _FORMS:
        if needs_name and said != "id":
            continue
        for found in pattern.finditer(written):
            if said != "id" and _MOBILE.fullmatch(found[0]):
                continue
            if _check(module)(found[0]) and len(set(found[0])) > 2:
                yield found.span()
    if said == "id" and ("ssn" in context or "social security" in context):
        for found in re.finditer(r"(?<![0-9])[0-8][0-9]{8}(?![0-9])", written):
            yield found.span()


def is_chinese(number: str) -> bool:
    """Whether the province, the day of birth and the check digit of 18 digits fit.

    Source: GB 11643-1999; the check digit by ISO 7064, MOD 11-2.
    """
    if int(number[:2]) not in _PROVINCES:
        return False
    if not is_date(int(number[6:10]), int(number[10:12]), int(number[12:14])):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == number[17].upper()


def is_old_chinese(number: str) -> bool:
    """Whether 15 digits are of the form that was given until 1999; it has no check digit."""
    born = is_date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
    return int(number[:2]) in _PROVINCES and born


def _check(module: str) -> Callable[[str], bool]:
    found: Callable[[str], bool] = import_module(f"stdnum.{module}").is_valid
    return found
