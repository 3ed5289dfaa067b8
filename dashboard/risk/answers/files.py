"""Evidence that was uploaded: kept by its content's hash, never executed, opened read-only.

A file is what its SHA-256 says it is; its name is a label. Beside each file lies a note with
that label, so that a file that has vanished can be told from one that was never stored here.
"""

import contextlib
import hashlib
import os
import re
import stat
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeAlias

from costmodel.messages import InputError
from dashboard.risk.answers.answer import Answer

#: ``elsewhere``: the answer names a hash that was never stored here.
FileState: TypeAlias = Literal["intact", "missing", "altered", "elsewhere"]

#: A contract, a log extract, a scan; what is larger is linked to.
MAX_BYTES: Final = 25_000_000
#: Bytes of a name that every file system takes, its note's ending included.
_LONGEST_NAME: Final = 150
_CHUNK: Final = 1 << 20
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NOTE: Final = ".name"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that is kept as evidence: its label, the hash of its content, its size."""

    name: str
    sha256: str
    n_bytes: int


def evidence_dir() -> Path:
    """Where evidence is kept: ``$ASSAY_EVIDENCE``, else ``assay/evidence`` of the user's data."""
    given = os.environ.get("ASSAY_EVIDENCE")
    if given:
        return Path(given).expanduser().absolute()
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data).absolute() / "assay" / "evidence"


def store(folder: Path, name: str, content: BinaryIO | bytes) -> StoredFile:
    """Keep a file in ``folder``; storing the same content again changes nothing.

    The file appears whole or not at all. Raises ``InputError`` for an empty or too large one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    label = clean_name(name)
    digest, n_bytes = hashlib.sha256(), 0
    handle, written = tempfile.mkstemp(prefix=".upload-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in _chunks(content):
                n_bytes += len(chunk)
                if n_bytes > MAX_BYTES:
                    raise InputError(
                        "evidence.file",
                        "{name} is larger than {most} bytes; attach the pages that matter, or a "
                        "link",
                        name=label,
                        most=MAX_BYTES,
                    )
                digest.update(chunk)
                out.write(chunk)
            if n_bytes == 0:
                raise InputError(
                    "evidence.file", "{name} is empty; attach the file again", name=label
                )
            out.flush()
            os.fsync(out.fileno())
        sha256 = digest.hexdigest()
        path = _path(folder, sha256)
        path.parent.mkdir(exist_ok=True)
        Path(written).chmod(stat.S_IRUSR)
        Path(written).replace(path)
    finally:
        Path(written).unlink(missing_ok=True)
    _note(folder, sha256, label)
    return StoredFile(name=label, sha256=sha256, n_bytes=n_bytes)


@contextlib.contextmanager
def opened(folder: Path, sha256: str) -> Iterator[BinaryIO]:
    """The stored file, to read. Raises ``InputError`` where it vanished or was altered."""
    found = state(folder, sha256)
    if found != "intact":
        raise InputError(
            "evidence.file",
            "the evidence file {name} is not here unchanged; attach it again"
            if found == "missing"
            else "the evidence file {name} does not have the content that was stored; ask who "
            "changed it, and attach the original again",
            name=stored_name(folder, sha256) or sha256[:12],
        )
    with _path(folder, sha256).open("rb") as file:
        yield file


def state(folder: Path, sha256: str) -> FileState:
    """Whether the file is there with the content that it was stored with."""
    if not _SHA256.fullmatch(sha256):
        return "elsewhere"
    path = _path(folder, sha256)
    try:
        mode = path.lstat().st_mode
    except OSError:
        return "missing" if stored_name(folder, sha256) is not None else "elsewhere"
    if not stat.S_ISREG(mode):
        return "altered"
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for chunk in _chunks(file):
                digest.update(chunk)
    except OSError:
        return "missing"
    return "intact" if digest.hexdigest() == sha256 else "altered"


def signature(folder: Path, sha256: str) -> tuple[int, int] | None:
    """Size and time of change: while they stay, so does the state. ``None`` without a file."""
    if not _SHA256.fullmatch(sha256):
        return None
    try:
        found = _path(folder, sha256).lstat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def states(folder: Path, answers: Iterable[Answer]) -> dict[str, FileState]:
    """The state of every file that the answers name, by hash."""
    named = {piece.sha256 for answer in answers for piece in answer.evidence if piece.sha256}
    return {sha256: state(folder, sha256) for sha256 in sorted(named)}


def stored_name(folder: Path, sha256: str) -> str | None:
    """What the file was called when it was stored; ``None`` where it never was."""
    try:
        return _path(folder, sha256).with_suffix(_NOTE).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def clean_name(name: str) -> str:
    """A file's label: its last part, without what steers a terminal, a page or a path."""
    last = re.split(r"[\\/]", name)[-1]
    seen = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*')
    seen = " ".join(seen.split()).lstrip(". ")
    stem, dot, ending = seen.rpartition(".")
    if not dot:
        stem, ending = seen, ""
    ending = f".{ending[:20]}" if ending else ""
    while len((stem + ending).encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    return (stem + ending) or "evidence"


def _path(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / sha256


def _note(folder: Path, sha256: str, label: str) -> None:
    note = _path(folder, sha256).with_suffix(_NOTE)
    if note.exists():
        return  # the first name stays
    handle, written = tempfile.mkstemp(prefix=".note-", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(label)
    Path(written).replace(note)


def _chunks(content: BinaryIO | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    while chunk := content.read(_CHUNK):
        yield chunk
