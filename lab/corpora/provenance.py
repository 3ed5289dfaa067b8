"""What a data set is and where it comes from, kept beside every score made with it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costmodel.messages import InputError, Message, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Name, licence and content of a data set.

    ``licence`` is ``None`` where nobody stated one. ``sha256`` is of the content read, as
    ``files_sha256`` defines it. ``n`` counts what is left to train and test on, in units
    of the data set: characters, texts, pairs, pictures. ``notes`` say what a reader must
    know: what was dropped, what the source does not state. ``is_fallback`` marks a data
    set that stands in for one that is not on this machine.
    """

    name: Message
    licence: str | None
    sha256: str
    n: int
    notes: tuple[Message, ...] = ()
    is_fallback: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the record of a run; the notes in English."""
        return {
            "name": str(self.name),
            "licence": self.licence,
            "sha256": self.sha256,
            "n": self.n,
            "notes": [str(note) for note in self.notes],
            "is_fallback": self.is_fallback,
        }


def sha256(content: bytes) -> str:
    """The SHA-256 of these bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def files_sha256(contents: Mapping[str, str]) -> str:
    """One hash for a set of files, from the hash of each by its name.

    SHA-256 of the lines that ``sha256sum`` prints for the files in order of their names.
    """
    lines = (f"{digest}  {name}\n" for name, digest in sorted(contents.items()))
    return sha256("".join(lines).encode())


def folder_sha256(paths: Iterable[Path]) -> str:
    """``files_sha256`` of files that lie in one folder."""
    return files_sha256({path.name: sha256(path.read_bytes()) for path in paths})


def read_bytes(path: Path, *, field: str, most_bytes: int) -> bytes:
    """The content of a person's file. Raises ``InputError`` when it cannot be read."""
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise InputError(
                field,
                "{path} has {n_bytes} bytes; {most} are the most that are read: "
                "give a smaller sample",
                path=shown(path.name),
                n_bytes=size,
                most=most_bytes,
            )
        content = path.read_bytes()
    except OSError as failed:
        raise InputError(
            field,
            "{path} cannot be read: {reason}",
            path=shown(path.name or path),
            reason=failed.strerror or type(failed).__name__,
        ) from failed
    if not content:
        raise InputError(field, "{path} is empty", path=shown(path.name))
    return content
