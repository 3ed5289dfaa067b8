"""The backtest on screen: tables by group, the dots, the curve, and what is left out."""

from collections.abc import Callable
from typing import Final

import pandas as pd
import streamlit as st

from costmodel import backtest
from costmodel.backtest import Backtest, Row
from dashboard import backtesting
from dashboard.charts import calibration
from dashboard.charts.calibration import Dot
from dashboard.components import charts, tables
from dashboard.language import amount, exact, t
from dashboard.terms import group_label

_LEVELS: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_SIZES: Final = ((0.0, 1e9), (1e9, 1e10), (1e10, 1e11), (1e11, 1e14))


@st.cache_resource(show_spinner=False)
def _found() -> tuple[Backtest, tuple[tuple[float, float, float], ...]]:
    return backtesting.run(), backtest.coverage_curve(_LEVELS)


def show() -> None:
    """The whole backtest on the rows of ``data/``."""
    found, curve = _found()
    steps = [row for row in found.rows if row.unit == "s"]
    runs = [row for row in found.rows if row.unit != "s"]
    st.subheader(t("Error and coverage"), anchor=False)
    by = st.segmented_control(
        t("By"),
        ("source", "chip", "size"),
        default="source",
        required=True,
        format_func=lambda key: _BY[key][0](),
        key="backtest_by",
    )
    _groups(found, _BY[by][1])
    st.subheader(t("Whole runs, predicted over published accelerator-hours"), anchor=False)
    charts.show(calibration.ratios([_dot(row) for row in runs]), key="runs_chart")
    st.subheader(t("Steps, predicted over published seconds"), anchor=False)
    charts.show(calibration.ratios([_dot(row) for row in steps]), key="steps_chart")
    st.subheader(t("Do the intervals hold?"), anchor=False)
    charts.show(calibration.coverage(curve), key="coverage_chart")
    st.subheader(t("Rows outside their 80% interval"), anchor=False)
    st.dataframe(_outside(found.outside()), hide_index=True, width="stretch")
    st.subheader(t("Rows left out, and why"), anchor=False)
    reasons = backtesting.reasons(found.excluded)
    st.dataframe(
        pd.DataFrame({t("Reason"): [t(r) for r, _ in reasons], t("Rows"): [n for _, n in reasons]}),
        hide_index=True,
        width="stretch",
    )


def _groups(found: Backtest, key: Callable[[Row], str]) -> None:
    names = sorted({key(row) for row in found.rows})
    heads = (t("Rows"), t("Number"), t("Mean error"), t("Median error"), t("In the 80% interval"))
    rows = []
    for name in names:
        group = Backtest(rows=tuple(r for r in found.rows if key(r) == name), excluded=())
        cells = (
            name,
            str(len(group.rows)),
            amount(group.mape, "fraction"),
            amount(group.median_ape, "fraction"),
            amount(group.coverage_80, "fraction"),
        )
        rows.append(cells)
    tables.show(heads, rows)


def _outside(rows: tuple[Row, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            t("Row"): [row.id for row in rows],
            t("Source"): [group_label(row.group) for row in rows],
            t("Accelerator"): [row.chip for row in rows],
            t("Published"): [amount(row.published, row.unit) for row in rows],
            t("Predicted"): [amount(row.predicted, row.unit) for row in rows],
            t("Error"): [amount(row.error, "fraction") for row in rows],
        }
    )


def _dot(row: Row) -> Dot:
    return Dot(
        label=row.id,
        params=row.params,
        ratio=row.predicted / row.published,
        low=row.low_80 / row.published,
        high=row.high_80 / row.published,
        covered=row.covered,
    )


def _size(row: Row) -> str:
    low, high = next((a, b) for a, b in _SIZES if a <= row.params < b)
    if not low:
        return t("under {high} parameters", high=exact(high))
    if high == _SIZES[-1][1]:
        return t("from {low} parameters", low=exact(low))
    return t("{low} to {high} parameters", low=exact(low), high=exact(high))


_BY: Final[dict[str, tuple[Callable[[], str], Callable[[Row], str]]]] = {
    "source": (lambda: t("Source"), lambda row: group_label(row.group)),
    "chip": (lambda: t("Accelerator"), lambda row: row.chip),
    "size": (lambda: t("Size"), _size),
}
