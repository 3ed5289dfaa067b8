"""Compiled message catalogues (``.mo``), read without gettext's plural machinery.

Source: the format as the GNU gettext manual gives it, "The Format of GNU MO Files".
"""

import struct
from collections.abc import Iterator
from typing import Final

_MAGIC: Final = 0x950412DE
_CONTEXT: Final = b"\x04"
_PLURAL: Final = b"\x00"


class BrokenCatalogueError(ValueError):
    """The bytes are no message catalogue."""


def messages(content: bytes) -> Iterator[tuple[str, str]]:
    """Each message with its translation, without context, the singular of a plural.

    Raises ``BrokenCatalogueError`` for bytes that are no catalogue in UTF-8.
    """
    try:
        order = next(sign for sign in "<>" if struct.unpack_from(f"{sign}I", content)[0] == _MAGIC)
        _, n, at_sources, at_targets = struct.unpack_from(f"{order}4I", content, 4)
        for i in range(n):
            source = _string(content, order, at_sources + 8 * i).split(_CONTEXT)[-1]
            target = _string(content, order, at_targets + 8 * i)
            yield source.split(_PLURAL)[0].decode(), target.split(_PLURAL)[0].decode()
    except (struct.error, StopIteration, UnicodeDecodeError) as broken:
        raise BrokenCatalogueError from broken


def _string(content: bytes, order: str, at: int) -> bytes:
    length, offset = struct.unpack_from(f"{order}2I", content, at)
    found = content[offset : offset + length]
    if len(found) != length:
        raise struct.error
    return found
