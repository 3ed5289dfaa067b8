"""Scores by area on a page: as charts, as tables beside them, and down to every item."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.charts import radar
from dashboard.charts.whiskers import ScoreRow
from dashboard.components import charts, risk_maps, tables
from dashboard.components.text import plain
from dashboard.exhibits import risk
from dashboard.language import amount, current, number, percent, points, t
from dashboard.risk.assessment import Assessment
from dashboard.risk.scores.scoring import AreaScore
from dashboard.risk_terms import asked, level_words, named, said_of


def show(assessment: Assessment) -> None:
    """The charts behind tabs, dot and whisker first; then every total with its items."""
    views: dict[str, Callable[[Assessment], None]] = {
        t("By area"): _whiskers,
        t("Heat map"): risk_maps.heat,
        t("Radar"): _radar,
        t("Coverage"): risk_maps.coverage,
        t("Nine concerns"): risk_maps.nine_concerns,
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


def _whiskers(assessment: Assessment) -> None:
    overall, rows = risk.score_rows(assessment)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        charts.show(risk.scores(assessment), key="risk_whiskers")
    with right:
        _score_table(assessment, overall, rows)


def _score_table(assessment: Assessment, overall: ScoreRow, rows: Sequence[ScoreRow]) -> None:
    whole = assessment.scores.overall
    scores = [whole, *(area.score for area in assessment.scores.areas.values())]
    tables.show(
        (t("Area"), t("Expected"), t("Bounds"), t("P10 – P90"), t("Coverage")),
        (
            [
                plain(row.label),
                points(row.reach.expected),
                f"{points(row.reach.low)} – {points(row.reach.high)}",
                f"{points(row.reach.band[0])} – {points(row.reach.band[1])}"
                if row.reach.band
                else number(None),
                percent(score.coverage),
            ]
            for row, score in zip([overall, *rows], scores, strict=True)
            if row.reach is not None and score is not None
        ),
    )
    stable = assessment.stability
    if stable is not None:
        st.caption(
            t(
                "With the areas' weights changed by half, each up or down, the expected score "
                "stays between {low} and {high}.",
                low=points(stable.low),
                high=points(stable.high),
            )
        )


def _radar(assessment: Assessment) -> None:
    overall, rows = risk.score_rows(assessment)
    if len(rows) < 3:
        st.caption(t("A radar needs three areas."))
        return
    left, right = st.columns([1, 1], gap="medium")
    with left:
        charts.show(radar.figure(rows), key="risk_radar")
    with right:
        _score_table(assessment, overall, rows)


def _opened(assessment: Assessment, area: AreaScore) -> None:
    bank = assessment.bank
    score = area.score
    interval = f"({points(score.low)} – {points(score.high)})"
    weight = t("weight {share}", share=amount(area.weight, "fraction"))
    label = said_of(
        named(bank, "areas", area.area), f"{points(score.expected)} {interval} · {weight}"
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
                    points(100 * item.expected),
                    f"{points(100 * item.low)} – {points(100 * item.high)}",
                    number(item.gap),
                ]
                for item in area.items
            ),
            left=(0, 1, 2),
        )
        if any(item.locked for item in area.items):
            st.caption(t("🔒 The levels above need a document or a check."))
