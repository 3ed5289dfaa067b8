"""The stated quantity against the estimate's own, blind to the claim."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from costmodel import facts
from costmodel.claims.finding import (
    EXACT,
    LOGS,
    NOTHING,
    POWER,
    ROUGH,
    ROUNDING,
    TIME,
    VERDICTS,
    Claim,
    Finding,
    Verdict,
    against_range,
    efficiency_origin,
    least_hours,
    of_claim,
    price_finding,
    rounded_verdict,
    tail_verdict,
)
from costmodel.hardware.efficiency import LayoutEfficiency
from costmodel.messages import Amount, Message
from costmodel.money.training_cost import CostEstimate
from costmodel.uncertainty import Number, Percentiles
from costmodel.units import HOURS_PER_DAY, W_PER_KW
from costmodel.workload.model_spec import SizeOnly

_ASK_CLUSTER: Final = Message("Ask which accelerators ran it, and how many.")
#: What must be known before the run itself can be judged, rather than one that we made up.
_NOT_OF_THE_CLUSTER: Final = frozenset({"params", "active_params", "train_flop"})


def direct(
    claim: Claim,
    estimate: CostEstimate,
    assumed: frozenset[str],
    alternatives: Sequence[CostEstimate],
) -> Finding:
    """The finding on one claim; where nobody said on what, the one all accelerators share."""
    finding = DIRECT[claim.quantity](claim, estimate)
    if claim.quantity in _NOT_OF_THE_CLUSTER or (claim.quantity == "mfu" and claim.value > 1):
        return finding
    if "n_accelerators" in assumed and claim.quantity == "wall_days":
        why = Message("The number of accelerators is not stated, so days cannot be judged.")
        return replace(finding, verdict="cannot tell", why=why, ask=_ASK_CLUSTER)
    if "chip" in assumed:
        return _on_any_chip(claim, finding, (estimate, *alternatives))
    return finding


def _on_any_chip(claim: Claim, finding: Finding, estimates: Sequence[CostEstimate]) -> Finding:
    """The verdict where nobody said on what: the one that all accelerators agree on."""
    by_chip = {
        e.inputs.cluster.accelerator.name: DIRECT[claim.quantity](claim, e).verdict
        for e in estimates
    }
    values = {"chips": ", ".join(by_chip)}
    if len(by_chip) > 1 and all(v in ("implausible", "impossible") for v in by_chip.values()):
        mildest = min(by_chip.values(), key=VERDICTS.index)
        why = Message("No accelerator is stated; the claim fits none of {chips}.", values)
        return replace(finding, verdict=mildest, why=why, ask=_ASK_CLUSTER)
    if len(by_chip) > 1 and set(by_chip.values()) == {"consistent"}:
        why = Message("No accelerator is stated; the claim fits each of {chips}.", values)
        return replace(finding, why=why, ask=_ASK_CLUSTER)
    fits = [chip for chip, verdict in by_chip.items() if verdict == "consistent"]
    why = Message("No accelerator is stated, so the claim cannot be judged.")
    if fits and len(by_chip) > 1:
        why = Message(
            "No accelerator is stated; the claim fits {fits}, but not {others}.",
            {
                "fits": ", ".join(fits),
                "others": ", ".join(chip for chip in by_chip if chip not in fits),
            },
        )
    return replace(finding, verdict="cannot tell", why=why, ask=_ASK_CLUSTER)


def _size(claim: Claim, estimate: CostEstimate) -> Finding:
    model = estimate.inputs.plan.model
    computed = estimate.params if claim.quantity == "params" else estimate.active_params
    ask = Message("Ask for the model's config.json and count again.")
    if isinstance(model, SizeOnly):
        verdict: Verdict = "cannot tell"
        why = Message("The architecture is not known, so the size cannot be counted.")
        if claim.quantity == "active_params" and claim.value > model.params:
            verdict = "impossible"
            why = Message("No model uses more parameters per token than it has.")
        return of_claim(claim, verdict, None, why, ask)
    off = abs(claim.value / computed - 1)
    exactly = Message("The architecture counts to {n}.", {"n": f"{computed:,.0f}"})
    if claim.quantity == "active_params" and claim.value > estimate.params * (1 + ROUNDING):
        verdict = "impossible"
    else:
        verdict = rounded_verdict(off)
    why = Message(
        "{counted} The claim differs by {off}.",
        {"counted": exactly, "off": Amount(off, "fraction")},
    )
    if off < EXACT:
        why = Message("{counted} The claim is that number, rounded.", {"counted": exactly})
    return of_claim(claim, verdict, computed, why, NOTHING if verdict == "consistent" else ask)


def _train_flop(claim: Claim, estimate: CostEstimate) -> Finding:
    flop = estimate.flop
    low, high = min(flop.parameter, flop.matrix), flop.full_square
    conventions: dict[str, str | Amount] = {
        "parameter": Amount(flop.parameter, "flop"),
        "model": Amount(flop.model, "flop"),
        "full": Amount(flop.full_square, "flop"),
    }
    ask = Message("Ask which operations the figure counts: attention, recomputation, embeddings.")
    if isinstance(estimate.inputs.plan.model, SizeOnly):
        high = flop.parameter * (1 + ROUGH)
        why = Message(
            "The rule 6 x parameters x tokens gives {parameter}; "
            "the architecture is not known, so attention is not counted.",
            conventions,
        )
    else:
        why = Message(
            "6 x active parameters x tokens gives {parameter}; counted operation by operation "
            "it is {model} with causal attention and {full} with the whole attention square.",
            conventions,
        )
    off = max(low / claim.value, claim.value / high, 1.0) - 1
    recomputed = high < claim.value <= flop.full_square * 4 / 3 * (1 + ROUNDING)
    verdict = "stretched" if recomputed and off > ROUNDING else rounded_verdict(off)
    return of_claim(
        claim, verdict, flop.parameter, why, NOTHING if verdict == "consistent" else ask
    )


def _mfu(claim: Claim, estimate: CostEstimate) -> Finding:
    if claim.value > 1:
        return of_claim(
            claim,
            "impossible",
            estimate.mfu,
            Message("No accelerator does more than its peak; write 45 % as 0.45."),
            LOGS,
        )
    verdict = tail_verdict(claim.value, estimate.mfu)
    why = _in_the_step(estimate, claim)
    ask = Message(
        "Ask how it was counted: with or without recomputation, causal or full attention, "
        "against which peak, over the step or over the whole run."
    )
    return of_claim(claim, verdict, estimate.mfu, why, ask, depends_on=("efficiency", "speedup"))


def _in_the_step(estimate: CostEstimate, claim: Claim) -> Message:
    """What the MFU of the step is compared with, and on whose word."""
    reached = Percentiles.of(estimate.mfu)
    values: dict[str, str | Amount] = {
        "low": Amount(reached.p05, "fraction"),
        "high": Amount(reached.p95, "fraction"),
        "precision": estimate.inputs.plan.precision.upper(),
    }
    prior = efficiency_origin(estimate)
    if isinstance(prior, LayoutEfficiency):
        return _by_layout(prior, estimate, values, claim)
    if prior is None:
        return Message(
            "The efficiency stated in the deal means {low} to {high} of the dense 16-bit peak "
            "inside the training step; published runs have no part in this verdict.",
            values,
        )
    if "speedup" in estimate.values:
        return Message(
            "Published 16-bit runs, scaled to {precision}, reach {low} to {high} of the dense "
            "16-bit peak inside the training step, counting 6 x active parameters x tokens.",
            values,
        )
    if prior.generation == "any":
        return Message(
            "Published runs on other accelerators reach {low} to {high} of the dense 16-bit "
            "peak inside the training step, counting 6 x active parameters x tokens.",
            values,
        )
    values["generation"] = estimate.inputs.cluster.accelerator.generation_name
    return Message(
        "Published runs on {generation} accelerators reach {low} to {high} of the dense 16-bit "
        "peak inside the training step, counting 6 x active parameters x tokens.",
        values,
    )


def _by_layout(
    found: LayoutEfficiency,
    estimate: CostEstimate,
    values: dict[str, str | Amount],
    claim: Claim,
) -> Message:
    """What must be true for the claimed MFU: its share of the fastest layout's pace."""
    best = found.best * estimate.flop.parameter / estimate.flop.model
    return Message(
        "The fastest layout that fits ({layout}) is predicted to reach {best} of the dense "
        "16-bit peak, counting 6 x active parameters x tokens. The claim needs {needed} of that "
        "pace; {n} published runs kept {kept_low} to {kept_high} of theirs, which makes {low} "
        "to {high}.",
        {
            **values,
            "layout": found.placed.layout.in_words(),
            "best": Amount(best, "fraction"),
            "needed": Amount(claim.value / best, "fraction"),
            "n": found.n_runs,
            "kept_low": Amount(found.kept.low, "fraction"),
            "kept_high": Amount(found.kept.high, "fraction"),
        },
    )


def _gpu_hours(claim: Claim, estimate: CostEstimate) -> Finding:
    return _time_finding(claim, estimate, hours=claim.value, computed=estimate.gpu_hours)


def _wall_days(claim: Claim, estimate: CostEstimate) -> Finding:
    hours = claim.value * HOURS_PER_DAY * estimate.inputs.cluster.n_accelerators
    return _time_finding(claim, estimate, hours=hours, computed=estimate.wall_days)


def _time_finding(
    claim: Claim, estimate: CostEstimate, *, hours: float, computed: Number
) -> Finding:
    least = least_hours(estimate)
    if hours < least:
        why = Message(
            "At the full peak of {chip} and without a lost second the run takes {least}; "
            "the claim is {stated}.",
            {
                "chip": estimate.inputs.cluster.accelerator.name,
                "least": Amount(least, "gpu_hour"),
                "stated": Amount(hours, "gpu_hour"),
            },
        )
        return of_claim(claim, "impossible", computed, why, LOGS, depends_on=TIME)
    verdict = tail_verdict(claim.value, computed)
    return of_claim(
        claim,
        verdict,
        computed,
        against_range(claim, computed),
        LOGS,
        depends_on=TIME,
    )


def _usd(claim: Claim, estimate: CostEstimate) -> Finding:
    if estimate.usd is None:
        why = Message("No rental price is on record, so the bill cannot be computed.")
        ask = Message("Ask for the rental contract or the invoices.")
        return of_claim(claim, "cannot tell", None, why, ask)
    multiple = facts.lookup("assumptions", "published programmes", "programme_over_final_run")
    lowest, highest = multiple.range.low, multiple.range.high
    values: dict[str, str | Amount | Message] = {
        "compared": against_range(claim, estimate.usd),
        "low": Amount(lowest, "ratio"),
        "high": Amount(highest, "ratio"),
    }
    if claim.excludes:
        values["excludes"] = claim.excludes
        why = Message(
            "{compared} The figure covers the final run alone and excludes {excludes}; "
            "the few research programmes with published totals used {low} to {high} times "
            "the compute of their final run.",
            values,
        )
        ask = Message(
            "Ask for the compute bill of the whole programme: experiments, failed runs, "
            "post-training, people and data."
        )
    else:
        why = Message(
            "{compared} Compared is the final run alone: experiments, failed runs, people and "
            "data come on top, and the few research programmes with published totals used {low} "
            "to {high} times the compute of their final run.",
            values,
        )
        ask = Message("Ask what the figure covers: the final run alone, or everything before it.")
    return of_claim(
        claim,
        tail_verdict(claim.value, estimate.usd),
        estimate.usd,
        why,
        ask,
        depends_on=(*TIME, "usd_per_gpu_hour", "extras_share"),
    )


def _price(claim: Claim, estimate: CostEstimate) -> Finding:
    return price_finding(claim.id, claim.value, estimate, implied=False, stated_as=Message(""))


def _energy(claim: Claim, estimate: CostEstimate) -> Finding:
    computed = _on_basis(claim, estimate, estimate.energy_kwh)
    return _on_power(claim, computed, depends_on=(*TIME, *_of_basis(claim)))


def _carbon(claim: Claim, estimate: CostEstimate) -> Finding:
    if claim.basis == "market":
        why = Message(
            "A market-based figure counts certificates bought, which no estimate of the run shows."
        )
        ask = Message("Ask for the location-based figure.")
        return of_claim(claim, "cannot tell", None, why, ask)
    carbon = estimate.values["carbon_kg_co2e_per_kwh"]
    computed = _on_basis(claim, estimate, estimate.energy_kwh) * carbon
    depends_on = (*TIME, *_of_basis(claim), "carbon_kg_co2e_per_kwh")
    return _on_power(claim, computed, depends_on=depends_on)


def _on_power(claim: Claim, computed: Number, *, depends_on: tuple[str, ...]) -> Finding:
    compared = against_range(claim, computed)
    if claim.basis == "accelerator":
        why = Message(
            "{compared} Both sides count the accelerators' rated power alone; servers and "
            "cooling come on top.",
            {"compared": compared},
        )
    else:
        why = Message(
            "{compared} The estimate counts the servers, their average draw and "
            "the site's cooling.",
            {"compared": compared},
        )
    ask = Message("Ask what was metered: accelerators, servers, or the whole site.")
    return of_claim(
        claim, tail_verdict(claim.value, computed), computed, why, ask, depends_on=depends_on
    )


def _of_basis(claim: Claim) -> tuple[str, ...]:
    """The assumptions between rated board power and the claim's basis."""
    return () if claim.basis == "accelerator" else POWER


def _on_basis(claim: Claim, estimate: CostEstimate, site_kwh: Number) -> Number:
    """The run's kWh on the claim's basis: at the site's meter, or rated board power alone."""
    if claim.basis == "accelerator":
        return estimate.gpu_hours * (estimate.inputs.board_power.value / W_PER_KW)
    return site_kwh


DIRECT: Final[dict[str, Callable[[Claim, CostEstimate], Finding]]] = {
    "params": _size,
    "active_params": _size,
    "train_flop": _train_flop,
    "mfu": _mfu,
    "gpu_hours": _gpu_hours,
    "wall_days": _wall_days,
    "usd": _usd,
    "usd_per_gpu_hour": _price,
    "energy_kwh": _energy,
    "kg_co2e": _carbon,
}
