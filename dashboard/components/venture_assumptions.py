"""Every input of a scenario with its range and where it comes from."""

from collections.abc import Iterator

import streamlit as st

from costmodel.facts import Fact
from costmodel.money.assumed import Assumption
from costmodel.venture.inputs import INPUTS, InputSpec
from dashboard.components import provenance
from dashboard.components.provenance import Row, fact_link
from dashboard.language import amount, interval, t
from dashboard.terms import assumption_label
from dashboard.venture.answering import Answer
from dashboard.venture.gathering import Base


def show(answer: Answer) -> None:
    """What is stated or computed, what is cited, and what is counted as none."""
    rows = list(_rows(answer))
    st.markdown(provenance.table([row for row, is_used in rows if is_used]))
    idle = [row for row, is_used in rows if not is_used]
    with st.expander(t("Not stated, and counted as none or unchanged")):
        st.markdown(provenance.table(idle))


def _rows(answer: Answer) -> Iterator[tuple[Row, bool]]:
    """Every input, and whether it says anything."""
    for a in answer.inputs.assumptions:
        spec, base = INPUTS[a.name], answer.base
        source = _source(a, base, spec)
        said = a.name in base.typed | base.stated | base.computed or a.origin is not None
        yield (assumption_label(a.name), _value(a), source), said or _is_stressed(a, spec)


def _value(a: Assumption) -> str:
    if a.range.low == a.range.high:
        return amount(a.range.low, a.unit)
    return interval(a.range.low, a.range.high, a.unit)


def _source(a: Assumption, base: Base, spec: InputSpec) -> str:
    if _is_stressed(a, spec) and a.name not in base.typed:
        return t("a stress")
    if a.name in base.typed:
        return t("typed by you")
    if a.name in base.computed:
        return t("computed by the cost model")
    if a.name in base.stated:
        return t("stated in the deal")
    if isinstance(a.origin, Fact):
        return fact_link(a.origin)
    return t("not stated")


def _is_stressed(a: Assumption, spec: InputSpec) -> bool:
    """Whether a card has moved the input away from where it has no effect."""
    if spec.group != "shock" and a.name != "raise_delay_months":
        return False
    ends = (a.range.low, a.range.high)
    return a.name != "claim_month" and ends != (spec.neutral, spec.neutral)
