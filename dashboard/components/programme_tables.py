"""The team and the data bought as tables to edit; what is typed ends as text in the address."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from costmodel.money import programme as model
from dashboard import programme_plan
from dashboard.components.page_fields import PageFields, why
from dashboard.language import t
from dashboard.programme import ProgrammeAnswer
from dashboard.terms import counted_kind, region_label, role_label

_TEAM: Final = ("role", "region", "headcount", "first_month", "months")
_DATA: Final = ("kind", "quantity")


def team(fields: PageFields, answered: ProgrammeAnswer) -> None:
    """Who works on the programme, one row for each kind of people."""
    regions = model.regions()
    roles = sorted({role for region in regions for role in model.roles(region)})
    st.caption(
        t(
            "People of one role in one country, and the months that they are paid; empty months "
            "run to the end. Pay and on-costs are among the assumptions."
        )
    )
    columns = {
        "role": _choice(t("Role"), roles, role_label),
        "region": _choice(t("Country"), regions, region_label),
        "headcount": st.column_config.TextColumn(t("People"), max_chars=12),
        "first_month": st.column_config.TextColumn(t("From month"), max_chars=12),
        "months": st.column_config.TextColumn(t("Months"), max_chars=12),
    }
    _editor(fields, "team", _TEAM, columns, answered, alt=t("Team"))


def data(fields: PageFields, answered: ProgrammeAnswer) -> None:
    """What is bought for training, one row for each kind of data."""
    st.caption(t("Quantities in what the kind is priced by: 14.8T tokens, 20k hours, 3 years."))
    columns = {
        "kind": _choice(t("Kind of data"), model.kinds(), counted_kind),
        "quantity": st.column_config.TextColumn(t("Amount"), max_chars=20),
    }
    _editor(fields, "data", _DATA, columns, answered, alt=t("Data bought"))


def _choice(label: str, options: Sequence[str], show: Callable[[str], str]) -> Any:
    def shown(option: object) -> str:
        return show(str(option)) if option in options else str(option)

    return st.column_config.SelectboxColumn(label, options=list(options), format_func=shown)


def _editor(
    fields: PageFields,
    name: str,
    names: Sequence[str],
    columns: dict[str, Any],
    answered: ProgrammeAnswer,
    *,
    alt: str,
) -> None:
    """A table that starts from the text of its field and keeps it up to date.

    Streamlit keeps edits against the rows that the table started from, so those stay as they
    are while the same table is on screen; a table that comes back, or whose default has
    changed under it, starts anew under another key.
    """
    state = st.session_state
    base, edition = f"programme:{name}:rows", f"programme:{name}:edition"
    text = fields.typed().get(name, answered.defaults[name])
    key = fields.key(f"{name}:{state.setdefault(edition, 0)}")
    if state.get(base) != text and (key not in state or name not in fields.typed()):
        state[base] = text
        state[edition] += 1
        key = fields.key(f"{name}:{state[edition]}")

    def follow() -> None:
        rows = edited(programme_plan.cells(state[base], len(names)), state[key], names)
        fields.put(name, programme_plan.packed(rows))

    rows = programme_plan.cells(state[base], len(names))
    st.data_editor(
        pd.DataFrame([[cell or None for cell in row] for row in rows], columns=list(names)),
        key=key,
        num_rows="dynamic",
        hide_index=True,
        column_config=columns,
        on_change=follow,
        placeholder="–",
        alt=alt,
    )
    why(name, answered.refused)


def edited(
    rows: Sequence[Sequence[str]], edits: dict[str, Any], names: Sequence[str]
) -> list[list[str]]:
    """The rows after what a data editor reports: cells changed, rows added and deleted."""
    changed = [list(row) for row in rows]
    for index, cells in edits["edited_rows"].items():
        for column, value in cells.items():
            if column in names:
                changed[int(index)][names.index(column)] = _text(value)
    gone = set(edits["deleted_rows"])
    kept = [row for index, row in enumerate(changed) if index not in gone]
    added = [[_text(cells.get(column)) for column in names] for cells in edits["added_rows"]]
    return kept + added


def _text(value: object) -> str:
    return "" if value is None else str(value)
