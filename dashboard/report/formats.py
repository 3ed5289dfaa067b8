"""A report in every format that it can have, and as files that are there whole or not at all."""

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal, TypeAlias

from costmodel.messages import InputError
from dashboard.portfolio import assessed_line
from dashboard.report.case import Case
from dashboard.report.document import Memo
from dashboard.report.memo import memo_of
from dashboard.report.portfolio import portfolio_of

Format: TypeAlias = Literal["pdf", "docx", "xlsx", "html", "json", "zip"]

FORMATS: Final[tuple[Format, ...]] = ("pdf", "docx", "xlsx", "html", "json", "zip")
#: Those in which several deals can stand.
PORTFOLIO_FORMATS: Final[tuple[Format, ...]] = ("pdf", "docx", "xlsx", "html", "json")
#: Longest name of a file, less its ending.
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that was written."""

    format: Format
    path: Path
    size_bytes: int
    sha256: str

    def as_json(self) -> dict[str, str | int]:
        """As ``assay report --json`` prints it."""
        return {
            "format": self.format,
            "path": str(self.path),
            "bytes": self.size_bytes,
            "sha256": self.sha256,
        }


def render(case: Case, memo: Memo, form: Format) -> bytes:
    """The report in one format. Each brings its own library, loaded when it is asked for."""
    return _RENDERERS[form](case, memo)


def write(
    case: Case, forms: Sequence[Format], folder: Path, *, beside: Case | None = None
) -> Iterator[Written]:
    """The report's files in ``folder``, one after another as they are made; ``beside`` is the
    case in the other language, where decision and risk register stand in both.

    Raises ``InputError`` where the folder cannot be written; a file is there whole or not.
    """
    check_folder(folder)
    memo = memo_of(case, beside=beside)
    stem = stem_of(case)
    for form in forms:
        content = render(case, memo, form)
        yield put(folder / f"{stem}.{_ENDINGS.get(form, form)}", content, form)


def write_portfolio(
    cases: Sequence[Case], forms: Sequence[Format], folder: Path, *, as_of: date
) -> Iterator[Written]:
    """The report of several deals as files, one after another as they are made.

    Raises ``InputError`` where the folder cannot be written, and for a format of one deal alone.
    """
    check_folder(folder)
    for form in forms:
        if form not in PORTFOLIO_FORMATS:
            raise InputError(
                "--format",
                "{format} is of one deal alone; several come as {known}",
                format=form,
                known=", ".join(PORTFOLIO_FORMATS),
            )
    memo = portfolio_of(cases, as_of=as_of)
    stem = f"portfolio-{as_of.isoformat()}-{memo.language}"
    for form in forms:
        if form == "json":
            from dashboard.report import data_json

            content = data_json.render_portfolio(cases, memo)
        elif form == "xlsx":
            from dashboard.portfolio_export import to_xlsx

            lines = [assessed_line(c.deal, c.basis, c.assessment) for c in cases]
            content = to_xlsx(lines, as_of=as_of)
        else:
            content = render(cases[0], memo, form)
        yield put(folder / f"{stem}.{form}", content, form)


def check_folder(folder: Path) -> None:
    """Make the folder where it is missing. Raises ``InputError`` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(
            "--out",
            "{path} cannot be written (permission denied); choose another place",
            path=str(folder),
        )


def put(path: Path, content: bytes, form: Format) -> Written:
    """A file, whole or not at all. Raises ``InputError`` where it cannot be written."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise _unwritable(path, error) from None
    return Written(
        format=form,
        path=path,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def stem_of(case: Case) -> str:
    """What the files are called: the deal, its version or its hash, and the language."""
    edition = case.edition
    which = f"v{edition.number}" if edition.number is not None else edition.sha256[:8]
    return f"{plain_name(case.deal.name)}-{which}-{case.language}"


def plain_name(text: str) -> str:
    """A name that every file system takes: letters and digits of any script, joined."""
    composed = unicodedata.normalize("NFKC", text)
    kept = re.sub(r"[^\w]+", "-", composed, flags=re.UNICODE).strip("-_").lower()
    return kept[:_LONGEST].strip("-_") or "deal"


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        "--out",
        "{path} cannot be written ({reason}); choose another place",
        path=str(path),
        reason=(error.strerror or "unknown").lower(),
    )


def _pdf(case: Case, memo: Memo) -> bytes:
    from dashboard.report import pdf

    del case
    return pdf.render(memo)


def _docx(case: Case, memo: Memo) -> bytes:
    from dashboard.report import word

    del case
    return word.render(memo)


def _xlsx(case: Case, memo: Memo) -> bytes:
    from dashboard.report.workbook import to_xlsx

    del memo
    return to_xlsx(case)


def _html(case: Case, memo: Memo) -> bytes:
    from dashboard.report import html

    del case
    return html.render(memo)


def _json(case: Case, memo: Memo) -> bytes:
    from dashboard.report import data_json

    return data_json.render(case, memo)


def _zip(case: Case, memo: Memo) -> bytes:
    from dashboard.report import data_zip

    return data_zip.render(case, memo)


_RENDERERS: Final[Mapping[Format, Callable[[Case, Memo], bytes]]] = {
    "pdf": _pdf,
    "docx": _docx,
    "xlsx": _xlsx,
    "html": _html,
    "json": _json,
    "zip": _zip,
}
_ENDINGS: Final[Mapping[Format, str]] = {"zip": "data.zip"}
