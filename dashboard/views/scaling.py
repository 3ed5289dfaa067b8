"""Which size and how much data: every scaling law side by side, and what their limits are."""

import streamlit as st

from dashboard.components import frame, scaling, scaling_inputs, scenario, workbench
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


frame.follow_address(also=scaling_inputs.FIELDS.in_address())
deal, unread = scenario.current_scenario().effective()


def _heading() -> None:
    frame.title(
        t("Model size and data"),
        t("How to split the compute of {deal} between size and data.", deal=plain(deal.name)),
    )


workbench.show_found(
    scaling_inputs.FIELDS,
    scaling_inputs.computed(deal, unread),
    heading=_heading,
    answer=_show,
    inputs=lambda refused: scaling_inputs.inputs(deal, refused),
)
