"""A workbook that comes back: what somebody changed in it, and the button that takes it."""

from dataclasses import dataclass

import streamlit as st

from costmodel.messages import InputError
from dashboard.change_terms import entry_label, entry_value
from dashboard.components import keeping, notice, scenario, sign_in, tables
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.language import current, t
from dashboard.report.workbook.reading import ReadBack, read_back
from dashboard.scenario import Scenario
from dashboard.store.records import canonical, sha256

_LAST = "workbook_taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """What the workbook was made of: the deal then, its version (0: not of the store), and
    whether that is known.
    """

    deal: Deal
    version: int
    is_known: bool


def show(deal: Deal) -> None:
    """Choose a workbook of this deal, look at the difference, take it."""
    uploaded = st.file_uploader(
        t("A workbook of this deal that somebody changed (XLSX)"),
        type=["xlsx"],
        key=f"workbook:{scenario.revision()}:{current()}",
        help=t("The sheets Inputs and Checklist are read. Nothing is stored before you look."),
    )
    if uploaded is None:
        return
    content = uploaded.getvalue()
    try:
        found = read_back(content, deal, name=uploaded.name)
        base = _base(deal, found.sha256)
        if base.deal != deal:
            found = read_back(content, base.deal, name=uploaded.name)
    except InputError as error:
        notice.refused(error)
        return
    _difference(found, base)
    if found.changes and st.session_state.get(_LAST) != uploaded.file_id:
        st.button(
            t("Take {n} changes", n=len(found.changes)),
            key="workbook_take",
            on_click=_take,
            args=(found, base, uploaded.name, uploaded.file_id),
        )


def _base(deal: Deal, made_of: str | None) -> _Base:
    """The state of the deal that the workbook was made of, found by its hash."""
    at_hand = scenario.current_scenario()
    if made_of in (None, sha256(canonical(deal))):
        return _Base(deal=deal, version=at_hand.version, is_known=made_of is not None)
    if at_hand.is_stored:
        for version in keeping.store().history(at_hand.deal_id, user=sign_in.user()):
            if version.sha256 == made_of:
                older = keeping.load(at_hand.deal_id, version.number)
                return _Base(deal=older.deal, version=version.number, is_known=True)
    return _Base(deal=deal, version=at_hand.version, is_known=False)


def _difference(found: ReadBack, base: _Base) -> None:
    at_hand = scenario.current_scenario()
    if not base.is_known:
        st.warning(
            t(
                "The workbook was not made of a state of this deal that is known here; look at "
                "every line before you take it."
            )
        )
    elif at_hand.is_stored and base.version != at_hand.version:
        st.info(
            t(
                "The workbook was made of version {old}, and the deal is at version {now}: what "
                "both changed is shown for you to choose.",
                old=str(base.version),
                now=str(at_hand.version),
            )
        )
    if not found.changes:
        st.success(t("Nothing was changed in it."))
        return
    tables.show(
        (t("Entry"), t("In the deal"), t("In the workbook")),
        (
            [
                plain(entry_label(one.path)),
                plain(entry_value(one.path, one.before)),
                plain(entry_value(one.path, one.after)),
            ]
            for one in found.changes
        ),
        left=(0, 1, 2),
    )


def _take(found: ReadBack, base: _Base, name: str, file_id: str) -> None:
    """A callback, which nothing breaks off; a second click on the same file stores nothing."""
    if st.session_state.get(_LAST) == file_id:
        return
    st.session_state[_LAST] = file_id
    why = t("from {file}", file=name[:100])
    at_hand = scenario.current_scenario()
    if at_hand.is_stored:
        scenario.save_over(base.deal, found.deal, base=base.version, why=why, typed={})
    else:
        scenario.replace_deal(Scenario(deal_id="", own=found.deal, typed={}), why=why)
