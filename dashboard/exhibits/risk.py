"""The charts of an assessment, and the rows that stand beside them as tables."""

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from dashboard.charts import coverage_map, heat_map, whiskers
from dashboard.charts.coverage_map import CoverageRow
from dashboard.charts.heat_map import Risk, Zone
from dashboard.charts.whiskers import Reach, ScoreRow
from dashboard.language import read, t
from dashboard.risk.assessment import Assessment
from dashboard.risk.scores.band import Band
from dashboard.risk.scores.scoring import TOP_LEVEL, AreaScore, Item, Score, likelihood_at
from dashboard.risk.verdict.tally import FIRST, OPEN
from dashboard.risk_terms import band_word, named

_PROVEN: Final = frozenset({"documented", "verified", "contradicted"})


def score_rows(assessment: Assessment) -> tuple[ScoreRow, list[ScoreRow]]:
    """The whole, then the areas, as charts take them."""
    overall = assessment.scores.overall
    rows = [
        _row(
            named(assessment.bank, "areas", area.area),
            area.score,
            assessment.bands.get(area.area),
            _stage(assessment, area.items),
        )
        for area in assessment.scores.areas.values()
    ]
    return _row(t("Overall"), overall, assessment.band, None), rows


def scores(assessment: Assessment) -> go.Figure:
    """Every area's score between its bounds."""
    return whiskers.figure(*score_rows(assessment))


def heat(assessment: Assessment, *, per_line: int) -> go.Figure:
    """Likelihood by impact, ``per_line`` questions side by side in a cell."""
    bank, numbers = assessment.bank, assessment.parameters
    risks = [
        Risk(
            id=item.question,
            label=read(bank.questions[item.question].topic),
            likelihood=item.likelihood,
            impact=item.impact,
            proven=item.status in _PROVEN,
            span=likelihoods(item),
        )
        for item in assessment.scores.items
    ]
    zones = [
        Zone(band=band, label=band_word(band), least=least)
        for band, least in (
            ("low", 1.0),
            ("moderate", numbers["moderate_residual"]),
            ("high", numbers["high_residual"]),
            ("critical", numbers["critical_residual"]),
        )
    ]
    return heat_map.figure(risks, zones, per_line=per_line)


def likelihoods(item: Item) -> tuple[int, int]:
    """The least and the greatest likelihood: of the best and of the worst that may be."""
    return likelihood_at(item.high), likelihood_at(item.low)


def coverage_rows(assessment: Assessment) -> list[CoverageRow]:
    """How well the answers of each area are known."""
    return [_coverage_row(assessment, area) for area in assessment.scores.areas.values()]


def coverage(assessment: Assessment) -> go.Figure:
    """The same as a chart."""
    statuses = {row.id: read(row.name) for row in assessment.bank.frame.statuses}
    return coverage_map.figure(coverage_rows(assessment), statuses)


def _row(label: str, score: Score | None, band: Band | None, stage: float | None) -> ScoreRow:
    if score is None:
        return ScoreRow(label=label, reach=None)
    held = None if band is None else (max(band.p10, score.low), min(band.p90, score.high))
    return ScoreRow(
        label=label,
        reach=Reach(low=score.low, expected=score.expected, high=score.high, band=held),
        known=score.known,
        stage=stage,
    )


def _stage(assessment: Assessment, items: Sequence[Item]) -> float:
    """The score of these questions if each stood where the stage expects it."""
    questions, expects = assessment.bank.questions, assessment.profile.expects
    reached = sum(i.stake * questions[i.question].stage_expect[expects] for i in items)
    return 100 * reached / TOP_LEVEL / sum(i.stake for i in items)


def _coverage_row(assessment: Assessment, area: AreaScore) -> CoverageRow:
    counts: dict[str, int] = {}
    for item in area.items:
        counts[item.status] = counts.get(item.status, 0) + 1
    for i in assessment.inapplicable:
        if i in assessment.graded and assessment.bank.areas[i] == area.area:
            counts["not_applicable"] = counts.get("not_applicable", 0) + 1
    first = [i for i in area.items if assessment.bank.questions[i.question].priority == FIRST]
    return CoverageRow(
        label=named(assessment.bank, "areas", area.area),
        counts=counts,
        p0_closed=sum(item.status not in OPEN for item in first),
        n_p0=len(first),
    )
