"""The deals of whoever is signed in, as the store lists them."""

from typing import Final

import streamlit as st

from dashboard.components import frame, keeping, scenario
from dashboard.components.clock import clock
from dashboard.components.text import plain
from dashboard.language import t
from dashboard.store.records import Listed
from dashboard.trail_terms import ROLE_NAMES

#: Beyond these a list is searched, not read.
_MOST: Final = 50


def show() -> None:
    """The list, searched by name, and behind it those that were put away."""
    found = keeping.listed()
    st.subheader(t("Your deals"), anchor=False)
    if not found:
        st.caption(
            t("None yet. Open a sample and keep it, type a new deal, or bring a file: below.")
        )
    if len(found) > 5:
        wanted = st.text_input(t("Search by name"), key="deals_search").strip().lower()
        found = [one for one in found if wanted in one.name.lower()]
    for one in found[:_MOST]:
        _row(one)
    if len(found) > _MOST:
        st.caption(t("The latest {n} of {all}.", n=_MOST, all=len(found)))
    away = keeping.listed(archived=True)
    if away:
        with st.expander(t("Put away ({n})", n=len(away))):
            for one in away[:_MOST]:
                _row(one)


def _row(one: Listed) -> None:
    with st.container(border=True, gap="xsmall"):
        words, button = st.columns([5, 1], vertical_alignment="center")
        with words:
            st.markdown(f"**{plain(one.name)}**")
            st.caption(
                t(
                    "version {number}, {when}, {who}; your role: {role}",
                    number=one.head,
                    when=clock(one.changed_at),
                    who=plain(one.author),
                    role=t(ROLE_NAMES[one.role]),
                )
            )
        with button:
            if st.button(
                t("Open"),
                key=f"open:{one.deal_id}",
                on_click=scenario.open_stored,
                args=(one.deal_id,),
                width="stretch",
            ):
                frame.open_overview()
