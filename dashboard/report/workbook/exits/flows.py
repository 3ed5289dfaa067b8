"""What is expected of the investment: flows at evenly spaced moments, multiple and rate."""

from typing import Final

import numpy as np

from costmodel.venture.inputs import N_LATER
from costmodel.venture.returns import exits, outcomes
from costmodel.venture.returns.exits import Returns
from dashboard.language import t
from dashboard.report.workbook.book import Page
from dashboard.report.workbook.exits.returns import Path
from dashboard.report.workbook.exits.steps import steps_of
from dashboard.report.workbook.money import table
from dashboard.report.workbook.money.table import Figure
from dashboard.report.workbook.subject import Subject
from dashboard.venture.answering import Answer
from dashboard.venture.figures import EXPLAINED, LABELS

_LOSSES: Final = outcomes.LOSSES
#: Moments of the expected flows: now, the later rounds, the exit after the last of them.
_SLOTS: Final = N_LATER + 2


def flows(page: Page, row: int, path: Path, found: Returns, subject: Subject) -> int:
    """The expected flows at evenly spaced moments, for the rate."""
    answer, run = subject.answer, subject.run
    assert answer is not None
    assert run is not None
    plan = answer.inputs.switches.case_level == "plan"
    steps = steps_of(found, run.values)
    n = int(sum(s.active for s in steps))
    cases = answer.result.cases
    going_on = sum(c.probability for c in cases if c.name not in _LOSSES)
    later = later_paid(answer, found)
    returned = sum(
        c.probability * c.moic * (1.0 if c.name in _LOSSES else 1.0 + later) for c in cases
    )
    investment = _number(run.values["investment_usd"])
    figures_ = [
        Figure(
            name="rounds_taken",
            label=t("Later rounds that take place"),
            unit="count",
            formula="=SUM(later_active)",
            value=n,
        ),
        Figure(
            name="going_on",
            label=t("Probability that the company goes on to later rounds"),
            unit="fraction",
            formula="=1-probability_fail-probability_acquihire",
            value=going_on,
        ),
        Figure(
            name="returned_expected",
            label=t("Expected to come back, of one paid today"),
            unit="ratio",
            formula="=SUM(case_returned)",
            value=returned,
        ),
        Figure(
            name="years_to_money",
            label=t("Years to the money back"),
            unit="year",
            formula=(
                f'=IF(AND(case_level="history",NOT(ISNUMBER({page.book.stated["holding_years"]}))),'
                "historical_years,holding_years)"
            ),
            value=answer.result.years,
        ),
    ]
    row = table.write(page, row, figures_)
    page.text(row + 1, 0, t("Expected flows, of one paid today"), "group")
    page.heads(
        row + 2, [t("Moment"), t("Flow"), "", t("Round that takes place then")], numbers=(1,)
    )
    order = np.cumsum([s.active for s in steps])
    first = row + 3
    for k in range(_SLOTS):
        at = first + k
        label = t("Today") if k == 0 else t("Moment {n}", n=k)
        page.text(at, 0, label, "label")
        page.value(at, 2, k, "count", "frozen")
        value = -1.0 if k == 0 else 0.0
        if plan:
            value -= going_on * sum(
                s.cost for s, o in zip(steps, order, strict=True) if s.active and o == k
            ) / investment  # fmt: skip
        value += returned if k == n + 1 else 0.0
        cost = f"SUMPRODUCT((later_which=$C{at + 1})*later_cost)"
        formula = (
            f'=-($C{at + 1}=0)*1-IF(case_level="plan",going_on*{cost}/investment_usd,0)'
            f"+IF($C{at + 1}=rounds_taken+1,returned_expected,0)"
        )
        page.formula(at, 1, formula, value, "ratio")
    page.book.define_range("expected_flows", page.span((first, 1), (first + _SLOTS - 1, 1)))
    return first + _SLOTS


def expected(answer: Answer) -> list[Figure]:
    """The multiple and the rate of the expected flows."""
    expected = answer.result.expected
    rate = expected.irr
    return [
        Figure(
            name="moic_expected",
            label=t(LABELS["moic_expected"]),
            unit="ratio",
            formula="=returned_expected/SUMPRODUCT(case_probabilities*case_paid)",
            value=expected.moic,
            how=t(EXPLAINED["moic_expected"]),
            key=True,
        ),
        Figure(
            name="irr_expected",
            label=t(LABELS["irr_expected"]),
            unit="fraction",
            formula=(
                '=IF(returned_expected<=0,-1,IF(OR(case_level<>"plan",SUM(later_cost)=0),'
                "returned_expected^(1/years_to_money)-1,"
                "(1+IRR(expected_flows))^((rounds_taken+1)/years_to_money)-1))"
            ),
            value=-1.0 if rate is None else rate,
            how=t(EXPLAINED["irr_expected"]),
            key=True,
        ),
    ]


def later_paid(answer: Answer, found: Returns) -> float:
    """Paid in later rounds for each dollar of today, where the cases are the plan's."""
    if answer.inputs.switches.case_level != "plan":
        return 0.0
    return -sum(usd for _, usd in exits.later_flows(found))


def _number(value: object) -> float:
    return float(np.asarray(value, dtype=np.float64))
