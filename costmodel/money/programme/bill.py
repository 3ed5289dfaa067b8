"""The bill of a programme: dollars by line, by month, and what a change would save."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from costmodel import facts
from costmodel.facts import Fact, MissingFactError
from costmodel.messages import Amount, Message
from costmodel.money.programme.assumptions import (
    LINE_OF_PRICE,
    ProgrammeInputs,
    is_loaded,
    names_of,
    price_of,
)
from costmodel.money.programme.plan import ProgrammePlan, months_of, schedule, spread
from costmodel.money.training_cost import CostEstimate
from costmodel.uncertainty import Draws, Number
from costmodel.units import BYTES_PER_GB, MONTHS_PER_YEAR

#: The lines of compute: together the final run times the research multiple.
COMPUTE_LINES: Final = ("final_run", "experiments", "failed_runs", "post_training", "evaluation")
#: Every line, in the order of the waterfall.
LINES: Final = (
    *COMPUTE_LINES,
    "people",
    "licences",
    "labelling",
    "synthetic_data",
    "cleaning",
    "storage",
    "egress",
)

#: Parts of the compute beside the final run, with the share that each has of it.
Part: TypeAlias = Literal["experiments", "failed_runs", "post_training", "evaluation"]
_SHARE_OF: Final = {
    "failed_runs": "failed_run_share",
    "post_training": "post_training_share",
    "evaluation": "evaluation_share",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing paid for: its line, dollars, and weights by month that sum to one."""

    line: str
    name: str
    usd: Number
    weights: Draws


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeEstimate:
    """The bill of one programme; every ``Number`` is a float or draws of one shape.

    ``lines`` sum to ``usd`` and the items of a line to the line. ``compute_over_final_run``
    compares with published programmes. ``checks`` say where the whole looks unlike them.
    """

    lines: Mapping[str, Number]
    items: tuple[Item, ...]
    compute_over_final_run: Number
    checks: tuple[Message, ...]
    inputs: ProgrammeInputs
    values: Mapping[str, Number]

    @property
    def usd(self) -> Number:
        """The sum of the lines."""
        return sum(self.lines.values())

    def by_month(self, line: str | None = None) -> Draws:
        """Dollars of each month, of one line or of all: shape ``(n_months,)``, or
        ``(n, n_months)`` for draws. Formed only when asked.
        """
        chosen = [item for item in self.items if line in (None, item.line)]
        if not chosen:
            return np.zeros(self.inputs.plan.months)
        usd = np.stack(np.broadcast_arrays(*(np.asarray(item.usd) for item in chosen)))
        monthly: Draws = usd.T @ np.stack([item.weights for item in chosen])
        return monthly

    def cash_curve(self) -> Draws:
        """Dollars spent by the end of each month, shaped as ``by_month``."""
        return np.cumsum(self.by_month(), axis=-1)


def final_run_usd(cost: CostEstimate, plan: ProgrammePlan) -> Number:
    """The final run's bill as it enters a programme.

    Where the plan states storage or transfer, the run's own extras (storage, transfer,
    support) are left out, for they would count twice. Raises ``FactError`` for a run that
    has no dollars because nobody gave a price.
    """
    if cost.usd is None:
        raise MissingFactError("the final run has no price; give the dollars per accelerator-hour")
    if plan.storage_bytes or plan.egress_bytes:
        return cost.usd - cost.lines["extras"]
    return cost.usd


def estimate(
    inputs: ProgrammeInputs, values: Mapping[str, Number], *, final_run_usd: Number
) -> ProgrammeEstimate:
    """The bill for these values of the assumptions, floats or draws.

    Compute is ``final run x multiple``. Of the part beside the final run, post-training,
    failed runs and evaluation take their shares and experiments the rest; shares that pass
    the whole are scaled back to it, and a multiple below one counts as one, for no
    programme is less than its final run. People are pay x on-costs by the months they are
    paid for; data are quantity x price, hours of people at what the client pays. Not
    counted: offices beyond the on-costs, law and compliance, serving, and the growth of pay
    and prices within the programme.
    """
    plan = inputs.plan
    when = schedule(plan)
    compute = _compute(values, final_run_usd)
    items = [
        Item(line=line, name=line, usd=compute[line], weights=when[line]) for line in COMPUTE_LINES
    ]
    items += _people(inputs, values)
    for purchase in plan.purchases:
        price = price_of(purchase.kind)
        line = LINE_OF_PRICE[price.quantity]
        paid = values[f"price.{purchase.kind}"]
        if price.quantity == "labelling_pay":
            paid = paid * values["client_over_worker_pay"]
        usd = purchase.quantity * paid
        items.append(Item(line=line, name=purchase.kind, usd=usd, weights=when[line]))
    stored = plan.storage_bytes / BYTES_PER_GB * plan.months
    moved = plan.egress_bytes / BYTES_PER_GB
    for line, usd in (
        ("storage", stored * values["storage_usd_per_gb_month"]),
        ("egress", moved * values["egress_usd_per_gb"]),
    ):
        items.append(Item(line=line, name=line, usd=usd, weights=when[line]))
    lines = {line: _sum(item.usd for item in items if item.line == line) for line in LINES}
    multiple = np.maximum(values["research_multiple"], 1.0)
    return ProgrammeEstimate(
        lines=lines,
        items=tuple(items),
        compute_over_final_run=multiple,
        checks=_checks(lines, multiple),
        inputs=inputs,
        values=values,
    )


def with_part(values: Mapping[str, Number], part: Part, *, kept: Number) -> dict[str, Number]:
    """The values of a programme in which ``part`` takes only ``kept`` of its compute.

    All other lines stay as they are, so that the difference of two estimates is what fewer
    failed runs, say, would save. Without this a smaller share would go to experiments.
    """
    beside, shares = _beside_final_run(values)
    taken = 1 - _sum(shares.values()) if part == "experiments" else shares[part]
    left = beside * (1 - (1 - kept) * taken)
    grown = beside / np.where(np.asarray(left) > 0, left, 1.0)
    changed = dict(values)
    changed["research_multiple"] = 1 + left
    for name, share in shares.items():
        changed[_SHARE_OF[name]] = share * grown * (kept if name == part else 1.0)
    return changed


def _compute(values: Mapping[str, Number], final_run: Number) -> dict[str, Number]:
    beside, shares = _beside_final_run(values)
    rest = np.maximum(1 - _sum(shares.values()), 0.0)
    lines = {name: final_run * beside * share for name, share in shares.items()}
    return {"final_run": final_run, "experiments": final_run * beside * rest, **lines}


def _beside_final_run(values: Mapping[str, Number]) -> tuple[Number, dict[str, Number]]:
    """Compute beside the final run, over the final run, and the shares that split it."""
    beside = np.maximum(values["research_multiple"], 1.0) - 1.0
    stated = {name: values[share] for name, share in _SHARE_OF.items()}
    whole = np.maximum(_sum(stated.values()), 1.0)
    return beside, {name: share / whole for name, share in stated.items()}


def _people(inputs: ProgrammeInputs, values: Mapping[str, Number]) -> list[Item]:
    items = []
    for member in inputs.plan.team:
        pay, on_cost = names_of(member)
        _, role, region = pay.split(".", 2)
        start, end = months_of(inputs.plan, member)
        years = member.headcount * (end - start) / MONTHS_PER_YEAR
        usd = years * values[pay] * (1.0 if is_loaded(role, region) else values[on_cost])
        weights = spread(inputs.plan.months, start, end)
        items.append(Item(line="people", name=f"{role}, {region}", usd=usd, weights=weights))
    return items


def _checks(lines: Mapping[str, Number], multiple: Number) -> tuple[Message, ...]:
    """Where the plan is far from what published programmes were made of."""
    found = []
    published = facts.lookup("assumptions", "published programmes", "programme_over_final_run")
    middle = float(np.median(multiple))
    if not published.range.low <= middle <= published.range.high:
        found.append(
            Message(
                "The compute of the programme is {times} its final run; "
                "published programmes span {low} to {high}.",
                {"times": Amount(middle, "ratio"), **_ends(published)},
            )
        )
    compute = _sum(lines[line] for line in COMPUTE_LINES)
    share = float(np.median(lines["people"] / (lines["people"] + compute)))
    staff = facts.lookup("programme", "frontier models", "staff_share")
    if not staff.range.low / 2 <= share <= (1 + staff.range.high) / 2:
        found.append(
            Message(
                "People are {share} of people and compute together; for published frontier "
                "models they were {low} to {high}, shares and options included. Check the team "
                "and the final run.",
                {"share": Amount(share, "fraction"), **_ends(staff)},
            )
        )
    return tuple(found)


def _ends(fact: Fact) -> dict[str, Amount]:
    return {
        "low": Amount(fact.range.low, fact.unit),
        "high": Amount(fact.range.high, fact.unit),
    }


def _sum(parts: Iterable[Number]) -> Number:
    total: Number = 0.0
    for part in parts:
        total = total + part
    return total
