"""What to do next on a page: whom to ask what, and what a closing has to hold."""

from typing import Final

import streamlit as st

from dashboard.components import risk_answers, tables
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.language import LANGUAGES, current, listed, number, read, t
from dashboard.risk.assessment import Assessment
from dashboard.risk.follow_up import FollowUp, by_respondent, request
from dashboard.risk.follow_up_table import as_csv
from dashboard.risk.verdict.conditions import Condition
from dashboard.risk_terms import asked, named, reason_label, topics

_LANGUAGES: Final = {"en": "English", "zh": "中文"}
#: Questions or conditions that are listed before the rest waits behind a click.
_SHOWN: Final = 8


def show(deal: Deal, assessment: Assessment) -> None:
    """The follow-up list by respondent, the conditions, and what to watch."""
    _follow_up(deal, assessment)
    _conditions(assessment)
    _triggers(assessment)


def _follow_up(deal: Deal, assessment: Assessment) -> None:
    bank = assessment.bank
    st.subheader(t("What to ask next"), anchor=False)
    st.caption(
        t(
            "In the order of what an answer is worth for an hour of work: weight × impact × what "
            "is not known, doubled where it can change the verdict."
        )
    )
    groups = by_respondent(assessment.follow_up, bank)
    if not groups:
        st.caption(t("Everything is verified."))
        return
    names = {one: named(bank, "respondents", one) for one in groups}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        whom = st.pills(
            t("Whom to ask"),
            list(names),
            default=assessment.follow_up[0].respondent,
            format_func=lambda one: f"{names.get(one, one)} ({len(groups.get(one, ()))})",
            required=True,
            key=f"risk_whom:{current()}",
        )
        language = st.segmented_control(
            t("Language of the request"),
            LANGUAGES,
            default=current(),
            format_func=lambda one: _LANGUAGES[one],
            required=True,
            key=f"risk_request_language:{current()}",
        )
    group = groups.get(whom) or next(iter(groups.values()))
    left, right = st.columns([1, 1], gap="medium")
    with left:
        _to_ask(assessment, group)
    with right:
        _to_send(deal, assessment, group, language)


def _to_ask(assessment: Assessment, group: tuple[FollowUp, ...]) -> None:
    for place, one in enumerate(group[:_SHOWN]):
        _one(assessment, one, place)
    if len(group) > _SHOWN:
        with st.expander(t("{n} more", n=len(group) - _SHOWN)):
            for place, one in enumerate(group[_SHOWN:], start=_SHOWN):
                _one(assessment, one, place)


def _one(assessment: Assessment, one: FollowUp, place: int) -> None:
    bank = assessment.bank
    with st.container(gap=None):
        st.button(
            f"{place + 1}. {asked(bank.questions[one.question])}",
            key=f"risk_ask_{one.question}",
            type="tertiary",
            on_click=_open,
            args=(one.question,),
        )
        parts = [
            t("worth {value}, {hours} h", value=number(one.value), hours=number(one.effort_hours)),
            named(bank, "statuses", one.status),
        ]
        if one.flips:
            verdicts = listed(named(bank, "verdicts", verdict) for verdict in one.flips)
            parts.append(t("alone can lead to: {verdicts}", verdicts=verdicts))
        st.caption(plain(" · ".join(parts)))


def _open(question: str) -> None:
    risk_answers.open_list("all", question=question)


def _to_send(
    deal: Deal, assessment: Assessment, group: tuple[FollowUp, ...], language: str
) -> None:
    respondent = assessment.bank.name("respondents", group[0].respondent)
    text = request(
        group, company=deal.company.name or deal.name, respondent=respondent, language=language
    )
    st.markdown(f"**{t('Ready to send')}**")
    with st.container(horizontal=True):
        st.download_button(
            t("Download as text"),
            text.encode(),
            file_name=f"request-{group[0].respondent}-{language}.txt",
            mime="text/plain",
            key="risk_request_text",
            on_click="ignore",
        )
        st.download_button(
            t("Download the whole list (CSV)"),
            as_csv(assessment.follow_up, bank=assessment.bank, language=language).encode(),
            file_name=f"follow-up-{language}.csv",
            mime="text/csv",
            key="risk_request_csv",
            on_click="ignore",
        )
    # Without a height of its own: a box that scrolls would be out of the keyboard's reach.
    with st.expander(t("The text, to copy"), expanded=len(group) <= _SHOWN):
        st.code(text, language=None, wrap_lines=True)


def _conditions(assessment: Assessment) -> None:
    st.subheader(t("Conditions"), anchor=False)
    conditions = assessment.verdict.conditions
    if not conditions:
        st.caption(t("Nothing has to be done before or after closing."))
        return
    for kind in assessment.bank.frame.close_out_kinds:
        of_kind = [one for one in conditions if one.kind == kind.id]
        if of_kind:
            label = f"{read(kind.name)} ({len(of_kind)})"
            with st.expander(label, expanded=len(of_kind) <= _SHOWN):
                _condition_list(assessment, of_kind)


def _condition_list(assessment: Assessment, conditions: list[Condition]) -> None:
    """A list, which a phone has room for: what has to be done, by whom, by when, shown by what."""
    bank, expects = assessment.bank, assessment.profile.expects
    lines = []
    for one in conditions:
        question = bank.questions[one.question]
        wanted = question.levels[question.stage_expect[expects]]
        about = (
            t("owner: {respondent}", respondent=named(bank, "respondents", one.respondent)),
            t("due {date}", date=one.due.isoformat()) if one.due else t("before closing"),
            listed(reason_label(reason) for reason in one.reasons),
        )
        shown = (
            t("Done when: {level}", level=read(wanted)),
            t("evidence: {evidence}", evidence=read(question.evidence)),
        )
        lines += [
            f"- **{plain(asked(question))}**: {plain(read(one.text))}  ",
            f"  {plain(' · '.join(about))}  ",
            f"  *{plain(listed(shown))}*",
        ]
    st.markdown(money("\n".join(lines)))


def _triggers(assessment: Assessment) -> None:
    triggers = assessment.verdict.triggers
    if not triggers:
        return
    st.subheader(t("What to watch"), anchor=False)
    tables.show(
        (t("Question"), t("Trigger"), t("Evidence that would settle it"), t("Due")),
        (
            [
                plain(topics(assessment, (one.question,))),
                plain(read(one.text)),
                plain(read(one.evidence)),
                plain(one.due.isoformat()),
            ]
            for one in triggers
        ),
        left=(0, 1, 2, 3),
    )
