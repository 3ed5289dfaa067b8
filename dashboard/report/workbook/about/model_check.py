"""The sheet of checks: sums, balances, errors, and each key figure against Python."""

from typing import Final

from dashboard.language import N_, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.cells import unit_words
from dashboard.report.workbook.subject import Subject
from dashboard.report.workbook.venture.timeline import Timeline

SHEET: Final = "Model_check"
OK: Final = "OK"
FAILS: Final = "FAIL"
#: A figure that cannot be held against Python any more.
CHANGED: Final = "CHANGED"
#: Named figures that are held against Python, with what they are called.
_FIGURES: Final = (
    ("model_flop", N_("Model FLOP of the run")),
    ("gpu_hours", N_("GPU-hours of the run")),
    ("wall_days", N_("Days of the run")),
    ("mfu", N_("MFU of the run")),
    ("kw_per_accelerator", N_("Power of an accelerator")),
    ("energy_kwh", N_("Energy of the run")),
    ("kg_co2e", N_("Carbon of the run")),
    ("usd_steps", N_("Bill: steps")),
    ("usd_lost", N_("Bill: lost time")),
    ("usd_extras", N_("Bill: storage and transfer")),
    ("run_usd", N_("Bill of the run")),
    ("requests_per_s", N_("Serving: requests a second")),
    ("fleet_accelerators", N_("Serving: accelerators of the fleet")),
    ("input_usd_per_million", N_("Serving: tokens read")),
    ("output_usd_per_million", N_("Serving: tokens written")),
    ("served_usd_per_million", N_("Serving: tokens, read and written")),
    ("fleet_usd_per_month", N_("Serving: bill of the fleet")),
    ("people_usd_per_month", N_("Input: people a month")),
    ("research_usd_per_month", N_("Input: research a month")),
    ("paid_tokens_per_month", N_("Input: paid tokens a month")),
    ("unit_cost_usd_per_million_tokens", N_("Input: cost of serving")),
    ("projects_usd_per_month", N_("Input: projects a month")),
    ("cash_after_a_year", N_("Cash after twelve months")),
    ("cash_at_the_end", N_("Cash at the last month")),
    ("revenue_of_year_1", N_("Revenue of the first year")),
    ("spent_of_year_1", N_("Spent in the first year")),
    ("runway_months", N_("Runway")),
    ("proof_months", N_("Months to the next proof")),
    ("spare_months", N_("Months left after proof and round")),
    ("year_3_margin", N_("Gross margin of the third year")),
    ("burn_multiple", N_("Burn multiple")),
    ("break_even_tokens", N_("Break-even volume")),
    ("months_to_negative_margin", N_("Months until the margin is negative")),
    ("exit_revenue_usd", N_("Revenue before the exit")),
    ("exit_margin", N_("Margin before the exit")),
    ("exit_usd", N_("Exit value")),
    ("owned_at_exit", N_("Our share at the exit")),
    ("retention", N_("Kept of a share of this round")),
    ("proceeds_usd", N_("Our part of the exit")),
    ("moic", N_("Multiple if the plan comes about")),
    ("required_exit_usd", N_("Exit that returns the target")),
    ("most_post_money_usd", N_("Most to pay, value after the round")),
    ("odds_factor", N_("Move of the odds by the score")),
    ("case_moic_acquihire", N_("Multiple of an acqui-hire")),
    ("case_moic_base", N_("Multiple of the base case")),
    ("case_moic_outlier", N_("Multiple of the outlier")),
    ("probability_fail", N_("Probability of failure")),
    ("moic_expected", N_("Expected multiple")),
    ("irr_expected", N_("Return of the expected flows")),
    ("score_known", N_("Score as answered")),
    ("score_expected", N_("Expected score")),
    ("score_low", N_("Score at worst")),
    ("score_high", N_("Score at best")),
    ("coverage", N_("Coverage by evidence")),
    ("open_p0", N_("Open questions of first priority")),
    ("critical_risks", N_("Critical residual risks")),
    ("deciding_rule", N_("Rule that decides")),
)
_YEAR: Final = 12


def write(book: Book, subject: Subject, timeline: Timeline | None) -> None:
    """The checks; ``model_ok`` says whether all of them hold."""
    page = book.pages[SHEET]
    row = page.title(
        t("Model check"),
        t(
            "Every formula was written with the number that Python gives for it. The checks hold "
            "the sheets against themselves and against those numbers. Once an input is changed, "
            "figures that moved with it say CHANGED, and the sums and balances still have to hold."
        ),
    )
    overall = row
    row += 2
    if timeline is not None:
        _figures_of_cash(page, timeline)
    row = _changed(page, row)
    row, sums = _checks(book, page, row + 1, timeline)
    row, parity = _parity(book, page, row + 1)
    row, errors = _errors(book, page, row + 1)
    _about(page, row + 1, subject)
    page.text(overall, 0, t("All checks hold"), "label")
    whole = "+".join(f'COUNTIF({span},"{FAILS}")' for span in (sums, parity, errors) if span)
    page.formula(overall, 1, f'=IF({whole}=0,"{OK}","{FAILS}")', OK, "", "key", name="model_ok")
    for word, colour in ((FAILS, "#F2C5C1"), (CHANGED, "#FBE3C0"), (OK, "#E3F1E6")):
        page.sheet.conditional_format(
            0,
            0,
            row,
            4,
            {
                "type": "cell",
                "criteria": "==",
                "value": f'"{word}"',
                "format": book.book.add_format({"bg_color": colour}),
            },
        )
    page.frame(overall, 1)
    page.width(0, 44)
    page.width(1, 20)
    page.width(2, 20)
    page.width(3, 16)


def _changed(page: Page, row: int) -> int:
    """How many inputs, answers and parameters are not as they were written."""
    page.text(row, 0, t("Cells that somebody changed"), "group")
    names = []
    for sheet, spans in page.book.as_written.items():
        row += 1
        differ = "+".join(f"SUMPRODUCT(({now}<>{before})*1)" for now, before in spans)
        page.text(row, 0, sheet, "label")
        page.formula(row, 1, f"={differ}", 0, "count")
        names.append(f"$B${row + 1}")
    row += 1
    page.text(row, 0, t("In all"), "label")
    page.formula(row, 1, f"={'+'.join(names)}", 0, "count", name="cells_changed")
    return row + 1


def _figures_of_cash(page: Page, timeline: Timeline) -> None:
    """Four figures of the cash that have no name of their own, folded away on the right."""
    page.hide(7, 8)
    run = timeline
    page.text(0, 8, t("Figures for the checks"), "id")
    horizon = timeline.lengths["cash"] - 1
    for i, (name, formula) in enumerate(
        (
            ("cash_after_a_year", f"={run.at('cash', _YEAR)}"),
            ("cash_at_the_end", f"={run.at('cash', horizon)}"),
            ("revenue_of_year_1", f"=SUM({run.span('revenue', 0, _YEAR)})"),
            ("spent_of_year_1", f"=SUM({run.span('spent', 0, _YEAR)})"),
        ),
        start=1,
    ):
        page.text(i, 7, name, "id")
        page.formula(i, 8, formula, timeline.python[name], "usd", name=name)


def _checks(book: Book, page: Page, row: int, timeline: Timeline | None) -> tuple[int, str]:
    page.text(row, 0, t("Sums and balances"), "group")
    page.heads(
        row + 1,
        [t("Check"), t("One side"), t("Other side"), t("Difference"), t("Result")],
        numbers=(1, 2, 3),
    )
    checks: list[tuple[str, str, str, float, str]] = []
    if book.has("run_usd"):
        usd = float(book.of("run_usd") or 0.0)
        checks.append(
            (
                t("Lines of the bill make the bill"),
                "=usd_steps+usd_lost+usd_extras",
                "=run_usd",
                usd,
                "usd",
            )
        )
    if timeline is not None:
        horizon = timeline.lengths["cash"] - 1
        end = timeline.python["cash_at_the_end"]
        checks.append(
            (
                t("Cash at the end is cash today, rounds and burn"),
                f"=cash_usd+SUM({timeline.span('inflow')})-SUM({timeline.span('burn')})",
                f"={timeline.at('cash', horizon)}",
                end,
                "usd",
            )
        )
        checks.append(
            (
                t("Every month opens with what the one before left"),
                (
                    f"=SUMPRODUCT(ABS({timeline.span('cash', 1)}"
                    f"-{timeline.span('cash', 0, horizon)}+{timeline.span('burn')}"
                    f"-{timeline.span('inflow', 1)}))"
                ),
                "=0",
                0.0,
                "usd",
            )
        )
        checks.append(
            (
                t("Lines of the costs make what is spent"),
                "=" + "+".join(
                    f"SUM({timeline.span(key, 0, horizon)})"
                    for key in ("people", "research", "serving", "data", "licences", "support",
                                "other", "market", "idle", "one_off")
                ),
                f"=SUM({timeline.span('spent')})",
                timeline.python["spent"],
                "usd",
            )
        )  # fmt: skip
    if book.has("moic_expected"):
        checks.append(
            (
                t("Probabilities of the cases make one"),
                "=SUM(case_probabilities)",
                "=1",
                1.0,
                "fraction",
            )
        )
    if book.has("score_expected"):
        checks.append(
            (t("Weights of the areas make one"), "=SUM(area_weights)", "=1", 1.0, "fraction")
        )
    row += 2
    first = row
    for label, one, other, value, unit in checks:
        _compare(page, row, label, one, other, value, unit)
        row += 1
    return row, page.span((first, 4), (row - 1, 4)) if checks else ""


def _compare(
    page: Page, row: int, label: str, one: str, other: str, value: float, unit: str
) -> None:
    r = row + 1
    page.text(row, 0, label, "label")
    page.formula(row, 1, one, value, unit)
    page.formula(row, 2, other, value, unit)
    page.formula(row, 3, f"=ABS($B{r}-$C{r})/MAX(ABS($C{r}),1)", 0.0, "any")
    page.formula(row, 4, f'=IF($D{r}<=parity,"{OK}","{FAILS}")', OK, "", "ok")


def _parity(book: Book, page: Page, row: int) -> tuple[int, str]:
    page.text(row, 0, t("Sheet against Python"), "group")
    page.heads(
        row + 1,
        [t("Figure"), t("Sheet"), "Python", t("Difference"), t("Result"), t("Unit")],
        numbers=(1, 2, 3),
    )
    row += 2
    first = row
    for name, label in _FIGURES:
        if not book.has(name):
            continue
        cell, r = book.named[name], row + 1
        page.text(row, 0, t(label), "label")
        page.formula(row, 1, f"={name}", cell.value, cell.unit)
        page.value(row, 2, cell.value, cell.unit, "frozen")
        page.formula(
            row,
            3,
            f"=IF(ISNUMBER($B{r}),ABS($B{r}-$C{r})/MAX(ABS($C{r}),one_millionth),"
            f"IF($B{r}=$C{r},0,1))",
            0.0,
            "any",
        )
        page.formula(
            row,
            4,
            f'=IF($D{r}<=parity,"{OK}",IF(cells_changed>0,"{CHANGED}","{FAILS}"))',
            OK,
            "",
            "ok",
        )
        page.text(row, 5, unit_words(cell.unit), "label")
        row += 1
    return row, page.span((first, 4), (row - 1, 4)) if row > first else ""


def _errors(book: Book, page: Page, row: int) -> tuple[int, str]:
    """How many cells of each sheet hold an error."""
    page.text(row, 0, t("Cells that hold an error"), "group")
    page.heads(row + 1, [t("Sheet"), t("Cells"), "", "", t("Result")], numbers=(1,))
    row += 2
    first = row
    for name, other in book.pages.items():
        last = other.last_cell()
        if name == SHEET or last is None:
            continue
        r = row + 1
        page.text(row, 0, name, "label")
        page.formula(row, 1, f"=SUMPRODUCT(ISERROR({other.span((0, 0), last)})*1)", 0, "count")
        page.formula(row, 4, f'=IF($B{r}=0,"{OK}","{FAILS}")', OK, "", "ok")
        row += 1
    return row, page.span((first, 4), (row - 1, 4)) if row > first else ""


def _about(page: Page, row: int, subject: Subject) -> None:
    case = subject.case
    for label, text in (
        (t("SHA-256 of the deal"), case.edition.sha256),
        (t("Version of the parameters"), case.assessment.parameters.version),
        (t("As of"), case.as_of.isoformat()),
        (t("Seed of the draws"), str(case.seed)),
    ):
        page.text(row, 0, label, "label")
        page.text(row, 1, text)
        row += 1
