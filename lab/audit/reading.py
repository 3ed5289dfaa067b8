"""The texts of a sample one after the other, memory bounded whatever the files hold.

A text is a line of a JSONL file or a row of a CSV or Parquet file; in a text file a paragraph
between blank lines, or a line where the file has no blank line between two others.
"""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from costmodel.messages import InputError, Message, shown
from lab.audit import parquet
from lab.audit.opening import FIELD, Source, chunks, sources
from lab.audit.words import BETWEEN
from lab.corpora.decoding import TRIED, decode
from lab.corpora.tables import TEXT_NAMES, column_of, delimiter

#: Characters of a line, a row or a paragraph. No text is so long; what is, is something else.
MOST_LINE_CHARACTERS: Final = 64_000_000
#: A longer text is cut into pieces of so many characters.
MOST_CHARACTERS: Final = 4_000_000
#: Characters of a batch.
BATCH_CHARACTERS: Final = 1_000_000
_CHUNK_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 1 << 18
#: Share of lines, and of characters, that may be broken before the file is refused.
_BROKEN_SHARE: Final = 0.01
#: Possessive throughout: a file of nothing but line ends must not be gone through again and again.
_BLANK_LINE: Final = re.compile(r"\S[^\S\n]*+\n(?:[^\S\n]*+\n)++\s*+\S")
#: Where chats keep what was said.
_CHAT_KEYS: Final = ("content", "value", "text")


class Sample:
    """The texts at some paths, and what was noted while they were read.

    ``file_bytes`` is the size of the files on disk, ``read_bytes`` how much of it was read so
    far. ``notes`` are complete when all texts have been read. With ``whole_rows`` a row without
    a column known to hold texts is read as a whole, as items of a benchmark are.
    """

    def __init__(
        self, paths: Sequence[Path], *, text_column: str | None = None, whole_rows: bool = False
    ) -> None:
        self._whole_rows = whole_rows
        self.sources, left_out = sources(paths)
        self.file_bytes = sum(source.n_bytes for source in self.sources)
        self.read_bytes = 0
        self.n_empty = 0
        self.units: set[str] = set()
        self._text_column = text_column
        self._n_broken = 0
        self._n_cut = 0
        self._n_replaced = 0
        self._encodings: dict[str, int] = {}
        self._left_out = left_out

    def batches(self) -> Iterator[list[str]]:
        """The texts, about a megabyte of them at a time. Raises ``InputError``."""
        batch: list[str] = []
        n_characters = 0
        for text in self.texts():
            batch.append(text)
            n_characters += len(text) + 50
            if n_characters >= BATCH_CHARACTERS:
                yield batch
                batch, n_characters = [], 0
        if batch:
            yield batch

    def texts(self) -> Iterator[str]:
        """Every text that is not blank, without blanks at its ends."""
        done = 0
        for source in self.sources:
            self.read_bytes = done
            for raw in self._of_source(source, done):
                text = raw.strip()
                if not text:
                    self.n_empty += 1
                    continue
                if BETWEEN in text:
                    text = text.replace(BETWEEN, " ")
                if len(text) <= MOST_CHARACTERS:
                    yield text
                    continue
                self._n_cut += 1
                for at in range(0, len(text), MOST_CHARACTERS):
                    yield text[at : at + MOST_CHARACTERS]
            done += source.n_bytes

    def notes(self) -> list[Message]:
        """What a reader must know about how the files were read."""
        found = []
        for encoding, n in sorted(self._encodings.items()):
            if encoding != "utf-8":
                found.append(
                    Message("{n} files were read as {encoding}", {"n": n, "encoding": encoding})
                )
        if self._n_broken:
            found.append(
                Message("{n} broken lines were left out", {"n": self._n_broken}),
            )
        if self._n_replaced:
            found.append(
                Message(
                    "{n} characters were not valid in their file's encoding",
                    {"n": self._n_replaced},
                )
            )
        if self._n_cut:
            found.append(
                Message(
                    "{n} texts of more than {most} characters were cut into pieces",
                    {"n": self._n_cut, "most": MOST_CHARACTERS},
                )
            )
        if self._left_out:
            found.append(
                Message(
                    "{n} files were left out; of the first: {why}",
                    {"n": len(self._left_out), "why": self._left_out[0]},
                )
            )
        return found

    def _of_source(self, source: Source, done: int) -> Iterator[str]:
        if source.kind == "parquet":
            self.units.add("row")
            for text, share in parquet.texts(source, self._text_column):
                self.read_bytes = done + int(share * source.n_bytes)
                yield text
        elif source.kind == "jsonl":
            self.units.add("row")
            yield from self._json_texts(source, done)
        elif source.kind == "csv":
            self.units.add("row")
            yield from self._csv_texts(source, done)
        else:
            yield from self._paragraphs(source, done)

    def _paragraphs(self, source: Source, done: int) -> Iterator[str]:
        if not _has_paragraphs(source):
            self.units.add("line")
            yield from self._lines(source, done)
            return
        self.units.add("paragraph")
        lines: list[str] = []
        n_characters = 0
        for line in self._lines(source, done):
            n_characters += len(line)
            if n_characters > MOST_LINE_CHARACTERS:
                raise _too_long(source.name)
            if line and not line.isspace():
                lines.append(line)
            elif lines:
                yield "\n".join(lines)
                lines, n_characters = [], 0
        if lines:
            yield "\n".join(lines)

    def _lines(self, source: Source, done: int) -> Iterator[str]:
        """The lines of a file without their ends."""
        rest: list[str] = []
        n_rest = 0
        for text in self._decoded(source, done):
            lines = text.split("\n")
            if len(lines) == 1:
                rest.append(text)
                n_rest += len(text)
                if n_rest > MOST_LINE_CHARACTERS:
                    raise _too_long(source.name)
                continue
            yield "".join([*rest, lines[0]])
            yield from lines[1:-1]
            rest, n_rest = [lines[-1]], len(lines[-1])
        last = "".join(rest)
        if last:
            yield last

    def _decoded(self, source: Source, done: int) -> Iterator[str]:
        encoding = encoding_of(source)
        shown_as = "utf-8" if encoding in ("utf-8-sig", "ascii") else encoding
        self._encodings[shown_as] = self._encodings.get(shown_as, 0) + 1
        n_read = 0
        for text, n_bytes, consumed in _characters(source, encoding):
            self.read_bytes = done + consumed
            n_replaced = text.count("\ufffd")
            most = _BROKEN_SHARE * len(text)
            if n_replaced > max(16, most) or text.count("\x00") > most:
                raise InputError(
                    FIELD,
                    "{name} is {encoding} up to about byte {byte} and something else after; "
                    "give files of one kind, saved as UTF-8",
                    name=source.name,
                    encoding=encoding.removesuffix("-sig").upper(),
                    byte=n_read,
                )
            n_read += n_bytes
            self._n_replaced += n_replaced
            yield text

    def _broken(self, source: Source, line: int, why: Message, cause: Exception | None) -> None:
        """Count a broken line. Raises ``InputError`` where there are too many."""
        self._n_broken += 1
        if self._n_broken > _BROKEN_SHARE * line:
            raise InputError(
                FIELD, "line {line} of {name} {why}", line=line, name=source.name, why=why
            ) from cause

    def _json_texts(self, source: Source, done: int) -> Iterator[str]:
        key: str | None = None
        for number, line in enumerate(self._lines(source, done), start=1):
            if not line or line.isspace():
                continue
            if number == 1 and line.lstrip()[:1] == "[":
                yield from self._array(source, done)
                return
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as broken:
                self._broken(source, number, _NO_JSON, broken)
                continue
            if isinstance(row, str):
                yield row
                continue
            if not isinstance(row, dict):
                self._broken(source, number, _NO_OBJECT, None)
                continue
            if key is None:
                key = self._key(row)
            yield said_in(row.get(key)) if key else said_in(list(row.values()))

    def _array(self, source: Source, done: int) -> Iterator[str]:
        """The rows of one JSON array, which must fit in memory."""
        content = io.StringIO()
        for line in self._lines(source, done):
            content.write(line + "\n")
            if content.tell() > MOST_LINE_CHARACTERS:
                raise InputError(
                    FIELD,
                    "{name} is one JSON array, which must be read as a whole; write one object "
                    "per line",
                    name=source.name,
                )
        try:
            rows = json.loads(content.getvalue())
        except (ValueError, RecursionError) as broken:
            raise InputError(
                FIELD, "line {line} of {name} {why}", line=1, name=source.name, why=_NO_JSON
            ) from broken
        key: str | None = None
        for row in rows:
            if isinstance(row, dict):
                key = self._key(row) if key is None else key
                yield said_in(row.get(key)) if key else said_in(list(row.values()))
            else:
                yield said_in(row)

    def _key(self, row: dict[str, Any]) -> str:
        """The column of the texts; empty where the whole row is one."""
        if self._text_column is None and isinstance(row.get("messages"), list):
            return "messages"
        if self._whole_rows and self._text_column is None:
            return ""
        return column_of(row, self._text_column, TEXT_NAMES, "text", FIELD)

    def _csv_texts(self, source: Source, done: int) -> Iterator[str]:
        lines = (line + "\n" for line in self._lines(source, done))
        head = [line for _, line in zip(range(50), lines, strict=False)]
        cut_by = delimiter("".join(head))

        def every() -> Iterator[str]:
            yield from head
            yield from lines

        csv.field_size_limit(MOST_LINE_CHARACTERS)
        reader = csv.reader(every(), delimiter=cut_by, strict=True)
        header: list[str] = []
        place = 0
        while True:
            try:
                row = next(reader, None)
            except csv.Error as broken:
                raise InputError(
                    FIELD,
                    "line {line} of {name} {why}",
                    line=reader.line_num,
                    name=source.name,
                    why=_NO_CSV,
                ) from broken
            if row is None:
                return
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                header = [cell.strip() for cell in row]
                column = self._key(dict.fromkeys(header))
                place = header.index(column) if column else -1
            elif len(row) != len(header):
                self._broken(source, reader.line_num, _OTHER_WIDTH, None)
            else:
                yield row[place] if place >= 0 else "\n".join(row)


_NO_JSON: Final = Message("is not JSON; write one object per line")
_NO_OBJECT: Final = Message("is not a JSON object; write one per line")
_NO_CSV: Final = Message("is not CSV: a quotation mark is not closed or not doubled")
_OTHER_WIDTH: Final = Message(
    "has another number of cells than the first line: put texts that hold the delimiter in "
    "quotation marks"
)


def said_in(value: object) -> str:
    """The text of a cell; of a chat what was said in it, a line each."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(part for part in map(said_in, value) if part)
    if isinstance(value, dict):
        return next((said_in(value[key]) for key in _CHAT_KEYS if key in value), "")
    return "" if value is None else str(value)


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


def _characters(source: Source, encoding: str) -> Iterator[tuple[str, int, int]]:
    """Decoded pieces, with their bytes and how much of the file was read by then."""
    assert encoding == "utf-8-sig" or encoding.removesuffix("-sig") in (*TRIED, "utf-16", "utf-32")
    inner = codecs.getincrementaldecoder(encoding)("replace")
    decoder = io.IncrementalNewlineDecoder(inner, translate=True)
    consumed = 0
    for chunk, consumed in chunks(source, _CHUNK_BYTES):
        yield decoder.decode(chunk), len(chunk), consumed
    yield decoder.decode(b"", final=True), 0, consumed


def _has_paragraphs(source: Source) -> bool:
    """Whether a blank line stands between two others."""
    before = ""
    for text, _, _ in _characters(source, encoding_of(source)):
        if _BLANK_LINE.search(before + text):
            return True
        # The last character that is no blank, and whether lines have ended since.
        seen = before + text
        last = seen.rstrip()
        before = last[-1:] + "\n" * min(2, seen.count("\n", len(last)))
    return False


def _too_long(name: str) -> InputError:
    return InputError(
        FIELD,
        "{name} has a line or a paragraph of more than {most} characters, which is no text; "
        "break it into lines, or give a smaller sample",
        name=shown(name),
        most=MOST_LINE_CHARACTERS,
    )
