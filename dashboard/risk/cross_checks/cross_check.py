"""Claims held against each other: what two of them say of the same thing."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from costmodel.messages import Message
from dashboard.risk.answers.evidence import EvidenceStatus, weakest
from dashboard.risk.metrics.metric import MetricInput

Outcome: TypeAlias = Literal["holds", "fails", "cannot tell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCheck:
    """One check of the question bank on one deal.

    ``value`` is the ratio or the difference that should lie within ``low`` to ``high``
    (``None``: no limit on that side); both are of ``unit``. Without a value, ``missing``
    says what is needed, one sentence each. ``arithmetic`` shows the numbers as a sentence,
    ``ask`` is the follow-up question of a check that fails.
    """

    id: str
    outcome: Outcome
    value: float | None
    low: float | None
    high: float | None
    unit: str
    inputs: tuple[MetricInput, ...] = ()
    missing: tuple[Message, ...] = ()
    arithmetic: Message | None = None
    ask: Message | None = None

    @property
    def status(self) -> EvidenceStatus:
        """How well the numbers are known: as well as the least known."""
        return weakest(i.status for i in self.inputs)
