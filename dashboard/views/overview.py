"""The deal on one screen: what it takes, which claims hold, and the inputs beside."""

import streamlit as st

from dashboard.components import (
    claims,
    estimates,
    frame,
    jobs,
    lab_evidence,
    notice,
    risk_verdict,
    scenario_inputs,
    workbench,
)
from dashboard.components.text import money, plain
from dashboard.deal import Deal, localised
from dashboard.findings import Evaluation
from dashboard.language import current, t


def _heading(deal: Deal) -> None:
    about = plain(localised(deal.about, current()))
    changed = scenario_inputs.changes()
    heading = t("{deal}, with your changes", deal=deal.name) if changed else deal.name
    frame.title(plain(heading), about or t("What this plan takes, and which claims hold."))
    if changed:
        st.markdown(
            " · ".join(
                f"**{money(label)}** {plain(before) or '–'} → {plain(after) or '–'}"
                for label, before, after in changed
            )
        )


def _answer(evaluation: Evaluation) -> None:
    claims.summary(evaluation.findings)
    estimates.figures(evaluation)
    notice.notes(evaluation.warnings)
    risk_verdict.line(evaluation.deal)
    if evaluation.findings:
        st.subheader(t("Claims against the estimate"), anchor=False)
        claims.chart(evaluation)
        claims.table(evaluation)
    st.subheader(t("Every figure with its range"), anchor=False)
    estimates.range_chart(evaluation)
    lab_evidence.show(evaluation.deal)
    jobs.show(evaluation.deal)


workbench.show(heading=_heading, answer=_answer)
