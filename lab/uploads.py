"""Files that a page was given for a job: kept until it ends, and then gone."""

import re
import secrets
import shutil
import time
from pathlib import Path
from typing import IO, Final

from lab import jobs

_NAME: Final = re.compile(r"[0-9a-f]{16}")
#: What no job came for is taken away after so long.
_FORGOTTEN_S: Final = 2 * 24 * 3600


def folder() -> Path:
    """A new folder for the files of one job; forgotten ones go."""
    parent = _parent()
    parent.mkdir(parents=True, exist_ok=True)
    for old in parent.iterdir():
        if time.time() - old.stat().st_mtime > _FORGOTTEN_S:
            shutil.rmtree(old, ignore_errors=True)
    found = parent / secrets.token_hex(8)
    found.mkdir(mode=0o700)
    return found


def place(inside: Path, kind: str, name: str) -> Path:
    """Where a file of this name is kept: the last part of its name alone, none twice."""
    (inside / kind).mkdir(exist_ok=True)
    own = re.sub(r"[^\w.() -]", "_", Path(name.replace("\\", "/")).name).strip(". ")[-100:]
    path = inside / kind / (own or "file")
    while path.exists():
        path = path.with_name(f"{secrets.token_hex(2)}-{path.name}")
    return path


def keep(file: IO[bytes], inside: Path, kind: str, name: str) -> Path:
    """The upload as a file of its own. Raises ``OSError`` where there is no room."""
    path = place(inside, kind, name)
    with path.open("wb") as out:
        shutil.copyfileobj(file, out)
    return path


def take_away(name: str) -> None:
    """Remove the folder that was given for a job."""
    if _NAME.fullmatch(name):
        shutil.rmtree(_parent() / name, ignore_errors=True)


def _parent() -> Path:
    return jobs.jobs_dir() / "uploads"
