"""Every identifier of a text: where it stands and of which kind; never what it says.

Cheap marks (an ``@``, a run of digits, a known prefix) lead to the few places that are looked
at closely, so that text without identifiers costs little.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from lab.audit.pii.addresses import emails, internet_addresses
from lab.audit.pii.keys import keys
from lab.audit.pii.letters import lettered
from lab.audit.pii.numbers import numbers
from lab.audit.pii.spans import KINDS, Span
from lab.audit.words import BETWEEN

#: Who looks; where two claim the same characters, the one named first has them.
_LOOK: Final[tuple[Callable[[str], Iterator[Span]], ...]] = (
    keys,
    emails,
    lettered,
    internet_addresses,
    numbers,
)
_SHOWN: Final = {kind: f"[{kind.upper()}]" for kind in KINDS}


def spans(text: str) -> list[Span]:
    """The identifiers of a text, or of several with ``BETWEEN`` between them, in order."""
    taken = bytearray(len(text))
    found = []
    for look in _LOOK:
        for span in look(text):
            if not any(taken[span.start : span.end]):
                taken[span.start : span.end] = b"\x01" * (span.end - span.start)
                found.append(span)
    found.sort()
    return found


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
