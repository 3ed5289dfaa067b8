"""The memo on a page: its first page to read, its files to make and to take along."""

from datetime import UTC, date, datetime
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import (
    charts,
    keeping,
    report_files,
    risk_assessment,
    scenario,
    sign_in,
    workbook_back,
)
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.language import LANGUAGES, current, enumerated, t
from dashboard.report import edition as editions
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
from dashboard.report.notes import Notes
from dashboard.report.sections import decision
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override
from dashboard.store.records import canonical, sha256

_LANGUAGES: Final = {"en": "English", "zh": "中文"}


def show(deal: Deal) -> None:
    """What is in the memo, the choice of its files, and the files when they are made."""
    left, right = st.columns([6, 4], gap="medium")
    with left:
        _inside(deal)
    with right:
        with st.container(border=True):
            st.markdown(f"#### {t('Make the memo')}")
            _choose(deal)
            report_files.follow(_about(deal))
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
    forms = st.pills(
        t("Files"),
        FORMATS,
        selection_mode="multi",
        default=["pdf"],
        format_func=report_files.name_of,
        key=f"memo_formats:{current()}",
    )
    chosen: list[Format] = [form for form in FORMATS if form in forms]
    for form in chosen:
        st.caption(report_files.explained(form))
    bilingual = st.checkbox(
        t("Decision and risk register in both languages"), key=f"memo_bilingual:{current()}"
    )
    st.button(
        t("Make the memo"),
        key="memo_make",
        disabled=not chosen,
        on_click=_start,
        args=(deal, chosen, language, bilingual),
    )


def _start(deal: Deal, forms: list[Format], language: str, bilingual: bool) -> None:
    try:
        given = [(deal, _edition(deal))]
    except InputError as error:
        keeping.trouble(error)
        return
    report_files.begin(given, forms, language=language, about=_about(deal), bilingual=bilingual)


def _about(deal: Deal) -> str:
    """What the files at hand are of: another deal has others."""
    return sha256(canonical(deal))


def _edition(deal: Deal) -> Edition:
    """The stored version where nothing is typed over it, else the deal by its hash."""
    at_hand = scenario.current_scenario()
    if not at_hand.is_stored or at_hand.typed:
        return editions.of_file(deal, as_of=datetime.now(UTC).date())
    stored = keeping.load(at_hand.deal_id, at_hand.version)
    trail = keeping.store().audit(at_hand.deal_id, user=sign_in.user())
    return editions.of_stored(stored, trail=tuple(reversed(trail)))
