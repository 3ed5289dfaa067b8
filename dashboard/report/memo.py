"""The committee memo: a case in, a document out, the same for every format."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from dashboard.deal import localised
from dashboard.deal_memo import MemoStatus
from dashboard.language import N_, amount, current, enumerated, t, use_language
from dashboard.report.case import Case
from dashboard.report.document import Chart, Memo, Section, Table, clean
from dashboard.report.notes import Notes
from dashboard.report.sections import (
    appendix,
    closing,
    company,
    compute,
    decision,
    evidence,
    market,
    money,
    returns,
    risks,
)
from dashboard.risk_terms import named

_STATUSES: Final[dict[MemoStatus, str]] = {
    "draft": N_("Draft"),
    "conditional": N_("Conditional pre-read, not decision-ready"),
    "final": N_("Final"),
}
#: The sections in their order; the decision stands alone on the first page.
_SECTIONS: Final[tuple[Callable[[Case, Notes], Section], ...]] = (
    decision.section,
    company.thesis,
    company.company,
    compute.section,
    evidence.data,
    evidence.evaluation,
    evidence.ethics,
    market.market,
    market.traction,
    market.team,
    money.finance,
    returns.section,
    risks.register,
    risks.contradictions,
    closing.dissent,
    closing.conditions,
    appendix.section,
)
_HASH: Final = 12
#: Sections that can stand in both languages: those that travel furthest.
_IN_BOTH: Final = ("decision", "risks")


def memo_of(case: Case, *, beside: Case | None = None) -> Memo:
    """The memo of a case, in the language in use, which is the case's own.

    ``beside`` is the same case in the other language: the decision and the risk register then
    stand in both, one behind the other.
    """
    assert case.language == current(), (case.language, current())
    notes, sections = Notes(case=case), list[Section]()
    for write in _SECTIONS:
        section = write(case, notes)
        sections.append(section)
        if beside is not None and section.id in _IN_BOTH:
            with use_language(beside.language):
                sections.append(_suffixed(write(beside, notes.of(beside)), beside.language))
    deal, given = case.deal, case.deal.memo
    confidential = clean(localised(given.confidential, current()))
    return Memo(
        language=current(),
        title=clean(deal.company.name or deal.name),
        subtitle=t("Investment committee memo"),
        status=t(_STATUSES[given.status]),
        confidential=confidential or t("Confidential"),
        edition=edition_words(case),
        as_of=case.as_of,
        author=clean(given.author or case.edition.author),
        header=tuple((label, clean(value)) for label, value in _header(case) if value),
        sections=tuple(sections),
        notes=notes.all(),
        is_bilingual=beside is not None,
    )


def _suffixed(section: Section, language: str) -> Section:
    """A section under ids of its own."""
    blocks = [
        replace(block, id=f"{block.id}-{language}") if isinstance(block, Chart | Table) else block
        for block in section.blocks
    ]
    return replace(section, id=f"{section.id}-{language}", blocks=tuple(blocks))


def edition_words(case: Case) -> str:
    """Which version of the deal this is, in a few words."""
    edition = case.edition
    short = edition.sha256[:_HASH]
    if edition.number is None:
        return t("deal file {hash}", hash=short)
    if edition.is_frozen:
        return t("version {n}, frozen, {hash}", n=str(edition.number), hash=short)
    return t("version {n}, {hash}", n=str(edition.number), hash=short)


def _header(case: Case) -> list[tuple[str, str]]:
    deal, bank = case.deal, case.assessment.bank
    company, money = deal.company, deal.finance
    place = enumerated((company.country, str(company.founded or "")))
    profile = case.assessment.profile
    sector = "" if bank.sector is None else named(bank, "sectors", bank.sector.id)
    found = [
        (t("Deal"), deal.name if deal.name != company.name else ""),
        (t("Country, founded"), place),
        (t("Stage"), named(bank, "stages", profile.stage) if profile.stage else company.stage),
        (t("Sector"), sector or company.sector),
        (t("Round"), deal.memo.round),
    ]
    if money.raise_usd is not None:
        found.append((t("Money of this round"), amount(money.raise_usd.value, "usd")))
    if money.post_money_usd is not None:
        found.append((t("Value after the round"), amount(money.post_money_usd.value, "usd")))
    if money.investment_usd is not None:
        paid, post = money.investment_usd.value, money.post_money_usd
        share = ""
        if post is not None and post.value > 0:
            share = t(" for {share}", share=amount(paid / post.value, "fraction"))
        found.append((t("Our investment"), amount(paid, "usd") + share))
    found += [
        (t("Version"), edition_words(case)),
        (t("As of"), case.as_of.isoformat()),
        (t("Author"), deal.memo.author or case.edition.author),
    ]
    return found
