"""The constants that formulas read by name, each with its source."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.facts import Fact
from costmodel.units import (
    DAYS_PER_MONTH,
    HOURS_PER_DAY,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
    TOKENS_PER_MILLION,
    W_PER_KW,
)
from costmodel.venture.inputs import FILE as VENTURE
from costmodel.venture.inputs import cited
from costmodel.venture.returns import outcomes
from costmodel.venture.returns.exits import reference_margin
from dashboard.language import t
from dashboard.report.workbook.subject import Subject
from dashboard.risk.scores.scoring import ROUNDING, TOP_LEVEL
from dashboard.terms import assumption_label, source_title, subject_label
from dashboard.venture_names import CASES, QUANTITIES

_ENDLESS: Final = 1e300
_TINY: Final = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A number that formulas read by its name."""

    name: str
    label: str
    value: float
    unit: str
    source: str
    as_of: str = ""


def arithmetic() -> Iterator[Constant]:
    """Units, and numbers that the arithmetic itself needs."""
    said = t("definition")
    for name, label, value, unit in (
        ("hours_per_day", t("Hours of a day"), HOURS_PER_DAY, "count"),
        ("seconds_per_hour", t("Seconds of an hour"), SECONDS_PER_HOUR, "count"),
        ("seconds_per_day", t("Seconds of a day"), SECONDS_PER_DAY, "count"),
        ("days_per_month", t("Days of an average month"), DAYS_PER_MONTH, "count"),
        ("tokens_per_million", t("Tokens of a million"), TOKENS_PER_MILLION, "count"),
        ("watts_per_kilowatt", t("Watts of a kilowatt"), W_PER_KW, "count"),
        ("half", t("One half, for rounding"), 0.5, "any"),
        ("rounding", t("Smaller than any difference that counts"), ROUNDING, "any"),
        ("decimals", t("Decimals at which the rules compare scores"), 9, "count"),
        ("tiny", t("In place of a division by nothing"), _TINY, "any"),
        ("endless", t("Beyond every number that occurs"), _ENDLESS, "any"),
        ("even_luck", t("Luck in the middle: a round closes above it"), 0.5, "fraction"),
        ("one_millionth", t("Least of a scale or a step"), 1e-6, "any"),
        ("hair", t("Rates that differ by less are equal"), 1e-12, "any"),
        ("most_sold", t("Most of a company that a round sells"), 0.99, "fraction"),
        ("longest_to_exit", t("Longest time to an exit that is followed"), 240, "month"),
        ("parity", t("Most difference between Python and sheet"), 1e-6, "any"),
        ("top_level", t("Highest level of a question"), TOP_LEVEL, "level"),
        ("likelihood_levels", t("Steps of likelihood"), 5, "count"),
    ):
        yield Constant(name=name, label=label, value=value, unit=unit, source=said)


def of_venture(subject: Subject) -> Iterator[Constant]:
    """Outcomes of past financings, terms, and what the checklist does to the odds."""
    if subject.answer is None:
        return
    for name, fact in (
        ("odds_per_point", facts.lookup(VENTURE, "checklist", "odds_per_point")),
        ("neutral_score", facts.lookup(VENTURE, "checklist", "neutral_score")),
        ("market_spend_share", cited("market_spend_share")),
    ):
        yield _of_fact(name, assumption_label(name), fact)
    margin = cited("gross_margin")
    label = t(QUANTITIES["gross_margin"])
    for end in ("low", "high"):
        yield Constant(
            name=f"gross_margin_{end}",
            label=t("{name}, low end", name=label)
            if end == "low"
            else t("{name}, high end", name=label),
            value=getattr(margin.range, end),
            unit=margin.unit,
            source=_source(margin),
            as_of=margin.as_of,
        )
    yield Constant(
        name="reference_margin",
        label=t(QUANTITIES["reference_margin"]),
        value=reference_margin(),
        unit="fraction",
        source=_source(facts.lookup(VENTURE, "public software", "reference_margin")),
    )
    yield Constant(
        name="committed_months",
        label=t("Months for which payments that cannot be cancelled are stated"),
        value=24,
        unit="month",
        source=t("definition"),
    )
    terms = {a.name: a.origin for a in subject.answer.inputs.assumptions}
    sold = terms.get("post_money_usd")
    if isinstance(sold, Fact) and sold.quantity == "dilution":
        yield _of_fact("usual_dilution", f"{t(QUANTITIES['dilution'])}, {sold.subject}", sold)
    years = facts.lookup(outcomes.FILE, "any case", "years")
    yield _of_fact("historical_years", t(QUANTITIES["years"]), years)
    for name in outcomes.CASES:
        for quantity in ("probability", "moic"):
            fact = facts.lookup(outcomes.FILE, name, quantity)
            label = f"{t(CASES[name])}: {t(QUANTITIES[quantity])}"
            yield _of_fact(f"history_{quantity}_{name}", label, fact)


def as_computed(subject: Subject) -> Iterator[Constant]:
    """What formulas scale by the price or the bill of the run that they hold now."""
    cost, answer = subject.cost, subject.answer
    said = t("computed by the cost model")
    if cost is None or cost.usd is None:
        return
    yield Constant(
        name="usd_per_gpu_hour_as_computed",
        label=t("Price per GPU-hour behind the figures of the cost model"),
        value=float(cost.values["usd_per_gpu_hour"]),
        unit="usd_per_gpu_hour",
        source=said,
    )
    yield Constant(
        name="run_usd_as_computed",
        label=t("Bill of the run behind the figures of the cost model"),
        value=float(cost.usd),
        unit="usd",
        source=said,
    )
    if answer is None:
        return
    spans = answer.inputs.spans()
    by_month = answer.base.inputs.programme_usd
    if by_month is not None:
        yield Constant(
            name="research_usd_as_computed",
            label=t("Compute of the programme in an average month"),
            value=float(np.median(by_month.mean(axis=-1))),
            unit="usd_per_month",
            source=said,
        )
    for name, of in (
        ("final_run_usd_as_computed", "final_run_usd"),
        ("served_usd_as_computed", "unit_cost_usd_per_million_tokens"),
    ):
        if of in answer.base.computed:
            yield Constant(
                name=name,
                label=t("{name}, middle of the draws", name=assumption_label(of)),
                value=spans[of].mid,
                unit="usd" if of == "final_run_usd" else "usd_per_million_tokens",
                source=said,
            )


def _of_fact(name: str, label: str, fact: Fact) -> Constant:
    return Constant(
        name=name,
        label=label,
        value=fact.value,
        unit=fact.unit,
        source=_source(fact),
        as_of=fact.as_of,
    )


def _source(fact: Fact) -> str:
    parts = (source_title(fact.source), subject_label(fact.locator))
    return "; ".join(part for part in parts if part)
