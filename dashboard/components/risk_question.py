"""One question of the checklist on a page: what it asks, and what the numbers say about it."""

from typing import Final

import streamlit as st

from dashboard.components import tables
from dashboard.components.risk_assessment import Assessed
from dashboard.components.text import plain
from dashboard.language import interval, read, say, t
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.schema import Question
from dashboard.risk.metrics.metric import Metric
from dashboard.risk_terms import (
    asked,
    decided_label,
    input_label,
    level_words,
    named,
    numbers_words,
    said_of,
    source_words,
    value_words,
)

_STATUS_BADGES: Final = {
    "unknown": "gray",
    "assumed": "gray",
    "claimed": "orange",
    "documented": "blue",
    "verified": "green",
    "contradicted": "red",
    "not_applicable": "gray",
}


def status_badge(bank: Bank, status: str) -> str:
    """A status of evidence in its colour, as Markdown."""
    return f":{_STATUS_BADGES[status]}-badge[{named(bank, 'statuses', status)}]"


def show(found: Assessed, question_id: str) -> None:
    """The question, where it stands, what the numbers say, and what is behind it."""
    assessment = found.assessment
    bank, question = assessment.bank, assessment.bank.questions[question_id]
    st.subheader(asked(question), anchor=False)
    st.markdown(f"**{plain(read(question.question))}**")
    graded = assessment.graded.get(question_id)
    parts = [question.priority, t("impact {n} of 5", n=question.impact)]
    expects = assessment.profile.expects
    parts.append(
        t(
            "at the stage {stage}, level {n} is expected",
            stage=named(bank, "stages", expects),
            n=question.stage_expect[expects],
        )
    )
    if graded is not None:
        stands = (
            t("Nobody has answered it yet.")
            if graded.decided_by == "nobody"
            else t(
                "Counts now: {level}, decided by {who}",
                level=level_words(graded.level),
                who=decided_label(graded.decided_by),
            )
        )
        st.markdown(f"{status_badge(bank, graded.status)} {plain(stands)}")
        if graded.disagreement is not None:
            st.warning(plain(say(graded.disagreement)))
        for notice in assessment.standings[question_id].notices:
            st.warning(plain(say(notice.text)))
    elif question_id in assessment.waiting:
        st.caption(t("Whether it applies depends on the profile, which does not say."))
    else:
        st.caption(t("By the profile of the deal it does not apply."))
    st.caption(" · ".join(parts))
    _numbers(found, question)
    background(bank, question)


def background(bank: Bank, question: Question) -> None:
    """Why it is asked, how to verify the answer, what to ask for, and the references."""
    with st.expander(t("Why it matters, how to verify, what to ask for")):
        references = [
            f"{bank.frameworks[name].name}: {', '.join(ids)}"
            for name, ids in question.refs.items()
            if ids
        ]
        rows = [
            (t("Why it matters"), read(question.why)),
            (t("How to verify"), read(question.verify)),
            (t("Evidence to ask for"), read(question.evidence)),
            (t("Whom to ask"), named(bank, "respondents", question.respondent)),
            (t("To close it out"), read(question.close_out.text)),
        ]
        if question.red_flag is not None:
            rows.append((t("Red flag"), read(question.red_flag.text)))
        if references:
            rows.append((t("References"), "; ".join(references)))
        st.markdown("\n\n".join(said_of(f"**{label}**", plain(text)) for label, text in rows))


def levels(question: Question) -> None:
    """The five anchored levels."""
    lines = [f"- **{n}** {plain(read(text))}" for n, text in enumerate(question.levels)]
    st.markdown("\n".join(lines))


def _numbers(found: Assessed, question: Question) -> None:
    numbers = found.assessment.numbers.get(question.id)
    if numbers is None or question.autofill is None:
        return
    with st.container(border=True, gap="xsmall", key=f"risk_numbers_{question.id}"):
        st.markdown(f"**{t('What the numbers say')}**")
        lines = numbers_words(found.assessment, numbers)
        if lines:
            st.markdown("\n".join(f"- {plain(line)}" for line in lines))
        elif not numbers.metrics:
            st.caption(t("Nothing yet: what they need is missing."))
        for metric_id in numbers.metrics:
            if metric_id in found.metrics:
                _metric(found, found.metrics[metric_id])
        if numbers.missing or numbers.problems:
            lacking = [*numbers.problems, *numbers.missing]
            with st.expander(t("What is missing for more: {n}", n=len(lacking))):
                st.markdown("\n".join(f"- {plain(say(text))}" for text in lacking))


def _metric(found: Assessed, metric: Metric) -> None:
    """The metric with its value, and behind a click what it was computed from."""
    bank = found.assessment.bank
    row = bank.metrics[metric.id]
    value = value_words(metric.value, row.unit)
    if metric.spread is not None and metric.spread.p05 != metric.spread.p95:
        value += f" ({interval(metric.spread.p05, metric.spread.p95, row.unit)})"
    with st.expander(plain(said_of(read(row.name), value))):
        st.caption(plain(f"{row.id} = {row.formula}"))
        if metric.inputs:
            tables.show(
                (t("Input"), t("Value"), t("Known as"), t("Source")),
                (
                    [
                        plain(input_label(one.name, bank)),
                        plain(value_words(one.value, one.unit)),
                        named(bank, "statuses", one.status),
                        plain(source_words(one)),
                    ]
                    for one in metric.inputs
                ),
                left=(0, 2, 3),
            )
