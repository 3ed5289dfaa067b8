"""What the question bank must be as a whole: every name it uses is known, in order, and once."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Final, get_args

from costmodel import facts
from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.bank.bank import Bank, BankError, in_order, level_thresholds
from dashboard.risk.bank.expressions import Expression
from dashboard.risk.bank.schema import CrossCheckRow, Framework, Question
from dashboard.risk.bank.sectors import GENERAL, Sector

#: The nine concerns of the risk map.
CONCERNS: Final = frozenset(
    {
        "compute",
        "rd_cost",
        "competition",
        "data_quality",
        "model",
        "market_demand",
        "ethics_privacy",
        "technical_maturity",
        "applications",
    }
)
#: The kinds of red flag that the verdict knows.
FLAG_KINDS: Final = frozenset(
    {"deal_breaker", "deal_breaker_curable", "cap_watch", "open_p0", "condition"}
)
#: The fewest questions of a sector: with less it needs no preset.
_FEWEST: Final = 3


def check(bank: Bank, files: Mapping[str, str]) -> None:
    """Raise ``BankError`` for what is unknown or out of order; ``files`` says in which file a
    question stands.
    """
    _check_frame(bank)
    _check_concerns(bank)
    for question in bank.every_question().values():
        _check_question(bank, f"{files[question.id]}: {question.id}", question)
    for sector in bank.sectors.values():
        _check_sector(bank, sector)
    unique("sectors", "spellings", [w for sector in bank.sectors.values() for w in sector.words])
    for row in bank.cross_checks.values():
        _check_cross_check(bank, row)


def _check_frame(bank: Bank) -> None:
    frame = bank.frame
    for status in get_args(EvidenceStatus):
        known("bank.toml", "statuses", status, [row.id for row in frame.statuses])
    for kind in frame.flag_kinds:
        known("bank.toml", "flag_kinds", kind.id, FLAG_KINDS)
    for area in frame.areas:
        known("scoring.toml", "area", f"area_weight_{area.id}", bank.defaults)
    for priority in frame.priorities:
        known("scoring.toml", "priority", f"weight_{priority.id.lower()}", bank.defaults)


def _check_concerns(bank: Bank) -> None:
    rows = bank.frame.concerns
    unique("bank.toml", "concerns", [row.id for row in rows])
    for missing in sorted(CONCERNS - {row.id for row in rows}):
        raise BankError(f"bank.toml: concerns: {missing} is missing; add it with its questions")
    for row in rows:
        known("bank.toml", "concerns", row.id, CONCERNS)
        unique("bank.toml", f"concerns: {row.id}", row.questions)
        for question in row.questions:
            known("bank.toml", f"concerns: {row.id}", question, bank.questions)
    for sector in bank.sectors.values():
        for concern in sector.concerns:
            known(f"sectors/{sector.id}.toml", "concerns", concern, CONCERNS)


def _check_question(bank: Bank, where: str, question: Question) -> None:
    frame = bank.frame
    flags = [row.id for row in frame.profile]
    known(where, "priority", question.priority, [row.id for row in frame.priorities])
    known(where, "respondent", question.respondent, [row.id for row in frame.respondents])
    known(where, "evidence_kind", question.evidence_kind, [k.id for k in frame.evidence_kinds])
    known(where, "close_out.kind", question.close_out.kind, [k.id for k in frame.close_out_kinds])
    for stage in {row.id for row in frame.stages} ^ set(question.stage_expect):
        raise BankError(
            f"{where}: stage_expect: {stage} stands on one side only; give every stage of bank.toml"
        )
    _reads(bank, f"{where}: applies_if", question.applies_if, flags)
    if question.red_flag is not None:
        flag = f"{where}: red_flag"
        known(flag, "kind", question.red_flag.kind, [row.id for row in frame.flag_kinds])
        _reads(bank, flag, question.red_flag.when, [*flags, "level"])
    for framework, ids in question.refs.items():
        known(where, "refs", framework, bank.frameworks)
        for reference in ids:
            _check_reference(f"{where}: refs.{framework}", reference, bank.frameworks[framework])
    fill = question.autofill
    if fill is None:
        return
    known(where, "autofill.metric", fill.metric, bank.metrics)
    for rule in fill.rules:
        _reads(bank, f"{where}: {rule.code}", rule.when, [*flags, *bank.metrics])
        for text in (rule.text.en, rule.text.zh):
            for place in re.findall(r"{(\w*)}", text):
                known(f"{where}: {rule.code}", "text", place, bank.defaults)
    for threshold in fill.thresholds:
        if isinstance(threshold, Expression):
            _reads(bank, f"{where}: thresholds", threshold, [])
    values = level_thresholds(fill, {i: p.value for i, p in bank.defaults.items()}, "")
    if not in_order(fill, values):
        raise BankError(
            f"{where}: thresholds run the wrong way for better = {fill.better!r}; "
            "put the one of level 1 first, that of level 4 last"
        )


def _check_sector(bank: Bank, sector: Sector) -> None:
    where = f"sectors/{sector.id}.toml"
    for question, area in sector.areas.items():
        known(f"{where}: {question}", "area", area, [row.id for row in bank.frame.areas])
    if sector.id == GENERAL and sector.questions:
        raise BankError(f"{where}: questions for every company stand in questions/; move them")
    if sector.id != GENERAL and len(sector.questions) < _FEWEST:
        raise BankError(f"{where}: questions: a sector asks {_FEWEST} to 5; add what is missing")
    unique(where, "regulation", [row.id for row in sector.regulation])
    laws = [law.id for law in facts.regulations()]
    for row in sector.regulation:
        at = f"{where}: {row.id}"
        known(at, "jurisdiction", row.jurisdiction, [j.id for j in bank.frame.jurisdictions])
        known(at, "status", row.status, [s.id for s in bank.frame.law_statuses])
        if row.regulation is not None:
            known(at, "regulation", row.regulation, laws)


def _check_cross_check(bank: Bank, row: CrossCheckRow) -> None:
    where = f"cross_checks.toml: {row.id}"
    for question in row.feeds:
        known(where, "feeds", question, bank.questions)
    for limit in (row.low, row.high):
        if isinstance(limit, Expression):
            _reads(bank, where, limit, [])


def _check_reference(where: str, reference: str, framework: Framework) -> None:
    if framework.ids and reference not in framework.ids:
        raise BankError(
            f"{where}: {reference!r} is not in {framework.name}"
            f"{_near(reference, framework.ids)}; correct it"
        )
    if framework.pattern and not re.fullmatch(framework.pattern, reference):
        raise BankError(f"{where}: {reference!r} is not how {framework.name} numbers; correct it")


def _reads(bank: Bank, where: str, expression: Expression, names: Iterable[str]) -> None:
    allowed = list(names)
    for name in sorted(expression.names):
        known(where, "the expression", name, allowed)
    for name in sorted(expression.parameters):
        known(where, "the expression", name, bank.defaults)


def known(where: str, what: str, name: str, names: Iterable[str]) -> None:
    """Raise ``BankError`` with the nearest names unless ``name`` is one of ``names``."""
    if name not in (found := list(names)):
        raise BankError(
            f"{where}: {what}: {name!r} is not known{_near(name, found)}; "
            "correct it, or add it where it belongs"
        )


def unique(file: str, what: str, ids: list[str]) -> None:
    """Raise ``BankError`` where an id stands twice."""
    twice = [i for i in dict.fromkeys(ids) if ids.count(i) > 1]
    if twice:
        raise BankError(f"{file}: {what}: {twice[0]} stands twice; keep one")


def _near(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; near it: {', '.join(close)}" if close else ""
