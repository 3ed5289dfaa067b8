"""A spreadsheet of deals: what was understood, what was not, and the button that stores them."""

from typing import Final

import streamlit as st

from costmodel.messages import InputError
from dashboard import spreadsheet
from dashboard.components import keeping, notice, scenario, tables
from dashboard.components.text import plain
from dashboard.language import current, say, t
from dashboard.spreadsheet.preview import Column, Preview
from dashboard.store.records import New

_MOST_SHOWN: Final = 50
_STORED: Final = "sheet_stored"
_LAST: Final = "sheet_stored_last"


def show() -> None:
    """Choose a file, look at the preview, store the rows that make a deal."""
    stored = st.session_state.pop(_STORED, None)
    if stored is not None:
        st.success(t("{n} deals are stored.", n=stored))
    uploaded = st.file_uploader(
        t("A spreadsheet of deals (CSV or XLSX), one deal a row"),
        key=f"sheet:{scenario.revision()}:{current()}",
        help=t("Nothing is stored before you have seen what was understood."),
    )
    if uploaded is None:
        return
    try:
        sheet = spreadsheet.read(uploaded.getvalue(), uploaded.name)
        mapping = _mapping()
        preview = spreadsheet.understand(sheet, mapping)
    except InputError as error:
        notice.refused(error)
        return
    _preview(preview)
    found = preview.deals
    if found:
        st.button(
            t("Store {n} deals", n=len(found)),
            key="sheet_store",
            on_click=_store,
            args=(preview, uploaded.name, uploaded.file_id),
        )


def _mapping() -> dict[str, str]:
    """What the reader says of columns: one a line, such as ``C: plan.tokens (T)``."""
    with st.expander(t("Say what a column is")):
        text = st.text_area(
            t("One column a line: its letters or header, a colon, the field and its unit"),
            key=f"sheet_mapping:{current()}",
            placeholder="C: plan.tokens (T)\nRemarks: -",
            max_chars=5_000,
        )
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return {name.strip(): field.strip() for name, _, field in pairs}


def _preview(preview: Preview) -> None:
    n_rows = len(preview.rows)
    st.markdown(f"**{t('{n} of {all} rows make a deal', n=len(preview.deals), all=n_rows)}**")
    notice.notes(preview.remarks)
    tables.show(
        (t("Column"), t("Header"), t("Understood as")),
        ([one.letters, plain(one.header), _understood(one)] for one in preview.columns),
        left=(0, 1, 2),
    )
    problems = preview.problems
    if problems:
        st.markdown(f"**{t('What is not clear ({n})', n=len(problems))}**")
        tables.show(
            (t("Cell"), t("Header"), t("What is not clear")),
            (
                [one.cell or "–", plain(one.header or "–"), plain(say(one.message))]
                for one in problems[:_MOST_SHOWN]
            ),
            left=(0, 1, 2),
        )
        if len(problems) > _MOST_SHOWN:
            st.caption(t("The first {n} of {all}.", n=_MOST_SHOWN, all=len(problems)))


def _understood(column: Column) -> str:
    if column.path is None or column.label is None:
        near = ", ".join(f"`{path}`" for path in column.nearest)
        return t("not understood") + (f" ({t('perhaps {fields}', fields=near)})" if near else "")
    unit = f", {say(column.unit)}" if column.unit is not None else ""
    remarks = "".join(f"; {say(remark)}" for remark in column.remarks)
    return plain(say(column.label) + unit + remarks)


def _store(preview: Preview, name: str, file_id: str) -> None:
    """A callback, which nothing breaks off; a second click on the same file stores nothing."""
    if st.session_state.get(_LAST) == file_id:
        return
    why = t("from {file}", file=name[:100])
    try:
        made = keeping.create_all(New(deal=deal, why=why) for deal in preview.deals)
    except InputError as error:
        keeping.trouble(error)
    else:
        st.session_state[_LAST] = file_id
        st.session_state[_STORED] = len(made)
