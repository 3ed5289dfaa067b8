"""What a deal says it is: the facts that decide which questions apply, and its stage.

The profile lists what the company does. What it does not list is not known, and a question
is never skipped in silence for that: a question of the quick scan is asked all the same,
the others wait, and both are said.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from costmodel.messages import Message, shown
from dashboard.deal import Deal
from dashboard.risk.bank import sectors
from dashboard.risk.bank.bank import Bank
from dashboard.risk.bank.schema import Question

Applies: TypeAlias = Literal["yes", "no", "waits"]

_YES: Final = frozenset({"yes", "true", "y", "1", "是"})
_NO: Final = frozenset({"no", "false", "n", "0", "否"})
_OPEN: Final = frozenset({"", "unknown", "?", "未知"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The facts of the profile (``None``: not known), the stage, the sector, and what had to be
    assumed.

    ``expects`` is the stage whose expectations hold; without a known stage it is the last,
    which asks the most. ``sector`` is ``None`` where the deal's word for it is not known.
    """

    facts: Mapping[str, bool | None]
    stage: str | None
    sector: str | None
    expects: str
    notices: tuple[Message, ...]

    def applies(self, question: Question, bank: Bank) -> Applies:
        """Whether the question applies, or waits for the profile to say so."""
        told = question.applies_if.evaluate(self.facts, {}).value
        if told is None:
            quick = {p.id for p in bank.frame.priorities if p.quick_scan}
            return "yes" if question.priority in quick else "waits"
        return "yes" if told is True else "no"


def profile_of(deal: Deal, bank: Bank) -> Profile:
    """The deal's profile, stage and sector, with a notice for what is unclear or missing."""
    known = {row.id: row.name for row in bank.frame.profile}
    notices: list[Message] = []
    facts: dict[str, bool | None] = dict.fromkeys(known)
    for name, given in deal.profile.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            notices.append(
                Message(
                    "The profile has {name}, which is not a fact that the questions know; "
                    "write {candidates}.",
                    {"name": shown(name), "candidates": ", ".join(near or known)},
                )
            )
            continue
        facts[name] = _truth(given)
        if facts[name] is None and str(given).strip().lower() not in _OPEN:
            notices.append(
                Message(
                    "{value} is neither yes nor no for {name} in the profile; write yes or no.",
                    {"value": shown(given), "name": name},
                )
            )
    stage, stage_notices = _stage(deal, bank)
    sector, sector_notices = _sector(deal, bank)
    return Profile(
        facts=facts,
        stage=stage,
        sector=sector,
        expects=stage or bank.frame.stages[-1].id,
        notices=(*notices, *stage_notices, *sector_notices),
    )


def _truth(given: bool | str) -> bool | None:
    word = str(given).strip().lower()
    return True if word in _YES else False if word in _NO else None


def _stage(deal: Deal, bank: Bank) -> tuple[str | None, list[Message]]:
    stages = [row.id for row in bank.frame.stages]
    word = deal.company.stage.strip().lower().replace(" ", "_").replace("-", "_")
    names = {name.lower(): row.id for row in bank.frame.stages for name in (row.id, row.name.zh)}
    if word in names:
        return names[word], []
    strictest = bank.frame.stages[-1].name
    if not word:
        return None, [
            Message(
                "The stage of the company is not given; what is expected at the stage {stage}, "
                "the strictest, is held against it.",
                {"stage": strictest},
            )
        ]
    return None, [
        Message(
            "The stage {value} is not known here, so what is expected at the stage {stage}, the "
            "strictest, is held against the company; write {known}.",
            {
                "value": shown(deal.company.stage),
                "stage": strictest,
                "known": ", ".join(stages),
            },
        )
    ]


def _sector(deal: Deal, bank: Bank) -> tuple[str | None, list[Message]]:
    word = deal.company.sector
    found = sectors.find(word, bank.sectors)
    if found is not None:
        return found.id, []
    params = {"value": shown(word), "known": ", ".join(bank.sectors)}
    near = sectors.near(word, bank.sectors)
    if near:
        return None, [
            Message(
                "The sector {value} is not known here, so no question of a sector is asked; did "
                "you mean {near}? Known are {known}.",
                params | {"near": ", ".join(near)},
            )
        ]
    return None, [
        Message(
            "The sector {value} is not known here, so no question of a sector is asked; write "
            "one of {known}.",
            params,
        )
    ]
