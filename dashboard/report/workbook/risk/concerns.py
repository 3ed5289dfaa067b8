"""The nine concerns on the sheet of scores."""

from dashboard.language import t
from dashboard.report.workbook.book import Page
from dashboard.report.workbook.risk.score_lines import score_cell
from dashboard.risk.assessment import Assessment
from dashboard.risk.scores.concerns import ConcernScore, concerns_of
from dashboard.risk.scores.scoring import Score, likelihood_at
from dashboard.risk_terms import named


def write(page: Page, row: int, assessment: Assessment) -> int:
    """Score and residual risk of each concern by formula; gives a row below."""
    page.text(row, 0, t("The nine concerns"), "group")
    page.heads(
        row + 1,
        [
            t("Concern"),
            t("Questions"),
            t("Expected"),
            t("At worst"),
            t("At best"),
            t("Likelihood of harm"),
            t("Impact"),
            t("Residual risk"),
        ],
        numbers=range(1, 8),
    )
    found = concerns_of(
        assessment.scores, bank=assessment.bank, numbers=assessment.parameters.values_in_force
    )
    for i, one in enumerate(found, start=1):
        _concern(page, row + 1 + i, i, one, assessment)
    return row + 3 + len(found)


def _concern(page: Page, row: int, i: int, one: ConcernScore, assessment: Assessment) -> None:
    of, r = f"concern_{i}", row + 1
    page.text(row, 0, named(assessment.bank, "concerns", one.concern), "label")
    page.formula(row, 1, f"=SUMPRODUCT({of}*q_counted)", len(one.items), "count")
    score: Score | None = one.score
    for column, name in ((2, "expected"), (3, "low"), (4, "high")):
        score_cell(
            page,
            row,
            column,
            f'=IF($B{r}=0,"",100*SUMPRODUCT({of}*q_stake*q_{name})/SUMPRODUCT({of}*q_stake))',
            None if score is None else getattr(score, name),
        )
    likelihood = impact = residual = None
    if score is not None:
        likelihood = likelihood_at(score.expected / 100)
        mean = sum(item.impact for item in one.items) / len(one.items)
        impact = int(mean + 0.5 + 1e-9)
        residual = likelihood * impact
    for column, formula, value in (
        (
            5,
            (
                f"MIN(MAX(likelihood_levels-INT(top_level*$C{r}/100+half+rounding),1),"
                "likelihood_levels)"
            ),
            likelihood,
        ),
        (
            6,
            f"INT(SUMPRODUCT({of}*q_counted*q_impact)/$B{r}+half+rounding)",
            impact,
        ),
        (7, f"$F{r}*$G{r}", residual),
    ):
        page.formula(
            row, column, f'=IF($B{r}=0,"",{formula})', "" if value is None else value, "count"
        )
