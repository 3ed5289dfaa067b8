"""The shape of a deal's page: the answer on the left, the inputs on the right."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import charts, frame, notice, scenario, scenario_inputs
from dashboard.components.evaluation import evaluate
from dashboard.components.page_fields import PageFields
from dashboard.deal import Deal
from dashboard.findings import Evaluation
from dashboard.scenario import FIELDS, field_of

_A = TypeVar("_A")


def show_found(
    fields: PageFields,
    found: _A | dict[str, InputError],
    *,
    heading: Callable[[], None],
    answer: Callable[[_A], None],
    inputs: Callable[[dict[str, InputError]], None],
) -> None:
    """The same shape for a page with a question of its own: what was found, or is refused."""
    refused = found if isinstance(found, dict) else {}
    left, right = st.columns([7, 3], gap="medium")
    with left:
        heading()
        if isinstance(found, dict):
            fields.refusals(found)
        else:
            answer(found)
    with right:
        inputs(refused)
    charts.draw_now()


def show(
    *,
    heading: Callable[[Deal], None],
    answer: Callable[[Evaluation], None],
    inputs: Callable[[Evaluation | None], Mapping[str, InputError]] | None = None,
    fields: PageFields | None = None,
) -> None:
    """Evaluate the deal at hand and show ``answer``; while a field is refused, say why.

    What was typed stays in its field, with the reason underneath. ``inputs`` are those that
    a page asks beside the deal's, and gives what it refuses; ``fields`` are what it types them
    into.
    """
    frame.follow_address(also=fields.in_address() if fields else None)
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
            notice.refusals(refused, label=scenario_inputs.label)
    with right:
        if inputs is not None:
            refused = {**inputs(evaluation), **refused}
        scenario_inputs.inputs({name: reason for name, reason in refused.items() if name in FIELDS})
    charts.draw_now()
