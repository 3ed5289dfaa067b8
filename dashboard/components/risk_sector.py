"""The sector of a deal on a page: its law, what to mind in its data, and its questions."""

from dataclasses import replace

import streamlit as st

from dashboard.components import scenario
from dashboard.components.text import plain
from dashboard.deal import Deal
from dashboard.language import current, read, t
from dashboard.risk.assessment import Assessment
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.schema import RegulationRow
from dashboard.risk.bank.sectors import GENERAL, Sector
from dashboard.risk_terms import confidence_label, said_of


def show(deal: Deal, assessment: Assessment) -> None:
    """Which sector the deal is of, with a choice of another, and what that sector brings."""
    bank = assessment.bank
    held = assessment.profile.sector
    st.subheader(t("Sector"), anchor=False)
    known = list(bank.sectors)
    picked = st.selectbox(
        t("Sector of the company"),
        known,
        index=known.index(held) if held in known else None,
        format_func=lambda one: read(bank.sectors[one].name),
        key=f"risk_sector:{held}:{current()}",
        placeholder=t("Choose a sector"),
        width=320,
    )
    if picked is None:
        return
    sector = bank.sectors[picked]
    if picked != held and st.button(
        t("Ask {n} questions more: take this sector", n=len(sector.questions)),
        key=f"risk_sector_take:{picked}",
    ):
        _take(deal, picked)
    _brings(bank, sector)


def _take(deal: Deal, sector: str) -> None:
    at_hand = scenario.current_scenario()
    base = at_hand.base()
    company = base.company.model_copy(update={"sector": sector})
    own = base.model_copy(update={"company": company})
    scenario.replace_deal(
        replace(at_hand, deal_id="", own=own, version=0), why=t("sector {sector}", sector=sector)
    )
    st.rerun()


def _brings(bank: Bank, sector: Sector) -> None:
    """Concerns and law, those of every company behind the sector's own."""
    everyone = bank.sectors[GENERAL]
    both = [sector] if sector.id == GENERAL else [sector, everyone]
    for title, texts in (
        (t("What to mind in the data"), [c for each in both for c in each.data_concerns]),
        (t("What to assume of the market"), [m for each in both for m in each.market]),
    ):
        if texts:
            st.markdown(f"**{title}**")
            st.markdown("\n".join(f"- {plain(read(text))}" for text in texts))
    st.markdown(f"**{t('Law and guidance')}**")
    st.caption(
        t(
            "A reading with its source and how sure it is, as of {day}; not legal advice.",
            day=bank.frame.as_of,
        )
    )
    st.markdown("\n".join(_law(bank, row) for each in both for row in each.regulation))


def _law(bank: Bank, row: RegulationRow) -> str:
    """A law as an entry of a list, which a phone has room for: a table of it has not."""
    status = read(bank.name("law_statuses", row.status))
    where = plain(
        " · ".join(
            part
            for part in (read(bank.name("jurisdictions", row.jurisdiction)), status, row.since)
            if part
        )
    )
    source = plain(
        said_of(t("Source"), f"{read(row.source)} · {t('confidence')} ")
        + confidence_label(row.confidence)
    )
    return f"- **{plain(read(row.name))}** ({where})  \n  {plain(read(row.asks))}  \n  *{source}*"
