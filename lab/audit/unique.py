"""How much distinct text a plan has, how often it reads it, and what repetition costs in loss."""

from dataclasses import dataclass
from typing import Any

from costmodel.messages import Message
from costmodel.workload import scaling_data
from lab.runs import message_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """A corpus of ``raw_tokens`` after its duplicates, against a plan.

    ``unique_tokens`` is ``raw_tokens`` less the share of near duplicates in the sample, as the
    risk register computes it. ``epochs`` is planned tokens over it. The losses are nats per
    token by the law of repeated data: as planned, and if no token repeated. ``None`` where
    something that they need was not given.
    """

    raw_tokens: float | None
    unique_tokens: float | None
    plan_tokens: float | None
    epochs: float | None
    worth_tokens: float | None
    loss: float | None
    loss_if_unique: float | None
    warnings: tuple[Message, ...]

    def as_json(self) -> dict[str, Any]:
        """Its fields."""
        return {
            "raw_tokens": self.raw_tokens,
            "unique_tokens": self.unique_tokens,
            "plan_tokens": self.plan_tokens,
            "epochs": self.epochs,
            "worth_tokens": self.worth_tokens,
            "loss": self.loss,
            "loss_if_unique": self.loss_if_unique,
            "warnings": [message_to_json(warning) for warning in self.warnings],
        }


def against_plan(
    *,
    near_duplicate_share: float,
    raw_tokens: float | None,
    plan_tokens: float | None,
    params: float | None,
) -> Unique:
    """What the duplicates of a sample mean for a plan.

    ``unique = raw (1 - duplicates)``; ``epochs = planned / unique``. The loss follows
    Muennighoff et al. 2023, arXiv:2305.16264, as ``costmodel.workload.scaling_data`` has it.
    """
    unique = None if raw_tokens is None else raw_tokens * (1 - near_duplicate_share)
    epochs = worth = loss = loss_if_unique = None
    warnings: tuple[Message, ...] = ()
    if unique and plan_tokens is not None:
        epochs = plan_tokens / unique
        worth = float(scaling_data.effective_tokens(plan_tokens, unique))
        if params is not None:
            cost = scaling_data.lost_to_repetition(
                params=params, tokens=plan_tokens, unique_tokens=unique
            )
            loss, loss_if_unique = float(cost.loss), float(cost.loss_if_unique)
            warnings = cost.warnings
    return Unique(
        raw_tokens=raw_tokens,
        unique_tokens=unique,
        plan_tokens=plan_tokens,
        epochs=epochs,
        worth_tokens=worth,
        loss=loss,
        loss_if_unique=loss_if_unique,
        warnings=warnings,
    )
