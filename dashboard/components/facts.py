"""The cited data on screen: one fact, the runs behind a prior, a price list, whole tables."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from costmodel import facts
from costmodel.facts import Fact, FactError, Regulation, Source
from costmodel.hardware import calibration
from costmodel.hardware.calibration import PublishedRun
from costmodel.money import prices
from costmodel.money.prices import Quote
from dashboard.components.text import money, plain
from dashboard.language import N_, amount, current, interval, t
from dashboard.terms import (
    class_label,
    contract_label,
    evidence_label,
    fact_label,
    source_title,
    subject_label,
)

FILES: Final = {
    "accelerators": N_("Accelerators"),
    "assumptions": N_("Assumptions"),
    "grid": N_("Grids"),
    "pue": N_("Data centres"),
    "ownership": N_("Owning accelerators"),
    "price_trend": N_("Moves of rents"),
    "reliability": N_("Failures and restarts"),
    "interconnect": N_("Networks"),
    "step_time_priors": N_("Step time"),
    "programme": N_("R&D programmes"),
    "people": N_("Pay"),
    "data_prices": N_("Data prices"),
    "scaling_laws": N_("Scaling laws"),
    "serving": N_("Serving"),
    "export_rules": N_("Export rules"),
    "conventions": N_("Conventions"),
    "comparables": N_("Comparable cases"),
    "venture": N_("Scenarios"),
    "outcomes": N_("Outcomes of startups"),
}


def one_fact(key: str) -> None:
    """The fact of a link. Raises ``FactError`` for one that is not there."""
    file, _, rest = key.partition("/")
    subject, _, quantity = rest.rpartition("/")
    if file not in FILES:
        raise FactError(f"{key}: no such file of facts")
    fact = facts.lookup(file, subject, quantity)
    with st.container(border=True):
        st.metric(
            f"{plain(subject_label(fact.subject))} · {fact_label(fact.quantity)}", _value(fact)
        )
        st.markdown(f"{_source(fact.source)} · {plain(evidence_label(fact.evidence))}")
        details = [fact.locator, fact.as_of, fact.note, f"data/{fact.file}.csv:{fact.line}"]
        st.caption(" · ".join(plain(part) for part in details if part))


def runs_of(generation: str, model_class: str, left_out: str = "") -> None:
    """The published runs behind an efficiency prior. Raises ``FactError`` for none."""
    runs = [
        run
        for run in calibration.published_runs()
        if generation in ("any", run.generation)
        and model_class in ("any", run.model_class)
        and run.run_id != left_out
    ]
    if not runs:
        raise FactError(f"{generation}/{model_class}: no such runs")
    st.subheader(t("Published training runs behind the efficiency"), anchor=False)
    st.caption(
        t(
            "Model FLOP over reported hours times the dense 16-bit peak. The run that a deal is "
            "about does not take part in judging it."
        )
    )
    _frame(run_rows(runs))


def run_rows(runs: Sequence[PublishedRun]) -> pd.DataFrame:
    """The runs as a table."""
    return pd.DataFrame(
        {
            t("Run"): [run.run_id for run in runs],
            t("Accelerator"): [run.chip for run in runs],
            t("Class"): [class_label(run.model_class) for run in runs],
            t("Efficiency of the whole run"): [
                amount(run.whole_run_efficiency, "fraction") for run in runs
            ],
            t("Grade"): [
                evidence_label("recall" if run.from_memory else "reported") for run in runs
            ],
            t("Source"): [run.source for run in runs],
        }
    )


def prices_of(chip: str) -> None:
    """The quotes behind a price range. Raises ``FactError`` where there are none."""
    quoted = prices.rental_price(chip)
    st.subheader(t("Rental prices of {chip}", chip=plain(chip)), anchor=False)
    span = interval(quoted.range.low, quoted.range.high, "usd_per_gpu_hour")
    st.markdown(money(span))
    st.caption(t("The newest quote of each provider and contract; interruptible prices left out."))
    _frame(quote_rows(quoted.quotes))


def quote_rows(quotes: Sequence[Quote]) -> pd.DataFrame:
    """Quotes as a table."""
    return pd.DataFrame(
        {
            t("Provider"): [quote.provider for quote in quotes],
            t("Accelerator"): [quote.chip for quote in quotes],
            t("Contract"): [contract_label(quote.price_type) for quote in quotes],
            t("$ per GPU-hour"): [quote.usd_per_gpu_hour for quote in quotes],
            t("Date"): [quote.as_of for quote in quotes],
            t("Grade"): [evidence_label(quote.evidence) for quote in quotes],
            t("Source"): [source_title(quote.source) for quote in quotes],
        }
    )


def fact_rows(file: str, search: str) -> pd.DataFrame:
    """The facts of one file whose subject, quantity or note holds ``search``."""
    wanted = search.casefold()
    chosen = [
        fact
        for fact in facts.facts_of(file).values()
        if wanted in f"{fact.subject} {fact.quantity} {fact.note}".casefold()
    ]
    return pd.DataFrame(
        {
            t("Subject"): [subject_label(fact.subject) for fact in chosen],
            t("Quantity"): [fact_label(fact.quantity) for fact in chosen],
            t("Value"): [_value(fact) for fact in chosen],
            t("Date"): [fact.as_of for fact in chosen],
            t("Grade"): [evidence_label(fact.evidence) for fact in chosen],
            t("Source"): [source_title(fact.source) for fact in chosen],
            t("Note"): [fact.note for fact in chosen],
        }
    )


def tables(search: str) -> None:
    """The chosen table, its choice naming how many rows of each hold ``search``."""
    found = {name: rows(search) for name, rows in _TABLES.items()}
    labels = {name: f"{t(_NAMES[name])} ({len(rows)})" for name, rows in found.items()}
    hit = next((name for name, rows in found.items() if len(rows)), next(iter(found)))
    chosen = st.selectbox(
        t("Table"),
        list(found),
        index=list(found).index(hit),
        format_func=labels.__getitem__,
        key=f"table:{current()}:{search}",
        width=400,
    )
    _frame(found[chosen])


def _quotes(search: str) -> pd.DataFrame:
    wanted = search.casefold()
    return quote_rows([q for q in prices.quotes() if wanted in f"{q.chip} {q.provider}".casefold()])


def _runs(search: str) -> pd.DataFrame:
    wanted = search.casefold()
    runs = calibration.published_runs()
    return run_rows([run for run in runs if wanted in f"{run.run_id} {run.chip}".casefold()])


def _laws(search: str) -> pd.DataFrame:
    wanted = search.casefold()
    laws = facts.regulations()
    return law_rows([r for r in laws if wanted in f"{r.jurisdiction} {r.instrument}".casefold()])


def _sources(search: str) -> pd.DataFrame:
    wanted = search.casefold()
    return source_rows([s for s in facts.all_sources().values() if wanted in s.title.casefold()])


def law_rows(laws: Sequence[Regulation]) -> pd.DataFrame:
    """Thresholds in law as a table."""
    return pd.DataFrame(
        {
            t("Jurisdiction"): [law.jurisdiction for law in laws],
            t("Instrument"): [law.instrument for law in laws],
            t("Threshold"): [f"{law.threshold_value} {law.unit}".strip() for law in laws],
            t("Duties"): [law.duties for law in laws],
            t("Status, November 2026"): [law.status_as_of_2026_11 for law in laws],
            t("Grade"): [evidence_label(law.evidence) for law in laws],
            t("Source"): [source_title(law.source) for law in laws],
            t("Note"): [law.note for law in laws],
        }
    )


def source_rows(sources: Sequence[Source]) -> pd.DataFrame:
    """Sources as a table."""
    return pd.DataFrame(
        {
            t("Source"): [source_title(source) for source in sources],
            t("Publisher"): [source.publisher for source in sources],
            t("Address"): [source.url for source in sources],
            t("Accessed"): [source.accessed for source in sources],
            t("Licence"): [source.licence for source in sources],
            t("Note"): [source.note for source in sources],
        }
    )


_NAMES: Final = {
    **FILES,
    "rental_prices": N_("Rental prices"),
    "runs": N_("Training runs"),
    "laws": N_("Law"),
    "sources": N_("Sources"),
}
_TABLES: Final[dict[str, Callable[[str], pd.DataFrame]]] = {
    **{file: partial(fact_rows, file) for file in FILES},
    "rental_prices": _quotes,
    "runs": _runs,
    "laws": _laws,
    "sources": _sources,
}


def _frame(rows: pd.DataFrame) -> None:
    columns = {t("Address"): st.column_config.LinkColumn()} if t("Address") in rows else None
    st.dataframe(rows, hide_index=True, column_config=columns)


def _value(fact: Fact) -> str:
    if fact.low is not None and fact.high is not None:
        return interval(fact.low, fact.high, fact.unit)
    return amount(fact.value, fact.unit)


def _source(source: Source) -> str:
    label = plain(f"{source.publisher}: {source_title(source)}")
    return f"[{label}]({source.url})" if source.url.startswith("https://") else label
