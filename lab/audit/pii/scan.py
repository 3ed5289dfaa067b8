"""Every identifier of a text: where it stands and of which kind; never what it says.

Cheap marks (an ``@``, a run of digits, a known prefix) lead to the few places that are looked
at closely, so that text without identifiers costs little.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from lab.audit.pii.addresses import emails, internet_addresses
from lab.audit.pii.keys import keys, private_keys
from lab.audit.pii.letters import lettered
from lab.audit.pii.numbers import numbers
from lab.audit.pii.spans import KINDS, Span
from lab.audit.words import BETWEEN

#: Who looks at a whole text, and who only where there are digits; where two claim the same
#: characters, the one named first has them.
_LOOK: Final[tuple[Callable[[str], Iterator[Span]], ...]] = (private_keys, emails)
_LOOK_AT_DIGITS: Final[tuple[Callable[[str, int, int], Iterator[Span]], ...]] = (
    keys,
    lettered,
    internet_addresses,
    numbers,
)
_SHOWN: Final = {kind: f"[{kind.upper()}]" for kind in KINDS}
#: Characters around a digit that may belong to the same identifier; an IBAN has 34.
_AROUND: Final = 48


def spans(text: str) -> list[Span]:
    """The identifiers of a text, or of several with ``BETWEEN`` between them, in order."""
    taken = bytearray(len(text))
    found = []

    def take(some: Iterator[Span]) -> None:
        for span in some:
            if not any(taken[span.start : span.end]):
                taken[span.start : span.end] = b"\x01" * (span.end - span.start)
                found.append(span)

    for look in _LOOK:
        take(look(text))
    places = _with_digits(text)
    for look_at in _LOOK_AT_DIGITS:
        for start, end in places:
            take(look_at(text, start, end))
    found.sort()
    return found


def _with_digits(text: str) -> list[tuple[int, int]]:
    """The parts of a text that have digits, each with what stands around them."""
    codes = np.frombuffer(text.encode("latin-1", "replace"), np.uint8)
    at = np.flatnonzero((codes >= ord("0")) & (codes <= ord("9")))
    if not len(at):
        return []
    cuts = np.flatnonzero(np.diff(at) > 2 * _AROUND)
    starts = np.maximum(at[np.concatenate(([0], cuts + 1))] - _AROUND, 0)
    ends = np.minimum(at[np.concatenate((cuts, [len(at) - 1]))] + _AROUND, len(text))
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def redacted(text: str) -> str:
    """The text with the name of its kind in place of each identifier."""
    parts = []
    at = 0
    for span in spans(text):
        parts += [text[at : span.start], _SHOWN[span.kind]]
        at = span.end
    return "".join([*parts, text[at:]])


def redacted_all(texts: list[str]) -> list[str]:
    """Each text redacted, in one pass."""
    return redacted(BETWEEN.join(texts)).split(BETWEEN) if texts else []


def is_blank(text: str) -> bool:
    """Whether nothing but redactions is left."""
    return not re.sub(r"\[[A-Z_]+\]|\s", "", text)
