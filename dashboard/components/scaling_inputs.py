"""What the page of size and data asks, and the answer to it kept between clicks."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard import scaling
from dashboard.components import scenario_inputs
from dashboard.components.page_fields import PageFields
from dashboard.deal import Deal
from dashboard.language import N_, t
from dashboard.scaling import Answer
from dashboard.scenario import field_of

FIELDS: Final = PageFields(
    "scaling",
    labels={
        "flop": N_("Training compute, FLOP"),
        "unique_tokens": N_("Different tokens at hand"),
        "served_tokens": N_("Tokens to be served"),
    },
    helps={
        "flop": N_("At first 6 × active parameters × tokens of the deal. Such as 3e24."),
        "unique_tokens": N_("What is left after removing duplicates, such as 5T or 5万亿."),
        "served_tokens": N_("Read and written over the model's whole life, such as 10T."),
    },
)


@st.cache_resource(max_entries=64, show_spinner=False)
def _computed(deal_json: str, typed: tuple[tuple[str, str], ...]) -> Answer | dict[str, InputError]:
    question, refused = scaling.read(Deal.model_validate_json(deal_json), dict(typed))
    if question is None:
        return refused
    try:
        return scaling.answer(question)
    except InputError as error:
        return {field_of(error): error}


def computed(deal: Deal, unread: Mapping[str, InputError]) -> Answer | dict[str, InputError]:
    """What the laws make of the deal's budget, or what was refused, by field.

    ``unread`` are the scenario's fields that could not be read.
    """
    refused = {n: why for n, why in unread.items() if n in scaling.SCENARIO_FIELDS}
    if refused:
        return refused
    return _computed(deal.model_dump_json(), tuple(sorted(FIELDS.typed().items())))


def inputs(deal: Deal, refused: dict[str, InputError]) -> None:
    """Everything that can be typed; a refused field says why underneath."""
    try:
        starts = scaling.starts(deal)
    except InputError:
        starts = dict.fromkeys(scaling.FIELDS, "")
    with st.container(border=True, key="inputs"):
        st.markdown(f"#### {t('Your numbers')}")
        st.caption(t("Change a number and everything follows."))
        for name in scaling.FIELDS:
            FIELDS.text(name, refused, start=starts[name])
        st.markdown(f"**{t('The plan')}**")
        scenario_inputs.field("tokens", refused)
        scenario_inputs.size(refused)
        FIELDS.undo_button(scaling.SCENARIO_FIELDS)
