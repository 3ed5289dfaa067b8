"""Cash on the page of scenarios: the answer, the fan with the proof, what the money goes to."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import streamlit as st

from costmodel.venture.cash import COST_LINES
from costmodel.venture.explore import drivers
from costmodel.venture.inputs import VentureInputs
from dashboard.components import cards, charts, notice, tables
from dashboard.components.text import plain
from dashboard.exhibits import venture as exhibits
from dashboard.language import N_, amount, t
from dashboard.scenario_output import headline_words, shown, warnings
from dashboard.terms import assumption_label
from dashboard.venture.answering import Answer
from dashboard.venture.figures import EXPLAINED, LABELS, Figure, figures
from dashboard.venture.stresses import each_alone
from dashboard.venture_names import CARDS as CARD_NAMES

_TOP: Final = ("runway_months", "p_cash_lasts_to_proof", "moic_expected", "irr_expected")
_MORE: Final = (
    "proof_months",
    "spare_months",
    "p_cash_lasts_to_round",
    "break_even_month",
    "break_even_tokens",
    "months_to_negative_margin",
    "year_3_margin",
    "burn_multiple",
    "compute_share_of_raise",
    "inference_efficiency",
)
_LINES: Final = {
    "people": N_("People"),
    "research": N_("Research compute"),
    "serving": N_("Serving, free users included"),
    "data": N_("Data"),
    "licences": N_("Licences"),
    "support": N_("Support"),
    "other": N_("All else"),
    "market": N_("Go-to-market beyond the plan"),
    "idle": N_("Committed compute that is not used"),
    "one_off": N_("Claims"),
}
_YEAR: Final = 12
#: What the four cards are called: a phone and a narrow column show that much.
_SHORT: Final = {
    "runway_months": N_("Runway"),
    "p_cash_lasts_to_proof": N_("Lasts to the proof"),
    "moic_expected": N_("Expected multiple"),
    "irr_expected": N_("Expected IRR"),
}
_DRIVERS: Final = 3


def headline(answer: Answer) -> None:
    """The answer first: four figures, and what moves them most."""
    by_name = figures(answer.inputs, answer.result)
    with st.grid(4, min_column_width=150):
        for name in _TOP:
            _card(name, by_name, answer)
    _driven_by(answer)


def _card(name: str, by_name: Mapping[str, Figure], answer: Answer) -> None:
    value, below = headline_words(name, by_name, answer)
    cards.card(t(_SHORT[name]), value, below, meaning=t(EXPLAINED[name]))


def _driven_by(answer: Answer) -> None:
    tornado = drivers.tornados(answer.inputs).get("runway_months")
    names = [] if tornado is None else [bar.name for bar in tornado.bars[:_DRIVERS]]
    if names:
        listed = ", ".join(assumption_label(name) for name in names)
        st.caption(t("What moves the runway most: {inputs}.", inputs=plain(listed)))


def show(answer: Answer) -> None:
    """The fan of the cash with the proof, the other figures, and what the money goes to."""
    st.subheader(t("Cash, with the next proof"), anchor=False)
    charts.show(exhibits.cash(answer), key="venture_fan")
    st.caption(
        t(
            "The line is the median, the bands hold 50% and 90% of the worlds. The proof is due in "
            "the coloured span, its slip included; below zero the company needs money that the "
            "plan does not have."
        )
    )
    st.subheader(t("What each stress would do alone"), anchor=False)
    _each_stress(answer.inputs)
    st.subheader(t("Other figures"), anchor=False)
    by_name = figures(answer.inputs, answer.result)
    rows = [(t(LABELS[n]), shown(by_name[n])) for n in _MORE if n in by_name]
    tables.show((t("Figure"), t("Median, 90% range")), rows, left=(0,))
    st.subheader(t("What the money goes to"), anchor=False)
    _lines(answer)
    st.subheader(t("What to mind"), anchor=False)
    notice.notes(warnings(answer))


def _each_stress(inputs: VentureInputs) -> None:
    """Runway, margin and multiple under each card by itself, in the middle of all inputs."""
    body = [
        (
            t(CARD_NAMES[one.card]),
            one.outcomes["runway_months"],
            one.proof,
            one.outcomes["year_3_margin"],
        )
        for one in each_alone(inputs)
    ]
    tables.show(
        (t("Stress"), t("Runway"), t("Proof"), t("Margin, year 3")),
        body,
    )
    st.caption(t("In the middle of all inputs; a dash is no change. Sizes are mostly judgements."))


def _lines(answer: Answer) -> None:
    """Dollars of the first and the third year, by line, at their medians."""
    flow = answer.result.worlds.flow
    months = flow.revenue_usd.shape[-1]
    spans = [(0, _YEAR), (2 * _YEAR, min(3 * _YEAR, months))]

    def of(values: np.ndarray, first: int, last: int) -> float:
        return float(np.median(values[..., first:last].sum(axis=-1)))

    rows = []
    for name in COST_LINES:
        usd = [of(flow.costs[name], *span) for span in spans]
        if any(abs(value) > 0.5 for value in usd):
            rows.append((t(_LINES[name]), *(amount(value, "usd") for value in usd)))
    revenue = [of(flow.revenue_usd, *span) for span in spans]
    rows.append((t("Revenue"), *(amount(value, "usd") for value in revenue)))
    burn = [of(flow.burn_usd, *span) for span in spans]
    rows.append((t("Net burn"), *(amount(value, "usd") for value in burn)))
    tables.show((t("Line"), t("First year"), t("Third year")), rows)
