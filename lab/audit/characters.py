"""The characters of a text file, a piece at a time, in the encoding that its beginning shows."""

import codecs
import io
import re
from collections.abc import Iterator
from typing import Final

from costmodel.messages import InputError
from lab.audit.opening import FIELD, Source, chunks
from lab.corpora.decoding import TRIED, decode

_CHUNK_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 1 << 18
#: Possessive throughout: a file of nothing but line ends must not be gone through again and again.
_BLANK_LINE: Final = re.compile(r"\S[^\S\n]*+\n(?:[^\S\n]*+\n)++\s*+\S")


def encoding_of(source: Source) -> str:
    """The encoding of a text file, from its beginning. Raises ``InputError``."""
    with source.open() as stream:
        head = b""
        while len(head) < _HEAD_BYTES and (part := stream.read(_HEAD_BYTES - len(head))):
            head += part
        whole = len(head) < _HEAD_BYTES
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    # A cut may lie inside a character: after a line's end it does not, in most encodings.
    cuts = [len(head)] if whole else [head.rfind(b"\n") + 1, *(len(head) - k for k in range(4))]
    refused: InputError | None = None
    for cut in cuts:
        if not cut:
            continue
        try:
            found = decode(head[:cut], field=FIELD, name=source.name).encoding
        except InputError as error:
            refused = refused or error
        else:
            return "utf-8-sig" if found == "utf-8" else found
    assert refused is not None
    raise refused


def characters_of(source: Source, encoding: str) -> Iterator[tuple[str, int, int]]:
    """Decoded pieces, with their bytes and how much of the file was read by then."""
    assert encoding == "utf-8-sig" or encoding.removesuffix("-sig") in (*TRIED, "utf-16", "utf-32")
    inner = codecs.getincrementaldecoder(encoding)("replace")
    decoder = io.IncrementalNewlineDecoder(inner, translate=True)
    consumed = 0
    for chunk, consumed in chunks(source, _CHUNK_BYTES):
        yield decoder.decode(chunk), len(chunk), consumed
    yield decoder.decode(b"", final=True), 0, consumed


def has_paragraphs(source: Source) -> bool:
    """Whether a blank line stands between two others."""
    before = ""
    for text, _, _ in characters_of(source, encoding_of(source)):
        if _BLANK_LINE.search(before + text):
            return True
        # The last character that is no blank, and whether lines have ended since.
        seen = before + text
        last = seen.rstrip()
        before = last[-1:] + "\n" * min(2, seen.count("\n", len(last)))
    return False
