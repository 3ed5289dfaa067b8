"""A report made in a process of its own, which a page follows and may stop.

The folder of a job holds what was asked for, how far it is (``state.json``, replaced whole), and
the finished files. The process is ``python -m dashboard.report.job FOLDER``.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import psutil

from costmodel.facts import FactError
from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.language import say, t, use_language
from dashboard.report import data_json
from dashboard.report.edition import Edition
from dashboard.report.formats import Format, write, write_portfolio
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override
from dashboard.store.records import state_of

Phase: TypeAlias = Literal["starting", "computing", "writing", "done", "failed"]

_ROOT: Final = Path(__file__).parents[2]
_REQUEST: Final = "request.json"
_STATE: Final = "state.json"
_FILES: Final = "files"
#: Jobs older than this are swept away when a new one begins.
_KEPT_S: Final = 24 * 3600
#: Processes that were started here and may still run; kept, so that they can be waited for.
_STARTED: Final[list[subprocess.Popen[bytes]]] = []
#: A process that is gone without a word was killed; it gets this long to say its last one.
_GRACE_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A finished file of a job."""

    format: Format
    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far a job is: of ``n_files`` those that are ``made``, and what stopped it."""

    phase: Phase
    n_files: int
    made: tuple[Made, ...] = ()
    problem: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.phase in ("done", "failed")


def folder_of_jobs() -> Path:
    """Where jobs are kept: ``$ASSAY_REPORTS``, else ``assay/reports`` of the user's data."""
    given = os.environ.get("ASSAY_REPORTS")
    if given:
        return Path(given).expanduser().absolute()
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data).absolute() / "assay" / "reports"


def start(
    given: Sequence[tuple[Deal, Edition]],
    forms: Sequence[Format],
    *,
    language: str,
    bilingual: bool = False,
    overrides: Sequence[Override] = (),
) -> Path:
    """Begin a report of one deal or of several in the background; its folder.

    Raises ``InputError`` where none can be made.

    ``overrides`` are a fund's own values of the checklist's numbers.
    """
    root = folder_of_jobs()
    folder = root / secrets.token_hex(8)
    request = {
        "deals": [
            {"deal": state_of(deal), "edition": data_json.edition_json(edition)}
            for deal, edition in given
        ],
        "formats": list(forms),
        "language": language,
        "bilingual": bilingual,
        "overrides": [asdict(one) for one in overrides],
    }
    try:
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        (folder / _FILES).mkdir(parents=True)
        (folder / _REQUEST).write_text(json.dumps(request, ensure_ascii=False), "utf-8")
        _say(folder, State(phase="starting", n_files=len(forms)))
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard.report.job", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            start_new_session=True,
        )
    except OSError as error:
        raise InputError(
            "",
            "the report cannot be made in {path} ({reason}); make room there, or set ASSAY_REPORTS",
            path=str(root),
            reason=(error.strerror or "unknown").lower(),
        ) from None
    _STARTED[:] = [one for one in _STARTED if one.poll() is None] + [process]
    (folder / "pid").write_text(str(process.pid), "ascii")
    return folder


def state(folder: Path) -> State:
    """How far the job is; one whose process is gone before its end has failed."""
    found = _read(folder)
    if not found.is_over and not _is_alive(folder):
        time.sleep(_GRACE_S)
        found = _read(folder)
        if not found.is_over:
            return replace(found, phase="failed", problem=t("The report was broken off."))
    return found


def content_of(folder: Path, made: Made) -> bytes:
    """A finished file. Raises ``InputError`` where it was swept away."""
    try:
        return (folder / _FILES / made.name).read_bytes()
    except OSError:
        raise InputError("", "the file is gone; make the report again") from None


def stop(folder: Path) -> None:
    """Stop the job; what is finished stays."""
    process = _process(folder)
    if process is not None:
        process.kill()


def work(folder: Path) -> None:
    """Make what the folder asks for: the body of the process."""
    request = json.loads((folder / _REQUEST).read_text("utf-8"))
    forms: list[Format] = request["formats"]
    said = State(phase="computing", n_files=len(forms))
    with use_language(request["language"]):
        try:
            _say(folder, said)
            from dashboard.report.case import case_of, in_other_language

            parameters = bank().parameters([Override(**one) for one in request["overrides"]])
            cases = [
                case_of(
                    deals.from_mapping(one["deal"]),
                    data_json.edition_of(one["edition"]),
                    parameters=parameters,
                )
                for one in request["deals"]
            ]
            said = replace(said, phase="writing")
            _say(folder, said)
            files = folder / _FILES
            beside = in_other_language(cases[0], parameters) if request["bilingual"] else None
            made_of = (
                write(cases[0], forms, files, beside=beside)
                if len(cases) == 1
                else write_portfolio(cases, forms, files, as_of=max(c.as_of for c in cases))
            )
            for one in made_of:
                made = Made(
                    format=one.format,
                    name=one.path.name,
                    size_bytes=one.size_bytes,
                    sha256=one.sha256,
                )
                said = replace(said, made=(*said.made, made))
                _say(folder, said)
            _say(folder, replace(said, phase="done"))
        except (InputError, FactError) as error:
            where = f"{error.field}: " if isinstance(error, InputError) and error.field else ""
            _say(folder, replace(said, phase="failed", problem=where + say(error.message)))
        except Exception as error:
            _say(folder, replace(said, phase="failed", problem=_slip(error)))
            raise


def _slip(error: Exception) -> str:
    return t(
        "The report could not be made ({kind}); please report this.", kind=type(error).__name__
    )


def _say(folder: Path, said: State) -> None:
    part = folder / f".{_STATE}.part"
    part.write_text(json.dumps(asdict(said), ensure_ascii=False), "utf-8")
    part.replace(folder / _STATE)


def _read(folder: Path) -> State:
    try:
        given: dict[str, Any] = json.loads((folder / _STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return State(phase="failed", n_files=0, problem=t("The report is gone; make it again."))
    return State(**{**given, "made": tuple(Made(**one) for one in given["made"])})


def _process(folder: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(int((folder / "pid").read_text("ascii")))
        ours = str(folder) in process.cmdline() and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, psutil.Error):
        return None
    return process if ours else None


def _is_alive(folder: Path) -> bool:
    return not (folder / "pid").exists() or _process(folder) is not None


def _sweep(root: Path) -> None:
    """Drop the jobs of past days."""
    oldest = time.time() - _KEPT_S
    for folder in root.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    work(Path(sys.argv[1]))
