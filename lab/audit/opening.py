"""The files of a sample, opened whatever they are packed in, with a bound on what comes out.

Nothing is unpacked to disk and nothing in a file is run. What a file is, its first bytes say;
its name decides only where they leave it open.
"""

import bz2
import gzip
import io
import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeAlias, cast

from costmodel.messages import InputError, Message, shown

Kind: TypeAlias = Literal["text", "jsonl", "csv", "parquet"]

FIELD: Final = "files"
#: Compressed text seldom expands tenfold; a bomb does a thousandfold.
MOST_EXPANSION: Final = 200
#: What a packed file may expand to before the ratio is looked at, in bytes.
_FREE_BYTES: Final = 64 << 20
_MOST_FILES: Final = 100_000
_HEAD_BYTES: Final = 1 << 16
_KINDS: Final[dict[str, Kind]] = {
    **dict.fromkeys((".jsonl", ".ndjson", ".json", ".jl"), "jsonl"),
    **dict.fromkeys((".csv", ".tsv", ".tab"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".txt", ".text", ".md", ".rst", ".log", ""), "text"),
}
_PACKED: Final = (".gz", ".bz2", ".xz", ".zst")
#: How files begin that hold no text, and what to call them.
_FOREIGN: Final = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90", "EXE"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "RAR"),
    (b"SQLite format 3", "SQLite"),
    (b"ARROW1", "Arrow"),
    (b"Obj\x01", "Avro"),
    (b"ORC", "ORC"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file of texts, or one member of an archive.

    ``open`` gives its bytes unpacked and bounded, from the start at each call; ``consumed``
    the bytes of the file on disk that the last opening has read. ``path`` is ``None`` for a
    member of an archive.
    """

    name: str
    kind: Kind
    n_bytes: int
    path: Path | None
    open: Callable[[], "Bounded"]


class Bounded(io.RawIOBase):
    """An unpacked stream that refuses to grow beyond ``MOST_EXPANSION`` times its file."""

    def __init__(
        self, stream: IO[bytes], *, name: str, packed: IO[bytes] | None, packed_bytes: int
    ) -> None:
        self._stream, self._name = stream, name
        self._packed, self._packed_bytes = packed, packed_bytes
        self._given = 0

    def readable(self) -> bool:
        """It is read from."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next bytes. Raises ``InputError`` for a bomb, and for what cannot be unpacked."""
        try:
            content = self._stream.read(len(buffer))
        except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as broken:
            raise InputError(
                FIELD,
                "{name} breaks off or is damaged after {n} bytes; unpack it, or fetch it again",
                name=self._name,
                n=self._given,
            ) from broken
        buffer[: len(content)] = content
        self._given += len(content)
        if self._packed_bytes and self._given > _FREE_BYTES:
            read = self.consumed or self._packed_bytes
            if self._given > MOST_EXPANSION * read:
                raise InputError(
                    FIELD,
                    "{name} expands to more than {most} times its size: that is no text, or it "
                    "repeats without end. Unpack it yourself if you trust it",
                    name=self._name,
                    most=MOST_EXPANSION,
                )
        return len(content)

    @property
    def consumed(self) -> int:
        """Bytes of the file on disk that were read so far."""
        if self._packed is not None:
            return self._packed.tell()
        return self._given if not self._packed_bytes else 0

    def close(self) -> None:
        """Close the stream and the file."""
        if not self.closed:
            self._stream.close()
            if self._packed is not None:
                self._packed.close()
        super().close()


def sources(paths: Sequence[Path]) -> tuple[list[Source], list[Message]]:
    """The files of texts at these paths, folders looked through, and what was left out.

    Raises ``InputError`` for a path that cannot be read or holds no texts; files of other
    kinds inside a folder or an archive are left out.
    """
    found: list[Source] = []
    left_out: list[Message] = []
    for path in paths:
        if path.is_dir():
            inside = 0
            for file in _files_in(path):
                try:
                    found += _of_file(file, file.relative_to(path.parent).as_posix())
                    inside += 1
                except InputError as refused:
                    left_out.append(refused.message)
            if not inside:
                why = f" ({left_out[0]})" if left_out else ""
                raise InputError(
                    FIELD,
                    "{path} holds no file of texts that can be read{why}",
                    path=shown(path.name),
                    why=why,
                )
        else:
            found += _of_file(path, path.name)
    if not found:
        raise InputError(FIELD, "no file is named; give at least one")
    return found, left_out


def _files_in(folder: Path) -> list[Path]:
    found = []
    for root, folders, names in os.walk(folder):  # links to folders are not followed
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(root) / name for name in sorted(names) if not name.startswith(".")]
        if len(found) > _MOST_FILES:
            raise InputError(
                FIELD,
                "{path} holds more than {most} files; put the texts into fewer",
                path=shown(folder.name),
                most=_MOST_FILES,
            )
    return [path for path in found if path.is_file()]


def _of_file(path: Path, name: str) -> list[Source]:
    name = name[-120:]
    try:
        if not path.exists():
            raise InputError(FIELD, "there is no file {path}", path=shown(path))
        if not path.is_file():
            raise InputError(FIELD, "{path} is not a file of texts", path=shown(path))
        n_bytes = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as failed:
        raise InputError(
            FIELD,
            "{path} cannot be read: {reason}",
            path=shown(path.name or path),
            reason=failed.strerror or type(failed).__name__,
        ) from None
    if not head:
        raise InputError(FIELD, "{path} is empty", path=shown(path.name))
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_archive(path, name)
    packing = _packing(head)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if packing:
        if suffixes and suffixes[-1] in _PACKED:
            suffixes.pop()

        def unpacked() -> Bounded:
            file = path.open("rb")
            return Bounded(_opened(file, packing), name=name, packed=file, packed_bytes=n_bytes)

        with unpacked() as stream:
            head = _read(stream, _HEAD_BYTES)
        if not head:
            raise InputError(FIELD, "{path} is empty", path=shown(path.name))
        kind = _kind(head, suffixes[-1] if suffixes else "", name)
        if kind == "parquet" or _packing(head):
            raise InputError(
                FIELD, "{name} is packed twice; unpack it once and give what is inside", name=name
            )
        return [Source(name=name, kind=kind, n_bytes=n_bytes, path=None, open=unpacked)]

    def plain() -> Bounded:
        return Bounded(path.open("rb"), name=name, packed=None, packed_bytes=0)

    kind = _kind(head, suffixes[-1] if suffixes else "", name)
    return [Source(name=name, kind=kind, n_bytes=n_bytes, path=path, open=plain)]


def _of_archive(path: Path, name: str) -> list[Source]:
    """The members of a zip archive, each read where it lies."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and m.file_size]
            heads = {}
            for member in members[:_MOST_FILES]:
                if not member.flag_bits & 1:
                    with archive.open(member) as file:
                        heads[member.filename] = file.read(_HEAD_BYTES)
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as broken:
        raise InputError(
            FIELD,
            "{name} is no archive that can be read ({reason})",
            name=name,
            reason=shown(broken),
        ) from None
    if any(m.filename == "[Content_Types].xml" for m in members):
        raise InputError(
            FIELD, "{name} is an office document; save its text as .txt or .csv", name=name
        )
    if not heads:
        raise InputError(
            FIELD, "{name} is empty, or locked with a password; unpack it first", name=name
        )
    found = []
    for member in members:
        if (head := heads.get(member.filename)) is None:
            continue
        inner = f"{name}/{member.filename}"[-120:]
        if _packing(head) or head.startswith((b"PK\x03\x04", b"PAR1")):
            raise InputError(
                FIELD, "{name} is packed twice; unpack it once and give what is inside", name=inner
            )
        kind = _kind(head, Path(member.filename).suffix.lower(), inner)

        def unpacked(member: zipfile.ZipInfo = member, inner: str = inner) -> Bounded:
            archive = zipfile.ZipFile(path)
            return Bounded(
                archive.open(member), name=inner, packed=None, packed_bytes=member.compress_size
            )

        found.append(
            Source(name=inner, kind=kind, n_bytes=member.compress_size, path=None, open=unpacked)
        )
    return found


def _packing(head: bytes) -> str:
    for mark, packing in ((b"\x1f\x8b", "gz"), (b"BZh", "bz2"), (b"\xfd7zXZ", "xz")):
        if head.startswith(mark):
            return packing
    return "zst" if head.startswith(b"\x28\xb5\x2f\xfd") else ""


def _opened(file: IO[bytes], packing: str) -> IO[bytes]:
    if packing == "gz":
        return cast(IO[bytes], gzip.GzipFile(fileobj=file))
    if packing == "bz2":
        return bz2.BZ2File(file)
    if packing == "xz":
        return lzma.LZMAFile(file)
    import pyarrow

    stream: IO[bytes] = pyarrow.CompressedInputStream(file, "zstd")
    return stream


def _kind(head: bytes, suffix: str, name: str) -> Kind:
    """What a file is by how it begins, else by its name's ending, else by its look."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if suffix in (".parquet", ".pq"):
        raise InputError(FIELD, "{name} is not a Parquet file, though its name says so", name=name)
    for mark, what in _FOREIGN:
        if head.startswith(mark):
            raise InputError(
                FIELD, "{name} is a {what} file, which holds no texts to read", name=name, what=what
            )
    if head[257:262] == b"ustar":
        raise InputError(FIELD, "{name} is a tar archive; unpack it first", name=name)
    if suffix in _KINDS:
        return _KINDS[suffix]
    return "jsonl" if head.lstrip()[:1] == b"{" and b'"' in head[:200] else "text"


def _read(stream: Bounded, n: int) -> bytes:
    parts = b""
    while len(parts) < n and (part := stream.read(n - len(parts))):
        parts += part
    return parts


def chunks(source: Source, n: int) -> Iterator[tuple[bytes, int]]:
    """The bytes of a source in pieces, each with how much of its file was read by then."""
    with source.open() as stream:
        while part := stream.read(n):
            yield part, stream.consumed
