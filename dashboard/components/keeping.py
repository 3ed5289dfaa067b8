"""The store as the pages use it: whoever is signed in, one tab, and troubles as a sentence."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.components import sign_in
from dashboard.deal import Deal
from dashboard.store.records import Draft, Listed, New, Stored
from dashboard.store.store import Store, open_store

#: A pause in typing after which what stands in a field is kept.
PAUSE_S: Final = 2
_TAB: Final = "tab"
_KEPT: Final = "draft_kept"
_TROUBLE: Final = "store_trouble"


@dataclass(frozen=True, slots=True)
class _Kept:
    """The draft as the store has it."""

    about: str
    base: int
    typed: dict[str, str]


def store() -> Store:
    """The store. Raises ``InputError`` where the database is out of reach."""
    return open_store()


def create(deal: Deal, *, why: str, source: bytes | None = None) -> Stored:
    """A new deal of whoever is signed in. Raises ``InputError``."""
    return store().create(deal, user=sign_in.user(), why=why, source=source)


def create_all(given: Iterable[New]) -> list[Stored]:
    """New deals of whoever is signed in, all or none. Raises ``InputError``."""
    return store().create_all(given, user=sign_in.user())


def save(deal_id: str, deal: Deal, *, base: int, why: str) -> Stored:
    """A new version. Raises ``ConflictError`` and ``InputError``."""
    return store().save(deal_id, deal, base=base, user=sign_in.user(), why=why)


def load(deal_id: str, number: int | None = None) -> Stored:
    """A stored deal. Raises ``InputError``."""
    return store().load(deal_id, user=sign_in.user(), number=number)


def listed(*, archived: bool = False) -> list[Listed]:
    """The deals of whoever is signed in; none, and a trouble, where the store is out of reach."""
    try:
        return store().listed(sign_in.user(), archived=archived)
    except InputError as error:
        trouble(error)
        return []


def autosave(about: str, base: int, typed: Mapping[str, str]) -> None:
    """Keep what is typed in this tab, at once; costs nothing where nothing has changed."""
    state = st.session_state
    now = _Kept(about, base, dict(typed))
    before: _Kept | None = state.get(_KEPT)
    if now == before or (before is None and not typed):
        return
    try:
        store().put_draft(sign_in.user(), about, _tab(), base=base, typed=typed)
    except InputError as error:
        trouble(error)
    else:
        state[_KEPT] = now


def let_go() -> None:
    """Forget this tab's draft."""
    before: _Kept | None = st.session_state.get(_KEPT)
    if before is not None:
        autosave(before.about, before.base, {})


def drafts(about: str, at_hand: Mapping[str, str]) -> list[Draft]:
    """What this person typed about a deal elsewhere or before, the latest first; what equals
    what is typed now is let go.
    """
    try:
        found = store().drafts(sign_in.user(), about)
        for draft in found:
            if draft.tab != _tab() and draft.typed == at_hand:
                drop(about, draft)
    except InputError as error:
        trouble(error)
        return []
    return [one for one in found if one.tab != _tab() and one.typed != at_hand]


def drop(about: str, draft: Draft) -> None:
    """Forget a draft. Raises ``InputError``."""
    store().put_draft(sign_in.user(), about, draft.tab, base=draft.base, typed={})


def trouble(error: InputError) -> None:
    """Remember what the database said, to be shown on top of the page."""
    st.session_state[_TROUBLE] = error


def troubles() -> InputError | None:
    """What the database said since the last time; told once."""
    error: InputError | None = st.session_state.pop(_TROUBLE, None)
    return error


def _tab() -> str:
    tab: str = st.session_state.setdefault(_TAB, secrets.token_hex(8))
    return tab
