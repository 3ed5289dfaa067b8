"""What the last answer did to the verdict and the score, said where it was given."""

import streamlit as st

from dashboard.components import risk_assessment
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.language import percent, points, t
from dashboard.risk.assessment import Assessment
from dashboard.risk.comparison import compare
from dashboard.risk_terms import topics, verdict_label


def show(deal: Deal, assessment: Assessment) -> None:
    """What the last answer did to the verdict and the score."""
    last = risk_assessment.last_change(deal)
    if last is None:
        return
    question, before = last
    found = compare(before, assessment)
    was, now = before.scores.overall, assessment.scores.overall
    if was is None or now is None:
        return
    names = {
        "before": verdict_label(assessment, found.before),
        "after": verdict_label(assessment, found.after),
    }
    if found.before != found.after:
        head = t(
            "The verdict went from {before} to {after}, because of {questions}.",
            questions=topics(assessment, found.moved_by) or question,
            **names,
        )
    else:
        head = t("Saved: {question}. The verdict stays {after}.", question=question, **names)
    moved = t(
        "Expected score {was} → {now}, coverage {covered} → {covers}, open P0 {open} → {left}.",
        was=points(was.expected),
        now=points(now.expected),
        covered=percent(was.coverage),
        covers=percent(now.coverage),
        open=len(before.verdict.open_p0),
        left=len(assessment.verdict.open_p0),
    )
    st.info(f"{plain(head)} {plain(moved)}")
