"""Many deals in one report: a table that compares them, and a page for each."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from dashboard.language import aside, current, number, points, ranged, t
from dashboard.portfolio import assessed_line
from dashboard.portfolio_export import rules_verdict
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Cell,
    Chart,
    Head,
    Memo,
    Section,
    Table,
    cell,
    clean,
    paragraph,
    row,
)
from dashboard.report.memo import edition_words
from dashboard.report.notes import Notes
from dashboard.report.sections import decision
from dashboard.report.sections.common import CLAIM_TONES, VERDICT_TONES
from dashboard.risk_terms import named
from dashboard.terms import verdict_label

#: Deals of one report: each takes half a second and a page.
MOST_DEALS: Final = 40


def portfolio_of(cases: Sequence[Case], *, as_of: date) -> Memo:
    """The report of several cases, all in the language in use."""
    assert cases
    notes = Notes(case=cases[0])
    sections = [_comparison(cases)]
    sections += [_page(case, notes.of(case), n) for n, case in enumerate(cases, start=1)]
    return Memo(
        language=current(),
        title=t("Portfolio"),
        subtitle=t("Comparison of {n} deals", n=len(cases)),
        status=t("Draft"),
        confidential=t("Confidential"),
        edition=t("{n} deals", n=len(cases)),
        as_of=as_of,
        author="",
        header=((t("As of"), as_of.isoformat()),),
        sections=tuple(sections),
        notes=notes.all(),
        has_contents=False,
    )


def _comparison(cases: Sequence[Case]) -> Section:
    rows = [_row(n, case) for n, case in enumerate(cases, start=1)]
    table = Table(
        id="comparison",
        caption=t("The deals side by side"),
        heads=(
            Head(text=t("No."), align="right", width=0.4),
            Head(text=t("Deal"), width=1.8),
            Head(text=t("Stage"), width=0.9),
            Head(text=t("Estimated cost, 90% range"), align="right", width=1.9),
            Head(text=t("Worst verdict on a claim"), width=1.1),
            Head(text=t("Score (bounds)"), align="right", width=1.2),
            Head(text=t("Open P0"), align="right", width=0.6),
            Head(text=t("Red flags"), align="right", width=0.6),
            Head(text=t("Verdict of the rules"), width=1.4),
        ),
        rows=tuple(rows),
    )
    blocks: tuple[Block, ...] = (
        table,
        paragraph(
            t(
                "The cost is that of the final run alone. A score is of 100, higher is better, "
                "between what unknown answers could make of it. The rules decide and do not "
                "advise; a person signs."
            ),
            look="remark",
        ),
    )
    return Section(id="comparison", number="", title=t("Comparison"), blocks=blocks)


def _row(n: int, case: Case) -> tuple[Cell, ...]:
    line = assessed_line(case.deal, case.basis, case.assessment)
    stage = case.assessment.profile.stage
    usd = line.usd
    score = number(None)
    if line.score is not None and line.score_low is not None and line.score_high is not None:
        score = points(line.score) + aside(f"{points(line.score_low)} – {points(line.score_high)}")
    worst = line.worst
    return row(
        str(n),
        line.name,
        named(case.assessment.bank, "stages", stage) if stage else line.stage or number(None),
        number(None) if usd is None else ranged(usd, "usd"),
        number(None) if worst is None else cell(verdict_label(worst), CLAIM_TONES[worst]),
        score,
        str(line.n_open_p0),
        str(line.n_flags),
        cell(rules_verdict(line), VERDICT_TONES.get(line.verdict, "neutral")),
    )


def _page(case: Case, notes: Notes, n: int) -> Section:
    """The decision page of one deal; ids are made its own."""
    found = decision.section(case, notes)
    blocks = [
        replace(block, id=f"{block.id}-{n}") if isinstance(block, Chart | Table) else block
        for block in found.blocks
    ]
    title = clean(case.deal.name) + aside(edition_words(case))
    return Section(id=f"deal-{n}", number=str(n), title=title, blocks=tuple(blocks), is_page=True)
