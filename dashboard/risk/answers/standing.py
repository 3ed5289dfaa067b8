"""How an answer stands on a given day: its level, and how well it is known then.

What was written down once does not count for ever. Evidence ages, files vanish, a document
speaks against the answer: each lowers the status, and says so in a notice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, cast

from costmodel.messages import Message
from dashboard.language import N_
from dashboard.risk.answers.answer import Answer, Evidence
from dashboard.risk.answers.evidence import BY_STRENGTH, EvidenceStatus
from dashboard.risk.answers.files import FileState
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.schema import Question

#: Statuses that need something to show for them.
_PROVEN: Final = ("documented", "verified")
#: Kind of red flag that a person can declare to be put right.
CURABLE: Final = "deal_breaker_curable"
#: What is said of an evidence file that is not here as it was stored.
_FILE_NOTICES: Final[Mapping[FileState, str]] = {
    "missing": N_(
        "The evidence file {name} has vanished; attach it again. Until then the answer counts as "
        "claimed."
    ),
    "altered": N_(
        "The evidence file {name} was altered after it was stored; attach the original again. "
        "Until then the answer counts as claimed."
    ),
    "elsewhere": N_(
        "The evidence file {name} was never stored on this machine, so it cannot be opened here; "
        "attach it again to check it."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something about a question's answer that a person should put right."""

    question: str
    text: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An answer on a day. ``level`` is ``None`` exactly where nothing is known of it.

    ``contradictions`` says what speaks against it, one sentence each.
    """

    level: int | None
    status: EvidenceStatus
    notices: tuple[Notice, ...] = ()
    contradictions: tuple[Message, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A standing in the making."""

    question: str
    level: int | None
    status: EvidenceStatus
    notices: list[Notice] = field(default_factory=list)
    contradictions: list[Message] = field(default_factory=list)

    def say(self, text: Message) -> None:
        self.notices.append(Notice(question=self.question, text=text))


def standing(
    question: Question,
    answer: Answer,
    *,
    bank: Bank,
    as_of: date,
    files: Mapping[str, FileState],
) -> Standing:
    """How the answer stands on ``as_of``; ``files`` says how the evidence files are, by hash."""
    draft = _Draft(question.id, answer.level, cast(EvidenceStatus, answer.status))
    if answer.status == "not_applicable":
        _check_inapplicable(draft, answer)
    elif answer.status == "contradicted":
        draft.level = 0
    elif answer.level is None and answer.status != "unknown":
        draft.status = "unknown"
        draft.say(Message("The level is missing; write 0 to 4, or the status unknown."))
    elif answer.level is not None and answer.status == "unknown":
        draft.level = None
        draft.say(
            Message(
                "Level {level} counts as unknown until its status says how it is known.",
                {"level": answer.level},
            )
        )
    _check_decisions(draft, question, answer)
    _check_evidence(draft, question, answer, bank, as_of, files)
    if draft.level is not None and draft.status != "not_applicable":
        _weigh(draft, question, answer, bank, as_of, files)
    elif answer.evidence and draft.status == "unknown":
        draft.say(
            Message(
                "Evidence is attached and decides nothing while the level is unknown: {evidence}; "
                "give the answer's level and status.",
                {"evidence": ", ".join(_label(piece) for piece in answer.evidence)},
            )
        )
    return Standing(
        level=draft.level,
        status=draft.status,
        notices=tuple(draft.notices),
        contradictions=tuple(draft.contradictions),
    )


def at_most(status: EvidenceStatus, most: EvidenceStatus) -> EvidenceStatus:
    """The weaker of the two; what is contradicted or does not apply stays so."""
    if status not in BY_STRENGTH:
        return status
    return BY_STRENGTH[min(BY_STRENGTH.index(status), BY_STRENGTH.index(most))]


def expiry(piece: Evidence, question: Question, bank: Bank) -> date | None:
    """The last day that the evidence counts; ``None`` where it has no end that is known."""
    stated = _day(piece.expires)
    if stated is not None:
        return stated
    dated = _day(piece.date)
    days = bank.days("evidence_kinds", piece.kind or question.evidence_kind)
    return None if dated is None or days is None else dated + timedelta(days=days)


def _check_inapplicable(draft: _Draft, answer: Answer) -> None:
    draft.level = None
    if not (answer.na_reason.strip() and answer.second_reader.strip()):
        draft.status = "unknown"
        draft.say(
            Message(
                "That the question does not apply needs a reason and a second reader; until then "
                "it counts as unknown."
            )
        )


def _check_decisions(draft: _Draft, question: Question, answer: Answer) -> None:
    """Decisions that do not count: they lack a name or a reason, or nothing can be cured."""
    if answer.override is not None and not answer.override.is_whole:
        draft.say(
            Message(
                "The override does not count: it says who decides and why; add what is missing."
            )
        )
    if answer.cured is not None:
        flag = question.red_flag
        if flag is None or flag.kind != CURABLE:
            draft.say(
                Message("Nothing here can be cured by saying so: cured is left out of account.")
            )
        elif not answer.cured.is_whole:
            draft.say(
                Message(
                    "The cure does not count: it says who has seen it and how; add what is missing."
                )
            )
    for piece in answer.evidence:
        if piece.resolved is not None and not piece.resolved.is_whole:
            draft.say(
                Message(
                    "{evidence} still speaks against the answer: that it is resolved says who "
                    "decided and why; add what is missing.",
                    {"evidence": _label(piece)},
                )
            )


def _check_evidence(
    draft: _Draft,
    question: Question,
    answer: Answer,
    bank: Bank,
    as_of: date,
    files: Mapping[str, FileState],
) -> None:
    """What a person should put right about the pieces, whether or not they decide anything."""
    for piece in answer.evidence:
        _check_piece(draft, piece, question, bank, as_of)
        state = files.get(piece.sha256 or "")
        if state is not None and state in _FILE_NOTICES:
            name = piece.file or (piece.sha256 or "")[:12]
            draft.say(Message(_FILE_NOTICES[state], {"name": name}))


def _weigh(
    draft: _Draft,
    question: Question,
    answer: Answer,
    bank: Bank,
    as_of: date,
    files: Mapping[str, FileState],
) -> None:
    against = [piece for piece in answer.evidence if _speaks_against(piece)]
    support = [piece for piece in answer.evidence if not piece.against]
    if draft.status in _PROVEN and not support:
        draft.say(
            Message(
                "The status is {status} and no evidence is attached; attach it.",
                {"status": bank.name("statuses", draft.status)},
            )
        )
    ends = [expiry(piece, question, bank) for piece in support]
    if ends and all(end is not None and end < as_of for end in ends):
        _age(draft, bank, max(end for end in ends if end is not None))
    if any(p.sha256 and files.get(p.sha256) in ("missing", "altered") for p in support):
        draft.status = at_most(draft.status, "claimed")
    for piece in against:
        draft.contradictions.append(
            Message("{evidence} speaks against the answer.", {"evidence": _label(piece)})
        )
    if against and question.priority == "P0":
        draft.level, draft.status = 0, "contradicted"
    elif against:
        draft.status = at_most(draft.status, "claimed")


def _check_piece(
    draft: _Draft, piece: Evidence, question: Question, bank: Bank, as_of: date
) -> None:
    known = [kind.id for kind in bank.frame.evidence_kinds]
    if piece.kind is not None and piece.kind not in known:
        draft.say(
            Message(
                "{kind} is not a kind of evidence, so its age is not known; write {known}.",
                {"kind": piece.kind, "known": ", ".join(known)},
            )
        )
    for text in (piece.date, piece.expires):
        if text and _day(text) is None:
            draft.say(Message("{text} is not a date; write it as 2026-10-30.", {"text": text[:40]}))
    dated = _day(piece.date)
    ages = bank.days("evidence_kinds", piece.kind or question.evidence_kind) is not None
    if ages and not piece.date and not piece.expires and not piece.against:
        draft.say(
            Message(
                "The evidence {evidence} has no date, so nobody can tell how long it counts; give "
                "its date.",
                {"evidence": _label(piece)},
            )
        )
    if dated is not None and dated > as_of:
        draft.say(
            Message(
                "The evidence {evidence} is dated {date}, which is still to come; correct the "
                "date.",
                {"evidence": _label(piece), "date": dated.isoformat()},
            )
        )


def _age(draft: _Draft, bank: Bank, last: date) -> None:
    """Expired evidence falls by one status, though an answer never becomes unknown by age."""
    if draft.status not in BY_STRENGTH:
        return
    rank = BY_STRENGTH.index(draft.status)
    fallen = BY_STRENGTH[max(rank - 1, BY_STRENGTH.index("assumed"))]
    if fallen != draft.status:
        draft.say(
            Message(
                "The evidence expired on {date}: the answer counts as {status} until it is "
                "renewed.",
                {"date": last.isoformat(), "status": bank.name("statuses", fallen)},
            )
        )
        draft.status = fallen


def _speaks_against(piece: Evidence) -> bool:
    return piece.against and not (piece.resolved is not None and piece.resolved.is_whole)


def _label(piece: Evidence) -> str:
    return (
        piece.file or piece.url or piece.lab_run or piece.calculation or piece.sha256 or "evidence"
    )[:80]


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
