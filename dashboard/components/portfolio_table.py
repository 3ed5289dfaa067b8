"""Many deals as one table: computed on demand, sorted and searched in place, exported."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

import pandas as pd
import streamlit as st

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard import portfolio, portfolio_export
from dashboard.components import keeping, report_files
from dashboard.components.risk_assessment import parameters
from dashboard.deal import Deal
from dashboard.language import current, t
from dashboard.portfolio import Line
from dashboard.report import edition as editions
from dashboard.report.portfolio import MOST_DEALS
from dashboard.risk.bank.parameters import Parameters
from dashboard.store.records import Listed

_MOST: Final = 200
#: Numbers from here on are read with their word, 671B.
_LARGE: Final = 1e4
_ASKED: Final = "portfolio_asked"


def show() -> None:
    """One's own deals and the samples side by side, each judged by the same code."""
    st.subheader(t("Side by side"), anchor=False)
    own = keeping.listed()
    with_samples = st.checkbox(
        t("With the samples"), value=not own, key=f"portfolio_samples:{current()}"
    )
    names = [one.name for one in own] + (
        list(deals.sample_names().values()) if with_samples else []
    )
    if not names:
        st.caption(t("There is no deal to compare yet."))
        return
    if st.button(t("Compute the table of {n} deals", n=min(len(names), _MOST)), key="portfolio_do"):
        st.session_state[_ASKED] = True
    if not st.session_state.get(_ASKED):
        return
    found = [keeping.load(one.deal_id).deal for one in own[:_MOST]]
    if with_samples:
        found += [deals.sample(deal_id) for deal_id in deals.samples()]
    _table(_lines(found[:_MOST]))
    _report(own, with_samples=with_samples)


def _report(own: Sequence[Listed], *, with_samples: bool) -> None:
    """The deals as one report: a comparison and a page for each."""
    language = current()
    about = f"portfolio:{language}:{with_samples}:{[(o.deal_id, o.head) for o in own]}"
    st.button(
        t("Make a report of these deals (PDF)"),
        key="portfolio_report",
        help=t("A comparison, and a page for each deal; of {n} deals at most.", n=MOST_DEALS),
        on_click=_begin,
        args=([one.deal_id for one in own], with_samples, language, about),
    )
    report_files.follow(about)


def _begin(own: list[str], with_samples: bool, language: str, about: str) -> None:
    given = []
    try:
        for deal_id in own[:MOST_DEALS]:
            stored = keeping.load(deal_id)
            given.append((stored.deal, editions.of_stored(stored)))
    except InputError as error:
        keeping.trouble(error)
        return
    if with_samples:
        today = datetime.now(UTC).date()
        samples = (deals.sample(deal_id) for deal_id in deals.samples())
        given += [(deal, editions.of_file(deal, as_of=today)) for deal in samples]
    report_files.begin(given[:MOST_DEALS], ["pdf"], language=language, about=about)


def _lines(found: Sequence[Deal]) -> list[Line]:
    lines, today, held = [], datetime.now(UTC).date(), parameters()
    bar = st.progress(0.0) if len(found) > 10 else None
    for n, deal in enumerate(found, start=1):
        lines.append(_line(deal.model_dump_json(), current(), today, held.version, held))
        if bar is not None:
            bar.progress(n / len(found), text=t("{n} of {all}", n=n, all=len(found)))
    if bar is not None:
        bar.empty()
    return lines


@st.cache_data(max_entries=2 * _MOST, show_spinner=False)
def _line(deal_json: str, language: str, as_of: date, version: str, _held: Parameters) -> Line:
    """One deal's line; ``version`` stands for the values of ``_held`` in the cache."""
    assert version == _held.version
    deal = Deal.model_validate_json(deal_json)
    return portfolio.line_of(deal, as_of=as_of, language=language, parameters=_held)


def _table(lines: list[Line]) -> None:
    heads = portfolio_export.headers()
    rows = [portfolio_export.cells(line) for line in lines]
    table = pd.DataFrame(rows, columns=list(heads))
    numbers = table.select_dtypes("number")
    compact = st.column_config.NumberColumn(format="compact")
    st.dataframe(
        table,
        hide_index=True,
        column_config={str(name): compact for name in numbers if (numbers[name] >= _LARGE).any()},
        width="stretch",
        key=f"portfolio:{current()}",
    )
    st.caption(t("Click a heading to sort; the table searches and filters from its corner."))
    today = datetime.now(UTC).date()
    with st.container(horizontal=True):
        st.download_button(
            t("Download as XLSX"),
            portfolio_export.to_xlsx(lines, as_of=today),
            file_name="portfolio.xlsx",
            key="portfolio_xlsx",
            on_click="ignore",
        )
        st.download_button(
            t("Download as CSV"),
            portfolio_export.to_csv(lines),
            file_name="portfolio.csv",
            mime="text/csv",
            key="portfolio_csv",
            on_click="ignore",
        )
