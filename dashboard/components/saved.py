"""How the deal at hand stands in the store: saved, typed over, waiting, or changed by others."""

from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.change_terms import entry_label, entry_value
from dashboard.components import keeping, notice, scenario, scenario_inputs, tables
from dashboard.components.clock import clock
from dashboard.components.scenario import Pending
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.language import current, say, t
from dashboard.scenario import Scenario
from dashboard.store.changes import Change, Clash, changes, clashes, merged
from dashboard.store.records import ConflictError, Draft, state_of

_MOST_WHY: Final = 500


def status() -> None:
    """In the toolbar: which version this is, and the way to save what was typed over it."""
    at_hand = scenario.current_scenario()
    if not at_hand.is_stored:
        label = t("Keep as your own deal")
    else:
        label = t("Save your numbers") if at_hand.typed else t("Rename")
    with st.popover(label, key=f"save_popover:{scenario.revision()}"):
        _save_form(at_hand)
    _offers(at_hand)
    if at_hand.is_stored:
        st.page_link(
            "views/history.py",
            label=t("Version {number}: history", number=at_hand.version),
            width="content",
        )


def panel() -> None:
    """On top of the page: troubles of the store, a change that waits, a newer version."""
    error = keeping.troubles()
    if error is not None:
        notice.refused(error)
        st.caption(t("What you typed is still here; download the deal to be safe."))
    waiting = scenario.pending()
    if waiting is not None:
        _resolve(waiting)
        return
    _newer(scenario.current_scenario())


def _save_form(at_hand: Scenario) -> None:
    deal, refused = at_hand.effective()
    if refused:
        st.caption(t("A field is refused; correct it, then save."))
        return
    key = f"save:{scenario.revision()}:{current()}"
    name = st.text_input(t("Name of the deal"), value=deal.name, key=f"{key}:name", max_chars=200)
    _changes(scenario_inputs.changes())
    why = st.text_input(
        t("Why this change"),
        key=f"{key}:why",
        max_chars=_MOST_WHY,
        placeholder=t("for whoever reads the history"),
    )
    if st.button(t("Save this version"), key=f"{key}:do"):
        named = deal.model_copy(update={"name": name.strip() or deal.name})
        origin = t("from {deal}", deal=at_hand.base().name)
        _save(at_hand, named, why=why.strip() or ("" if at_hand.is_stored else origin))
        st.rerun()


def _save(at_hand: Scenario, deal: Deal, *, why: str) -> None:
    changed = Scenario(deal_id="", own=deal, typed={})
    if at_hand.is_stored:
        scenario.save_over(at_hand.base(), deal, base=at_hand.version, why=why, typed={})
    else:
        scenario.replace_deal(changed, why=why)
    if scenario.pending() is None:
        keeping.let_go()  # what was typed is in the version now


def _changes(typed: list[tuple[str, str, str]]) -> None:
    if typed:
        tables.show(
            (t("Entry"), t("As saved"), t("Yours")),
            ([plain(label), plain(old or "–"), plain(new or "–")] for label, old, new in typed),
            left=(0, 1, 2),
        )


def _offers(at_hand: Scenario) -> None:
    """What was typed here before, or in another window, and never saved."""
    found = keeping.drafts(scenario.about(), scenario.typed_here())
    if not found:
        return
    with st.popover(t("Typed and not saved ({n})", n=len(found))):
        for draft in found[:5]:
            _offer(draft)


def _offer(draft: Draft) -> None:
    fields = list(dict.fromkeys(_typed_where(name) for name in draft.typed))
    st.markdown(f"**{clock(draft.at)}**")
    st.caption(plain(", ".join(fields[:8]) + ("…" if len(fields) > 8 else "")))
    with st.container(horizontal=True):
        st.button(
            t("Take it up"),
            key=f"take_up:{draft.tab}",
            on_click=_take_up,
            args=(draft,),
        )
        st.button(
            t("Forget it"),
            key=f"forget:{draft.tab}",
            on_click=_forget,
            args=(draft,),
        )


def _typed_where(name: str) -> str:
    question = scenario.answered_in(name)
    if question is not None:
        return t("Answer to {question}", question=question)
    return scenario_inputs.label(name) or name.rsplit(":", 1)[-1]


def _take_up(draft: Draft) -> None:
    scenario.take_up(draft.typed)
    _forget(draft)


def _forget(draft: Draft) -> None:
    try:
        keeping.drop(scenario.about(), draft)
    except InputError as error:
        keeping.trouble(error)


def _newer(at_hand: Scenario) -> None:
    """Somebody saved a newer version than the one on screen."""
    if not at_hand.is_stored:
        return
    try:
        found = keeping.load(at_hand.deal_id)
    except InputError as error:
        notice.refused(error)
        return
    if found.head <= at_hand.version:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            t(
                "{author} has saved version {number} at {when}; this is version {mine}.",
                author=plain(found.version.author),
                number=found.head,
                when=clock(found.version.at),
                mine=at_hand.version,
            )
        )
        st.button(
            t("Open version {number}", number=found.head),
            key="open_newer",
            on_click=scenario.open_stored,
            args=(at_hand.deal_id,),
        )


def _resolve(waiting: Pending) -> None:
    """A change that the store did not take: show both sides, and let the reader choose."""
    refusal = waiting.refusal
    with st.container(border=True, key="pending_change"):
        st.markdown(f"**{t('Your change is not saved')}**")
        st.markdown(plain(say(refusal.message)))
        if isinstance(refusal, ConflictError):
            _two_sides(waiting, refusal)
            return
        _difference(changes(state_of(waiting.base), state_of(waiting.mine)))
        _ways_out(waiting)


def _two_sides(waiting: Pending, refusal: ConflictError) -> None:
    base, mine = state_of(waiting.base), state_of(waiting.mine)
    theirs = state_of(refusal.current.deal)
    contested = clashes(base, theirs, mine)
    author = refusal.current.version.author
    paths = {clash.path for clash in contested}
    for said, state in (
        (t("Saved by {author} since you opened it", author=plain(author)), theirs),
        (t("Changed by you"), mine),
    ):
        alone = [c for c in changes(base, state) if c.path not in paths]
        if alone:
            st.caption(said)
            _difference(alone)
    if contested:
        st.markdown(t("**Changed by both**: choose what holds."))
    chosen = {clash.path: _side(clash, n, author) for n, clash in enumerate(contested)}
    kept = [path for path, side in chosen.items() if side == "mine"]
    with st.container(horizontal=True):
        if st.button(
            t("Save both changes together"),
            key="conflict_merge",
            disabled=None in chosen.values(),
        ):
            try:
                both = deals.from_mapping(merged(base, theirs, mine, keep_mine=kept))
            except InputError as error:
                notice.refused(error)
                return
            scenario.save_over(
                refusal.current.deal,
                both,
                base=refusal.current.head,
                why=waiting.why,
                typed=scenario.current_scenario().typed,
            )
            st.rerun()
    _ways_out(waiting)


def _side(clash: Clash, number: int, author: str) -> str | None:
    """Whose value holds; nothing is chosen for the reader."""
    options = {
        "theirs": plain(f"{author}: {entry_value(clash.path, clash.theirs)}"),
        "mine": plain(t("Yours: {value}", value=entry_value(clash.path, clash.mine))),
    }
    before = t("before: {value}", value=entry_value(clash.path, clash.base))
    picked: str | None = st.radio(
        f"{plain(entry_label(clash.path))} ({plain(before)})",
        list(options),
        index=None,
        format_func=lambda side: options.get(side, side),
        key=f"clash:{number}:{scenario.revision()}:{current()}",
    )
    return picked


def _ways_out(waiting: Pending) -> None:
    with st.container(horizontal=True):
        if st.button(t("Save yours as another deal"), key="conflict_copy"):
            copy = waiting.mine.model_copy(
                update={"name": t("{deal} (copy)", deal=waiting.mine.name)[:200]}
            )
            made = Scenario(deal_id="", own=copy, typed={})
            scenario.open_deal(made, why=waiting.why)
            st.rerun()
        st.button(t("Give up your change"), key="conflict_drop", on_click=scenario.give_up_pending)
        st.download_button(
            t("Download yours"),
            lambda: deals.dumps(waiting.mine),
            file_name="deal.yaml",
            mime="application/yaml",
            key="conflict_download",
            on_click="ignore",
        )


def _difference(found: list[Change]) -> None:
    difference(found, heads=(t("Before"), t("After")))


def difference(found: list[Change], *, heads: tuple[str, str]) -> None:
    """A table of entries that differ; a word where none does."""
    if not found:
        st.caption(t("Nothing differs."))
        return
    tables.show(
        (t("Entry"), *heads),
        (
            [
                plain(entry_label(c.path)),
                plain(entry_value(c.path, c.before)),
                plain(entry_value(c.path, c.after)),
            ]
            for c in found
        ),
        left=(0, 1, 2),
    )
