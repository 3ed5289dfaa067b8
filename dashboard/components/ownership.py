"""Renting against owning on a page: what is asked beside the deal, and the answer."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

import pandas as pd
import streamlit as st

from costmodel.facts import facts_of
from costmodel.messages import Amount, InputError, Message
from costmodel.money import prices
from costmodel.money.assumed import Assumption
from costmodel.money.ownership import Bill, OwnershipInputs
from costmodel.money.prices import RUN_PRICE_TYPES
from costmodel.uncertainty import Percentiles
from dashboard import ownership
from dashboard.bill_terms import bill_line, figure_explained, figure_label
from dashboard.charts import bars, course
from dashboard.charts.bars import Bar
from dashboard.charts.course import Course
from dashboard.charts.palette import OWNED, RENTED
from dashboard.components import cards, charts, notice, provenance, tables
from dashboard.components.evaluation import evaluate
from dashboard.components.page_fields import PageFields
from dashboard.components.provenance import Row
from dashboard.components.text import money, plain
from dashboard.deal import Deal
from dashboard.findings import Evaluation
from dashboard.language import N_, amount, current, interval, ranged, t
from dashboard.ownership import Compared, OwnershipAnswer
from dashboard.terms import (
    assumption_label,
    contract_label,
    evidence_label,
    source_title,
    subject_label,
)

FIELDS: Final = PageFields(
    "ownership",
    labels={"contract": N_("Contract")},
    helps={"contract": N_("On demand pays the hours in use; reserved pays the idle ones too.")},
    named=assumption_label,
    read=ownership.from_query,
)

#: Asked first; the other assumptions wait behind a click.
_FIRST: Final = ("purchase_usd", "utilisation", "useful_life_years", "usd_per_kwh")
_RUNNING: Final = ("money_share_per_year", "upkeep_share_per_year")
_FORMULAS: Final = {
    "owned_hour": N_(
        "(price − what a sale brings) ÷ hours in use, and money, upkeep, hosting, staff and "
        "electricity for each hour in use"
    ),
    "rented_hour": N_("rent today; under a reserved contract ÷ share of hours in use"),
    "cheque": N_("accelerators × (chip + server + network) × (1 + spares) + deposit"),
    "break_even": N_("first month in which hardware + running costs so far ≤ rent so far"),
    "pays": N_("scenarios with such a month within the useful life ÷ all scenarios"),
}
_HARDWARE: Final = ("purchase_usd", "server_price_ratio", "network_share", "spares_share")
_RENT: Final = ("usd_per_gpu_hour", "rent_multiple_after_a_year")
_BEHIND: Final[dict[str, tuple[str, ...]]] = {
    "owned_hour": (),
    "rented_hour": ("usd_per_gpu_hour", "utilisation"),
    "cheque": (*_HARDWARE, "hosting_usd_per_kw_month", "deposit_months"),
    "break_even": (*_HARDWARE, *_RENT, "utilisation", *_RUNNING, "usd_per_kwh"),
    "pays": ("useful_life_years", *_RENT, *_HARDWARE),
}


def _today() -> date:
    return datetime.now(tz=UTC).date()


@st.cache_resource(max_entries=16, show_spinner=False)
def _answered(
    deal_json: str, language: str, typed: tuple[tuple[str, str], ...], today: date
) -> OwnershipAnswer:
    assert language == current()
    evaluation = evaluate(Deal.model_validate_json(deal_json))
    return ownership.answer(evaluation, dict(typed), today=today)


def _answer(evaluation: Evaluation) -> OwnershipAnswer:
    typed = tuple(sorted(FIELDS.typed().items()))
    return _answered(evaluation.deal.model_dump_json(), current(), typed, _today())


def inputs(evaluation: Evaluation | None) -> Mapping[str, InputError]:
    """Everything that is asked about renting and owning; gives what is refused of it."""
    answered = _answer(evaluation) if evaluation is not None else None
    refused = answered.refused if answered else {}
    with st.container(border=True, key="ownership_inputs"):
        st.markdown(f"#### {t('Renting and owning')}")
        FIELDS.choice(
            "contract",
            RUN_PRICE_TYPES,
            refused,
            start=RUN_PRICE_TYPES[0],
            show=contract_label,
        )
        cited = ownership.cited(answered) if answered else {}
        for name in _FIRST:
            _text(name, cited, refused)
        others = [name for name in ownership.FIELDS if name not in (*_FIRST, "contract")]
        typed = FIELDS.typed()
        with st.expander(t("Assumptions"), expanded=any(n in typed for n in others)):
            st.caption(t("One number, or a 90% range such as 1.8 - 3.2. Empty: the cited range."))
            for name in others:
                _text(name, cited, refused)
        FIELDS.undo_button()
    return refused


def _text(name: str, cited: Mapping[str, Assumption], refused: Mapping[str, InputError]) -> None:
    placeholder = t("not on record")
    if name in cited:
        span, unit = cited[name].range, cited[name].unit
        placeholder = interval(span.low, span.high, unit)
    FIELDS.text(name, refused, placeholder=placeholder)


def show(evaluation: Evaluation) -> None:
    """The answer first, then the hour, the months, the offers and the assumptions."""
    answered = _answer(evaluation)
    inputs = answered.inputs
    if inputs is None:
        FIELDS.refusals(answered.refused)
        _offers(answered)
        return
    _figures(answered, inputs)
    _sentence(answered)
    notice.notes([*_rent_of_the_deal(inputs), *inputs.warnings])
    if answered.compared is not None:
        st.subheader(t("Owning against renting, month by month"), anchor=False)
        _months(answered, answered.compared)
    assert answered.hour is not None
    assert answered.cheque is not None
    st.subheader(t("An owned hour by line"), anchor=False)
    _bill(answered.hour, "usd_per_hour", key="owned_hour")
    st.subheader(t("The cheque up front by line"), anchor=False)
    _bill(answered.cheque, "usd", key="cheque")
    _offers(answered)
    st.subheader(t("Assumptions"), anchor=False)
    st.markdown(provenance.table([*_of_the_plan(answered), *_rows(inputs)]))


def _figures(answered: OwnershipAnswer, inputs: OwnershipInputs) -> None:
    assert answered.hour is not None
    assert answered.cheque is not None
    with st.grid(4, min_column_width=150):
        _ranged("owned_hour", Percentiles.of(answered.hour.usd), "usd", answered, inputs)
        if answered.compared is not None:
            rent = Percentiles.of(answered.compared.rented_hour)
            _ranged("rented_hour", rent, "usd", answered, inputs)
        _ranged("cheque", Percentiles.of(answered.cheque.usd), "usd", answered, inputs)
        if answered.compared is not None:
            _break_even(answered, answered.compared, inputs)


def _ranged(
    name: str, spread: Percentiles, unit: str, answered: OwnershipAnswer, inputs: OwnershipInputs
) -> None:
    value = amount(spread.p50, unit)
    _card(name, value, interval(spread.p05, spread.p95, unit), answered, inputs)


def _break_even(answered: OwnershipAnswer, found: Compared, inputs: OwnershipInputs) -> None:
    month = found.break_even.month
    value = t("month {n}", n=month) if month is not None else t("no month")
    share = amount(found.break_even.share, "fraction")
    _card("break_even", value, t("in {share} of scenarios it pays", share=share), answered, inputs)


def _card(
    name: str, value: str, below: str, answered: OwnershipAnswer, inputs: OwnershipInputs
) -> None:
    cards.explained(
        name,
        figure_label(name),
        value,
        below,
        meaning=figure_explained(name),
        formula=t(_FORMULAS[name]),
        rows=[*_of_the_plan(answered), *_rows(inputs, *_BEHIND[name])],
    )


def _sentence(answered: OwnershipAnswer) -> None:
    """The answer in words."""
    if answered.compared is None:
        return
    even = answered.compared.break_even
    share = amount(even.share, "fraction")
    if even.month is None:
        said = t(
            "In most scenarios owning never catches up with renting within the useful life; "
            "it does in {share} of them.",
            share=share,
        )
    else:
        said = t(
            "In the middle of all scenarios owning has cost less than renting from month {n} on; "
            "in {share} of them it does at some month of the useful life.",
            n=even.month,
            share=share,
        )
    st.markdown(f"**{plain(said)}**")


def _rent_of_the_deal(inputs: OwnershipInputs) -> list[Message]:
    """A word where no quote stands behind the rent."""
    rents = [a for a in inputs.assumptions if a.name == "usd_per_gpu_hour"]
    if not any(rent.origin is None for rent in rents):
        return []
    return [
        Message(
            "The rent is the price that was given, not a quote; the contract then only "
            "says whether idle hours are paid for."
        )
    ]


def _months(answered: OwnershipAnswer, found: Compared) -> None:
    months = list(range(len(found.owned)))
    lines = [
        Course(label=t("Owning"), times=months, spreads=found.owned, colour=OWNED),
        Course(label=t("Renting"), times=months, spreads=found.rented, colour=RENTED),
    ]
    month = found.break_even.month
    mark = None if month is None or month > months[-1] else (month, t("owning pays"))
    figure = course.figure(lines, "usd", time_label=t("months"), mark=mark)
    charts.show(figure, key="ownership_course")
    st.caption(
        t(
            "Dollars spent in all by {n} accelerators, to the end of the middle useful life; "
            "bands hold 90% of scenarios. A sale at the end is not in it.",
            n=answered.evaluation.inputs.cluster.n_accelerators,
        )
    )
    move = prices.price_move()
    said = t(
        "Prices move both ways: a year on, a rent may be {low} to {high} times that of today "
        "(90% range, from the yearly moves on record), so every scenario draws its own.",
        low=Amount(move.range.low, "ratio"),
        high=Amount(move.range.high, "ratio"),
    )
    st.markdown(f"{plain(said)} {provenance.fact_link(move)}")
    with st.expander(t("How median rents have moved")):
        _trend()


def _trend() -> None:
    """Yearly medians on record, one line for each kind of provider."""
    by_subject: dict[str, list[tuple[str, float]]] = {}
    for (subject, quantity), fact in facts_of("price_trend").items():
        if quantity.startswith("median_"):
            by_subject.setdefault(subject, []).append((quantity[-4:], fact.value))
    years = sorted({year for rents in by_subject.values() for year, _ in rents})
    rows = []
    for subject, rents in by_subject.items():
        known = dict(rents)
        cells = [amount(known.get(year), "usd") for year in years]
        rows.append([plain(subject_label(subject)), *cells])
    tables.show([t("Rents"), *years], rows)
    st.caption(t("Dollars per GPU-hour. The mix of providers changes from year to year."))


def _bill(bill: Bill, unit: str, *, key: str) -> None:
    spreads = {line: Percentiles.of(usd) for line, usd in bill.lines.items()}
    lines = [Bar(label=bill_line(n), value=p.p50, spread=p) for n, p in spreads.items()]
    charts.show(bars.figure(lines, unit), key=key)
    total = ranged(Percentiles.of(bill.usd), unit)
    st.caption(
        money(
            t(
                "Total {total}. Medians of lines need not add up to the median of their sum.",
                total=total,
            )
        )
    )


def _offers(answered: OwnershipAnswer) -> None:
    chip = answered.evaluation.inputs.cluster.accelerator.name
    st.subheader(t("Rental offers of {chip}", chip=plain(chip)), anchor=False)
    if not answered.offers:
        st.caption(t("No rental price of {chip} is on record.", chip=plain(chip)))
        return
    quotes = [offer.quote for offer in answered.offers]
    rows = pd.DataFrame(
        {
            t("Provider"): [quote.provider for quote in quotes],
            t("$ per GPU-hour"): [quote.usd_per_gpu_hour for quote in quotes],
            t("Age"): [
                t("old, {n} days" if offer.is_old else "{n} days", n=offer.age_days)
                for offer in answered.offers
            ],
            t("Contract"): [contract_label(quote.price_type) for quote in quotes],
            t("Date"): [quote.as_of for quote in quotes],
            t("Grade"): [evidence_label(quote.evidence) for quote in quotes],
            t("Source"): [source_title(quote.source) for quote in quotes],
        }
    )
    columns = {
        t("Provider"): st.column_config.TextColumn(width=130),
        t("$ per GPU-hour"): st.column_config.NumberColumn(format="%.2f"),
    }
    st.dataframe(rows, hide_index=True, column_config=columns)
    n_old = sum(offer.is_old for offer in answered.offers)
    st.caption(
        t(
            "The newest price of each provider and contract, cheapest first; {old} of {n} are "
            "more than {days} old.",
            old=n_old,
            n=len(answered.offers),
            days=amount(prices.old_after_days().value, "day"),
        )
    )


def _of_the_plan(answered: OwnershipAnswer) -> list[Row]:
    return provenance.plan_rows(answered.evaluation, "n_accelerators", "board_power")


def _rows(inputs: OwnershipInputs, *names: str) -> list[Row]:
    """The assumptions of these names, all of them where nothing is named."""
    chosen = [a for a in inputs.assumptions if not names or a.name in names]
    return [provenance.assumption_row(a, FIELDS.typed()) for a in chosen]
