"""What serving the model costs: dollars per million tokens, fleet, margin, and the levers."""

import streamlit as st

from dashboard.components import frame, scenario, serving, serving_cards, serving_inputs, workbench
from dashboard.components.text import plain
from dashboard.language import t
from dashboard.serving import Answer


def _show(answer: Answer) -> None:
    serving_cards.figures(answer)
    serving.notes(answer)
    st.subheader(t("Memory of a replica"), anchor=False)
    serving.memory(answer)
    st.subheader(t("Margin"), anchor=False)
    serving.margin(answer)
    st.subheader(t("What would make it cheaper"), anchor=False)
    serving.levers(answer)
    st.subheader(t("Held against published speeds"), anchor=False)
    serving.benchmarks()
    st.subheader(t("Assumptions"), anchor=False)
    serving_cards.assumptions(answer)


frame.follow_address(also=serving_inputs.FIELDS.in_address())
deal, unread = scenario.current_scenario().effective()


def _heading() -> None:
    frame.title(
        t("Serving {deal}", deal=plain(deal.name)),
        t("What a million tokens costs, how many accelerators a traffic needs, and what is left."),
    )


workbench.show_found(
    serving_inputs.FIELDS,
    serving_inputs.computed(deal, unread),
    heading=_heading,
    answer=_show,
    inputs=lambda refused: serving_inputs.inputs(deal, refused),
)
