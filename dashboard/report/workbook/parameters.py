"""The sheet of parameters: every constant that a formula reads, with its source.

Numbers of formulas stand here and not in them; only months of a year, one, two and a hundred
are written out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

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
from dashboard.language import read, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import unit_words
from dashboard.report.workbook.subject import Subject
from dashboard.risk.scores.scoring import ROUNDING, TOP_LEVEL
from dashboard.risk_terms import confidence_label
from dashboard.terms import assumption_label, source_title, subject_label
from dashboard.venture_names import CASES, QUANTITIES

SHEET: Final = "Parameters"
NAME: Final = 0
LABEL: Final = 1
VALUE: Final = 2
UNIT: Final = 3
SOURCE: Final = 4
AS_OF: Final = 5
CONFIDENCE: Final = 6
DEFAULT: Final = 7
#: Statuses in the order of their rank, as the bank names them.
STATUSES: Final = (
    "unknown",
    "assumed",
    "claimed",
    "documented",
    "verified",
    "contradicted",
    "not_applicable",
)
#: Numbers of the bank that formulas of the scores and of the verdict read.
_OF_SCORES: Final = (
    "prior",
    "up_documented",
    "unproven_level",
    "worst_area_share",
    "moderate_residual",
    "high_residual",
    "critical_residual",
    "decline_coverage",
    "decline_high",
    "evidence_coverage",
    "watch_low",
    "watch_expected",
    "proceed_coverage",
    "proceed_expected",
    "proceed_low",
)
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


def write(book: Book, subject: Subject) -> None:
    """The sheet: constants, what the cost model gave, the numbers of the bank."""
    page = book.pages[SHEET]
    row = page.title(
        t("Parameters"),
        t(
            "Constants of the formulas, each with its source. A change here moves the sheets and "
            "is not read back; a fund's own numbers are set in Assay."
        ),
    )
    page.heads(
        row,
        [
            t("Name in formulas"),
            t("Parameter"),
            t("Value"),
            t("Unit"),
            t("Source"),
            t("As of"),
            t("How sure"),
            t("Default, where the fund has its own"),
        ],
        numbers=(VALUE, DEFAULT),
    )
    page.frame(row, 2)
    for title, constants in (
        (t("Arithmetic"), _arithmetic()),
        (t("Outcomes and terms"), _of_venture(subject)),
        (t("As the cost model gave it when this was written"), _as_computed(subject)),
    ):
        found = list(constants)
        if found:
            row = _block(page, row + 1, title, found)
    row = _of_bank(page, row + 1, subject)
    row = _statuses(book, page, row + 2, subject)
    row = _areas(book, page, row + 2, subject)
    _rest_of_bank(page, row + 2, subject)
    for column, width in ((NAME, 30), (LABEL, 46), (SOURCE, 44), (UNIT, 16), (AS_OF, 12)):
        page.width(column, width)


def _block(page: Page, row: int, title: str, constants: list[Constant]) -> int:
    page.text(row, NAME, title, "group")
    for one in constants:
        row += 1
        page.text(row, NAME, one.name, "id")
        page.text(row, LABEL, one.label, "label")
        page.value(row, VALUE, one.value, one.unit, "given", name=one.name)
        page.text(row, UNIT, unit_words(one.unit), "label")
        page.text(row, SOURCE, one.source)
        page.text(row, AS_OF, one.as_of)
    return row + 1


def _arithmetic() -> Iterator[Constant]:
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


def _of_venture(subject: Subject) -> Iterator[Constant]:
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
            label=t("{name}, low end", name=label) if end == "low" else t(
                "{name}, high end", name=label
            ),
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


def _as_computed(subject: Subject) -> Iterator[Constant]:
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


def _of_bank(page: Page, row: int, subject: Subject) -> int:
    page.text(row, NAME, t("Scores and rules of the checklist"), "group")
    for name in _OF_SCORES:
        row += 1
        _bank_row(page, row, subject, name, named=True)
    return row


def _statuses(book: Book, page: Page, row: int, subject: Subject) -> int:
    """The table of statuses by rank: credit, how far below and above the truth may lie."""
    held = subject.case.assessment.parameters
    names = {s.id: s.name for s in subject.case.assessment.bank.frame.statuses}
    page.text(row, NAME, t("Statuses of evidence"), "group")
    page.heads(
        row + 1,
        [
            t("Name in formulas"),
            t("Status"),
            t("Rank"),
            t("Credit"),
            t("Truth may lie below by"),
            t("Truth may lie above by"),
            t("Highest level where levels need proof"),
        ],
        numbers=(2, 3, 4, 5, 6),
    )
    first = row + 2
    for rank, status in enumerate(STATUSES):
        at = first + rank
        page.text(at, 0, f"rank_{status}", "id")
        page.text(at, 1, read(names[status]), "label")
        book.statuses[status] = read(names[status])
        page.value(at, 2, rank, "count", "given", name=f"rank_{status}")
        for column, kind in ((3, "credit"), (4, "down"), (5, "up")):
            page.value(at, column, held.get(f"{kind}_{status}", 0.0), "fraction", "given")
        proven = status in ("documented", "verified")
        if proven:
            page.formula(at, 6, "=top_level", TOP_LEVEL, "level")
        else:
            page.formula(at, 6, "=unproven_level", held["unproven_level"], "level")
    last = first + len(STATUSES) - 1
    for name, column in (
        ("status_names", 1),
        ("credit_by_status", 3),
        ("down_by_status", 4),
        ("up_by_status", 5),
        ("highest_by_status", 6),
    ):
        book.define_range(name, page.span((first, column), (last, column)))
    return last


def _areas(book: Book, page: Page, row: int, subject: Subject) -> int:
    """Weights of areas and of priorities."""
    assessment = subject.case.assessment
    page.text(row, NAME, t("Weights"), "group")
    for area in assessment.bank.frame.areas:
        row += 1
        _bank_row(page, row, subject, f"area_weight_{area.id}", named=True)
    for priority in assessment.bank.frame.priorities:
        row += 1
        _bank_row(page, row, subject, f"weight_{priority.id.lower()}", named=True)
    return row


def _rest_of_bank(page: Page, row: int, subject: Subject) -> None:
    held = subject.case.assessment.parameters
    page.text(row, NAME, t("Thresholds that turn numbers into levels; no sheet follows them"), "group")
    for name in held:
        if not page.book.has(name) and not name.startswith(("credit_", "down_", "up_")):
            row += 1
            _bank_row(page, row, subject, name, named=False)


def _bank_row(page: Page, row: int, subject: Subject, name: str, *, named: bool) -> None:
    held = subject.case.assessment.parameters.in_force(name)
    parameter = held.parameter
    page.text(row, NAME, name, "id")
    page.text(row, LABEL, read(parameter.name), "label")
    style = "given" if named else "frozen"
    page.value(row, VALUE, held.value, parameter.unit, style, name=name if named else "")
    page.text(row, UNIT, unit_words(parameter.unit), "label")
    source = parameter.source
    if held.override is not None:
        said = held.override
        source = t("set by {by} on {date}: {reason}", by=said.by, date=said.date, reason=said.reason)
        page.value(row, DEFAULT, parameter.value, parameter.unit, "frozen")
    page.text(row, SOURCE, source)
    page.text(row, AS_OF, parameter.as_of)
    page.text(row, CONFIDENCE, confidence_label(parameter.confidence))


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
