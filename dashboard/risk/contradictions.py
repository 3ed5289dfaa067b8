"""What speaks against what: an answer against the numbers, claims against each other."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from costmodel.messages import Message, Text
from dashboard.risk.answers.standing import Standing, at_most
from dashboard.risk.autofill import Graded
from dashboard.risk.bank.bank import Bank
from dashboard.risk.cross_checks.cross_check import CrossCheck

ContradictionKind: TypeAlias = Literal["numbers", "cross-check", "evidence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Two things that cannot both be so, the questions they bear on, and what to ask.

    ``id`` is that of the cross-check or of the question. ``settled`` says that a person has
    decided between the two with a reason.
    """

    kind: ContradictionKind
    id: str
    questions: tuple[str, ...]
    text: Message
    ask: Message
    settled: bool = False


def lowered_by_checks(
    graded: Mapping[str, Graded], checks: Iterable[CrossCheck], bank: Bank
) -> dict[str, Graded]:
    """The grades, with every answer that a failed cross-check feeds no better than claimed."""
    hit = {q for check in checks if check.outcome == "fails" for q in feeds(check, bank)}
    return {
        i: replace(g, status=at_most(g.status, "claimed")) if i in hit else g
        for i, g in graded.items()
    }


def contradictions(
    *,
    standings: Mapping[str, Standing],
    graded: Mapping[str, Graded],
    checks: Iterable[CrossCheck],
    bank: Bank,
) -> tuple[Contradiction, ...]:
    """Everything that speaks against an answer of the questions that apply."""
    found: list[Contradiction] = []
    for i, standing in standings.items():
        ask = Message(
            "{question} Please send: {evidence}.",
            {
                "question": bank.questions[i].question,
                "evidence": bank.questions[i].evidence,
            },
        )
        found += [
            Contradiction(kind="evidence", id=i, questions=(i,), text=text, ask=ask)
            for text in standing.contradictions
        ]
        disagreement = graded[i].disagreement
        if disagreement is not None:
            found.append(
                Contradiction(
                    kind="numbers",
                    id=i,
                    questions=(i,),
                    text=disagreement,
                    ask=ask,
                    settled=graded[i].decided_by == "override",
                )
            )
    for check in checks:
        if check.outcome == "fails":
            found.append(_failed(check, bank, graded))
    return tuple(found)


def feeds(check: CrossCheck, bank: Bank) -> list[str]:
    """The questions that a cross-check bears on."""
    row = bank.cross_checks.get(check.id)
    return row.feeds if row is not None else []


def _failed(check: CrossCheck, bank: Bank, applicable: Collection[str]) -> Contradiction:
    row = bank.cross_checks.get(check.id)
    name: Text | str = row.name if row is not None else check.id
    return Contradiction(
        kind="cross-check",
        id=check.id,
        questions=tuple(q for q in feeds(check, bank) if q in applicable),
        text=Message("{name}: {arithmetic}", {"name": name, "arithmetic": check.arithmetic})
        if check.arithmetic is not None
        else Message("{name}: the claims do not agree.", {"name": name}),
        ask=check.ask
        if check.ask is not None
        else Message("Please explain why these do not agree: {name}.", {"name": name}),
    )
