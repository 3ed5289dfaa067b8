"""The memo on a page: its first page to read, its files to make and to take along."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import keeping, notice, risk_assessment, scenario, sign_in
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.language import LANGUAGES, N_, amount, current, say, t
from dashboard.report import edition as editions
from dashboard.report import job
from dashboard.report.edition import Edition
from dashboard.report.formats import FORMATS, Format
from dashboard.report.job import Made, State
from dashboard.risk_terms import verdict_label

_LANGUAGES: Final = {"en": "English", "zh": "中文"}
_NAMES: Final[dict[Format, str]] = {
    "pdf": N_("PDF"),
    "docx": N_("Word"),
    "html": N_("Web page"),
    "json": N_("JSON"),
    "zip": N_("Data appendix"),
}
_MEANS: Final[dict[Format, str]] = {
    "pdf": N_("to print and to sign: bookmarks, sources, fonts embedded"),
    "docx": N_("to edit: headings, contents, tables"),
    "html": N_("to read on any screen: charts that answer the pointer, no network"),
    "json": N_("for programs; opens here again as a deal"),
    "zip": N_("answers, evidence, assumptions, metrics and the audit trail as files"),
}
_MIME: Final[dict[Format, str]] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
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
_JOB: Final = "report_job"
_PAUSE_S: Final = 0.5


def show(deal: Deal) -> None:
    """What is in the memo, the choice of its files, and the files when they are made."""
    left, right = st.columns([6, 4], gap="medium")
    with left:
        _inside(deal)
    with right, st.container(border=True):
        st.markdown(f"#### {t('Make the memo')}")
        _choose(deal)
        if _JOB in st.session_state:
            _follow()


def _inside(deal: Deal) -> None:
    assessment = risk_assessment.assessed(deal).assessment
    at_hand = scenario.current_scenario()
    st.subheader(t("What it will say first"), anchor=False)
    st.markdown(f"**{plain(verdict_label(assessment, assessment.verdict.name))}**")
    st.markdown(money(plain(_because(deal))))
    written = _written_by_people(deal)
    missing = [name for name, there in written.items() if not there]
    st.subheader(t("What people write"), anchor=False)
    if missing:
        st.markdown(t("Not written yet, and the memo says so: {parts}.", parts=", ".join(missing)))
        st.caption(
            t(
                "It stands under `memo:` in the deal file, where it is told what each part holds; "
                "nothing of it is computed."
            )
        )
    else:
        st.markdown(t("Thesis, parts, rivals, people, bear case, covenants and kill criteria."))
    if at_hand.typed:
        st.info(t("What is typed over the deal goes into the memo; save it to keep a version."))
    elif not at_hand.is_stored:
        st.caption(
            t(
                "The memo names the hash of this deal. Keep it as your own deal, above, and it "
                "names a version that the committee can open again."
            )
        )


def _because(deal: Deal) -> str:
    return say(risk_assessment.assessed(deal).assessment.verdict.because)


def _written_by_people(deal: Deal) -> dict[str, bool]:
    memo = deal.memo
    return {
        t("thesis"): bool(memo.thesis),
        t("what the product is built of"): bool(memo.components),
        t("rivals on the same task"): bool(memo.rivals),
        t("key people"): bool(memo.people),
        t("bear case"): bool(memo.bear_case),
        t("kill criteria"): bool(memo.kill_criteria),
    }


def _choose(deal: Deal) -> None:
    language = st.segmented_control(
        t("Language of the memo"),
        LANGUAGES,
        default=current(),
        format_func=lambda one: _LANGUAGES[one],
        required=True,
        key=f"memo_language:{current()}",
    )
    names: dict[str, str] = {form: t(name) for form, name in _NAMES.items()}
    forms = st.pills(
        t("Files"),
        FORMATS,
        selection_mode="multi",
        default=["pdf"],
        format_func=lambda form: names[form],
        key=f"memo_formats:{current()}",
    )
    chosen: list[Format] = [form for form in FORMATS if form in forms]
    for form in chosen:
        st.caption(f"{t(_NAMES[form])}: {t(_MEANS[form])}")
    st.button(
        t("Make the memo"),
        type="primary",
        key="memo_make",
        disabled=not chosen,
        on_click=_start,
        args=(deal, chosen, language),
    )


def _start(deal: Deal, forms: list[Format], language: str) -> None:
    try:
        folder = job.start(
            deal,
            _edition(deal),
            forms,
            language=language,
            overrides=risk_assessment.history(),
        )
    except InputError as error:
        keeping.trouble(error)
    else:
        st.session_state[_JOB] = str(folder)


def _edition(deal: Deal) -> Edition:
    """The stored version where nothing is typed over it, else the deal by its hash."""
    at_hand = scenario.current_scenario()
    if not at_hand.is_stored or at_hand.typed:
        return editions.of_file(deal, as_of=datetime.now(UTC).date())
    stored = keeping.load(at_hand.deal_id, at_hand.version)
    trail = keeping.store().audit(at_hand.deal_id, user=sign_in.user())
    return editions.of_stored(stored, trail=tuple(reversed(trail)))


def _follow() -> None:
    """The job at hand: looked at twice a second until it is over."""
    folder = Path(st.session_state[_JOB])
    found = job.state(folder)
    if found.is_over:
        _over(folder, found)
    else:
        _running()


@st.fragment(run_every=_PAUSE_S)
def _running() -> None:
    folder = Path(st.session_state[_JOB])
    found = job.state(folder)
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
    st.button(t("Stop"), key="memo_stop", on_click=job.stop, args=(folder,))


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
        key=f"memo_download:{made.format}",
        on_click="ignore",
        width="stretch",
    )
    st.caption(f"{plain(made.name)} · SHA-256 `{made.sha256[:16]}…`")
