"""What drives a scenario: tornado, rank correlation, two-way tables and the break-even map."""

from typing import Final

import streamlit as st

from costmodel.venture.explore import drivers
from costmodel.venture.explore.break_even import break_even_map
from costmodel.venture.explore.drivers import Outcome, Table
from costmodel.venture.inputs import INPUTS, VentureInputs
from dashboard.charts import break_even
from dashboard.charts.break_even import Place
from dashboard.components import charts, tables
from dashboard.components.text import plain
from dashboard.exhibits import venture as exhibits
from dashboard.exhibits.venture import UNITS
from dashboard.language import N_, amount, interval, number, t
from dashboard.terms import assumption_label
from dashboard.venture.answering import Answer
from dashboard.venture.figures import LABELS

_TABLES: Final = {
    "raise_by_rent": N_("Runway, months, by the size of the round and the rents"),
    "price_by_cost": N_("Margin of the third year by the falls of price and cost"),
    "exit_by_dilution": N_("Multiple by exit multiple and what a share keeps"),
}
_AXES: Final = {
    "raise_usd": N_("Round"),
    "compute_price_shock": N_("Rents, times"),
    "price_fall_per_year": N_("Price falls a year"),
    "cost_fall_per_year": N_("Cost falls a year"),
    "exit_multiple": N_("Exit multiple"),
    "kept_to_exit": N_("A share keeps"),
}
_AXIS_UNITS: Final = {"kept_to_exit": "fraction"}


def show(answer: Answer) -> None:
    """One input at a time, two at a time, and the break-even of a month."""
    found = drivers.tornados(answer.inputs)
    outcomes = [o for o in ("runway_months", "moic", "year_3_margin") if found.get(o)]
    labels = {outcome: t(LABELS[outcome]) for outcome in outcomes}
    chosen = st.segmented_control(
        t("What is moved"),
        outcomes,
        default=outcomes[0],
        format_func=lambda outcome: labels[outcome],
        required=True,
        wrap=True,
        key="venture_tornado",
    )
    outcome: Outcome = next(o for o in drivers.OUTCOMES if o == chosen)
    st.subheader(t("One input at a time"), anchor=False)
    _tornado(answer, outcome)
    st.subheader(t("Two inputs at a time"), anchor=False)
    for table in drivers.two_way_tables(answer.inputs):
        _table(table)
    st.caption(t("All else is in its middle; a runway is followed for {n} months.", n=drivers.FAR))
    st.subheader(t("Break-even of a month of today"), anchor=False)
    _map(answer.inputs)


def _tornado(answer: Answer, outcome: Outcome) -> None:
    found = drivers.tornados(answer.inputs)[outcome]
    unit = UNITS[outcome]
    drawn = exhibits.driven_by(found)
    if drawn is None:
        st.caption(t("No input that is uncertain moves it."))
        return
    charts.show(drawn, key=f"venture_tornado_{outcome}")
    rho = drivers.rank_correlations(answer.result, outcome)
    with st.expander(t("The same as a table, with rank correlations")):
        rows = [
            (
                assumption_label(bar.name),
                interval(bar.low, bar.high, bar.unit),
                f"{amount(bar.at_low, unit)} → {amount(bar.at_high, unit)}",
                number(round(rho[bar.name], 2)) if bar.name in rho else "–",
            )
            for bar in found.bars
        ]
        heads = (t("Input"), t("From P10 to P90"), t("Outcome"), t("Rank correlation"))
        tables.show(heads, rows)
        st.caption(
            t(
                "The correlation is over the worlds drawn, in which risks hang together: an input "
                "stands for what comes with it."
            )
        )


def _table(table: Table) -> None:
    unit = UNITS[table.outcome]
    st.markdown(f"**{t(_TABLES[table.name])}**")
    heads = (
        f"{t(_AXES[table.row_name])} ↓ · {t(_AXES[table.column_name])} →",
        *(_axis(table.column_name, value) for value in table.columns),
    )
    rows = [
        (_axis(table.row_name, row), *(_cell(float(cell), unit) for cell in cells))
        for row, cells in zip(table.rows, table.cells, strict=True)
    ]
    tables.show(heads, rows)


def _cell(value: float, unit: str) -> str:
    """Short enough for six columns on a phone: the title names the months."""
    return number(float(f"{value:.3g}")) if unit == "month" else amount(value, unit)


def _axis(name: str, value: float) -> str:
    unit = _AXIS_UNITS.get(name) or INPUTS[name].unit
    text = amount(value, unit)
    return plain(f"{text}×" if unit == "ratio" else text)


def _map(inputs: VentureInputs) -> None:
    found = break_even_map(inputs)
    if found is None:
        st.caption(t("No tokens are sold, so there is nothing to break even with."))
        return
    places = (
        Place(label=t("today"), tokens=found.now[0], price=found.now[1]),
        Place(label=t("in a year"), tokens=found.in_a_year[0], price=found.in_a_year[1]),
    )
    charts.show(
        break_even.figure(found.tokens, found.prices, found.line_tokens, places),
        key="venture_break_even",
    )
    st.caption(
        t(
            "At the costs of today, in the middle of all inputs: volume × (price − cost × (1 + "
            "free share)) against everything else that a month costs."
        )
    )
