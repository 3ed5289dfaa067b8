"""What the final run costs: dollars by line, what moves them, and every assumption."""

import streamlit as st

from dashboard.components import estimates, frame, layouts, notice, provenance, workbench
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.findings import Evaluation
from dashboard.language import t


def _heading(deal: Deal) -> None:
    frame.title(
        t("Training cost of {deal}", deal=plain(deal.name)),
        t("The bill of the final run, what moves it, and where every number comes from."),
    )


def _answer(evaluation: Evaluation) -> None:
    st.subheader(t("Dollars by line"), anchor=False)
    estimates.bill(evaluation)
    st.subheader(t("Every figure with its range"), anchor=False)
    estimates.range_chart(evaluation)
    st.subheader(t("What the doubt comes from"), anchor=False)
    st.caption(t("Share of the spread of the cost that each assumption explains."))
    estimates.sensitivity_chart(evaluation)
    st.subheader(t("Layouts that fit, the fastest first"), anchor=False)
    layouts.show(evaluation)
    st.subheader(t("Assumptions"), anchor=False)
    provenance.assumptions_table(evaluation)
    notice.notes(evaluation.warnings)


workbench.show(heading=_heading, answer=_answer)
