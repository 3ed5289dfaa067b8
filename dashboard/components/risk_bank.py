"""The question bank on a page: every question, every number, and a fund's own values."""

from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import notice, risk_assessment, risk_question, tables
from dashboard.components.text import plain
from dashboard.language import current, read, t
from dashboard.quantities import parse_number
from dashboard.risk.assessment import Assessment
from dashboard.risk.bank import own_values
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.parameters import InForce, Override, Parameters
from dashboard.risk.bank.schema import Question
from dashboard.risk_terms import asked, confidence_label, facts_words, named, said_of, value_words

_ALL: Final = "all"
_MOST: Final = 500


def show(assessment: Assessment) -> None:
    """The profile that picks the questions, the questions, and the numbers behind them."""
    _profile(assessment)
    _questions(assessment)
    _parameters(assessment.bank)


def _profile(assessment: Assessment) -> None:
    bank, profile = assessment.bank, assessment.profile
    st.subheader(t("Profile of the deal"), anchor=False)
    st.caption(
        t(
            "It decides which questions apply: {n} do, {not_n} do not, {waiting} wait for a fact. "
            "It stands in the deal file under `profile` and `company`.",
            n=len(assessment.standings),
            not_n=len(assessment.inapplicable),
            waiting=len(assessment.waiting),
        )
    )
    stage = t("not known") if profile.stage is None else named(bank, "stages", profile.stage)
    rows = [(t("Stage"), stage), *facts_words(profile.facts, bank)]
    st.markdown(" · ".join(said_of(plain(label), f"**{plain(said)}**") for label, said in rows))


def _questions(assessment: Assessment) -> None:
    bank = assessment.bank
    st.subheader(t("The questions"), anchor=False)
    areas = {_ALL: t("every area")} | {row.id: read(row.name) for row in bank.frame.areas}
    area = st.selectbox(
        t("Area"),
        list(areas),
        format_func=lambda one: areas.get(one, one),
        key=f"risk_bank_area:{current()}",
        width=260,
    )
    shown = [i for i in bank.questions if area in (_ALL, bank.areas[i])]
    labels = {i: asked(bank.questions[i]) for i in shown}
    picked = st.selectbox(
        t("Question"),
        shown,
        format_func=lambda i: labels.get(i, i),
        key=f"risk_bank_question:{area}:{current()}",
    )
    with st.container(border=True, key="risk_bank_card"):
        _card(bank, bank.questions[picked])
    with st.expander(t("All {n} questions", n=len(shown))):
        tables.show(
            (t("Question"), t("Asks"), t("Priority"), t("Impact"), t("Answered by")),
            ([*_row(bank, bank.questions[i])] for i in shown),
            left=(0, 1, 2, 4),
        )


def _row(bank: Bank, question: Question) -> list[str]:
    fill = question.autofill
    return [
        plain(asked(question)),
        plain(read(question.question)),
        question.priority,
        str(question.impact),
        t("people alone") if fill is None else plain(read(bank.metrics[fill.metric].name)),
    ]


def _card(bank: Bank, question: Question) -> None:
    st.markdown(f"**{plain(read(question.question))}**")
    stages = " · ".join(
        said_of(read(stage.name), str(question.stage_expect[stage.id]))
        for stage in bank.frame.stages
    )
    parts = [question.priority, t("impact {n} of 5", n=question.impact)]
    parts.append(t("expected level by stage: {stages}", stages=stages))
    st.caption(plain(" · ".join(parts)))
    risk_question.levels(question)
    risk_question.background(bank, question)


def _parameters(bank: Bank) -> None:
    held = risk_assessment.parameters()
    st.subheader(t("The numbers behind the rules"), anchor=False)
    st.caption(
        t(
            "Every threshold with its date and source. A value of your own needs a name and a "
            "reason; both values stay, and it holds for every deal of this session. Version: "
            "{version}.",
            version=plain(held.version),
        )
    )
    _override_form(held)
    _load_form(held)
    _history(held)
    sought = st.text_input(t("Search the numbers"), key=f"risk_numbers:{current()}", max_chars=80)
    rows = [one for one in map(held.in_force, held) if _matches(one, sought)]
    # Thousands of cells are a table to scroll, as on the sources page.
    st.dataframe(
        {
            t("Id"): [one.parameter.id for one in rows],
            t("Name"): [read(one.parameter.name) for one in rows],
            t("Value"): [_value(one, one.value) for one in rows],
            t("Default"): [_value(one, one.parameter.value) for one in rows],
            t("Date"): [one.parameter.as_of for one in rows],
            t("Source"): [one.parameter.source for one in rows],
            t("Confidence"): [confidence_label(one.parameter.confidence) for one in rows],
        },
        hide_index=True,
        key=f"risk_parameters:{current()}",
        height=360,
    )


def _matches(one: InForce, sought: str) -> bool:
    words = f"{one.parameter.id} {read(one.parameter.name)} {one.parameter.source}".lower()
    return all(word in words for word in sought.lower().split())


def _value(one: InForce, value: float) -> str:
    return value_words(value, one.parameter.unit)


def _override_form(held: Parameters) -> None:
    labels = {i: f"{i} · {read(held.in_force(i).parameter.name)}" for i in held}
    place = len(held.history)
    with st.expander(t("Set a value of your own")), st.form(f"risk_own_number:{place}:{current()}"):
        picked = st.selectbox(
            t("Number"),
            list(labels),
            format_func=lambda i: labels.get(i, i),
            key=f"risk_own_id:{place}:{current()}",
        )
        columns = st.columns([1, 1, 2])
        value = columns[0].text_input(
            t("Value; empty for the default"), key=f"risk_own_value:{place}", max_chars=40
        )
        by = columns[1].text_input(t("Who sets it"), key=f"risk_own_by:{place}", max_chars=_MOST)
        reason = columns[2].text_input(t("Why"), key=f"risk_own_why:{place}", max_chars=_MOST)
        if st.form_submit_button(t("Save")):
            try:
                risk_assessment.override(
                    Override(
                        id=picked,
                        value=parse_number(value, "value") if value.strip() else None,
                        by=by.strip(),
                        date=risk_assessment.today().isoformat(),
                        reason=reason.strip(),
                    )
                )
            except InputError as error:
                notice.under_field(error)
            else:
                st.rerun()


def _load_form(held: Parameters) -> None:
    place = len(held.history)
    with (
        st.expander(t("Load a file of values")),
        st.form(f"risk_own_load:{place}:{current()}", border=False),
    ):
        given = st.file_uploader(
            t("A file that was downloaded here; its values are added to those above"),
            type=["json"],
            key=f"risk_own_file:{place}:{current()}",
        )
        if st.form_submit_button(t("Load")) and given is not None:
            try:
                risk_assessment.add(own_values.parsed(given.getvalue(), field=""))
            except InputError as error:
                notice.refused(error)
            else:
                st.rerun()


def _history(held: Parameters) -> None:
    if not held.history:
        return
    tables.show(
        (t("Number"), t("Default"), t("Own value"), t("Who sets it"), t("Date"), t("Why")),
        (
            [
                plain(f"{one.id} {read(held.in_force(one.id).parameter.name)}"),
                plain(_value(held.in_force(one.id), held.in_force(one.id).parameter.value)),
                t("the default")
                if one.value is None
                else plain(_value(held.in_force(one.id), one.value)),
                plain(one.by),
                plain(one.date),
                plain(one.reason),
            ]
            for one in held.history
        ),
        left=(0, 3, 4, 5),
    )
    st.download_button(
        t("Download your values"),
        own_values.written(held.history),
        file_name="risk-parameters.json",
        mime="application/json",
        key=f"risk_own_download:{current()}",
        on_click="ignore",
    )
