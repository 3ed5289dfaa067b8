"""Versions of the deal at hand: compare, restore, freeze; people; the audit trail."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard.change_terms import entry_label, entry_value
from dashboard.components import keeping, notice, saved, scenario, sign_in, tables
from dashboard.components.clock import clock
from dashboard.components.text import plain
from dashboard.language import current, t
from dashboard.risk_terms import said_of
from dashboard.scenario import Scenario
from dashboard.store import files
from dashboard.store.access import ROLES, may_edit, may_share
from dashboard.store.changes import Change, changes
from dashboard.store.records import Entry, Stored, Version, state_of
from dashboard.trail_terms import ROLE_NAMES, entry_words

_MOST_SHOWN: Final = 200
#: A line of the list names so many entries; the comparison below has them all.
_MOST_NAMED: Final = 2
#: Letters of a version's hash that are shown.
_HASH: Final = 16
#: Letters of a change in the list of versions.
_MOST_LETTERS: Final = 90


def show() -> None:
    """The history of a stored deal; how to keep one, for any other."""
    at_hand = scenario.current_scenario()
    if not at_hand.is_stored:
        st.info(t("This is a sample; keep it as your own deal, above, and its history begins."))
        return
    store, user = keeping.store(), sign_in.user()
    found = keeping.load(at_hand.deal_id)
    versions = store.history(at_hand.deal_id, user=user)
    left, right = st.columns([7, 3], gap="medium")
    with left:
        _versions(found, versions)
        _compare(found, versions)
    with right:
        _restore(at_hand, found, versions)
        _freeze(found, versions)
        _people(found)
        _away(found)
    with st.expander(t("Audit trail")):
        _audit(found)


def _versions(found: Stored, versions: list[Version]) -> None:
    st.subheader(t("Versions"), anchor=False)
    changed = keeping.store().changed(found.deal_id, user=sign_in.user(), most=_MOST_SHOWN)
    tables.show(
        (t("Version"), t("When and who"), t("What changed"), t("Why")),
        (
            [
                str(v.number),
                f"{clock(v.at)} · {plain(v.author)}",
                _what(changed.get(v.number)),
                _why(v),
            ]
            for v in versions[:_MOST_SHOWN]
        ),
        left=(0, 1, 2, 3),
    )
    if len(versions) > _MOST_SHOWN:
        st.caption(t("The latest {n} of {all}.", n=_MOST_SHOWN, all=len(versions)))


def _what(changed: list[Change] | None) -> str:
    if changed is None:
        return t("the first version")
    if not changed:
        return t("nothing")
    words = [_changed(one) for one in changed[:_MOST_NAMED]]
    if len(changed) > _MOST_NAMED:
        words.append(t("and {n} more", n=len(changed) - _MOST_NAMED))
    return "; ".join(plain(one) for one in words)


def _changed(one: Change) -> str:
    before, after = entry_value(one.path, one.before), entry_value(one.path, one.after)
    said = said_of(entry_label(one.path), f"{before} → {after}")
    return said if len(said) <= _MOST_LETTERS else entry_label(one.path)


def _why(version: Version) -> str:
    words = [plain(version.why)] if version.why else []
    if version.came_from is not None:
        words.append(t("restores version {number}", number=version.came_from))
    if version.frozen_at is not None:
        note = f": {plain(version.frozen_note)}" if version.frozen_note else ""
        frozen = t(
            "frozen by {who} at {when}",
            who=plain(version.frozen_by or ""),
            when=clock(version.frozen_at),
        )
        words.append(f"**{frozen}**{note} `{version.sha256[:_HASH]}…`")
    return "; ".join(words) or "–"


def _pick(label: str, versions: list[Version], index: int, key: str) -> int:
    labels = {v.number: f"{v.number} · {clock(v.at)} · {v.author}" for v in versions}
    picked: int = st.selectbox(
        label,
        list(labels),
        index=min(index, len(labels) - 1),
        format_func=lambda n: labels.get(n, str(n)),
        key=f"{key}:{scenario.revision()}:{current()}",
    )
    return picked


def _compare(found: Stored, versions: list[Version]) -> None:
    st.subheader(t("Compare two versions"), anchor=False)
    if len(versions) < 2:
        st.caption(t("There is one version so far."))
        return
    one, other = st.columns(2)
    with one:
        before = _pick(t("From"), versions, 1, "compare_from")
    with other:
        after = _pick(t("To"), versions, 0, "compare_to")
    old, new = keeping.load(found.deal_id, before), keeping.load(found.deal_id, after)
    saved.difference(
        changes(state_of(old.deal), state_of(new.deal)),
        heads=(
            t("Version {number}", number=before),
            t("Version {number}", number=after),
        ),
    )


def _restore(at_hand: Scenario, found: Stored, versions: list[Version]) -> None:
    with st.container(border=True):
        st.markdown(f"#### {t('Take a version')}")
        number = _pick(t("Version"), versions, 1, "restore")
        st.download_button(
            t("Download its deal file"),
            lambda: files.content_of(
                keeping.store(), found.deal_id, user=sign_in.user(), number=number
            ),
            file_name=f"deal-v{number}.yaml",
            mime="application/yaml",
            key=f"history_download:{number}:{current()}",
            on_click="ignore",
        )
        if not may_edit(found.role):
            st.caption(t("You may read this deal; an owner can let you edit it."))
            return
        why = st.text_input(
            t("Why this change"), key=f"restore_why:{scenario.revision()}", max_chars=500
        )
        if st.button(
            t("Restore version {number}", number=number),
            key="restore_do",
            disabled=number == found.head,
        ):
            _try(lambda: _restored(at_hand, number, why))


def _restored(at_hand: Scenario, number: int, why: str) -> None:
    keeping.store().restore(
        at_hand.deal_id, number, base=at_hand.version, user=sign_in.user(), why=why
    )
    scenario.open_stored(at_hand.deal_id)


def _freeze(found: Stored, versions: list[Version]) -> None:
    if not may_edit(found.role):
        return
    with st.container(border=True):
        st.markdown(f"#### {t('Freeze for the committee')}")
        st.caption(t("A frozen version keeps its hash: what the committee saw can be shown later."))
        open_ones = [v for v in versions if v.frozen_at is None]
        if not open_ones:
            st.caption(t("Every version is frozen."))
            return
        number = _pick(t("Version"), open_ones, 0, "freeze")
        note = st.text_input(t("Note"), key=f"freeze_note:{scenario.revision()}", max_chars=500)
        if st.button(t("Freeze version {number}", number=number), key="freeze_do"):
            _try(
                lambda: keeping.store().freeze(
                    found.deal_id, number, user=sign_in.user(), note=note
                )
            )


def _people(found: Stored) -> None:
    with st.container(border=True):
        st.markdown(f"#### {t('People')}")
        members = keeping.store().members(found.deal_id, user=sign_in.user())
        for member in members:
            with st.container(horizontal=True, vertical_alignment="center"):
                waits = "" if member.has_signed_in else f" · {t('has not signed in yet')}"
                st.markdown(
                    f"{plain(member.email or member.name)} · {t(ROLE_NAMES[member.role])}{waits}"
                )
                if may_share(found.role) and len(members) > 1:
                    st.button(
                        t("Remove"),
                        key=f"unshare:{member.member_id}",
                        on_click=_unshare,
                        args=(found.deal_id, member.member_id),
                    )
        if not sign_in.is_on():
            st.caption(t("Nobody signs in on this machine: the deals in its database are yours."))
        if not may_share(found.role):
            return
        email = st.text_input(t("E-mail address"), key=f"share_email:{scenario.revision()}")
        labels = {name: t(ROLE_NAMES[name]) for name in reversed(ROLES)}
        role = st.segmented_control(
            t("Role in this deal"),
            list(labels),
            default="viewer",
            required=True,
            format_func=lambda name: labels.get(name, name),
            key=f"share_role:{current()}",
        )
        if st.button(t("Give the role"), key="share_do"):
            _try(lambda: keeping.store().share(found.deal_id, email, role, user=sign_in.user()))


def _unshare(deal_id: str, member_id: int) -> None:
    try:
        keeping.store().unshare(deal_id, member_id, user=sign_in.user())
    except InputError as error:
        keeping.trouble(error)


def _away(found: Stored) -> None:
    if not may_share(found.role):
        return
    label = t("Take the deal back into the list") if found.is_archived else t("Put the deal away")
    if st.button(
        label, key="archive_do", help=t("Nothing is deleted; it comes back with a click.")
    ):
        _try(
            lambda: keeping.store().archive(
                found.deal_id, user=sign_in.user(), away=not found.is_archived
            )
        )


def _audit(found: Stored) -> None:
    entries = keeping.store().audit(found.deal_id, user=sign_in.user())
    tables.show(
        ("#", t("When"), t("Who"), t("What"), t("Hash of the version")),
        (
            [str(e.number), clock(e.at), plain(e.author), plain(entry_words(e)), _hash(e)]
            for e in entries[:_MOST_SHOWN]
        ),
        left=(0, 1, 2, 3, 4),
    )
    st.caption(t("Each entry holds the hash of the one before; a changed one would show here."))


def _hash(entry: Entry) -> str:
    found = entry.detail.get("sha256")
    return f"`{found[:_HASH]}…`" if found else "–"


def _try(action: Callable[[], object]) -> None:
    """Do it and draw the page anew; a refusal stands where the button is."""
    try:
        action()
    except InputError as error:
        notice.under_field(error)
    else:
        st.rerun()
