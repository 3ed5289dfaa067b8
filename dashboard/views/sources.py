"""Where every number comes from: the cited rows, searchable, and the one a link points to."""

import streamlit as st

from dashboard.components import facts, frame
from dashboard.language import t

_LINKS = ("fact", "runs", "prices")

frame.follow_address(keep=_LINKS)
frame.title(
    t("Sources"),
    t("Every number has a row with its source, date and grade. Nothing else enters."),
)
query = st.query_params
if "fact" in query:
    facts.one_fact(query["fact"])
elif "runs" in query:
    generation, _, model_class = query["runs"].partition("/")
    facts.runs_of(generation, model_class)
elif "prices" in query:
    facts.prices_of(query["prices"])
facts.tables(st.text_input(t("Search"), key="search", placeholder="H100"))
