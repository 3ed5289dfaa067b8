"""The committee memo: a case in, a document out, the same for every format."""

from collections.abc import Callable
from typing import Final

from dashboard.deal import localised
from dashboard.deal_memo import MemoStatus
from dashboard.language import N_, amount, current, enumerated, t
from dashboard.report.case import Case
from dashboard.report.document import Memo, Section, clean
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
    money.returns,
    risks.register,
    risks.contradictions,
    closing.dissent,
    closing.conditions,
    appendix.section,
)
_HASH: Final = 12


def memo_of(case: Case) -> Memo:
    """The memo of a case, in the language in use, which is the case's own."""
    assert case.language == current(), (case.language, current())
    notes = Notes(case=case)
    sections = tuple(write(case, notes) for write in _SECTIONS)
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
        sections=sections,
        notes=notes.all(),
    )


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
