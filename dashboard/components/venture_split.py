"""Technology against market on the page of scenarios: the split of the spend as a lever."""

from typing import Final

import streamlit as st

from costmodel.venture.explore.lever import planned_share, splits
from costmodel.venture.inputs import cited
from dashboard.charts import split
from dashboard.charts.palette import COMPUTED, STATED
from dashboard.charts.split import SplitLine
from dashboard.components import charts, tables
from dashboard.components.provenance import fact_link
from dashboard.components.text import plain
from dashboard.language import amount, interval, number, t
from dashboard.terms import assumption_label
from dashboard.venture.answering import Answer

_SHARES: Final = tuple(round(0.1 + 0.05 * i, 2) for i in range(17))


def show(answer: Answer) -> None:
    """The split of the spend, and what it does to runway, proof and value."""
    planned = planned_share(answer.inputs)
    found = splits(answer.inputs, _SHARES)
    st.subheader(t("Research against go-to-market, the sum unchanged"), anchor=False)
    if planned is None or found is None:
        st.caption(t("Research or go-to-market gets nothing here, so there is nothing to split."))
        return
    charts.show(
        split.figure(
            _SHARES,
            [
                SplitLine(
                    label=t("runway"), values=[s.runway_months for s in found], colour=COMPUTED
                ),
                SplitLine(
                    label=t("months to the proof"),
                    values=[s.proof_months for s in found],
                    colour=STATED,
                ),
            ],
            planned=planned,
        ),
        key="venture_split",
    )
    rows = []
    for one in found[::2]:
        value = t("none") if one.exit_usd is None else amount(one.exit_usd, "usd")
        multiple = "–" if one.moic is None else f"{number(one.moic)}x"
        rows.append(
            (
                amount(one.research_share, "fraction"),
                amount(one.runway_months, "month"),
                amount(one.proof_months, "month"),
                amount(one.spare_months, "month"),
                value,
                multiple,
            )
        )
    heads = (
        t("Research"),
        t("Runway"),
        t("Proof"),
        t("Left after proof and round"),
        t("Exit"),
        t("Multiple"),
    )
    tables.show(heads, rows)
    st.caption(
        t(
            "The plan gives research {share}. In the middle of all inputs: more research brings "
            "the proof forward and holds the price, more market makes the tokens sold grow "
            "faster, by these elasticities, which are judgements.",
            share=amount(planned, "fraction"),
        )
    )
    elasticities = ("proof_elasticity", "market_elasticity", "quality_elasticity")
    spans = answer.inputs.spans()
    tables.show(
        (t("Input"), t("90% range"), t("Source")),
        [
            (
                assumption_label(name),
                interval(spans[name].low, spans[name].high, "ratio"),
                fact_link(cited(name))
                if name not in answer.base.typed
                else plain(t("typed by you")),
            )
            for name in elasticities
        ],
        left=(0, 2),
    )
