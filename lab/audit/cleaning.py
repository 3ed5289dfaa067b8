"""A copy of the sample without its duplicates, its identifiers blacked out."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.messages import InputError, shown
from lab.audit.pii import scan
from lab.audit.spool import Spool

_AT_ONCE = 1_000_000


def check_target(path: Path, sample: list[Path]) -> None:
    """Raise ``InputError`` unless a file can be written there that is not the sample itself."""
    if path.suffix.lower() not in (".jsonl", ".txt"):
        raise InputError(
            "clean",
            "{path} must end in .jsonl (a line for each text) or .txt (paragraphs)",
            path=shown(path.name),
        )
    if path.exists():
        raise InputError(
            "clean", "{path} is there already; name another file", path=shown(path.name)
        )
    if not path.parent.is_dir():
        raise InputError("clean", "there is no folder {path}", path=shown(path.parent))
    for one in sample:
        if one.is_dir() and one.resolve() in path.resolve().parents:
            raise InputError(
                "clean",
                "{path} lies inside the sample; write the copy elsewhere",
                path=shown(path.name),
            )


def write(
    spool: Spool,
    *,
    repeats: NDArray[np.bool_],
    path: Path,
    redact: bool,
    tell: Callable[[float], None],
) -> dict[str, Any]:
    """Write every text that repeats no earlier one; how many, and how many bytes.

    The whole file appears or none of it. The copy holds the texts alone, not the other
    columns of the sample's files.
    """
    part = path.with_name(f".{path.name}.part")
    n_texts = n_bytes = n_redacted = 0
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            for texts, share in _kept(spool, repeats):
                tell(share)
                written = scan.redacted_all(texts) if redact else texts
                n_redacted += sum(a != b for a, b in zip(texts, written, strict=True))
                for text in written:
                    n_texts += 1
                    n_bytes += len(text.encode())
                    if path.suffix.lower() == ".jsonl":
                        file.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
                    else:
                        file.write("\n".join(filter(str.strip, text.split("\n"))) + "\n\n")
        part.replace(path)
    except OSError as failed:
        raise InputError(
            "clean",
            "{path} cannot be written ({reason}); name another place",
            path=shown(path.name),
            reason=failed.strerror or type(failed).__name__,
        ) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return {"path": str(path), "documents": n_texts, "bytes": n_bytes, "redacted": n_redacted}


def _kept(spool: Spool, repeats: NDArray[np.bool_]) -> Iterator[tuple[list[str], float]]:
    """The texts that stay, a megabyte at a time, with the share done."""
    kept = np.flatnonzero(~repeats)
    sizes = np.cumsum(spool.lengths()[kept])
    for numbers in np.split(kept, np.flatnonzero(np.diff(sizes // _AT_ONCE)) + 1):
        if len(numbers):
            yield spool.texts(numbers), float(numbers[-1]) / max(spool.n_texts, 1)
