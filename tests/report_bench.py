"""What a report takes on this machine: ``python -m tests.report_bench``.

Prints time and size of each format beside what was asked, whether the same version gives the
same bytes in another process, and how far the workbook's formulas are from Python. It measures
and does not judge: a shared machine is slower on some days.
"""

import hashlib
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from dashboard import deal as deals
from dashboard.language import use_language
from dashboard.report import formats
from dashboard.report.case import Case, case_of
from dashboard.report.document import Chart, Memo
from dashboard.report.edition import of_file
from dashboard.report.formats import Format
from dashboard.report.memo import memo_of
from tests.browser import ASSAY

_DEAL: Final = "example-startup"
_DAY: Final = date(2026, 11, 28)
_N_TIMES: Final = 3
#: Seconds and bytes that are asked for at most; ``None``: nothing is.
_ASKED: Final[dict[Format, tuple[float | None, float | None]]] = {
    "pdf": (3.0, 2e6),
    "docx": (3.0, None),
    "xlsx": (2.0, None),
    "html": (None, 5e6),
    "json": (None, None),
    "zip": (None, None),
}


def main() -> None:
    """Every figure, line by line."""
    for language in ("en", "zh"):
        with use_language(language):
            _formats(language)
    print(_cold())
    print(_same_bytes())


def _case() -> Case:
    deal = deals.sample(_DEAL)
    return case_of(deal, of_file(deal, as_of=_DAY))


def _made() -> tuple[Case, Memo]:
    case = _case()
    return case, memo_of(case)


def _formats(language: str) -> None:
    case, memo = _made()
    computed, gathered = _median(_made), _median(_case)
    n_charts = sum(isinstance(b, Chart) for s in memo.sections for b in s.blocks)
    print(
        f"{language}  {_DEAL}: {n_charts} charts, {len(memo.notes)} sources; computed in "
        f"{computed:.2f} s"
    )
    for form, (most_s, most_bytes) in _ASKED.items():
        content = formats.render(case, memo, form)
        # Typst keeps what it has set before: every rendering is of another edition.
        editions = iter([replace(memo, edition=f"{form} {n}") for n in range(_N_TIMES + 1)])
        took = _median(lambda form=form, left=editions: formats.render(case, next(left), form))  # type: ignore[misc]
        took += gathered if form == "xlsx" else computed
        asked = f"at most {most_s:.0f} s" if most_s else ""
        size = f"at most {most_bytes / 1e6:.0f} MB" if most_bytes else ""
        pages = f", {_pages(content)} pages" if form == "pdf" else ""
        print(f"    {form:5} {took:5.2f} s {asked:12} {len(content) / 1e6:6.2f} MB {size}{pages}")


def _median(work: Callable[[], object]) -> float:
    work()
    found = []
    for _ in range(_N_TIMES):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def _pages(content: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", content))


def _cold() -> str:
    """The command from nothing: start, imports, computation, PDF; the code is compiled, as it is
    from its second start on.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        _report(folder, {"FORMATS": "json"})
        started = time.perf_counter()
        _report(folder, {})
        took = time.perf_counter() - started
    return f"cold  assay report {_DEAL} --format pdf: {took:.1f} s, at most 6 s"


def _report(folder: str, environment: dict[str, str]) -> dict[str, str]:
    subprocess.run(
        [
            *(ASSAY, "report", _DEAL, "--format", environment.get("FORMATS", "pdf")),
            *("--out", folder, "--as-of", _DAY.isoformat(), "--lang", "en"),
        ],
        check=True,
        capture_output=True,
        env=os.environ | environment,
    )
    return {
        path.suffix: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in Path(folder).iterdir()
    }


def _same_bytes() -> str:
    found = []
    for environment in (
        {"TZ": "UTC", "PYTHONHASHSEED": "1"},
        {"TZ": "Asia/Shanghai", "PYTHONHASHSEED": "2"},
    ):
        with tempfile.TemporaryDirectory() as folder:
            found.append(_report(folder, environment | {"FORMATS": "pdf,docx,xlsx,html,json,zip"}))
    same = [suffix for suffix, digest in found[0].items() if found[1][suffix] == digest]
    return f"bytes  equal in two processes of other zones and hash seeds: {', '.join(sorted(same))}"


if __name__ == "__main__":
    main()
