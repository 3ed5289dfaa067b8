"""A case as a workbook: every sheet in its order, formulas with what Python says they give."""

from dashboard.language import t
from dashboard.report.case import Case
from dashboard.report.workbook import parameters
from dashboard.report.workbook.about import cover, model_check, sources
from dashboard.report.workbook.book import Book
from dashboard.report.workbook.exits import cases, returns, waterfall
from dashboard.report.workbook.inputs import sheet as inputs
from dashboard.report.workbook.money import cost, serve
from dashboard.report.workbook.risk import checklist, lists, risks, scores
from dashboard.report.workbook.subject import subject_of
from dashboard.report.workbook.venture import cash, outlook, sensitivity


def to_xlsx(case: Case) -> bytes:
    """The live workbook of a case, in the language in use. Equal cases give equal bytes."""
    subject = subject_of(case)
    book = Book(
        list(cover.SHEETS),
        title=t("{deal}: model of the committee memo", deal=case.deal.name),
        as_of=case.as_of,
    )
    parameters.write(book, subject)
    inputs.write(book, subject)
    cost.write(book, subject)
    serve.write(book, subject)
    found = checklist.write(book, subject)
    scores.write(book, subject, found)
    risks.write(book, subject, found)
    timeline = cash.write(book, subject)
    path = returns.write(book, subject, timeline)
    waterfall.write(book, subject, path)
    cases.write(book, subject, path)
    outlook.write(book, subject, timeline)
    sensitivity.write(book, subject, timeline)
    lists.write(book, subject)
    sources.write(book, subject)
    model_check.write(book, subject, timeline)
    cover.write(book, subject)
    return book.finish()
