"""Findings on screen: the claim, the numbers on both sides, the verdict, what to ask."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import streamlit as st

from costmodel.claims import VERDICTS, Finding
from dashboard.components import charts, provenance
from dashboard.components.text import cited_source, money, plain
from dashboard.exhibits import cost
from dashboard.findings import Evaluation
from dashboard.language import amount, ranged, say, t
from dashboard.terms import finding_label, verdict_explained, verdict_label

BADGES: Final = {
    "consistent": "green",
    "stretched": "orange",
    "implausible": "red",
    "impossible": "violet",
    "cannot tell": "gray",
}

#: Verdicts in the order in which they are read: what needs a question first.
BY_WEIGHT: Final = ("impossible", "implausible", "stretched", "cannot tell", "consistent")


def summary(findings: Sequence[Finding]) -> None:
    """How many claims got which verdict."""
    counts = Counter(finding.verdict for finding in findings)
    badges = [
        f":{BADGES[verdict]}-badge[{verdict_label(verdict)} {counts[verdict]}]"
        for verdict in VERDICTS
        if counts[verdict]
    ]
    if badges:
        st.markdown(" ".join(badges), help=_legend())


def chart(evaluation: Evaluation) -> None:
    """Every finding that has a computed side, as a ratio to it."""
    figure = cost.claims(evaluation.findings)
    if figure is not None:
        charts.show(figure, key="claims_chart")


def table(evaluation: Evaluation) -> None:
    """One card for every finding; those that need a question first."""
    texts = {claim.id: claim for claim in evaluation.claims}
    for finding in sorted(evaluation.findings, key=lambda f: BY_WEIGHT.index(f.verdict)):
        claim = texts.get(finding.claim)
        with st.container(border=True, gap="xsmall", key=f"finding_{finding.claim}"):
            head, source = st.columns([6, 1], vertical_alignment="center")
            head.markdown(_headline(finding))
            with source.container(horizontal_alignment="right"):
                provenance.of_finding(evaluation, finding)
            st.markdown(plain(say(finding.why)))
            if finding.verdict != "consistent":
                st.markdown(f"→ {plain(say(finding.ask))}")
            if claim is not None and (claim.text or claim.source):
                cited = (plain(claim.text), cited_source(claim.source))
                st.caption(" · ".join(part for part in cited if part))


def _headline(finding: Finding) -> str:
    word = t("follows from the claims:") if finding.implied else t("stated")
    badge = f":{BADGES[finding.verdict]}-badge[{verdict_label(finding.verdict)}]"
    parts = [f"{badge} **{finding_label(finding)}** {word} {amount(finding.stated, finding.unit)}"]
    if finding.computed is not None:
        spread = finding.computed
        parts.append(f"{t('computed')} {ranged(spread, finding.unit)}")
    return money(" · ".join(parts))


def _legend() -> str:
    return "\n\n".join(f"**{verdict_label(v)}** {verdict_explained(v)}" for v in VERDICTS)
