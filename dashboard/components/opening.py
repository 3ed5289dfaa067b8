"""Which deal is at hand: the list of one's own and the samples, and somebody's deal file."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard import scenario as scenarios
from dashboard.components import keeping, scenario
from dashboard.components.clock import clock
from dashboard.language import t
from dashboard.scenario import Scenario
from dashboard.store.files import kept_source

_OWN: Final = "__own__:"
_NEW: Final = "__new__"


def choose_deal() -> None:
    """The list of one's own deals and of the samples."""
    at_hand = scenario.current_scenario()
    samples = deals.sample_names()
    unsaved = {f"{_OWN}{i}": deal for i, deal in enumerate(scenario.unsaved_deals())}
    found = {one.deal_id: one for one in keeping.listed()}
    stored = {deal_id: one.name for deal_id, one in found.items()}
    if at_hand.is_stored:
        stored.setdefault(at_hand.deal_id, at_hand.base().name)
    own = {key: deal.name for key, deal in unsaved.items()} | stored
    names = {key: _own_name(name, samples.values()) for key, name in own.items()} | samples
    made = {key: clock(one.created_at) for key, one in found.items()}
    # Of two that read alike the browser could not say which was chosen.
    names = _told_apart(_told_apart(names, made), {key: key[1:5] for key in own})
    names[_NEW] = t("A new deal: type your own numbers")
    chosen = next(
        (key for key, deal in unsaved.items() if not at_hand.is_stored and deal == at_hand.own),
        at_hand.deal_id,
    )
    key = scenario.field_key("deal")

    def follow() -> None:
        picked = st.session_state[key]
        if picked == _NEW:
            own_one = scenarios.new_deal(t("My deal"))
            scenario.open_deal(Scenario(deal_id="", own=own_one, typed={}), why=t("a new deal"))
        elif picked in unsaved:
            scenario.put(Scenario(deal_id="", own=unsaved[picked], typed={}))
        elif picked in stored:
            scenario.open_stored(picked)
        else:
            scenario.open_deal(Scenario(deal_id=picked, own=None, typed={}))

    st.selectbox(
        t("Deal"),
        list(names),
        index=list(names).index(chosen),
        format_func=lambda deal_id: names.get(deal_id, deal_id),
        key=key,
        on_change=follow,
        width=320,
    )


def _told_apart(names: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """The names; those that occur twice with ``more`` behind them."""
    n = Counter(names.values())
    return {
        key: f"{name} · {more[key]}" if n[name] > 1 and key in more else name
        for key, name in names.items()
    }


def _own_name(name: str, samples: Collection[str]) -> str:
    """The name of an own deal; one that came from a sample says that it is another."""
    return t("{deal} (yours)", deal=name) if name in samples else name


def deal_upload() -> None:
    """Open somebody's own deal file, with its config.json when it names one."""
    key = scenario.field_key("deal_file")

    def follow() -> None:
        files = {file.name: file.getvalue() for file in st.session_state[key] or ()}
        configs = {name: content for name, content in files.items() if name.endswith(".json")}
        wanted = [name for name in files if name not in configs] or list(files)
        if not wanted:
            return
        try:
            deal = deals.loads(files[wanted[0]])
            own = deals.with_config(deal, beside=None, uploaded=configs)
        except InputError as error:
            scenario.refuse(error)
            return
        scenario.open_deal(
            Scenario(deal_id="", own=own, typed={}),
            why=t("from {file}", file=wanted[0][:100]),
            source=kept_source(own, files[wanted[0]]),
        )

    st.file_uploader(
        t("Open a deal file (YAML), with its config.json if it names one"),
        key=key,
        accept_multiple_files=True,
        on_change=follow,
        help=t("Checked strictly: an unknown field is refused with the nearest known one."),
    )
