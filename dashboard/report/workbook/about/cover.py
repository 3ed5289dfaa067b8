"""The cover: which version of which deal, its key figures, and how to read the sheets."""

from collections.abc import Mapping, Sequence
from typing import Final

from dashboard.deal import localised
from dashboard.language import N_, current, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import unit_words
from dashboard.report.workbook.styles import Style
from dashboard.report.workbook.subject import Subject

SHEET: Final = "Cover"
#: What each sheet holds.
SHEETS: Final[Mapping[str, str]] = {
    "Cover": N_("This page"),
    "Inputs": N_("Inputs to type: the deal, the run, serving and the scenario"),
    "Parameters": N_("Constants of the formulas, with their sources"),
    "Cost": N_("Bill of the training run"),
    "Serving": N_("Cost of a token and of the fleet"),
    "Cash_24m": N_("Customers, costs and cash by month"),
    "Scenarios": N_("Runway, margins and returns of each scenario"),
    "Returns": N_("Exit, dilution and the five cases"),
    "Waterfall": N_("Who gets what of an exit"),
    "Sensitivity": N_("What moves the bill, the runway and the multiple"),
    "Checklist": N_("Answers to type, and what each is worth"),
    "Scores": N_("Scores by area, the verdict of the rules, the nine concerns"),
    "Risks": N_("Risks by likelihood and impact, and the register"),
    "Contradictions": N_("What speaks against what"),
    "Evidence": N_("Evidence behind the answers, and how long it counts"),
    "Follow_up": N_("What to ask next"),
    "CP_100d": N_("Conditions, covenants and the first hundred days"),
    "Sources": N_("Where every assumption comes from"),
    "Audit_log": N_("Who changed what, and when"),
    "Model_check": N_("Checks of the sheets against each other and against Python"),
}
_KEY: Final = (
    ("verdict_of_rules", N_("Verdict of the rules"), ""),
    ("score_expected", N_("Expected score, of 100"), "points"),
    ("coverage", N_("Coverage by evidence"), "fraction"),
    ("run_usd", N_("Training cost"), "usd"),
    ("runway_months", N_("Runway"), "month"),
    ("moic", N_("Multiple if the plan comes about"), "ratio"),
    ("moic_expected", N_("Expected multiple"), "ratio"),
    ("irr_expected", N_("Return of the expected flows, a year"), "fraction"),
    ("model_ok", N_("Checks of the workbook"), ""),
)
_LEGEND: Final[Sequence[tuple[Style, str]]] = (
    ("input", N_("An input to type into")),
    ("given", N_("A constant or an input with a source of its own")),
    ("formula", N_("A formula: it follows the inputs")),
    ("key", N_("A formula that other sheets and the memo show")),
    ("frozen", N_("As computed when this was written: it does not follow a change")),
)


def write(book: Book, subject: Subject) -> None:
    """The cover, once all names are there."""
    page, case = book.pages[SHEET], subject.case
    deal, edition = case.deal, case.edition
    page.title(deal.name)
    page.note(1, localised(deal.about, current()))
    page.width(0, 34)
    page.width(1, 58)
    page.width(2, 20)
    row = 3
    number = t("deal file") if edition.number is None else t("version {n}", n=edition.number)
    if edition.is_frozen:
        number = t("{version}, frozen", version=number)
    about = (
        (t("Company"), deal.company.name),
        (t("Round"), deal.memo.round or deal.company.stage),
        (t("Version"), number),
        (t("Written by"), edition.author or deal.memo.author),
        (t("Reason"), edition.why),
        (t("As of"), edition.as_of.isoformat()),
        (t("SHA-256 of the deal"), edition.sha256),
        (t("Version of the parameters"), case.assessment.parameters.version),
    )
    for label, text in about:
        page.text(row, 0, label, "label")
        page.text(row, 1, text)
        row += 1
    book.define_range("deal_sha256", page.at(row - 2, 1))
    row = _key_figures(book, page, row + 1)
    row = _legend(page, row + 1)
    page.text(row, 0, t("Sheets"), "group")
    for name, words in SHEETS.items():
        row += 1
        page.sheet.write_url(row, 0, f"internal:{name}!A1", page.book.style("text"), name)
        page.text(row, 1, t(words))
    page.note(
        row + 2,
        t(
            "The figures are of the middle of all inputs. The verdict is that of the rules; a "
            "person decides and signs. Nothing here is advice on an investment."
        ),
    )
    page.one_page = True
    page.sheet.activate()


def _key_figures(book: Book, page: Page, row: int) -> int:
    page.text(row, 0, t("Key figures"), "group")
    for name, label, unit in _KEY:
        if not book.has(name):
            continue
        row += 1
        page.text(row, 0, t(label), "label")
        page.formula(row, 1, f"={name}", book.of(name), unit, "key")
        page.text(row, 2, unit_words(unit), "label")
    return row + 1


def _legend(page: Page, row: int) -> int:
    page.text(row, 0, t("Colours"), "group")
    for style, words in _LEGEND:
        row += 1
        page.text(row, 0, t("Example"), style)
        page.text(row, 1, t(words))
    return row + 2
