"""A figure on a card: its name, its value, what stands below, and where it comes from."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.components import provenance
from dashboard.components.provenance import Row
from dashboard.components.text import money


def card(label: str, value: str, below: str, *, meaning: str = "") -> DeltaGenerator:
    """A card; what is put into it stands under the figure."""
    box = st.container(border=True, gap="xsmall")
    with box:
        st.metric(money(label), value, help=money(meaning) or None)
        st.caption(money(below))
    return box


def explained(
    name: str,
    label: str,
    value: str,
    below: str,
    *,
    meaning: str,
    formula: str,
    rows: Sequence[Row],
) -> None:
    """A card with a button that opens the formula and the rows behind the figure."""
    with card(label, value, below, meaning=meaning):
        provenance.explained(label, formula, meaning, rows, key=f"source:{name}")
