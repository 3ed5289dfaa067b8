"""The deal at hand: which one, what was typed over it, and its link.

The scenario lives in the session as text exactly as typed; the address bar follows it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

import streamlit as st

from costmodel.messages import InputError
from dashboard import deal_ids
from dashboard import scenario as scenarios
from dashboard.components import keeping, notice
from dashboard.deal import Deal
from dashboard.language import current
from dashboard.scenario import FIELDS, Scenario
from dashboard.store.records import Stored

_SCENARIO: Final = "scenario"
_REVISION: Final = "scenario_revision"
_REFUSAL: Final = "scenario_refusal"
_OWN_DEALS: Final = "own_deals"
_PENDING: Final = "pending_change"
#: What is typed on a page beside the deal stands in the session under this and the page's name.
PAGE_TYPED: Final = "typed:"
_ANSWERS: Final = "answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A change that the store has not taken: over ``base``, the reader's deal, and why not."""

    base: Deal
    mine: Deal
    why: str
    refusal: InputError


def current_scenario() -> Scenario:
    """The session's scenario; a new session starts from its link, else from a sample."""
    state = st.session_state
    if _SCENARIO not in state:
        try:
            state[_SCENARIO] = _of_link(st.query_params.to_dict())
        except InputError as error:
            state[_REFUSAL] = error
            state[_SCENARIO] = scenarios.from_query({})
        state[_REVISION] = 0
    scenario: Scenario = state[_SCENARIO]
    return scenario


def _of_link(query: Mapping[str, str]) -> Scenario:
    if deal_ids.is_stored(query.get("deal", "")):
        return _opened(keeping.load(query["deal"]), typed=scenarios.typed_in(query))
    return scenarios.from_query(query)


def _opened(found: Stored, *, typed: Mapping[str, str]) -> Scenario:
    return Scenario(
        deal_id=found.deal_id, own=found.deal, typed=typed, version=found.version.number
    )


def open_deal(scenario: Scenario, *, why: str = "", source: bytes | None = None) -> None:
    """Make ``scenario`` the one at hand; every input starts from it. An own deal that is not
    stored yet is: ``why`` says what it came from, ``source`` is the file that holds it.
    """
    if scenario.deal_id != current_scenario().deal_id:
        typed_answers().clear()
    put(_stored(scenario, why, source) if scenario.own and not scenario.is_stored else scenario)
    st.session_state.pop(_PENDING, None)
    st.session_state.pop(_REFUSAL, None)


def open_stored(deal_id: str, *, number: int | None = None) -> None:
    """Make a stored deal the one at hand; a refusal is shown on the page."""
    try:
        found = keeping.load(deal_id, number)
    except InputError as error:
        st.session_state[_REFUSAL] = error
    else:
        open_deal(_opened(found, typed={}))


def put(scenario: Scenario) -> None:
    """Make a scenario the one at hand as it is; every input starts from it."""
    state = st.session_state
    state[_SCENARIO] = scenario
    state[_REVISION] = state.get(_REVISION, 0) + 1


def _stored(scenario: Scenario, why: str, source: bytes | None) -> Scenario:
    """The scenario with its deal in the store; as it is, and in the session, where that fails."""
    deal = scenario.base()
    try:
        found = keeping.create(deal, why=why, source=source)
    except InputError as error:
        keeping.trouble(error)
        unsaved_deals().append(deal)
        return scenario
    return _opened(found, typed=scenario.typed)


def revision() -> int:
    """How often another deal was opened: part of the key of a field that starts anew then."""
    number: int = st.session_state.get(_REVISION, 0)
    return number


def replace_deal(changed: Scenario, *, why: str = "") -> None:
    """Make an edited deal the one at hand, saved as a new version of the deal that it came from,
    or as a deal of its own. Where the store does not take it, it waits for the reader.
    """
    at_hand = current_scenario()
    if not at_hand.is_stored or changed.own is None:
        _forget_unsaved(at_hand.own)
        answers = dict(typed_answers())
        open_deal(changed, why=why)
        typed_answers().update(answers)  # it is the same deal, kept as one's own
        return
    save_over(at_hand.base(), changed.own, base=at_hand.version, why=why, typed=changed.typed)


def save_over(before: Deal, mine: Deal, *, base: int, why: str, typed: Mapping[str, str]) -> None:
    """Save ``mine`` over version ``base`` of the deal at hand, which held ``before``."""
    deal_id = current_scenario().deal_id
    try:
        found = keeping.save(deal_id, mine, base=base, why=why)
    except InputError as error:
        st.session_state[_PENDING] = Pending(base=before, mine=mine, why=why, refusal=error)
        put(Scenario(deal_id=deal_id, own=before, typed=typed, version=base))
    else:
        open_deal(_opened(found, typed=typed))


def pending() -> Pending | None:
    """The change that waits for the reader."""
    waiting: Pending | None = st.session_state.get(_PENDING)
    return waiting


def give_up_pending() -> None:
    """Let the waiting change go, and look at what the store has."""
    open_stored(current_scenario().deal_id)


def unsaved_deals() -> list[Deal]:
    """Own deals that live in the session alone: opened by a link, or refused by the store."""
    kept: list[Deal] = st.session_state.setdefault(_OWN_DEALS, [])
    scenario = current_scenario()
    if scenario.own is not None and not scenario.is_stored and scenario.own not in kept:
        kept.append(scenario.own)
    return kept


def _forget_unsaved(deal: Deal | None) -> None:
    st.session_state[_OWN_DEALS] = [one for one in unsaved_deals() if one != deal]


def about() -> str:
    """What a draft of the scenario at hand is about: a stored deal, a sample, or another's link."""
    return current_scenario().deal_id or "link"


def typed_here() -> dict[str, str]:
    """Everything that is typed and not saved: over the deal, and on the pages beside it."""
    found = dict(current_scenario().typed)
    for key, fields in st.session_state.items():
        if str(key).startswith(PAGE_TYPED):
            found |= {f"{key}:{name}": text for name, text in fields.items()}
    return found


def typed_answers() -> dict[str, str]:
    """What is typed into the answers of the risk checklist, by question and field."""
    held: dict[str, str] = st.session_state.setdefault(f"{PAGE_TYPED}{_ANSWERS}", {})
    return held


def answered_in(name: str) -> str | None:
    """The question whose answer a field of a draft is about; ``None`` for another field."""
    page, _, field = name.removeprefix(PAGE_TYPED).partition(":")
    return field.partition(".")[0] if page == _ANSWERS and name.startswith(PAGE_TYPED) else None


def answers_revision() -> int:
    """How often a draft was taken up: their fields start anew then."""
    number: int = st.session_state.get(f"revision:{_ANSWERS}", 0)
    return number


def take_up(typed: Mapping[str, str]) -> None:
    """Type again what a draft has kept."""
    state = st.session_state
    put(replace(current_scenario(), typed={n: v for n, v in typed.items() if n in FIELDS}))
    for key, text in typed.items():
        if key.startswith(PAGE_TYPED):
            page, _, name = key.removeprefix(PAGE_TYPED).partition(":")
            state.setdefault(f"{PAGE_TYPED}{page}", {})[name] = text
            state[f"revision:{page}"] = state.get(f"revision:{page}", 0) + 1


def autosave() -> None:
    """At the end of a page: keep what is typed."""
    scenario = current_scenario()
    keeping.autosave(about(), scenario.version, typed_here())


def link_parameters(scenario: Scenario) -> dict[str, str]:
    """What the address must say to restore the scenario; a deal too long for it is left out."""
    try:
        return scenario.to_query() | {"lang": current()}
    except InputError:
        return {"lang": current()}


def link_query() -> str:
    """The same as the end of an address."""
    return urlencode(link_parameters(current_scenario()))


def show_link_refusal() -> None:
    """Say once why a link or an upload could not be opened."""
    error = st.session_state.get(_REFUSAL)
    if error is not None:
        notice.refused(error)


def is_typed(names: Collection[str]) -> bool:
    """Whether something was typed over one of these fields of the deal."""
    return any(name in current_scenario().typed for name in names)


def undo(names: Collection[str] = scenarios.FIELDS) -> None:
    """Give these fields back to the deal."""
    scenario = current_scenario()
    kept = {name: text for name, text in scenario.typed.items() if name not in names}
    if len(kept) < len(scenario.typed):
        put(replace(scenario, typed=kept))


def type_over(name: str, text: str) -> None:
    """Put ``text`` over a field of the deal at hand; empty gives it back."""
    st.session_state[_SCENARIO] = current_scenario().with_typed(name, text)
    st.session_state.pop(_REFUSAL, None)


def refuse(error: InputError) -> None:
    """Say on top of the page why something could not be opened."""
    st.session_state[_REFUSAL] = error


def field_key(name: str) -> str:
    """The key of an input that starts anew with another deal. The language is part of it: a
    choice is shown in the words it was drawn with.
    """
    return f"{name}:{revision()}:{current()}"
