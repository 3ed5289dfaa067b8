"""What to ask next, of whom: ordered by what an answer is worth, ready to send."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from costmodel.messages import Message, Text
from dashboard.language import read, say, t, use_language
from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.autofill import Numbers
from dashboard.risk.bank.bank import Bank
from dashboard.risk.contradictions import Contradiction
from dashboard.risk.scores.scoring import Item
from dashboard.risk.verdict.tally import VerdictName


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A question to ask. ``value`` is what an answer is worth per hour of work: weight times
    impact times the width of what is not known, doubled where it can change the verdict.

    ``ask`` lists what contradictions leave to be explained, ``missing`` what numbers lack.
    """

    question: str
    respondent: str
    topic: Text
    text: Text
    evidence: Text
    status: EvidenceStatus
    value: float
    effort_hours: float
    flips: tuple[VerdictName, ...]
    ask: tuple[Message, ...]
    missing: tuple[Message, ...]


def follow_ups(
    items: Iterable[Item],
    flips: Mapping[str, tuple[VerdictName, ...]],
    against: Iterable[Contradiction],
    numbers: Mapping[str, Numbers],
    *,
    bank: Bank,
    parameters: Mapping[str, float],
) -> tuple[FollowUp, ...]:
    """What is not verified yet, or contradicted, the most valuable first."""
    asks: dict[str, list[Message]] = {}
    for one in against:
        if not one.settled and one.kind == "cross-check":
            for affected in one.questions:
                asks.setdefault(affected, []).append(one.ask)
    found = []
    for item in items:
        if item.status == "verified" and item.question not in asks:
            continue
        question = bank.questions[item.question]
        can_flip = flips.get(item.question, ())
        factor = parameters["flip_factor"] if can_flip else 1.0
        found.append(
            FollowUp(
                question=item.question,
                respondent=question.respondent,
                topic=question.topic,
                text=question.question,
                evidence=question.evidence,
                status=item.status,
                value=item.stake * (item.high - item.low) * factor / question.effort_hours,
                effort_hours=question.effort_hours,
                flips=can_flip,
                ask=tuple(asks.get(item.question, ())),
                missing=numbers[item.question].missing,
            )
        )
    return tuple(sorted(found, key=lambda one: -one.value))


def by_respondent(asked: Sequence[FollowUp], bank: Bank) -> Mapping[str, tuple[FollowUp, ...]]:
    """The list split by whom to ask, each part in the same order."""
    groups = {
        row.id: tuple(one for one in asked if one.respondent == row.id)
        for row in bank.frame.respondents
    }
    return {respondent: group for respondent, group in groups.items() if group}


def request(asked: Sequence[FollowUp], *, company: str, respondent: Text, language: str) -> str:
    """A request for evidence in ``language``, as plain text that can be sent as it is."""
    with use_language(language):
        lines = [
            t(
                "To the {respondent} of {company}: please answer the following and send what is "
                "named, in this order.",
                respondent=respondent,
                company=company,
            )
        ]
        for n, one in enumerate(asked, start=1):
            lines += [
                "",
                f"{n}. [{one.question}] {read(one.text)}",
                "   " + t("Please send: {evidence}.", evidence=one.evidence),
            ]
            lines += [f"   - {say(ask)}" for ask in one.ask]
        lines += [
            "",
            t(
                "Where something does not exist, please say so; an open answer counts for more "
                "than none."
            ),
        ]
    return "\n".join(lines) + "\n"
