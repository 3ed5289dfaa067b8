"""How well something is known: the statuses of evidence, weakest first."""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

EvidenceStatus: TypeAlias = Literal[
    "unknown", "assumed", "claimed", "documented", "verified", "contradicted", "not_applicable"
]

#: The statuses that say how well a number is known, weakest first.
BY_STRENGTH: Final[tuple[EvidenceStatus, ...]] = (
    "unknown",
    "assumed",
    "claimed",
    "documented",
    "verified",
)


def weakest(statuses: Iterable[EvidenceStatus]) -> EvidenceStatus:
    """What is known of a number that is made of others: no more than of the least known.

    Of none it is ``unknown``; a contradicted or inapplicable input makes it ``unknown`` too.
    """
    ranks = [BY_STRENGTH.index(s) if s in BY_STRENGTH else 0 for s in statuses]
    return BY_STRENGTH[min(ranks)] if ranks else "unknown"
