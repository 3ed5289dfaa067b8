"""The decision page: verdict, the rule that decided, three for, three against, what reverses."""

from typing import Final

from dashboard.exhibits import risk
from dashboard.language import N_, amount, enumerated, interval, listed, percent, points, say, t
from dashboard.report import reasons
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Bullets,
    Chart,
    Decision,
    Figure,
    Heading,
    Rich,
    Section,
    bullets,
    paragraph,
    rich,
)
from dashboard.report.notes import Notes
from dashboard.report.sections.common import VERDICT_TONES
from dashboard.risk.verdict.reversal import Reversal
from dashboard.risk_terms import asked, level_words, named, said_of, topics, verdict_label
from dashboard.scenario_output import headline_words
from dashboard.venture.figures import figures

_MOST_REVERSALS: Final = 3
_MOST_OPEN: Final = 6


def section(case: Case, notes: Notes) -> Section:
    """What the committee reads first, and alone if it reads one page."""
    assessment = case.assessment
    verdict = assessment.verdict
    blocks: list[Block] = [
        Decision(
            verdict=verdict_label(assessment, verdict.name),
            tone=VERDICT_TONES.get(verdict.name, "neutral"),
            because=rich(
                notes.checklist(
                    f"{say(verdict.because)} {t('Rule {n} decided.', n=str(verdict.rule))}"
                ),
            ),
            figures=_figures(case, notes),
        )
    ]
    blocks += _side(t("Three reasons for"), reasons.in_favour(case, notes), _NONE_FOR)
    blocks += _side(t("Three reasons against"), reasons.against(case, notes), _NONE_AGAINST)
    blocks += _reverses(case)
    blocks += _open(case)
    if assessment.scores.overall is not None:
        blocks.append(
            Chart(
                id="scores",
                caption=t("Scores of 100 by area, between their bounds"),
                alt=_scores_alt(case),
                figure=risk.scores(assessment),
            )
        )
    blocks.append(
        paragraph(t("The rules decide and do not advise; a person signs."), look="remark")
    )
    return Section(
        id="decision", number="", title=t("Decision"), blocks=tuple(blocks), is_page=True
    )


_NONE_FOR: Final = N_("No answer at the level of its stage is backed by a document or a check yet.")
_NONE_AGAINST: Final = N_("Nothing that is known speaks against it yet.")


def _side(head: str, found: list[Rich], none: str) -> list[Block]:
    told: Bullets = bullets(found, numbered=True) if found else bullets([t(none)])
    return [Heading(text=head), told]


def _figures(case: Case, notes: Notes) -> tuple[Figure, ...]:
    assessment, found = case.assessment, []
    overall, verdict = assessment.scores.overall, assessment.verdict
    if overall is not None:
        found += [
            Figure(
                label=t("Expected score"),
                value=rich(notes.checklist(points(overall.expected))),
                below=t(
                    "between {low} and {high}",
                    low=points(overall.low),
                    high=points(overall.high),
                ),
            ),
            Figure(
                label=t("Coverage"),
                value=rich(notes.checklist(percent(overall.coverage))),
                below=t("open P0: {n}", n=len(verdict.open_p0)),
            ),
        ]
    if case.basis.usd is not None:
        usd = case.basis.usd
        found.append(
            Figure(
                label=t("Cost of the final run"),
                value=rich(notes.model(amount(usd.p50, "usd", beside=usd.p95))),
                below=interval(usd.p05, usd.p95, "usd"),
            )
        )
    if case.answer is not None:
        by_name = figures(case.answer.inputs, case.answer.result)
        for name, label in (
            ("runway_months", t("Runway")),
            ("moic_expected", t("Expected multiple")),
        ):
            if name in by_name:
                value, below = headline_words(name, by_name, case.answer)
                found.append(Figure(label=label, value=rich(notes.scenario(value)), below=below))
    return tuple(found)


def _reverses(case: Case) -> list[Block]:
    found = case.assessment.reversals()
    if found is None or not found.smallest:
        return []
    lines = [_reversal(case, one) for one in found.smallest[:_MOST_REVERSALS]]
    return [Heading(text=t("The verdict reverses if")), bullets(lines)]


def _reversal(case: Case, found: Reversal) -> str:
    bank = case.assessment.bank
    changes = enumerated(
        t(
            "{question} is verified at {level}",
            question=asked(bank.questions[c.question]),
            level=level_words(c.level),
        )
        for c in found.changes
    )
    return said_of(changes, verdict_label(case.assessment, found.verdict))


def _open(case: Case) -> list[Block]:
    """The open questions of the first priority, and what is raised."""
    verdict, found = case.assessment.verdict, []
    if verdict.open_p0:
        named_ones = topics(case.assessment, verdict.open_p0[:_MOST_OPEN])
        more = len(verdict.open_p0) - _MOST_OPEN
        rest = t(" and {n} more", n=more) if more > 0 else ""
        found.append(said_of(t("Open questions of the first priority"), named_ones + rest))
    against = sum(not one.settled for one in case.assessment.contradictions)
    if against:
        found.append(t("Contradictions not settled: {n}.", n=against))
    return [Heading(text=t("Still open")), bullets(found)] if found else []


def _scores_alt(case: Case) -> str:
    bank, areas = case.assessment.bank, case.assessment.scores.areas.values()
    said = [
        t(
            "{area} {expected} ({low} – {high})",
            area=named(bank, "areas", area.area),
            expected=points(area.score.expected),
            low=points(area.score.low),
            high=points(area.score.high),
        )
        for area in areas
    ]
    return said_of(t("Expected scores with bounds"), listed(said))
