"""Every deal at hand with its answer in one line, and the way to open one's own."""

import streamlit as st

from costmodel.messages import InputError
from costmodel.uncertainty import Percentiles
from dashboard import deal as deals
from dashboard.components import (
    claims,
    frame,
    notice,
    opening,
    portfolio_table,
    risk_verdict,
    scenario,
    sheet_import,
    stored_deals,
)
from dashboard.components.evaluation import evaluate
from dashboard.components.text import money, plain
from dashboard.deal import Deal, localised
from dashboard.language import amount, current, interval, t
from dashboard.scenario import Scenario
from dashboard.terms import quantity_label


def _card(deal: Deal, opens: Scenario, *, key: str) -> None:
    with st.container(border=True, gap="xsmall"):
        words, button = st.columns([5, 1], vertical_alignment="center")
        with words:
            st.markdown(f"**{plain(deal.name)}**")
            st.caption(plain(localised(deal.about, current())))
            try:
                evaluation = evaluate(deal)
            except InputError as error:
                notice.under_field(error)
            else:
                claims.summary(evaluation.findings)
                estimate = evaluation.estimate
                headed, outcome, unit = quantity_label("usd"), estimate.usd, "usd"
                if outcome is None:
                    headed, outcome, unit = t("It takes"), estimate.gpu_hours, "gpu_hour"
                spread = Percentiles.of(outcome)
                span = interval(spread.p05, spread.p95, unit)
                st.markdown(money(f"{headed} **{amount(spread.p50, unit)}** ({span})"))
                risk_verdict.in_a_list(deal)
        with button:
            if st.button(
                t("Open"),
                key=f"open:{key}",
                on_click=scenario.open_deal,
                args=(opens,),
                width="stretch",
            ):
                frame.open_overview()


frame.follow_address()
frame.title(
    t("Deals"),
    t("Real public claims to start from, all checked by the same code. Open one, or yours."),
)
stored_deals.show()
for number, own in enumerate(scenario.unsaved_deals()):
    _card(own, Scenario(deal_id="", own=own, typed={}), key=f"own:{number}")
st.subheader(t("Samples"), anchor=False)
for deal_id in deals.samples():
    sample = Scenario(deal_id=deal_id, own=None, typed={})
    _card(deals.sample(deal_id), sample, key=deal_id)
st.subheader(t("Bring your own deal"), anchor=False)
opening.deal_upload()
sheet_import.show()
portfolio_table.show()
