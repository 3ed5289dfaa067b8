"""The sheets of sources and of the audit trail."""

import json
from collections.abc import Sequence
from datetime import UTC
from typing import Final

from costmodel.facts import Fact
from costmodel.money.assumed import Assumption
from dashboard.language import amount, interval, moment, t
from dashboard.output import source_line
from dashboard.report.workbook.book import Book
from dashboard.report.workbook.cells import Value
from dashboard.report.workbook.risk.lists import listing
from dashboard.report.workbook.subject import Subject
from dashboard.terms import assumption_label, evidence_label, source_title

SHEET: Final = "Sources"
AUDIT_LOG: Final = "Audit_log"
#: An assumption of the service that counts as none unless somebody states it.
NOTHING_CACHED: Final = "cached_input_share"


def write(book: Book, subject: Subject) -> None:
    """Every assumption with its range and where it comes from."""
    page = book.pages[SHEET]
    row = page.title(
        t("Sources"),
        t("Every assumption with its 90% range and where it comes from, by the model it is of."),
    )
    rows: list[Sequence[Value]] = []
    if subject.cost is not None:
        inputs = subject.cost.inputs
        rows += [_fact(t("Training run"), inputs.peak), _fact(t("Training run"),
                                                              inputs.board_power)]  # fmt: skip
        rows += [_assumed(t("Training run"), a) for a in inputs.assumptions]
    if subject.served is not None:
        rows += [
            _assumed(t("Serving"), a)
            for a in subject.served.estimate.inputs.assumptions
            if a.name != NOTHING_CACHED or a.range.high > 0
        ]
    answer = subject.answer
    if answer is not None:
        base = answer.base
        rows += [
            _assumed(t("Scenario"), a, stated=a.name in base.stated, given=a.name in base.computed)
            for a in answer.inputs.assumptions
        ]
    listing(
        page,
        row,
        [
            t("Model"),
            t("Assumption"),
            t("Value or 90% range"),
            t("Source"),
            t("How it is known"),
            t("As of"),
            t("Link"),
            t("Note"),
        ],
        rows,
        empty=t("Nothing was computed, so that nothing is assumed."),
    )
    page.width(3, 52)
    page.width(6, 40)
    page.width(7, 60)
    _audit(book, subject)


def _fact(of: str, fact: Fact) -> Sequence[Value]:
    parts = (source_title(fact.source), fact.locator)
    return (
        of,
        assumption_label(fact.quantity),
        amount(fact.value, fact.unit),
        "; ".join(part for part in parts if part),
        evidence_label(fact.evidence),
        fact.as_of,
        fact.source.url,
        fact.note,
    )


def _assumed(
    of: str, a: Assumption, *, stated: bool | None = None, given: bool = False
) -> Sequence[Value]:
    span = a.range
    value = amount(span.low, a.unit)
    if span.low < span.high:
        value = interval(span.low, span.high, a.unit)
    fact = a.origin if isinstance(a.origin, Fact) else None
    source = source_line(a)
    if given:
        source = t("computed by the cost model")
    elif stated is False and a.origin is None:
        source = t("not stated; counted as none or unchanged")
    return (
        of,
        assumption_label(a.name),
        value,
        source,
        "" if fact is None else evidence_label(fact.evidence),
        "" if fact is None else fact.as_of,
        "" if fact is None else fact.source.url,
        "" if fact is None else fact.note,
    )


def _audit(book: Book, subject: Subject) -> None:
    """The trail of the version, the oldest entry first."""
    page = book.pages[AUDIT_LOG]
    row = page.title(
        t("Audit trail"), t("Who changed what and when, up to this version; the oldest first.")
    )
    listing(
        page,
        row,
        [t("Entry"), t("When, in UTC"), t("Who"), t("What"), t("Details")],
        [
            (
                entry.number,
                moment(entry.at, UTC),
                entry.author,
                entry.action,
                json.dumps(dict(entry.detail), ensure_ascii=False, sort_keys=True),
            )
            for entry in subject.case.edition.trail
        ],
        numbers=(0,),
        empty=t("This version has no trail: it is a deal file or a sample, not a stored deal."),
    )
    page.width(4, 90)
