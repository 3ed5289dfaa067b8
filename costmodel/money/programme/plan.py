"""What a programme is made of, before anything has a price, and when each part is paid."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from costmodel.messages import InputError, check_known, check_within
from costmodel.uncertainty import Draws

Posture: TypeAlias = Literal["follower", "challenger", "frontier"]

#: From replicating what others published to finding what nobody has.
POSTURES: Final[tuple[Posture, ...]] = get_args(Posture)

#: Largest values that a plan may hold: beyond lies a slip of the keyboard.
LIMITS: Final = {
    "months": 240.0,
    "headcount": 100_000.0,
    "quantity": 1e18,
    "storage_bytes": 1e21,
    "egress_bytes": 1e21,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """``headcount`` people of one role in one region, paid from ``first_month`` (0 is the
    first) for ``months``, or to the end where that is ``None``.
    """

    role: str
    region: str
    headcount: float
    first_month: float = 0.0
    months: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """``quantity`` of one kind of data in ``data/data_prices.csv``, in the unit of its
    price: tokens, pairs, hours, samples, images, or years of an archive.
    """

    kind: str
    quantity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammePlan:
    """One programme of ``months`` that ends in one released model.

    The final run lasts ``final_run_months`` from ``final_run_start_month`` (0 is the first
    month). ``storage_bytes`` are held throughout, ``egress_bytes`` leave in all. Raises
    ``InputError`` naming the field for what cannot be.
    """

    posture: Posture
    months: int
    final_run_start_month: float
    final_run_months: float
    team: tuple[Member, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    storage_bytes: float = 0.0
    egress_bytes: float = 0.0

    def __post_init__(self) -> None:
        check_known("posture", self.posture, POSTURES)
        check_within("months", self.months, 1, LIMITS["months"])
        if self.months != int(self.months):
            raise InputError("months", "{value} is not a whole number", value=self.months)
        check_within("final_run_months", self.final_run_months, 0.01, self.months)
        last_start = self.months - self.final_run_months
        check_within("final_run_start_month", self.final_run_start_month, 0, last_start)
        for field in ("storage_bytes", "egress_bytes"):
            check_within(field, getattr(self, field), 0, LIMITS[field])
        for i, member in enumerate(self.team):
            where = f"team.{i}"
            check_within(f"{where}.headcount", member.headcount, 0, LIMITS["headcount"])
            check_within(f"{where}.first_month", member.first_month, 0, self.months)
            if member.months is not None:
                left = self.months - member.first_month
                check_within(f"{where}.months", member.months, 0, left)
        for i, purchase in enumerate(self.purchases):
            check_within(f"purchases.{i}.quantity", purchase.quantity, 0, LIMITS["quantity"])


def months_of(plan: ProgrammePlan, member: Member) -> tuple[float, float]:
    """First and last instant, in months, that the member is paid for."""
    length = plan.months - member.first_month if member.months is None else member.months
    return member.first_month, member.first_month + length


def schedule(plan: ProgrammePlan) -> dict[str, Draws]:
    """When each line but people is paid: weights by month, which sum to one.

    A convention, not a finding: experiments and cleaning before the final run, failed runs
    and synthetic data until its end, post-training after it, licences in the first month,
    all else evenly. Where there is no time before (or after) the run, it is during the run.
    """
    start = plan.final_run_start_month
    end = start + plan.final_run_months
    before = (0.0, start) if start > 0 else (start, end)
    after = (end, float(plan.months)) if end < plan.months else (start, end)
    throughout = (0.0, float(plan.months))
    spans = {
        "final_run": (start, end),
        "experiments": before,
        "failed_runs": (0.0, end),
        "post_training": after,
        "evaluation": throughout,
        "licences": (0.0, 1.0),
        "labelling": throughout,
        "synthetic_data": (0.0, end),
        "cleaning": before,
        "storage": throughout,
        "egress": throughout,
    }
    return {line: spread(plan.months, *span) for line, span in spans.items()}


def spread(n_months: int, start: float, end: float) -> Draws:
    """Weights by month of what is paid evenly from ``start`` to ``end``; they sum to one.

    Nothing of length zero is paid for: all weights are then zero.
    """
    edges = np.clip(np.arange(n_months + 1, dtype=np.float64), start, end)
    inside: Draws = np.diff(edges)
    length = float(inside.sum())
    return inside / length if length > 0 else inside
