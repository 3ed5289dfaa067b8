"""Which size and how much data: every scaling law side by side, and what their limits are."""

import streamlit as st

from dashboard.components import charts, frame, scaling, scenario
from dashboard.components.text import plain
from dashboard.language import t
from dashboard.scaling import Answer


def _show(answer: Answer) -> None:
    st.subheader(t("What this compute buys, by each law"), anchor=False)
    scaling.allocations(answer)
    st.subheader(t("What another size would lose"), anchor=False)
    scaling.size_chart(answer)
    st.subheader(t("When the data run short"), anchor=False)
    scaling.limited_data(answer)
    st.subheader(t("When the model is served"), anchor=False)
    scaling.served(answer)
    st.subheader(t("The laws and what they were fitted on"), anchor=False)
    scaling.constants(answer)


scaling.ASKED.follow_address()
deal, unread = scenario.current_scenario().effective()
found = scaling.computed(deal, unread)
left, right = st.columns([7, 3], gap="medium")
with left:
    frame.title(
        t("Model size and data"),
        t("How to split the compute of {deal} between size and data.", deal=plain(deal.name)),
    )
    if isinstance(found, Answer):
        _show(found)
    else:
        scaling.ASKED.refusals(found)
with right:
    scaling.inputs(deal, {} if isinstance(found, Answer) else found)
charts.draw_now()
