"""The case library on its page: cases like the deal at hand, how cases ended, each case."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd
import streamlit as st

from costmodel.messages import InputError
from dashboard.case_output import rate_words
from dashboard.case_terms import (
    basis_words,
    country_words,
    features_words,
    figures,
    grade_words,
    kind_label,
    name_words,
    outcome_label,
    outcome_meaning,
    sector_words,
)
from dashboard.cases import library
from dashboard.cases.base_rates import base_rates
from dashboard.cases.comparables import Comparable, Comparables, comparables
from dashboard.cases.library import CLOSED, KINDS, OUTCOMES, Case, Outcome
from dashboard.components import provenance, tables
from dashboard.components.page_fields import PageFields
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.language import N_, amount, current, interval, listed, read, say, t
from dashboard.terms import source_title

FIELDS: Final = PageFields(
    "cases",
    labels={
        "kind": N_("Kind"),
        "outcome": N_("Outcome"),
        "holding": N_("Search the cases"),
        "case": N_("Read a case"),
    },
    prefix="case_",
)
_COLOURS: Final[Mapping[Outcome, str]] = {
    "fail": "red",
    "acquihire": "orange",
    "base": "blue",
    "good": "green",
    "outlier": "violet",
    "open": "gray",
}
_NONE: Final[Mapping[str, InputError]] = {}


def like(deal: Deal) -> None:
    """The cases most like the deal, why, what differs, or that none is near."""
    found = comparables(deal, library.cases())
    st.subheader(t("Cases like {deal}", deal=plain(deal.name)), anchor=False)
    said = plain(say(found.said))
    if found.companies:
        st.markdown(said)
    else:
        st.info(said)
    _limits(found)
    for head, near in ((t("Companies"), found.companies), (t("Training runs"), found.runs)):
        if near:
            st.markdown(f"**{head}**")
        for each in near:
            _comparable(each)
    if found.beyond is not None and not found.companies:
        with st.expander(t("The nearest that is not near")):
            _comparable(found.beyond)


def _limits(found: Comparables) -> None:
    said = []
    if found.itself:
        names = listed(name_words(case) for case in found.itself)
        said.append(t("About the deal itself, and not compared: {names}.", names=names))
    if found.not_stated:
        features = features_words(found.not_stated)
        said.append(t("The deal does not state {features}.", features=features))
    if said:
        st.caption(money(plain(" ".join(said))))


def _comparable(found: Comparable) -> None:
    case = found.case
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{_badge(case)} **{plain(name_words(case))}**")
        st.markdown(plain(read(case.lesson)))
        lines = [f"- = {plain(say(message))}" for message in found.alike]
        lines += [f"- ≠ {plain(say(message))}" for message in found.differs]
        with st.expander(t("Why it is comparable, and what became of it")):
            st.markdown("\n".join(lines))
            st.markdown(plain(read(case.happened)))
            st.caption(_sources(case))


def rates() -> None:
    """How the closed cases ended: rates, warning and history in one box, never apart."""
    found = base_rates(library.cases())
    st.subheader(t("How the closed cases ended"), anchor=False)
    with st.container(border=True, key="base_rates"):
        st.warning(plain(say(found.warning)))
        tables.show(
            (t("Outcome"), t("Cases, with the 90% range of the count"), t("Meaning")),
            (
                (outcome_label(outcome), rate_words(rate), plain(outcome_meaning(outcome)))
                for outcome, rate in zip(CLOSED, found.rates, strict=True)
            ),
            left=(0, 1, 2),
        )
        st.markdown(f"**{t('Beside all venture financings')}**")
        tables.show(
            (t("Outcome"), t("Cases"), t("Venture financings"), t("Source")),
            (
                (
                    listed(outcome_label(outcome) for outcome in band.rate.outcomes),
                    rate_words(band.rate),
                    interval(band.low, band.high, "fraction"),
                    ", ".join(
                        provenance.fact_link(fact)
                        for fact in (band.historical, band.updated)
                        if fact is not None
                    ),
                )
                for band in found.bands
            ),
            left=(0, 1, 2, 3),
        )


def every() -> None:
    """All cases as a table with its filters, and one of them in full."""
    st.subheader(t("All cases"), anchor=False)
    typed = FIELDS.typed()
    kinds = {"": t("every kind")} | {kind: kind_label(kind) for kind in KINDS}
    outcomes = {"": t("every outcome")} | {each: outcome_label(each) for each in OUTCOMES}
    with st.container(horizontal=True):
        with st.container(width=240):
            FIELDS.choice("kind", list(kinds), _NONE, start="", show=lambda one: kinds[one])
        with st.container(width=240):
            FIELDS.choice(
                "outcome", list(outcomes), _NONE, start="", show=lambda one: outcomes[one]
            )
        with st.container(width=320):
            FIELDS.text("holding", _NONE, placeholder=t("a name, or a word such as licence"))
    shown = library.chosen(
        library.cases(),
        kind=typed.get("kind", ""),
        outcome=typed.get("outcome", ""),
        holding=typed.get("holding", ""),
    )
    if not shown:
        st.info(t("No case is so."))
        return
    st.dataframe(_rows(shown), hide_index=True, key=f"cases_table:{current()}")
    names = {case.id: name_words(case) for case in shown}
    start = shown[0].id
    FIELDS.choice("case", list(names), _NONE, start=start, show=lambda one: names[one])
    case = library.find(FIELDS.typed().get("case", start))
    _one(shown[0] if case is None or case not in shown else case)


def _rows(cases: Sequence[Case]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            t("Case"): [name_words(case) for case in cases],
            t("Kind"): [kind_label(case.kind) for case in cases],
            t("Outcome"): [outcome_label(case.outcome) for case in cases],
            t("Date"): [case.outcome_date for case in cases],
            t("Country"): [country_words(case.country) for case in cases],
            t("Sector"): [sector_words(case.sector) for case in cases],
            t("Founded"): [str(case.founded or "") for case in cases],
            t("Raised in all"): [
                "" if case.raised_usd is None else amount(case.raised_usd, "usd") for case in cases
            ],
            t("Grade"): [grade_words(case) for case in cases],
        }
    )


def _one(case: Case) -> None:
    with st.container(border=True):
        st.markdown(f"#### {plain(name_words(case))}")
        st.markdown(_badge(case))
        for label, text in (
            (t("Claimed"), read(case.claimed)),
            (t("What became of it"), read(case.happened)),
            (t("Lesson"), read(case.lesson)),
        ):
            st.markdown(f"**{label}**  \n{plain(text)}")
        tables.show(
            (t("Figure"), t("Value")),
            ((plain(label), plain(value)) for label, value in figures(case)),
            left=(0, 1),
        )
        st.caption(_sources(case))


def _badge(case: Case) -> str:
    if case.outcome is None:
        return f":gray-badge[{kind_label(case.kind)}]"
    date = f" · {case.outcome_date}" if case.outcome_date else ""
    return f":{_COLOURS[case.outcome]}-badge[{outcome_label(case.outcome)}{date}]"


def _sources(case: Case) -> str:
    """Grade, basis of the class, sources, where in them, and what to mind."""
    titles = []
    for source in case.sources:
        title = plain(source_title(source))
        titles.append(f"[{title}]({source.url})" if source.url.startswith("https://") else title)
    parts = [plain(grade_words(case)), plain(basis_words(case)), listed(titles)]
    parts += [plain(case.locator), plain(case.note)]
    return money(" · ".join(part for part in parts if part))
