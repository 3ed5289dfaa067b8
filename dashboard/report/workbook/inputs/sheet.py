"""Writes the sheet of inputs: one line for each, with the cell that formulas read by name."""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.language import t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import unit_words
from dashboard.report.workbook.inputs import plan, scenario, stated
from dashboard.report.workbook.inputs.line import (
    HIGH,
    HOLDS,
    LABEL,
    LOW,
    NAME,
    OTHER_SOURCE,
    OTHERWISE,
    PATH,
    SOURCE,
    STATED,
    STATUS,
    UNIT,
    WRITTEN,
    Group,
    Line,
)
from dashboard.report.workbook.styles import Style
from dashboard.report.workbook.subject import Subject

SHEET: Final = "Inputs"
_STATUSES: Final = ("assumed", "claimed", "documented", "verified")
_WORDS: Final = ("text", "yes_no")


def write(book: Book, subject: Subject) -> None:
    """The sheet, with every input of the models and of the deal."""
    page = book.pages[SHEET]
    row = page.title(
        t("Inputs"),
        t(
            "Type into the yellow cells; the formulas read the column of what holds. Assay reads "
            "back what stands in the yellow cells of a line that names a field of the deal."
        ),
        t(
            "An input without a field of the deal is a what-if of this workbook and is not read "
            "back; write it into a scenario of the deal."
        ),
    )
    page.heads(
        row,
        [
            t("Name in formulas"),
            t("Input"),
            t("As the deal states it"),
            t("Otherwise"),
            t("What holds"),
            t("Unit"),
            t("Low end, P05"),
            t("High end, P95"),
            t("Known as"),
            t("Source of what is stated"),
            t("Source of the other"),
            t("Field of the deal"),
        ],
        numbers=(STATED, OTHERWISE, HOLDS, LOW, HIGH),
    )
    page.frame(row, 2)
    groups = _groups(book, subject)
    places, at = _places(page, groups, row + 1)
    book.stated.update(places)
    for group, first in zip(groups, at, strict=True):
        page.text(first - (2 if group.note else 1), NAME, group.title, "group")
        if group.note:
            page.note(first - 1, group.note)
        for i, line in enumerate(group.lines):
            _write(page, first + i, line, places)
    last = max(at[-1] + len(groups[-1].lines) - 1, row + 1)
    page.kept((row + 1, STATED), (last, STATED), WRITTEN)
    for column, width in ((NAME, 30), (LABEL, 36), (SOURCE, 26), (OTHER_SOURCE, 40), (PATH, 34)):
        page.width(column, width)
    page.width(STATUS, 13)
    page.width(UNIT, 16)


def _groups(book: Book, subject: Subject) -> list[Group]:
    deal = subject.case.deal
    known = {n: float(c.value) for n, c in book.named.items() if isinstance(c.value, int | float)}
    groups = [stated.company(deal), stated.profile(deal)]
    run = plan.run(subject)
    groups.append(run if run is not None else plan.stated_run(deal))
    service = plan.service(subject)
    if service is not None:
        groups.append(service)
    if subject.answer is not None:
        feeds = stated.feeds(deal)
        known |= {line.name: float(line.value or 0.0) for line in feeds.lines}
        groups += [feeds, *scenario.groups(subject, known), scenario.switches(subject)]
    taken = {line.path for group in groups for line in group.lines if line.path}
    groups.append(stated.others(deal, taken))
    return [group for group in groups if group.lines]


def _places(page: Page, groups: Sequence[Group], row: int) -> tuple[dict[str, str], list[int]]:
    """The cells of what is stated, by name of the line, and the first row of each group."""
    places, at = {}, []
    for group in groups:
        row += 3 if group.note else 2
        at.append(row)
        for line in group.lines:
            if line.name:
                places[line.name] = page.at(row, STATED)
            row += 1
    return places, at


def _write(page: Page, row: int, line: Line, places: Mapping[str, str]) -> None:
    page.text(row, NAME, line.name, "id")
    page.text(row, LABEL, line.label, "label")
    _write_stated(page, row, STATED, line)
    _write_stated(page, row, WRITTEN, line)
    if line.name:
        _write_held(page, row, line, places)
    page.text(row, UNIT, unit_words(line.unit), "label")
    if line.low is not None and line.high is not None and line.low < line.high:
        page.value(row, LOW, line.low, line.unit, "frozen")
        page.value(row, HIGH, line.high, line.unit, "frozen")
    if line.evidence:
        page.text(row, STATUS, line.status, "input")
        page.choices(
            row,
            STATUS,
            [stated.status_name(status) for status in _STATUSES],
            problem=t("Choose one of the list."),
        )
        page.text(row, SOURCE, line.source, "input")
    page.text(row, OTHER_SOURCE, line.other_source)
    page.text(row, PATH, line.path, "id")


def _write_stated(page: Page, row: int, column: int, line: Line) -> None:
    """What is stated, into its cell or into the one that remembers it."""
    style: Style = "input" if column == STATED else "frozen"
    if line.unit in _WORDS and isinstance(line.stated, str):
        page.text(row, column, line.stated, style)
    elif line.stated is None:
        page.value(row, column, None, "", style)
    else:
        page.value(row, column, line.stated, line.unit, style)
    if column == WRITTEN:
        return
    if line.options:
        page.choices(row, column, list(line.options), problem=t("Choose one of the list."))
    elif line.least is not None and line.most is not None:
        problem = t(
            "Write a number from {least} to {most}.", least=line.least, most=f"{line.most:g}"
        )
        page.between(row, column, line.least, line.most, problem=problem)


def _write_held(page: Page, row: int, line: Line, places: Mapping[str, str]) -> None:
    here, other = page.at(row, STATED), page.at(row, OTHERWISE)
    value = line.value if line.value is not None else 0.0
    if isinstance(line.otherwise, str) and line.otherwise.startswith("="):
        page.formula(row, OTHERWISE, line.otherwise.format(**places), _other_value(line), line.unit)
    elif line.otherwise is not None:
        style: Style = "frozen" if line.computed else "given"
        page.value(row, OTHERWISE, line.otherwise, line.unit, style)
    test = f'{here}=""' if isinstance(line.value, str) else f"ISNUMBER({here})"
    formula = f"=IF({test},{other},{here})" if isinstance(line.value, str) else ""
    formula = formula or f"=IF({test},{here},{other})"
    if line.holds:
        formula = line.holds.format(stated=here, otherwise=other, **places)
    page.formula(row, HOLDS, formula, value, line.unit, name=line.name)


def _other_value(line: Line) -> object:
    """What the formula of the other value gives: what holds, where nothing is stated."""
    return line.value
