"""Deals and metrics to test the checklist with."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from costmodel.messages import Message
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.bank.loading import bank
from dashboard.risk.cross_checks.cross_check import CrossCheck
from dashboard.risk.metrics.metric import Metric, MetricInput, MetricValue

AS_OF: Final = date(2026, 11, 27)
#: A company that does everything itself: 63 of the 64 questions apply.
FULL_STACK: Final = {row.id: row.id != "uses_third_party_model" for row in bank().frame.profile}
#: The questions of a full-stack company, in the order of the bank.
ASKED: Final = tuple(i for i in bank().questions if i != "MKT-04")

Answers = Mapping[str, Mapping[str, Any]]


def deal_with(answers: Answers, **more: Any) -> Deal:
    """A full-stack deal of the growth stage with these answers."""
    given = {"company": {"stage": "growth"}, "profile": FULL_STACK} | more
    return deals.from_mapping({"assay": 1, "name": "X", "answers": dict(answers), **given})


def every(level: int | None, status: str, **other: Mapping[str, Any]) -> dict[str, Any]:
    """One answer to every question, but for the ``other`` ones (``CMP_01`` for CMP-01)."""
    answers: dict[str, Any] = {i: {"level": level, "status": status} for i in ASKED}
    return answers | {i.replace("_", "-"): answer for i, answer in other.items()}


def chosen(level: int, status: str, holds: Callable[[str], bool]) -> dict[str, Any]:
    """One answer to the questions for which it ``holds``; the others are open."""
    return {i: {"level": level, "status": status} for i in bank().questions if holds(i)}


def metric(metric_id: str, value: MetricValue | None, status: EvidenceStatus = "claimed") -> Metric:
    """A metric with one input, or one that lacks it."""
    if value is None:
        missing = Message("Give the inputs of {metric}.", {"metric": metric_id})
        return Metric(id=metric_id, value=None, missing=(missing,))
    given = MetricInput(name="stated", value=value, unit="ratio", status=status, source="deck")
    return Metric(id=metric_id, value=value, inputs=(given,))


def metrics(
    values: Mapping[str, MetricValue], status: EvidenceStatus = "claimed"
) -> Mapping[str, Metric]:
    """Every metric of the bank: those with values, and the others missing."""
    return {i: metric(i, values.get(i), status) for i in bank().metrics}


def failed(check_id: str) -> CrossCheck:
    """A cross-check that fails, with its arithmetic and its question."""
    return CrossCheck(
        id=check_id,
        outcome="fails",
        value=3.0,
        low=0.7,
        high=1.3,
        unit="ratio",
        arithmetic=Message("{stated} against {computed}", {"stated": 3, "computed": 1}),
        ask=Message("Please show the invoices."),
    )


def texts(messages: Iterable[Message]) -> str:
    """Messages as one English text."""
    return " ".join(str(message) for message in messages)
