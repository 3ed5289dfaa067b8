"""A number that answers questions, with what it was computed from or what it lacks."""

from dataclasses import dataclass
from typing import TypeAlias

from costmodel.messages import Message
from costmodel.uncertainty import Percentiles
from dashboard.risk.answers.evidence import EvidenceStatus, weakest

MetricValue: TypeAlias = float | bool | str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricInput:
    """One input of a metric: a field of the deal, a cited fact, a figure of the cost model or
    of a lab run; ``source`` says where it stands.
    """

    name: str
    value: MetricValue
    unit: str
    status: EvidenceStatus
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric of the question bank for one deal.

    ``value`` is ``None`` where it cannot be computed; ``missing`` then says what is needed,
    one sentence each. ``spread`` is the 90% range where the cost model gives one. ``inputs``
    lists what it was computed from.
    """

    id: str
    value: MetricValue | None
    inputs: tuple[MetricInput, ...] = ()
    missing: tuple[Message, ...] = ()
    spread: Percentiles | None = None

    @property
    def status(self) -> EvidenceStatus:
        """How well it is known: as well as the least known of its inputs."""
        return weakest(i.status for i in self.inputs)
