"""Where every number comes from: the cited rows, searchable, and the one a link points to."""

import streamlit as st

from costmodel.facts import FactError
from costmodel.messages import InputError
from dashboard.components import facts, frame, notice
from dashboard.language import t

_LINKS = ("fact", "runs", "prices")

frame.follow_address(keep=_LINKS)
frame.title(
    t("Sources"),
    t("Every number has a row with its source, date and grade. Nothing else enters."),
)
query = st.query_params
try:
    if "fact" in query:
        facts.one_fact(query["fact"])
    elif "runs" in query:
        facts.runs_of(*[*query["runs"].split("/"), "", ""][:3])
    elif "prices" in query:
        facts.prices_of(query["prices"])
except (InputError, FactError):
    notice.refused(InputError("", "nothing stands behind this link; search the tables below"))
facts.tables(st.text_input(t("Search"), key="search", placeholder="H100"))
