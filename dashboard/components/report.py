"""The memo on a page: its first page to read, its files to make and to take along."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import (
    charts,
    keeping,
    notice,
    risk_assessment,
    scenario,
    sign_in,
    workbook_back,
)
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.language import LANGUAGES, N_, amount, current, enumerated, t
from dashboard.report import edition as editions
from dashboard.report import job
from dashboard.report.case import case_of
from dashboard.report.document import (
    Bullets,
    Chart,
    Decision,
    Heading,
    Paragraph,
    Rich,
    Section,
    Table,
)
from dashboard.report.edition import Edition
from dashboard.report.formats import FORMATS, Format
from dashboard.report.job import Made, State
from dashboard.report.notes import Notes
from dashboard.report.sections import decision
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override
from dashboard.risk_terms import said_of

_LANGUAGES: Final = {"en": "English", "zh": "中文"}
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
_JOB: Final = "report_job"
_PAUSE_S: Final = 0.5


def show(deal: Deal) -> None:
    """What is in the memo, the choice of its files, and the files when they are made."""
    left, right = st.columns([6, 4], gap="medium")
    with left:
        _inside(deal)
    with right:
        with st.container(border=True):
            st.markdown(f"#### {t('Make the memo')}")
            _choose(deal)
            if _JOB in st.session_state:
                _follow()
        with st.expander(t("A workbook that comes back")):
            workbook_back.show(deal)


def _inside(deal: Deal) -> None:
    at_hand = scenario.current_scenario()
    _first_page(deal)
    missing = [name for name, there in _written_by_people(deal).items() if not there]
    if missing:
        st.subheader(t("What people write"), anchor=False)
        st.markdown(
            plain(t("Not written yet, and the memo says so: {parts}.", parts=enumerated(missing)))
        )
        st.caption(
            t(
                "It stands under `memo:` in the deal file, where it is told what each part holds; "
                "nothing of it is computed."
            )
        )
    if at_hand.typed:
        st.info(t("What is typed over the deal goes into the memo; save it to keep a version."))
    elif not at_hand.is_stored:
        st.caption(
            t(
                "The memo names the hash of this deal. Keep it as your own deal, above, and it "
                "names a version that the committee can open again."
            )
        )


@st.cache_resource(max_entries=16, show_spinner=False)
def _decision(deal_json: str, day: date, overrides: tuple[Override, ...], language: str) -> Section:
    assert language == current()
    deal = Deal.model_validate_json(deal_json)
    edition = editions.of_file(deal, as_of=day)
    case = case_of(deal, edition, parameters=bank().parameters(overrides))
    return decision.section(case, Notes(case=case))


def _first_page(deal: Deal) -> None:
    """The memo's first page, less the sources of its numbers."""
    section = _decision(
        deal.model_dump_json(), risk_assessment.today(), risk_assessment.history(), current()
    )
    for block in section.blocks:
        match block:
            case Decision():
                st.subheader(plain(block.verdict), anchor=False)
                st.markdown(_markdown(block.because))
            case Heading():
                st.markdown(f"**{plain(block.text)}**")
            case Bullets():
                sign = "1." if block.numbered else "-"
                st.markdown("\n".join(f"{sign} {_markdown(item)}" for item in block.items))
            case Paragraph():
                st.caption(_markdown(block.text))
            case Chart():
                charts.show(block.figure, key=f"memo_{block.id}")
            case Table():
                continue


def _markdown(text: Rich) -> str:
    return "".join(
        f"**{plain(run.text).strip()}** " if run.strong else money(_escaped(run.text))
        for run in text
    )


def _escaped(text: str) -> str:
    """``plain``, with the blanks at both ends kept."""
    start, end = " " * text[:1].isspace(), " " * text[-1:].isspace()
    return f"{start}{plain(text)}{end}"


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
        st.caption(said_of(t(_NAMES[form]), t(_MEANS[form])))
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
