"""What several claims say together, against what published runs and price lists show."""

import numpy as np

from costmodel.claims.finding import (
    LOGS,
    POWER,
    ROUNDING,
    TIME,
    Claim,
    Finding,
    Verdict,
    efficiency_origin,
    least_hours,
    price_finding,
    rounded_verdict,
    tail_verdict,
)
from costmodel.messages import Amount, Message
from costmodel.money.training_cost import CostEstimate
from costmodel.uncertainty import Percentiles
from costmodel.units import HOURS_PER_DAY, SECONDS_PER_HOUR, W_PER_KW


def whole_run_mfu(stated: dict[str, Claim], estimate: CostEstimate) -> Finding | None:
    """Whole-run MFU that the stated hours mean, against what whole published runs reach."""
    hours = _stated_hours(stated, estimate)
    if hours is None:
        return None
    peak = estimate.inputs.peak.value
    full = hours * SECONDS_PER_HOUR * peak
    mfu = estimate.flop.parameter / full
    whole_run = np.asarray(estimate.mfu) * np.asarray(estimate.values["goodput"])
    verdict: Verdict = tail_verdict(mfu, whole_run)
    if hours < least_hours(estimate):
        verdict = "impossible"
    reached = Percentiles.of(whole_run)
    values: dict[str, str | Amount] = {
        "flop": Amount(estimate.flop.parameter, "flop"),
        "hours": Amount(hours, "gpu_hour"),
        "mfu": Amount(mfu, "fraction"),
        "chip": estimate.inputs.cluster.accelerator.name,
        "with_attention": Amount(estimate.flop.model / full, "fraction"),
        "low": Amount(reached.p05, "fraction"),
        "high": Amount(reached.p95, "fraction"),
    }
    if efficiency_origin(estimate) is None:
        why = Message(
            "{flop} in {hours} is an MFU of {mfu} of {chip}'s dense 16-bit peak over the whole "
            "run (6 x active parameters x tokens; {with_attention} with causal attention "
            "counted). The efficiency stated in the deal means {low} to {high}.",
            values,
        )
    else:
        why = Message(
            "{flop} in {hours} is an MFU of {mfu} of {chip}'s dense 16-bit peak over the whole run "
            "(6 x active parameters x tokens; {with_attention} with causal attention counted). "
            "Runs of this kind reach {low} to {high}.",
            values,
        )
    return Finding(
        claim="implied_mfu",
        quantity="mfu",
        verdict=verdict,
        stated=mfu,
        computed=reached,
        unit="fraction",
        why=why,
        ask=LOGS,
        implied=True,
        depends_on=TIME,
    )


def rental_price(stated: dict[str, Claim], estimate: CostEstimate) -> Finding | None:
    """Dollars per accelerator-hour that a stated bill and stated hours mean."""
    if "usd" not in stated:
        return None
    hours = _stated_hours(stated, estimate)
    if hours is None:
        return None
    price = stated["usd"].value / hours
    said = Message(
        "{usd} over {hours} is {price}. ",
        {
            "usd": Amount(stated["usd"].value, "usd"),
            "hours": Amount(hours, "gpu_hour"),
            "price": Amount(price, "usd_per_gpu_hour"),
        },
    )
    return price_finding("implied_usd_per_gpu_hour", price, estimate, implied=True, stated_as=said)


def presence(stated: dict[str, Claim], estimate: CostEstimate) -> Finding | None:
    """Whether the stated hours fit into the stated days on the stated cluster."""
    if "gpu_hours" not in stated or "wall_days" not in stated:
        return None
    there = stated["wall_days"].value * HOURS_PER_DAY * estimate.inputs.cluster.n_accelerators
    share = stated["gpu_hours"].value / there
    values: dict[str, Amount | int] = {
        "n": estimate.inputs.cluster.n_accelerators,
        "days": Amount(stated["wall_days"].value, "day"),
        "there": Amount(there, "gpu_hour"),
        "stated": Amount(stated["gpu_hours"].value, "gpu_hour"),
    }
    if share > 1 + ROUNDING:
        verdict: Verdict = "impossible"
        why = Message(
            "{n} accelerators over {days} are {there}; the stated {stated} do not fit. "
            "One of the three numbers is of another period or another cluster.",
            values,
        )
    elif share < 0.5:
        verdict = "stretched"
        why = Message(
            "{n} accelerators over {days} are {there}; the stated {stated} use less than half.",
            values,
        )
    else:
        verdict = "consistent"
        why = Message("{n} accelerators over {days} are {there}; the stated {stated} fit.", values)
    return Finding(
        claim="implied_gpu_hours",
        quantity="gpu_hours",
        verdict=verdict,
        stated=stated["gpu_hours"].value,
        computed=Percentiles.of(there),
        unit="gpu_hour",
        why=why,
        ask=Message("Ask for start and end of the run and for the number of accelerators by day."),
        implied=True,
    )


def power(stated: dict[str, Claim], estimate: CostEstimate) -> Finding | None:
    """kW per accelerator that stated energy and stated hours mean."""
    hours = _stated_hours(stated, estimate)
    if "energy_kwh" not in stated or hours is None:
        return None
    claim = stated["energy_kwh"]
    kw = claim.value / hours
    rated = estimate.inputs.board_power.value / W_PER_KW
    verdict: Verdict
    if claim.basis == "accelerator":
        computed = Percentiles.of(rated)
        verdict = rounded_verdict(abs(kw / rated - 1))
    else:
        computed = Percentiles.of(estimate.kw_per_accelerator)
        verdict = tail_verdict(kw, estimate.kw_per_accelerator)
    values = {
        "energy": Amount(claim.value, "kwh"),
        "hours": Amount(hours, "gpu_hour"),
        "kw": Amount(kw, "kw"),
        "rated": Amount(rated, "kw"),
    }
    why = Message(
        "{energy} over {hours} is {kw} for each accelerator; its rated power is {rated}.", values
    )
    if claim.basis == "site" and rounded_verdict(abs(kw / rated - 1)) == "consistent":
        verdict = "stretched"
        why = Message(
            "{energy} over {hours} is {kw} for each accelerator, exactly its rated power: "
            "servers and cooling seem to be left out.",
            values,
        )
    return Finding(
        claim="implied_kw",
        quantity="kw",
        verdict=verdict,
        stated=kw,
        computed=computed,
        unit="kw",
        why=why,
        ask=Message("Ask what was metered: accelerators, servers, or the whole site."),
        implied=True,
        depends_on=POWER,
    )


def _stated_hours(stated: dict[str, Claim], estimate: CostEstimate) -> float | None:
    """Accelerator-hours as stated, else as the stated days on the whole cluster mean."""
    if "gpu_hours" in stated:
        return stated["gpu_hours"].value
    if "wall_days" in stated:
        days = stated["wall_days"].value
        return days * HOURS_PER_DAY * estimate.inputs.cluster.n_accelerators
    return None
