"""Telephone numbers by their forms: China's and America's own, others by Google's plans.

Numbers reserved for fiction count as well: a sample that is made up looks real to a model too.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import phonenumbers

_SEP: Final = r"[ \u00a0\-\u2010-\u2014.]"
_INTERNATIONAL: Final = re.compile(
    r"\(?(?:\+|(?<![0-9])00)[1-9][0-9]{0,2}\)?"
    r"(?:[ \u00a0\-\u2010-\u2014.()/]{0,3}[0-9]){6,13}(?![0-9])"
)
_CHINESE: Final = re.compile(
    rf"(?<![0-9.])(?:\(?(?:0?0?86)\)?{_SEP}?)?"
    rf"(?:1[3-9][0-9]{_SEP}?[0-9]{{4}}{_SEP}?[0-9]{{4}}|1[3-9][0-9]{{2}}{_SEP}[0-9]{{3}}{_SEP}[0-9]{{4}}|"
    rf"1[3-9][0-9]{{3}}{_SEP}[0-9]{{3}}{_SEP}[0-9]{{3}}|1[3-9][0-9]{_SEP}[0-9]{{3}}{_SEP}[0-9]{{5}})(?![0-9])(?!\.[0-9])"
)
#: An area code, the number, and perhaps an extension. Without separators the run of digits
#: must be one that telephones have.
_LANDLINE: Final = re.compile(
    r"(?<![0-9.])(?<![0-9]-)(?:\(?(?:0?0?86)\)?[ -]?)?"
    r"(?:(?<=86[ -])(?:10|2[0-57-9]|[3-9][0-9]{2})[ -]|"
    r"\(0?(?:10|2[0-57-9]|[3-9][0-9]{2})\)[ -]{0,2}|0(?:10|2[0-57-9]|[3-9][0-9]{2})[ -]{0,2})"
    r"[2-8](?:[0-9]{6,7}|[0-9]{2,3}[ -][0-9]{4})(?:-[0-9]{1,5})?(?![0-9])"
)
_SERVICE: Final = re.compile(
    r"(?<![0-9-])[48]00(?:-[0-9]{3}-[0-9]{4}|-[0-9]{4}-[0-9]{3}|-[0-9]{7})(?![0-9-])"
)
_AMERICAN: Final = re.compile(
    r"(?<![0-9.-])(?:1[-. ])?"
    r"(?:\([2-9][0-9]{2}\)[ -]{0,2}[0-9]{3}[-. ]|[2-9][0-9]{2}([-.])[0-9]{3}\1)"
    r"[0-9]{4}(?![0-9-])(?!\.[0-9])"
)
#: A national number with its zero: where it is spelled with separators, or has a length alone.
_NATIONAL: Final = re.compile(
    r"(?<![0-9.])(?<![0-9]-)\(?0[1-9][0-9]{0,4}\)?(?:[ \u00a0\-./]{0,3}[0-9]){5,9}"
    r"(?![0-9])(?!\.[0-9])"
)
_ANY: Final = re.compile(
    r"(?<![0-9.])\(?[0-9](?:[ \u00a0\-.()/]{0,2}[0-9]){6,13}(?<!\.[0-9])(?![0-9])(?!\.[0-9])"
)
#: National numbers without a separator that little else looks like.
_BARE: Final = re.compile(r"0[1-9][0-9]{9}|0[67][0-9]{8}")
#: Forms with blanks alone count where nothing else stands in the run.
_WHOLE: Final = re.compile(
    r"\A(?:[2-9][0-9]{2} [2-9][0-9]{2} [0-9]{4}|[6-9][0-9]{4}[ -][0-9]{5})\Z"
)
#: Regions whose national numbers begin with a zero.
_REGIONS: Final = (
    *("GB", "FR", "DE", "AU", "JP", "KR", "TW", "IN", "NL", "BE", "CH", "AT", "SE", "IT", "IE"),
    *("ID", "TR", "IL", "ZA", "NZ", "FI"),
)
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")


def phones(written: str, context: str, said: str, after: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand in one run of digits and separators."""
    for found in _INTERNATIONAL.finditer(written):
        if _is_international(found[0]):
            yield found.span()
    if said == "thing":
        return
    for form in (_CHINESE, _SERVICE, _AMERICAN):
        for found in form.finditer(written):
            if said != "id" or _has_separator(found[0]):
                yield found.span()
    in_chinese = bool(_HAN.search(context[-12:]) or _HAN.search(after))
    for found in _LANDLINE.finditer(written):
        if _has_separator(found[0]) or said == "phone" or (in_chinese and said != "id"):
            yield found.span()
    for found in _NATIONAL.finditer(written):
        spelled = _has_separator(found[0]) or _BARE.fullmatch(found[0])
        if said != "id" and (spelled or said == "phone") and _is_national(found[0]):
            yield found.span()
    for found in _WHOLE.finditer(written):
        yield found.span()
    if said == "phone":
        for found in _ANY.finditer(written):
            yield found.span()


def _has_separator(written: str) -> bool:
    return not written.isdigit()


@lru_cache(4096)
def _is_international(written: str) -> bool:
    digits = re.sub("[^0-9]", "", written)
    if "+" not in written:
        digits = digits.removeprefix("00")
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return False
    if "+" in written:
        return phonenumbers.is_possible_number(number)
    return phonenumbers.is_valid_number(number)


@lru_cache(4096)
def _is_national(written: str) -> bool:
    for region in _REGIONS:
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return True
    return False
