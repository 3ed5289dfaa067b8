"""E-mail addresses and internet addresses."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from lab.audit.pii.spans import Span, before

_LOCAL: Final = re.compile(r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~.\-]{1,64}\Z")
_DOMAIN: Final = re.compile(
    r"((?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.){1,8}([A-Za-z]{2,24}))(?![0-9A-Za-z])"
)
#: Ends of names of files, which no domain has.
_FILES: Final = frozenset(
    ("png", "jpg", "jpeg", "gif", "svg", "webp", "js", "css", "py", "json", "html", "tgz")
)
_SPELLED: Final = re.compile(
    r"([0-9A-Za-z._+-]{1,64}) ?[\[({] ?(?:at|AT|@) ?[\])}] ?"
    r"((?:[0-9A-Za-z-]{1,63}(?:\.| ?[\[({] ?(?:dot|DOT|\.) ?[\])}] ?)){1,4}[A-Za-z]{2,24})"
)
_MARKS_OF_SPELLED: Final = ("[at]", "(at)", "[AT]", "(AT)", "[ at ]")


def emails(text: str) -> Iterator[Span]:
    """E-mail addresses, also with ``[at]`` written out."""
    for mark in ("@",) if text.isascii() else ("@", "＠"):
        at = text.find(mark)
        while at >= 0:
            if (span := _email_at(text, at)) is not None:
                yield span
            at = text.find(mark, at + 1)
    for mark in _MARKS_OF_SPELLED:
        at = text.find(mark)
        while at >= 0:
            for found in _SPELLED.finditer(text, max(0, at - 65), at + 120):
                if found.start() < at < found.end():
                    yield Span(found.start(), found.end(), "email")
            at = text.find(mark, at + 1)


def _email_at(text: str, at: int) -> Span | None:
    local = _LOCAL.search(text, max(0, at - 64), at)
    domain = _DOMAIN.match(text, at + 1)
    if local is None or domain is None or domain[2].lower() in _FILES:
        return None
    # Marks that may stand in a name and hardly ever begin one: quotes, slashes, "key=".
    name = local[0]
    start = local.start() + max(name.rfind(mark) for mark in "'`|{}=/*?!&") + 1
    while start < at and text[start] in ".-":
        start += 1
    if start == at or text[at - 1] == ".":
        return None
    if text[start:at] in ("git", "hg") and text[domain.end() : domain.end() + 1] == ":":
        return None  # the address of a repository
    return Span(start, domain.end(), "email")


_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_DOTTED: Final = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}(?![0-9A-Za-z])(?!\.[0-9])")
_SEED_OF_FOUR: Final = re.compile(r"\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]")
_SEED_OF_SIX: Final = re.compile(r":[0-9A-Fa-f]{0,4}:")
_HEX: Final = frozenset("0123456789abcdefABCDEF:.")
_LONGEST: Final = 45
#: Four numbers with dots after one of these are no address.
_NUMBERED: Final = re.compile(
    r"(?:version|release|firmware|build|driver|section|sec\.|chapter|clause|article|figure|table|"
    r"appendix|step|item|update|upgraded? to|kernel|[§#]|oid|\bv|版本|固件|章节|章|节|第|条|升级到|"
    r"更新到|更新至|升级至)[ :.=]{0,3}\Z"
)
_OF_HOST: Final = re.compile(
    r"\bip\b|ipv4|server|host|addr|ping|login|log ?in|dns|gateway|服务器|地址"
)
#: Addresses that name no machine of anybody.
_NOBODY: Final = frozenset(
    ("127.0.0.1", "0.0.0.0", "255.255.255.255", "255.255.255.0", "255.255.0.0", "255.0.0.0")
)
_SMALL: Final = 30


def internet_addresses(text: str, begin: int, stop: int) -> Iterator[Span]:
    """IPv4 and IPv6 addresses; not versions, section numbers, masks and this very machine."""
    for seed in _SEED_OF_FOUR.finditer(text, begin, stop):
        start = seed.start()
        while start and seed.start() - start < 3 and _is_digit(text[start - 1]):
            start -= 1
        found = _DOTTED.match(text, start) if start < seed.start() else None
        if found and not _is_numbering(text, found):
            yield Span(found.start(), found.end(), "ip")
    done = 0
    for seed in _SEED_OF_SIX.finditer(text, begin, stop):
        start, end = seed.start(), seed.end()
        if start < done:
            continue
        while start and seed.start() - start < _LONGEST and text[start - 1] in _HEX:
            start -= 1
        while end < len(text) and end - start < _LONGEST and text[end] in _HEX:
            end += 1
        done = end
        while end > start and text[end - 1] in ".:" and text[end - 2 : end] != "::":
            end -= 1
        if _is_six(text, start, end):
            yield Span(start, end, "ip")


def _is_digit(character: str) -> bool:
    return "0" <= character <= "9"


def _is_numbering(text: str, found: "re.Match[str]") -> bool:
    """Whether four numbers with dots are a version, a section or no machine."""
    previous = text[found.start() - 1 : found.start()] if found.start() else ""
    if previous.isascii() and (previous.isalnum() or previous in "._-") and previous:
        return True
    if found[0] in _NOBODY:
        return True
    context = before(text, found.start())
    if _NUMBERED.search(context):
        return True
    small = all(int(part) <= _SMALL for part in found[0].split("."))
    if not small or _OF_HOST.search(context):
        return False
    # "2.3.1.4 Results" at the start of a line is a heading.
    at_start = not context or context.endswith("\n")
    return at_start and re.match(r"[ \t]+[^\W\d_]", text[found.end() : found.end() + 3]) is not None


def _is_six(text: str, start: int, end: int) -> bool:
    previous = text[start - 1 : start] if start else ""
    following = text[end : end + 1]
    for neighbour in (previous, following):
        if neighbour and neighbour.isascii() and (neighbour.isalnum() or neighbour == "_"):
            return False
    written = text[start:end]
    groups = [group for group in written.split(":") if group]
    if len(groups) < 2 or (len(groups) < 3 and not any(map(_is_digit, written))):
        return False  # "a::b" is a name in C++
    try:
        address = ipaddress.IPv6Address(written)
    except ValueError:
        return False
    return not address.is_loopback
