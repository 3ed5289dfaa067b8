"""The shape of a deal's page: the answer on the left, the inputs on the right."""

from collections.abc import Callable, Mapping

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import charts, frame, notice, scenario
from dashboard.components.evaluation import evaluate, field_of
from dashboard.deal import Deal
from dashboard.findings import Evaluation
from dashboard.language import t
from dashboard.scenario import FIELDS


def show(
    *,
    heading: Callable[[Deal], None],
    answer: Callable[[Evaluation], None],
    inputs: Callable[[Evaluation | None], Mapping[str, InputError]] | None = None,
    also: Mapping[str, str] | None = None,
) -> None:
    """Evaluate the deal at hand and show ``answer``; while a field is refused, say why.

    What was typed stays in its field, with the reason underneath. ``inputs`` are those that
    a page asks beside the deal's, and gives what it refuses; ``also`` is what it adds to the
    address for them.
    """
    frame.follow_address(also=also)
    deal, refused = scenario.current_scenario().effective()
    evaluation = None
    if not refused:
        try:
            evaluation = evaluate(deal)
        except InputError as error:
            refused = {field_of(error): error}
    left, right = st.columns([7, 3], gap="medium")
    with left:
        heading(deal)
        if evaluation is not None:
            answer(evaluation)
        else:
            for name, reason in refused.items():
                notice.refused(reason, label=scenario.label(name))
            st.caption(t("Correct the field and the answer returns."))
    with right:
        if inputs is not None:
            refused = {**inputs(evaluation), **refused}
        scenario.inputs({name: reason for name, reason in refused.items() if name in FIELDS})
    charts.draw_now()
