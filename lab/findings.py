"""What a job of the lab found about something that a startup said, or that people believe."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costmodel.claims.finding import Verdict
from costmodel.messages import Message
from costmodel.units import UNITS
from lab.runs import message_from_json, message_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class LabFinding:
    """A finding with what was stated and what was measured, both in ``unit``.

    ``claim`` is the claim's id in the deal, else a word for what was measured; ``about`` says
    it to a reader. ``low`` and ``high`` are the ends of the 90% interval, ``measured`` itself
    where it is a count. ``stated`` is ``None`` where nobody stated anything.
    """

    claim: str
    about: Message
    verdict: Verdict
    unit: str
    why: Message
    ask: Message
    stated: float | None = None
    measured: float | None = None
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        assert self.unit in UNITS, self.unit

    def as_json(self) -> dict[str, Any]:
        """The fields of ``assay check``, with messages to be read in either language."""
        computed = None
        if self.measured is not None:
            computed = {
                "p05": self.measured if self.low is None else self.low,
                "p50": self.measured,
                "p95": self.measured if self.high is None else self.high,
            }
        return {
            "claim": self.claim,
            "about": message_to_json(self.about),
            "verdict": self.verdict,
            "stated": self.stated,
            "computed": computed,
            "unit": self.unit,
            "why": message_to_json(self.why),
            "ask": message_to_json(self.ask),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "LabFinding":
        """What ``as_json`` wrote."""
        computed = value["computed"] or {"p05": None, "p50": None, "p95": None}
        return cls(
            claim=value["claim"],
            about=message_from_json(value["about"]),
            verdict=value["verdict"],
            unit=value["unit"],
            why=message_from_json(value["why"]),
            ask=message_from_json(value["ask"]),
            stated=value["stated"],
            measured=computed["p50"],
            low=computed["p05"],
            high=computed["p95"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForDeal:
    """A number that the job measured and that a field of the deal takes.

    ``path`` is the field as in the deal file (``measurements.near_duplicate_share``,
    ``plan.unique_tokens``); ``why`` says what it is and how it was measured.
    """

    path: str
    value: float
    why: Message

    def as_json(self) -> dict[str, Any]:
        """Its fields."""
        return {"path": self.path, "value": self.value, "why": message_to_json(self.why)}
