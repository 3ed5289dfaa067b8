"""The files of a report on a page: made in the background, followed, downloaded."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import keeping, notice, risk_assessment
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.language import N_, amount, t
from dashboard.report import job
from dashboard.report.edition import Edition
from dashboard.report.formats import Format
from dashboard.report.job import Made, State
from dashboard.risk_terms import said_of

_NAMES: Final[dict[Format, str]] = {
    "pdf": N_("PDF"),
    "docx": N_("Word"),
    "xlsx": N_("Excel"),
    "html": N_("Web page"),
    "json": N_("JSON"),
    "zip": N_("Data appendix"),
}
_MEANS: Final[dict[Format, str]] = {
    "pdf": N_("to print and to sign: bookmarks, sources, fonts embedded"),
    "docx": N_("to edit: headings, contents, tables"),
    "xlsx": N_("to compute on: live formulas, which come back here"),
    "html": N_("to read on any screen: charts that answer the pointer, no network"),
    "json": N_("for programs; opens here again as a deal"),
    "zip": N_("answers, evidence, assumptions, metrics and the audit trail as files"),
}
_MIME: Final[dict[Format, str]] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "json": "application/json",
    "zip": "application/zip",
}
_PHASES: Final = {
    "starting": N_("Starting"),
    "computing": N_("Computing the deal"),
    "writing": N_("Writing the files"),
    "done": N_("Done"),
    "failed": N_("Not finished"),
}
_JOBS: Final = "report_jobs"
_PAUSE_S: Final = 0.5


def name_of(form: Format) -> str:
    """What a format is called."""
    return t(_NAMES[form])


def explained(form: Format) -> str:
    """What a format is good for."""
    return said_of(t(_NAMES[form]), t(_MEANS[form]))


def begin(
    given: Sequence[tuple[Deal, Edition]],
    forms: Sequence[Format],
    *,
    language: str,
    about: str,
    bilingual: bool = False,
) -> None:
    """Make a report of one deal or of several, with the session's own parameters; a callback.

    ``about`` is what it is of: its files are shown wherever ``follow`` is asked for the same.
    """
    try:
        folder = job.start(
            given,
            forms,
            language=language,
            bilingual=bilingual,
            overrides=risk_assessment.history(),
        )
    except InputError as error:
        keeping.trouble(error)
    else:
        st.session_state.setdefault(_JOBS, {})[about] = str(folder)


def follow(about: str) -> None:
    """The report of this, where one was begun: looked at twice a second until it is over."""
    folder = st.session_state.get(_JOBS, {}).get(about)
    if folder is None:
        return
    found = job.state(Path(folder))
    if found.is_over:
        _over(Path(folder), found)
    else:
        _running(folder)
        st.button(t("Stop"), key="memo_stop", on_click=job.stop, args=(Path(folder),))


@st.fragment(run_every=_PAUSE_S)
def _running(folder: str) -> None:
    found = job.state(Path(folder))
    if found.is_over:
        st.rerun()
    done = len(found.made) / max(found.n_files, 1)
    share = {"starting": 0.05, "computing": 0.15}.get(found.phase, 0.3 + 0.7 * done)
    st.progress(
        share,
        text=t(
            "{phase}: {n} of {all} files",
            phase=t(_PHASES[found.phase]),
            n=len(found.made),
            all=found.n_files,
        ),
    )


def _over(folder: Path, found: State) -> None:
    if found.problem:
        notice.refused(InputError("", "{problem}", problem=found.problem))
    for made in found.made:
        _download(folder, made)


def _download(folder: Path, made: Made) -> None:
    try:
        content = job.content_of(folder, made)
    except InputError as error:
        notice.refused(error)
        return
    st.download_button(
        t(
            "Download {name} ({size})",
            name=t(_NAMES[made.format]),
            size=amount(made.size_bytes, "bytes"),
        ),
        content,
        file_name=made.name,
        mime=_MIME[made.format],
        key=f"memo_download:{folder.name}:{made.format}",
        on_click="ignore",
        width="stretch",
    )
    st.caption(f"{plain(made.name)} · SHA-256 `{made.sha256[:16]}…`")
