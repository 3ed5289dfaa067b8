"""Small Markdown tables: they wrap on a phone, and a screen reader reads them by row."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

import streamlit as st

from costmodel.uncertainty import Percentiles
from dashboard.components.text import money
from dashboard.language import amount, interval, t

Rows: TypeAlias = Iterable[Sequence[str]]
_FIRST: Final = (0,)
_NO_BREAK: Final = "\u00a0"
_SHORT: Final = 12


def table(heads: Sequence[str], rows: Rows, *, left: Sequence[int] = _FIRST) -> str:
    """The table as Markdown; columns ``left`` are words, the others numbers at the right.

    Cells are Markdown already; a dollar sign in them is money. A number stays on one line
    with its unit.
    """
    words = frozenset(left)
    line = [":--" if column in words else "--:" for column in range(len(heads))]
    body = [
        [cell if i in words else _on_one_line(cell) for i, cell in enumerate(cells)]
        for cells in rows
    ]
    return money("\n".join(f"| {' | '.join(cells)} |" for cells in (heads, line, *body)))


def _on_one_line(cell: str) -> str:
    """A short cell without a place to break; a range may break on a phone."""
    return cell.replace(" ", _NO_BREAK) if len(cell) <= _SHORT else cell


def show(heads: Sequence[str], rows: Rows, *, left: Sequence[int] = _FIRST) -> None:
    """``table`` on the page."""
    st.markdown(table(heads, rows, left=left))


def spreads(head: str, rows: Iterable[tuple[str, Percentiles]]) -> None:
    """Dollars with their 90% range, one row for each ``head``."""
    show(
        (head, t("Median"), t("90% range")),
        ((label, amount(p.p50, "usd"), interval(p.p05, p.p95, "usd")) for label, p in rows),
    )
