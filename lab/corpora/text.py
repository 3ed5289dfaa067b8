"""Running text for a language model: Shakespeare, Python's help, or a person's file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from costmodel.messages import InputError, Message, shown
from lab.corpora import shipped
from lab.corpora.decoding import decode
from lab.corpora.provenance import Provenance, folder_sha256, read_bytes, sha256

#: A text shorter than this has nothing to learn from and nothing to hold out.
FEWEST_CHARACTERS: Final = 1_000
MOST_BYTES: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text whose lines end in a line feed, and the encoding that its file was in."""

    text: str
    encoding: str
    provenance: Provenance


def load(path: Path | None = None) -> Text:
    """The person's text, or else Shakespeare. Raises ``InputError`` as ``from_file`` does."""
    return shakespeare() if path is None else from_file(path)


def shakespeare() -> Text:
    """The plays and poems in modern spelling, one after the other by their file names.

    Python's help texts stand in where the package could not be fetched.
    """
    files = shipped.find("shakespeare")
    if files is None:
        return python_help(is_fallback=True)
    text = "\n".join(file.read_text("ascii") for file in files)
    return Text(
        text=text,
        encoding="ascii",
        provenance=Provenance(
            name=shipped.TITLES["shakespeare"],
            licence=shipped.corpora()["shakespeare"].licence,
            sha256=folder_sha256(files),
            n=len(text),
        ),
    )


def python_help(*, is_fallback: bool = False) -> Text:
    """The reference that ``help()`` of this Python shows: English prose and code."""
    from pydoc_data.topics import topics

    text = "\n\n".join(topics[name] for name in sorted(topics))
    name = Message("the help texts of Python")
    return Text(
        text=text,
        encoding="utf-8",
        provenance=Provenance(
            name=name,
            licence="PSF-2.0",
            sha256=sha256(text.encode()),
            n=len(text),
            notes=(shipped.missing_note("shakespeare", name),) if is_fallback else (),
            is_fallback=is_fallback,
        ),
    )


def from_file(path: Path, *, field: str = "data") -> Text:
    """A person's text file in whatever encoding.

    Raises ``InputError`` for a file that is missing, empty, binary, too short, or in an
    encoding that was not recognised.
    """
    content = read_bytes(path, field=field, most_bytes=MOST_BYTES)
    decoded = decode(content, field=field, name=path.name)
    n = len(decoded.text.strip())
    if n < FEWEST_CHARACTERS:
        raise InputError(
            field,
            "{path} holds {n} characters of text; {least} are the least to learn from",
            path=shown(path.name),
            n=n,
            least=FEWEST_CHARACTERS,
        )
    return Text(
        text=decoded.text,
        encoding=decoded.encoding,
        provenance=Provenance(
            name=Message("{path}", {"path": path.name}),
            licence=None,
            sha256=sha256(content),
            n=len(decoded.text),
            notes=(
                Message(
                    "{path} was read as {encoding}",
                    {"path": path.name, "encoding": decoded.encoding},
                ),
            ),
        ),
    )
