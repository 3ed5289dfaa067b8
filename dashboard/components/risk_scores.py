"""Scores by area on a page: as charts, as tables beside them, and down to every item."""

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from dashboard.charts import coverage_map, heat_map, radar, risk_map, whiskers
from dashboard.charts.coverage_map import CoverageRow
from dashboard.charts.heat_map import Risk, Zone
from dashboard.charts.risk_map import Concern, Tie
from dashboard.charts.whiskers import Reach, ScoreRow
from dashboard.components import charts, tables
from dashboard.components.text import plain
from dashboard.language import amount, current, number, read, t
from dashboard.risk.assessment import Assessment
from dashboard.risk.scores import concerns
from dashboard.risk.scores.band import Band
from dashboard.risk.scores.scoring import TOP_LEVEL, AreaScore, Item, Score, residual_band
from dashboard.risk.verdict.tally import FIRST, OPEN
from dashboard.risk_terms import asked, band_label, level_words, named

_PROVEN: Final = frozenset({"documented", "verified", "contradicted"})
#: Ids side by side in a cell of the heat map: on a wide screen, and on a phone.
_IDS: Final = {"risk_wide": 3, "risk_phone": 1}
#: Each screen shows the heat map that it has room for.
_BY_WIDTH: Final = (
    "<style>@media(max-width:640px){.st-key-risk_wide{display:none}}"
    "@media(min-width:641px){.st-key-risk_phone{display:none}}</style>"
)


def show(assessment: Assessment) -> None:
    """The charts behind tabs, dot and whisker first; then every total with its items."""
    views: dict[str, Callable[[Assessment], None]] = {
        t("By area"): _whiskers,
        t("Heat map"): _heat_map,
        t("Radar"): _radar,
        t("Coverage"): _coverage,
        t("Nine concerns"): _risk_map,
    }
    tabs = st.tabs(list(views), key=f"risk_charts:{current()}", on_change="rerun")
    for tab, draw in zip(tabs, views.values(), strict=True):
        with tab:
            if tab.open:
                draw(assessment)
    st.subheader(t("What each total is made of"), anchor=False)
    st.caption(
        t(
            "An area is the mean of its questions, each by weight × impact; the whole is the mean "
            "of the areas by their weights, pulled towards the weakest one."
        )
    )
    for area in assessment.scores.areas.values():
        _opened(assessment, area)


def _rows(assessment: Assessment) -> tuple[ScoreRow, list[ScoreRow]]:
    """The whole, then the areas, as charts take them."""
    overall = assessment.scores.overall
    areas = list(assessment.scores.areas.values())
    rows = [
        _row(
            named(assessment.bank, "areas", area.area),
            area.score,
            assessment.bands.get(area.area),
            _stage(assessment, area.items),
        )
        for area in areas
    ]
    return _row(t("Overall"), overall, assessment.band, None), rows


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


def _whiskers(assessment: Assessment) -> None:
    overall, rows = _rows(assessment)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        charts.show(whiskers.figure(overall, rows), key="risk_whiskers")
    with right:
        _score_table(assessment, overall, rows)


def _score_table(assessment: Assessment, overall: ScoreRow, rows: Sequence[ScoreRow]) -> None:
    whole = assessment.scores.overall
    areas = [(a.score, amount(a.weight, "fraction")) for a in assessment.scores.areas.values()]
    scores = [(whole, number(None)), *areas]
    tables.show(
        (t("Area"), t("Expected"), t("Bounds"), t("P10 – P90"), t("Coverage"), t("Weight")),
        (
            [
                plain(row.label),
                number(row.reach.expected),
                f"{number(row.reach.low)} – {number(row.reach.high)}",
                f"{number(row.reach.band[0])} – {number(row.reach.band[1])}"
                if row.reach.band
                else number(None),
                amount(score.coverage, "fraction"),
                weight,
            ]
            for row, (score, weight) in zip([overall, *rows], scores, strict=True)
            if row.reach is not None and score is not None
        ),
    )
    stable = assessment.stability
    if stable is not None:
        st.caption(
            t(
                "With the areas' weights changed by half, each up or down, the expected score "
                "stays between {low} and {high}.",
                low=number(stable.low),
                high=number(stable.high),
            )
        )


def _radar(assessment: Assessment) -> None:
    overall, rows = _rows(assessment)
    if len(rows) < 3:
        st.caption(t("A radar needs three areas."))
        return
    left, right = st.columns([1, 1], gap="medium")
    with left:
        charts.show(radar.figure(rows), key="risk_radar")
    with right:
        _score_table(assessment, overall, rows)


def _heat_map(assessment: Assessment) -> None:
    bank, numbers = assessment.bank, assessment.parameters
    items = assessment.scores.items
    risks = [
        Risk(
            id=item.question,
            label=read(bank.questions[item.question].topic),
            likelihood=item.likelihood,
            impact=item.impact,
            proven=item.status in _PROVEN,
        )
        for item in items
    ]
    zones = [
        Zone(band=band, label=band_label(band), least=least)
        for band, least in (
            ("low", 1.0),
            ("moderate", numbers["moderate_residual"]),
            ("high", numbers["high_residual"]),
            ("critical", numbers["critical_residual"]),
        )
    ]
    st.html(_BY_WIDTH)
    for key, per_line in _IDS.items():
        with st.container(key=key):
            charts.show(heat_map.figure(risks, zones, per_line=per_line), key=f"{key}_heat_map")
    with st.expander(t("The same as a table")):
        tables.show(
            (t("Question"), t("Known as"), t("Risk"), t("Likelihood"), t("Impact"), t("Residual")),
            (
                [
                    plain(asked(bank.questions[item.question])),
                    named(bank, "statuses", item.status),
                    band_label(residual_band(item.residual, numbers)),
                    str(item.likelihood),
                    str(item.impact),
                    str(item.residual),
                ]
                for item in sorted(items, key=lambda one: -one.residual)
            ),
            left=(0, 1, 2),
        )


def _coverage(assessment: Assessment) -> None:
    bank = assessment.bank
    statuses = {row.id: read(row.name) for row in bank.frame.statuses}
    rows = [_coverage_row(assessment, area) for area in assessment.scores.areas.values()]
    left, right = st.columns([1, 1], gap="medium")
    with left:
        charts.show(coverage_map.figure(rows, statuses), key="risk_coverage")
    used = [s for s in statuses if any(row.counts.get(s) for row in rows)]
    with right:
        tables.show(
            (t("Area"), *(statuses[s] for s in used), t("P0 closed")),
            (
                [
                    plain(row.label),
                    *(str(row.counts.get(s, 0)) for s in used),
                    f"{row.p0_closed} / {row.n_p0}",
                ]
                for row in rows
            ),
        )


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


def _risk_map(assessment: Assessment) -> None:
    bank = assessment.bank
    found = concerns.concerns_of(assessment.scores, bank=bank, numbers=assessment.parameters)
    cards = {
        one.concern: Concern(
            label=named(bank, "concerns", one.concern),
            band=one.band,
            says=band_label(one.band),
            reach=None
            if one.score is None or one.band is None
            else Reach(low=one.score.low, expected=one.score.expected, high=one.score.high),
        )
        for one in found
    }
    applicable = {item.question for item in assessment.scores.items}
    ties = [
        Tie(one=pair.one, other=pair.other, says=", ".join(pair.questions))
        for pair in concerns.shared(bank, applicable)
    ]
    left, right = st.columns([1, 1], gap="medium")
    with left:
        charts.show(risk_map.figure(cards, ties), key="risk_map")
        st.caption(t("A line ties two concerns that share questions."))
    with right:
        tables.show(
            (t("Concern"), t("Risk"), t("Expected"), t("Bounds"), t("Answered")),
            (
                [
                    plain(cards[one.concern].label),
                    band_label(one.band),
                    number(None if one.score is None else one.score.expected),
                    "–"
                    if one.score is None
                    else f"{number(one.score.low)} – {number(one.score.high)}",
                    f"{sum(i.level is not None for i in one.items)} / {len(one.items)}",
                ]
                for one in found
            ),
            left=(0, 1),
        )


def _opened(assessment: Assessment, area: AreaScore) -> None:
    bank = assessment.bank
    label = t(
        "{area}: {expected} ({low} – {high})",
        area=named(bank, "areas", area.area),
        expected=number(area.score.expected),
        low=number(area.score.low),
        high=number(area.score.high),
    )
    with st.expander(label):
        tables.show(
            (
                t("Question"),
                t("Known as"),
                t("Level"),
                t("Weight × impact"),
                t("Expected"),
                t("Bounds"),
                t("Below the stage"),
            ),
            (
                [
                    plain(asked(bank.questions[item.question])),
                    named(bank, "statuses", item.status),
                    ("🔒 " if item.locked else "") + level_words(item.level),
                    f"{number(item.weight)} × {item.impact}",
                    number(100 * item.expected),
                    f"{number(100 * item.low)} – {number(100 * item.high)}",
                    number(item.gap),
                ]
                for item in area.items
            ),
            left=(0, 1, 2),
        )
        if any(item.locked for item in area.items):
            st.caption(t("🔒 The levels above need a document or a check."))
