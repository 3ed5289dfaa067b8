"""Numbers made of digits alone: identity numbers, bank cards and telephones.

Each run of digits and separators is tried against forms in an order that puts the ones with
the strictest checks first. What stands before it counts: a number called an order is none of
these, and a weak form needs a word that says what it is.
"""

import re
from collections.abc import Iterator
from typing import Final

from lab.audit.pii import phones, registers
from lab.audit.pii.spans import Kind, Span, before, last_clause, says

#: At least seven digits with up to three separators between any two.
_RUN: Final = re.compile(r"[0-9](?:[ \u00a0\-\u2010-\u2014.()/+]{0,3}[0-9]){6,}[Xx]?")
_LEAD: Final = re.compile(r"(?:\(?\+|\()\Z")
_DATE: Final = re.compile(
    r"(?<![0-9])(?:(?:19|20)[0-9]{2}([-./])[01]?[0-9]\1[0-3]?[0-9]|"
    r"[0-3]?[0-9]([-./])[0-3]?[0-9]\2(?:19|20)?[0-9]{2})(?![0-9])"
)
_CARD: Final = re.compile(
    r"(?<![0-9.,])(?:[0-9]{4}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{1,4}(?:\1[0-9]{1,3})?|"
    r"3[47][0-9]{2}([ -])[0-9]{6}\2[0-9]{5}|3[068][0-9]{2}([ -])[0-9]{6}\3[0-9]{4}|"
    r"[0-9]{6}([ -])[0-9]{10,13}|[0-9]{13,19})(?![0-9])(?![.,-][0-9])"
)
#: First digits and lengths that networks use; others are cards only if they are called so.
_NETWORKS: Final = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"6011|65|64[4-9]"), (16, 19)),
    (re.compile(r"62"), (16, 17, 18, 19)),
    (re.compile(r"35(?:2[89]|[3-8])"), (16,)),
    (re.compile(r"30[0-5]|3[689]"), (14,)),
    (re.compile(r"220[0-4]"), (16,)),
    (re.compile(r"5018|5020|5038|5893|6304|6759|676[1-3]"), (16, 18, 19)),
    (re.compile(r"60|8[12]|508"), (16,)),
)
#: What follows an amount.
_AMOUNT: Final = re.compile(
    r" ?(?:元|万|亿|美元|人民币|吨|人(?!工)|股|次(?!日)|公里|平方|%|％|"
    r"bytes\b|dollars\b|USD\b|EUR\b|euros?\b)"
)
_OF_CARD: Final = re.compile(
    r"\bcard\b|\bvisa\b|mastercard|amex|american express|credit|debit|unionpay|maestro|payment|"
    r"\bpan\b|卡号|银行卡|信用卡|借记卡|储蓄卡|银联|付款|支付"
)


def numbers(text: str, begin: int, stop: int) -> Iterator[Span]:
    """Identity numbers, cards and telephones, none across another, in one part of a text."""
    for run in _RUN.finditer(text, begin, stop):
        start, end = run.span()
        if lead := _LEAD.search(text, max(0, start - 2), start):
            start = lead.start()
        yield from _of_run(text, start, end)


def _of_run(text: str, start: int, end: int) -> Iterator[Span]:
    """What stands in one run of digits and separators."""
    written = text[start:end]
    context = before(text, start)
    said = "thing" if _AMOUNT.match(text, end) else says(context)
    taken = [False] * len(written)

    def free(found: "re.Match[str] | tuple[int, int]") -> bool:
        begin, stop = found if isinstance(found, tuple) else found.span()
        if any(taken[begin:stop]):
            return False
        taken[begin:stop] = [True] * (stop - begin)
        return True

    joined_before = _is_joined(text[start - 1 : start]) if start else False
    joined_after = _is_joined(text[end : end + 1])

    def stands_alone(begin: int, stop: int) -> bool:
        return not (begin == 0 and joined_before) and not (stop == len(written) and joined_after)

    def spans(found: Iterator[tuple[int, int]], kind: Kind) -> Iterator[Span]:
        for place in found:
            if stands_alone(*place) and free(place):
                yield Span(start + place[0], start + place[1], kind)

    yield from spans(registers.strict(written, said), "id_number")
    for found in _CARD.finditer(written):
        if stands_alone(*found.span()) and is_card(found[0], context, said) and free(found):
            yield Span(start + found.start(), start + found.end(), "bank_card")
    for found in _DATE.finditer(written):
        free(found)
    yield from spans(registers.named(written, context, said), "id_number")
    after = text[end : end + 12]
    yield from spans(phones.phones(written, context, said, after), "phone")


def _is_joined(neighbour: str) -> bool:
    return neighbour == "_" or (neighbour.isascii() and neighbour.isalnum())


def is_card(written: str, context: str, said: str) -> bool:
    """Whether digits are a card's: its network's form, and the Luhn check."""
    digits = re.sub("[^0-9]", "", written)
    named = _OF_CARD.search(last_clause(context)) is not None
    if said == "thing" and not named:
        return False
    if len(set(digits)) < 2 or not luhn(digits):
        return False
    return named or any(
        len(digits) in lengths and form.match(digits) for form, lengths in _NETWORKS
    )


def luhn(digits: str) -> bool:
    """Whether the last digit fits the others.

    Source: ISO/IEC 7812-1, annex B.
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        total += value if place % 2 == 0 else value * 2 - 9 * (value > 4)
    return total % 10 == 0
