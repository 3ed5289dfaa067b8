"""Secrets of machines: access keys and tokens by the prefixes their makers gave them, private
keys by their frame, and values assigned to a name that says what they are.
"""

import re
from collections.abc import Iterator
from typing import Final

from lab.audit.pii.spans import Span

#: What a key begins with, and its whole form.
_FORMS: Final = tuple(
    (prefix, re.compile(form))
    for prefix, form in (
        ("AKIA", r"AKIA[0-9A-Z]{16}(?![0-9A-Za-z])"),
        ("ASIA", r"ASIA[0-9A-Z]{16}(?![0-9A-Za-z])"),
        ("ghp_", r"ghp_[0-9A-Za-z]{30,}"),
        ("gho_", r"gho_[0-9A-Za-z]{30,}"),
        ("ghs_", r"ghs_[0-9A-Za-z]{30,}"),
        ("github_pat_", r"github_pat_[0-9A-Za-z_]{22,}"),
        ("glpat-", r"glpat-[0-9A-Za-z_-]{18,}"),
        ("sk-", r"sk-(?=[0-9A-Za-z_-]{0,200}[0-9])[0-9A-Za-z_-]{20,}"),
        ("sk_live_", r"sk_live_[0-9A-Za-z]{16,}"),
        ("sk_test_", r"sk_test_[0-9A-Za-z]{16,}"),
        ("pk_live_", r"pk_live_[0-9A-Za-z]{16,}"),
        ("rk_live_", r"rk_live_[0-9A-Za-z]{16,}"),
        ("AIza", r"AIza[0-9A-Za-z_-]{33,37}"),
        ("ya29.", r"ya29\.[0-9A-Za-z_-]{20,}"),
        ("xox", r"xox[abeoprs]-(?:[0-9A-Za-z]{1,200}-){0,10}[0-9A-Za-z]{10,200}"),
        ("xapp-", r"xapp-[0-9]-[0-9A-Za-z-]{20,}"),
        ("https://hooks.slack", r"https://hooks\.slack\.com/services/T[0-9A-Za-z_/]{20,}"),
        ("hf_", r"hf_[0-9A-Za-z]{30,}"),
        ("npm_", r"npm_[0-9A-Za-z]{36}"),
        ("SG.", r"SG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}"),
        ("LTAI", r"LTAI[0-9A-Za-z]{12,26}(?![0-9A-Za-z])"),
        ("eyJ", r"eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{6,}"),
    )
)
_FRAME: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?!-----)[^\x1e]){0,20000}(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?"
)
#: Names that values are assigned to; searched one by one, which is quicker than together.
_NAMES: Final = (
    *("api_key", "apikey", "api-key", "API_KEY", "apiKey", "access_key", "ACCESS_KEY"),
    *("secret_key", "SECRET_KEY", "access_token", "ACCESS_TOKEN", "client_secret"),
)
_ASSIGNED: Final = re.compile(
    r"[\"']?[ ]{0,3}(?:=>|[:=])[ ]{0,3}[\"']?((?=[^ \"']{0,200}[0-9])"
    r"(?=[^ \"']{0,200}[A-Za-z])[0-9A-Za-z_\-+/]{16,}={0,2})"
)


#: Without a run of so many characters a part of a text holds no key.
_LONG: Final = re.compile(r"[0-9A-Za-z_\-]{16,}")


def private_keys(text: str) -> Iterator[Span]:
    """Private keys in their frame, whole where the frame is."""
    if "PRIVATE KEY" in text:
        for found in _FRAME.finditer(text):
            yield Span(found.start(), found.end(), "key")


def keys(text: str, begin: int, stop: int) -> Iterator[Span]:
    """Keys and tokens in one part of a text; all but one in hundreds have a digit early on."""
    if not _LONG.search(text, begin, stop):
        return
    for prefix, form in _FORMS:
        at = text.find(prefix, begin, stop)
        while at >= 0:
            whole = None if _goes_on(text, at) else form.match(text, at)
            if whole:
                yield Span(at, whole.end(), "key")
            at = text.find(prefix, whole.end() if whole else at + len(prefix), stop)
    for name in _NAMES:
        at = text.find(name, begin, stop)
        while at >= 0:
            if value := _ASSIGNED.match(text, at + len(name)):
                yield Span(value.start(1), value.end(1), "key")
            at = text.find(name, at + len(name), stop)


def _goes_on(text: str, at: int) -> bool:
    """Whether the characters before belong to the same word: ``risk-`` holds no ``sk-``."""
    previous = text[at - 1 : at]
    return previous.isascii() and (previous.isalnum() or previous == "_")
