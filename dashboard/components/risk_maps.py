"""Maps of a deal's risk on a page, each with its table: heat map, coverage, nine concerns."""

from typing import Final

import streamlit as st

from dashboard.charts import risk_map
from dashboard.charts.risk_map import Concern, Tie
from dashboard.charts.whiskers import Reach
from dashboard.components import charts, tables
from dashboard.components.text import plain
from dashboard.exhibits import risk
from dashboard.language import listed, percent, points, read, t
from dashboard.risk.assessment import Assessment
from dashboard.risk.scores import concerns
from dashboard.risk.scores.scoring import Item, residual_band
from dashboard.risk_terms import asked, band_label, named

#: Ids side by side in a cell of the heat map: on a wide screen, and on a phone.
_IDS: Final = {"risk_wide": 3, "risk_phone": 1}
#: Each screen shows the heat map that it has room for.
_BY_WIDTH: Final = (
    "<style>@media(max-width:640px){.st-key-risk_wide{display:none}}"
    "@media(min-width:641px){.st-key-risk_phone{display:none}}</style>"
)


def heat(assessment: Assessment) -> None:
    """Likelihood by impact, with the id of every question, and the same as a table."""
    bank, numbers = assessment.bank, assessment.parameters
    items = assessment.scores.items
    st.html(_BY_WIDTH)
    for key, per_line in _IDS.items():
        with st.container(key=key):
            charts.show(risk.heat(assessment, per_line=per_line), key=f"{key}_heat_map")
    with st.expander(t("The same as a table")):
        tables.show(
            (t("Question"), t("Known as"), t("Risk"), t("Likelihood"), t("Impact"), t("Residual")),
            (
                [
                    plain(asked(bank.questions[item.question])),
                    named(bank, "statuses", item.status),
                    band_label(residual_band(item.residual, numbers)),
                    _likelihood(item),
                    str(item.impact),
                    str(item.residual),
                ]
                for item in sorted(items, key=lambda one: -one.residual)
            ),
            left=(0, 1, 2),
        )


def _likelihood(item: Item) -> str:
    least, most = risk.likelihoods(item)
    return f"{item.likelihood} ({least} – {most})"


def coverage(assessment: Assessment) -> None:
    """How well the answers of each area are known."""
    bank = assessment.bank
    statuses = {row.id: read(row.name) for row in bank.frame.statuses}
    rows = risk.coverage_rows(assessment)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        charts.show(risk.coverage(assessment), key="risk_coverage")
    with right:
        tables.show(
            (t("Area"), t("How its answers are known"), t("P0 closed")),
            (
                [
                    plain(row.label),
                    listed(
                        f"{row.counts[s]} {name}"
                        for s, name in statuses.items()
                        if row.counts.get(s)
                    ),
                    f"{row.p0_closed} / {row.n_p0}",
                ]
                for row in rows
            ),
            left=(0, 1),
        )


def nine_concerns(assessment: Assessment) -> None:
    """The nine concerns of the deal, and what ties them together."""
    bank = assessment.bank
    found = concerns.concerns_of(assessment.scores, bank=bank, numbers=assessment.parameters)
    needed = assessment.parameters["evidence_coverage"]
    cards = {
        one.concern: Concern(
            label=named(bank, "concerns", one.concern),
            band=one.band,
            says=band_label(one.band),
            reach=None
            if one.score is None or one.band is None
            else Reach(low=one.score.low, expected=one.score.expected, high=one.score.high),
            thin=one.score is not None and one.score.coverage < needed,
            answered=f"{sum(i.level is not None for i in one.items)} / {len(one.items)}"
            if one.band is not None
            else "",
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
        st.caption(
            t(
                "A line ties two concerns that share questions. A pale, dashed card is thinly "
                "known: evidence covers less than {needed} of it.",
                needed=percent(needed),
            )
        )
    with right:
        tables.show(
            (t("Concern"), t("Risk"), t("Expected"), t("Bounds"), t("Answered")),
            (
                [
                    plain(cards[one.concern].label),
                    band_label(one.band),
                    points(None if one.score is None else one.score.expected),
                    "–"
                    if one.score is None
                    else f"{points(one.score.low)} – {points(one.score.high)}",
                    f"{sum(i.level is not None for i in one.items)} / {len(one.items)}",
                ]
                for one in found
            ),
            left=(0, 1),
        )
