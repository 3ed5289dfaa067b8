"""The five cases on the sheet of returns: odds that the score moves, multiples, rate."""

from dataclasses import replace
from typing import Final

import numpy as np

from costmodel.messages import Message
from costmodel.venture.returns import exits, outcomes
from costmodel.venture.returns.exits import Returns
from dashboard.language import say, t
from dashboard.report.workbook.book import Book, Page
from dashboard.report.workbook.exits.flows import expected, flows, later_paid
from dashboard.report.workbook.exits.returns import SHEET, Path
from dashboard.report.workbook.money import table
from dashboard.report.workbook.money.table import Figure
from dashboard.report.workbook.subject import Subject
from dashboard.venture.answering import Answer
from dashboard.venture.figures import EXPLAINED, LABELS, figures
from dashboard.venture_names import CASES

_LOSSES: Final = outcomes.LOSSES
#: Columns of the table of cases.
_BEFORE: Final = 1
_AFTER: Final = 2
_HISTORY: Final = 3
_OWN: Final = 4
_MOIC: Final = 5
_PAID: Final = 6
_RETURNED: Final = 7


def write(book: Book, subject: Subject, path: Path | None) -> None:
    """The cases, the expected multiple, and the rate of the expected flows."""
    found, answer = subject.returns, subject.answer
    if found is None or answer is None or path is None:
        return
    page = book.pages[SHEET]
    row = table.write(page, path.after, _multiple(found, answer))
    row = _odds(page, row + 1, answer)
    first = row + 3
    row = _cases(page, row, answer, found)
    row = flows(page, row + 1, path, found, subject)
    row = table.write(page, row + 1, expected(answer))
    page.note(row + 1, say(_remark(answer)))
    _chart(book, page, row + 3, first)


def _remark(answer: Answer) -> Message:
    if answer.inputs.switches.case_level == "history":
        return Message(
            "The multiples of the cases are those of past financings, and no figure of this deal."
        )
    return Message("The multiples of the cases start from the plan's own exit.")


def _multiple(found: Returns, answer: Answer) -> list[Figure]:
    drawn = figures(answer.inputs, answer.result)
    return [
        Figure(
            name="proceeds_usd",
            label=t("Our part of the plan's exit"),
            unit="usd",
            formula="=proceeds_plan_usd",
            value=_number(found.proceeds_usd),
            how=t("from the waterfall"),
        ),
        Figure(
            name="moic",
            label=t(LABELS["moic"]),
            unit="ratio",
            formula="=proceeds_usd/paid_usd",
            value=_number(found.moic),
            drawn=drawn["moic"].as_percentiles(),
            how=t(EXPLAINED["moic"]),
            key=True,
        ),
    ]


def _odds(page: Page, row: int, answer: Answer) -> int:
    """What the score makes of the odds of a loss."""
    overall, checklist = answer.base.overall, answer.inputs.switches.checklist
    factor = outcomes.odds_factor(overall) if checklist else 1.0
    start = sum(c.probability for c in outcomes.historical_cases() if c.name in _LOSSES)
    odds = start / (1 - start) * factor
    rows = [
        Figure(
            name="odds_factor",
            label=t("The score multiplies the odds of a loss by"),
            unit="ratio",
            formula=(
                "=IF(AND(checklist=1,answered_count>0),"
                "EXP(odds_per_point*(neutral_score-score_expected)),1)"
            ),
            value=factor,
            how=t("exp(move for a point × (neutral score − expected score)); a judgement"),
        ),
        Figure(
            name="loss_before",
            label=t("Probability of a loss in past financings"),
            unit="fraction",
            formula="=history_probability_fail+history_probability_acquihire",
            value=start,
        ),
        Figure(
            name="loss_after",
            label=t("Probability of a loss with the score"),
            unit="fraction",
            formula=(
                "=loss_before*odds_factor/(1-loss_before)"
                "/(1+loss_before*odds_factor/(1-loss_before))"
            ),
            value=odds / (1 + odds),
        ),
    ]
    return table.write(page, row, rows)


def _cases(page: Page, row: int, answer: Answer, found: Returns) -> int:
    page.text(row + 1, 0, t("Five cases"), "group")
    page.heads(
        row + 2,
        [
            t("Case"),
            t("Probability in past financings"),
            t("Probability with the score"),
            t("Multiple in past financings"),
            t("Multiple from the plan's exit"),
            t("Multiple that holds"),
            t("Paid, of one paid today"),
            t("Probability × multiple × paid"),
        ],
        numbers=range(1, 8),
    )
    history = {c.name: c for c in outcomes.historical_cases()}
    own = _own(answer, found)
    later = later_paid(answer, found)
    at = row + 3
    for case in answer.result.cases:
        name, r = case.name, at + 1
        loses = name in _LOSSES
        page.text(at, 0, t(CASES[name]), "label")
        page.formula(
            at, _BEFORE, f"=history_probability_{name}", history[name].probability, "fraction"
        )
        moved = "loss_after/loss_before" if loses else "(1-loss_after)/(1-loss_before)"
        page.formula(
            at,
            _AFTER,
            f"=$B{r}*{moved}",
            case.probability,
            "fraction",
            name=f"probability_{name}",
        )
        page.formula(at, _HISTORY, f"=history_moic_{name}", history[name].moic, "ratio")
        source = f"$D{r}" if name == "fail" else f"own_moic_{name}"
        page.formula(at, _OWN, f"={source}", own[name], "ratio")
        page.formula(
            at,
            _MOIC,
            f'=IF(AND(case_level="plan",exit_usd>0),$E{r},$D{r})',
            case.moic,
            "ratio",
            name=f"case_moic_{name}",
        )
        paid = 1.0 if loses else 1.0 + later
        page.formula(
            at,
            _PAID,
            "=1" if loses else '=1+IF(case_level="plan",SUM(later_cost)/investment_usd,0)',
            paid,
            "ratio",
        )
        page.formula(
            at,
            _RETURNED,
            f"=$C{r}*$F{r}*$G{r}",
            case.probability * case.moic * paid,
            "ratio",
        )
        at += 1
    first, last = row + 3, at - 1
    page.text(at, 0, t("Together"), "label")
    for column, total in (
        (_BEFORE, sum(c.probability for c in history.values())),
        (_AFTER, sum(c.probability for c in answer.result.cases)),
    ):
        span = page.span((first, column), (last, column))
        page.formula(at, column, f"=SUM({span})", total, "fraction")
    page.book.define_range("case_probabilities", page.span((first, _AFTER), (last, _AFTER)))
    page.book.define_range("case_paid", page.span((first, _PAID), (last, _PAID)))
    page.book.define_range("case_returned", page.span((first, _RETURNED), (last, _RETURNED)))
    return at + 1


def _own(answer: Answer, found: Returns) -> dict[str, float]:
    """The multiples from the plan's exit, whether or not they hold."""
    run = answer.result.middle
    switches = replace(run.inputs.switches, case_level="plan")
    cases = exits.cases_of(run.values, found, switches, overall=None)
    if not _number(found.exit_usd) > 0:
        history = {c.name: c.moic for c in outcomes.historical_cases()}
        return {**dict.fromkeys(history, 0.0), "fail": history["fail"],
                "acquihire": _acquihire(answer, found)}  # fmt: skip
    return {c.name: c.moic for c in cases}


def _acquihire(answer: Answer, found: Returns) -> float:
    """The multiple of an acqui-hire, which is the same whatever the exit is worth."""
    run = answer.result.middle
    some = replace(found, exit_usd=1.0)
    switches = replace(run.inputs.switches, case_level="plan")
    cases = exits.cases_of(run.values, some, switches, overall=None)
    return next(c.moic for c in cases if c.name == "acquihire")


def _chart(book: Book, page: Page, row: int, first: int) -> None:
    chart = book.chart(
        "column",
        title=t("Multiple and probability of the five cases"),
        x={"name": t("Case")},
        y={"name": t("Multiple"), "num_format": "0.0"},
    )
    chart.add_series(
        {
            "name": t("Multiple that holds"),
            "categories": [SHEET, first, 0, first + 4, 0],
            "values": [SHEET, first, _MOIC, first + 4, _MOIC],
            "fill": {"color": "#1F5A7A"},
            "gap": 80,
        }
    )
    line = book.book.add_chart({"type": "line"})
    line.add_series(
        {
            "name": t("Probability with the score"),
            "categories": [SHEET, first, 0, first + 4, 0],
            "values": [SHEET, first, _AFTER, first + 4, _AFTER],
            "y2_axis": True,
            "line": {"color": "#D98E2B", "width": 2},
            "marker": {"type": "circle", "size": 6, "fill": {"color": "#D98E2B"}},
        }
    )
    line.set_y2_axis({"name": t("Probability"), "num_format": "0%", "min": 0})
    chart.combine(line)
    page.sheet.insert_chart(row, 0, chart)


def _number(value: object) -> float:
    return float(np.asarray(value, dtype=np.float64))
