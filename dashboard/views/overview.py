"""The deal on one screen: what it takes, which claims hold, and the inputs beside."""

import streamlit as st

from dashboard.components import claims, estimates, frame, notice, workbench
from dashboard.components.text import plain
from dashboard.deal import Deal, localised
from dashboard.findings import Evaluation
from dashboard.language import current, t


def _heading(deal: Deal) -> None:
    about = plain(localised(deal.about, current()))
    frame.title(plain(deal.name), about or t("What this plan takes, and which claims hold."))


def _answer(evaluation: Evaluation) -> None:
    claims.summary(evaluation.findings)
    estimates.figures(evaluation)
    notice.notes(evaluation.warnings)
    if evaluation.findings:
        st.subheader(t("Claims against the estimate"), anchor=False)
        claims.chart(evaluation)
        claims.table(evaluation)
    st.subheader(t("How wide the answer is"), anchor=False)
    estimates.range_chart(evaluation)


workbench.show(heading=_heading, answer=_answer)
