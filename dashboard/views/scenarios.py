"""Scenarios: cash, runway, odds of the next proof and returns, and what would change them."""

from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import (
    charts,
    frame,
    scenario,
    venture,
    venture_assumptions,
    venture_cash,
    venture_compare,
    venture_drivers,
    venture_inputs,
    venture_returns,
    venture_split,
)
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.deal_scenarios import ScenarioEntry
from dashboard.language import t
from dashboard.venture.answering import Answer

#: Fields of the page by those of the deal file that a refusal names.
_FIELD_OF: Final = {"headcount": "people_usd_per_month", "research": "switch.research"}


def _answer(deal: Deal, entry: ScenarioEntry, refused: dict[str, InputError]) -> Answer | None:
    """The scenario at hand; what is missing joins what is refused."""
    if refused:
        return None
    try:
        return venture.answered(deal, entry)
    except InputError as error:
        name = error.field.rsplit(".", 1)[-1]
        refused[_FIELD_OF.get(name, name)] = error
        return None


def _parts(answer: Answer, refused: dict[str, InputError]) -> None:
    part = venture.part()
    if part == "beside":
        venture_compare.show(deal, entry)
    elif part == "drivers":
        venture_drivers.show(answer)
    elif part == "returns":
        venture_returns.show(answer, refused)
    elif part == "split":
        venture_split.show(answer)
    elif part == "behind":
        venture_assumptions.show(answer)
    else:
        venture_cash.show(answer)


frame.follow_address(also=venture.FIELDS.in_address())
deal, unread = scenario.current_scenario().effective()
entry, refused = venture.at_hand(deal)
found = _answer(deal, entry, refused)
left, right = st.columns([7, 3], gap="medium")
with left:
    frame.title(
        t("Scenarios of {deal}", deal=plain(deal.name)),
        t("How long the cash lasts, whether to the next proof, what comes back, and what if."),
    )
    venture.choose(deal)
    venture.stresses(entry)
    if found is None:
        venture.FIELDS.refusals(refused)
    else:
        venture_cash.headline(found)
        _parts(found, refused)
with right:
    shown = found.base if found is not None else venture.placeholders(deal, entry)
    venture_inputs.show(shown, refused)
charts.draw_now()
