"""A claim against the estimate: what was stated, what it should be, and what to ask.

Two kinds of finding. *Direct*: the stated quantity against the estimate's own, blind to
the claim. *Implied*: what the stated numbers say together (hours and size say an MFU,
dollars and hours say a price), against what published runs and price lists show.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware.calibration import EfficiencyPrior
from costmodel.messages import Amount, InputError, Message
from costmodel.money import prices
from costmodel.money.training_cost import CostEstimate
from costmodel.uncertainty import Number, Percentiles
from costmodel.units import HOURS_PER_DAY, SECONDS_PER_HOUR, W_PER_KW
from costmodel.workload.model_spec import SizeOnly

Verdict: TypeAlias = Literal["consistent", "stretched", "implausible", "impossible", "cannot tell"]
Basis: TypeAlias = Literal["site", "accelerator", "market"]

VERDICTS: Final[tuple[Verdict, ...]] = (
    "consistent",
    "stretched",
    "implausible",
    "impossible",
    "cannot tell",
)
#: What a claim can be about, with the unit of its value.
QUANTITIES: Final[dict[str, str]] = {
    "params": "parameter",
    "active_params": "parameter",
    "train_flop": "flop",
    "mfu": "fraction",
    "gpu_hours": "gpu_hour",
    "wall_days": "day",
    "usd": "usd",
    "usd_per_gpu_hour": "usd_per_gpu_hour",
    "energy_kwh": "kwh",
    "kg_co2e": "kg_co2e",
}

#: Outside the central 90% a claim is stretched, outside the central 99 % implausible.
_STRETCHED_TAIL: Final = 0.05
_IMPLAUSIBLE_TAIL: Final = 0.005
#: A count from the architecture is exact; what is allowed is the statement's own rounding.
_EXACT: Final = 0.005
_ROUNDING: Final = 0.02
_ROUGH: Final = 0.10
#: A stated value outside these is a slip, and ratios of two would leave the number range.
_LEAST, _MOST = 1e-12, 1e40


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One number that somebody stated, and where.

    ``basis`` says what an energy or carbon figure covers: the ``site`` (server, cooling),
    the ``accelerator`` boards alone, or a ``market`` figure after certificates.
    ``excludes`` names what the statement itself leaves out.
    """

    id: str
    quantity: str
    value: float
    text: str = ""
    source: str = ""
    basis: Basis = "site"
    excludes: str = ""

    def __post_init__(self) -> None:
        if self.quantity not in QUANTITIES:
            raise InputError(
                "quantity",
                "{quantity} is not a quantity that can be checked; write one of {known}",
                quantity=self.quantity,
                known=", ".join(QUANTITIES),
            )
        if not 0 < self.value < np.inf:
            raise InputError(
                "value", "{value} is not above zero; write a positive number", value=self.value
            )
        if not _LEAST <= self.value <= _MOST:
            raise InputError(
                "value",
                "{value} is out of all proportion; the largest that can be checked is {most}",
                value=self.value,
                most=_MOST,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check of a claim found.

    ``claim`` is the claim's id, or ``implied_<quantity>`` for what several claims say
    together; ``stated`` and ``computed`` are in ``unit``; ``depends_on`` names the
    assumptions behind ``computed``.
    """

    claim: str
    quantity: str
    verdict: Verdict
    stated: float
    computed: Percentiles | None
    unit: str
    why: Message
    ask: Message
    implied: bool = False
    depends_on: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the claim does not survive the check."""
        return self.verdict in ("implausible", "impossible")


_TIME: Final = ("efficiency", "speedup", "goodput")
_POWER: Final = ("server_power_ratio", "mean_draw_share", "pue")
_NOTHING: Final = Message("Nothing further to ask on this number.")
_LOGS: Final = Message(
    "Ask for the scheduler's or the cloud's bill of accelerator-hours, and for the training log."
)


_ASK_CLUSTER: Final = Message("Ask which accelerators ran it, and how many.")
#: What must be known before the run itself can be judged, rather than one that we made up.
_NOT_OF_THE_CLUSTER: Final = frozenset({"params", "active_params", "train_flop"})


def check(
    claims: Sequence[Claim],
    estimate: CostEstimate,
    *,
    assumed: frozenset[str] = frozenset(),
    alternatives: Sequence[CostEstimate] = (),
) -> list[Finding]:
    """Every finding on ``claims``: one for each, then what they imply together.

    ``estimate`` must hold draws (``CostInputs.draw``), not medians. ``assumed`` names what
    of ``chip`` and ``n_accelerators`` nobody stated; ``alternatives`` are then the estimates
    on other accelerators. A claim that hangs on what was not stated gets a verdict only
    where all of them agree, and nothing is implied from it.
    """
    found = [_direct(claim, estimate, assumed, alternatives) for claim in claims]
    stated = {claim.quantity: claim for claim in reversed(claims)}
    if "n_accelerators" in assumed:
        stated.pop("wall_days", None)
    if "chip" in assumed:
        return found
    for implied in (_implied_mfu, _implied_price, _implied_presence, _implied_power):
        finding = implied(stated, estimate)
        if finding is not None:
            found.append(finding)
    return found


def tail_verdict(stated: float, computed: Number) -> Verdict:
    """The verdict by where ``stated`` falls in the distribution of ``computed``."""
    draws = np.asarray(computed)
    below = float(np.mean(draws < stated) + np.mean(draws == stated) / 2)
    tail = min(below, 1 - below)
    if tail >= _STRETCHED_TAIL:
        return "consistent"
    return "stretched" if tail >= _IMPLAUSIBLE_TAIL else "implausible"


# --- direct findings -----------------------------------------------------------------


def _direct(
    claim: Claim,
    estimate: CostEstimate,
    assumed: frozenset[str],
    alternatives: Sequence[CostEstimate],
) -> Finding:
    finding = _DIRECT[claim.quantity](claim, estimate)
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
        e.inputs.cluster.accelerator.name: _DIRECT[claim.quantity](claim, e).verdict
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
        return _finding(claim, verdict, None, why, ask)
    off = abs(claim.value / computed - 1)
    exactly = Message("The architecture counts to {n}.", {"n": f"{computed:,.0f}"})
    if claim.quantity == "active_params" and claim.value > estimate.params * (1 + _ROUNDING):
        verdict = "impossible"
    else:
        verdict = _rounded_verdict(off)
    why = Message(
        "{counted} The claim differs by {off}.",
        {"counted": exactly, "off": Amount(off, "fraction")},
    )
    if off < _EXACT:
        why = Message("{counted} The claim is that number, rounded.", {"counted": exactly})
    return _finding(claim, verdict, computed, why, _NOTHING if verdict == "consistent" else ask)


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
        high = flop.parameter * (1 + _ROUGH)
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
    recomputed = high < claim.value <= flop.full_square * 4 / 3 * (1 + _ROUNDING)
    verdict = "stretched" if recomputed and off > _ROUNDING else _rounded_verdict(off)
    return _finding(
        claim, verdict, flop.parameter, why, _NOTHING if verdict == "consistent" else ask
    )


def _mfu(claim: Claim, estimate: CostEstimate) -> Finding:
    if claim.value > 1:
        return _finding(
            claim,
            "impossible",
            estimate.mfu,
            Message("No accelerator does more than its peak; write 45 % as 0.45."),
            _LOGS,
        )
    verdict = tail_verdict(claim.value, estimate.mfu)
    why = _in_the_step(estimate)
    ask = Message(
        "Ask how it was counted: with or without recomputation, causal or full attention, "
        "against which peak, over the step or over the whole run."
    )
    return _finding(claim, verdict, estimate.mfu, why, ask, depends_on=("efficiency", "speedup"))


def _in_the_step(estimate: CostEstimate) -> Message:
    """What the MFU of the step is compared with, and on whose word."""
    reached = Percentiles.of(estimate.mfu)
    values: dict[str, str | Amount] = {
        "low": Amount(reached.p05, "fraction"),
        "high": Amount(reached.p95, "fraction"),
        "precision": estimate.inputs.plan.precision.upper(),
    }
    prior = _prior(estimate)
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


def _prior(estimate: CostEstimate) -> EfficiencyPrior | None:
    """The published runs behind the estimate's efficiency; none where somebody stated it."""
    origin = next(a.origin for a in estimate.inputs.assumptions if a.name == "efficiency")
    return origin if isinstance(origin, EfficiencyPrior) else None


def _gpu_hours(claim: Claim, estimate: CostEstimate) -> Finding:
    return _time_finding(claim, estimate, hours=claim.value, computed=estimate.gpu_hours)


def _wall_days(claim: Claim, estimate: CostEstimate) -> Finding:
    hours = claim.value * HOURS_PER_DAY * estimate.inputs.cluster.n_accelerators
    return _time_finding(claim, estimate, hours=hours, computed=estimate.wall_days)


def _time_finding(
    claim: Claim, estimate: CostEstimate, *, hours: float, computed: Number
) -> Finding:
    least = _least_hours(estimate)
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
        return _finding(claim, "impossible", computed, why, _LOGS, depends_on=_TIME)
    verdict = tail_verdict(claim.value, computed)
    return _finding(
        claim,
        verdict,
        computed,
        _against_range(claim, computed),
        _LOGS,
        depends_on=_TIME,
    )


def _usd(claim: Claim, estimate: CostEstimate) -> Finding:
    if estimate.usd is None:
        why = Message("No rental price is on record, so the bill cannot be computed.")
        ask = Message("Ask for the rental contract or the invoices.")
        return _finding(claim, "cannot tell", None, why, ask)
    multiple = _programme_multiple()
    values: dict[str, str | Amount | Message] = {
        "compared": _against_range(claim, estimate.usd),
        "low": Amount(multiple[0], "ratio"),
        "high": Amount(multiple[1], "ratio"),
    }
    if claim.excludes:
        values["excludes"] = claim.excludes
        why = Message(
            "{compared} The figure covers the final run alone and excludes {excludes}; "
            "whole research programmes have used {low} to {high} times the compute of "
            "their final run.",
            values,
        )
        ask = Message(
            "Ask for the compute bill of the whole programme: experiments, failed runs, "
            "post-training, people and data."
        )
    else:
        why = Message(
            "{compared} Compared is the final run alone: experiments, failed runs, people and "
            "data come on top, and whole research programmes have used {low} to {high} times "
            "the compute of their final run.",
            values,
        )
        ask = Message("Ask what the figure covers: the final run alone, or everything before it.")
    return _finding(
        claim,
        tail_verdict(claim.value, estimate.usd),
        estimate.usd,
        why,
        ask,
        depends_on=(*_TIME, "usd_per_gpu_hour", "extras_share"),
    )


def _price(claim: Claim, estimate: CostEstimate) -> Finding:
    return _price_finding(claim.id, claim.value, estimate, implied=False, stated_as=Message(""))


def _energy(claim: Claim, estimate: CostEstimate) -> Finding:
    computed = _on_basis(claim, estimate, estimate.energy_kwh)
    return _on_power(claim, computed, depends_on=(*_TIME, *_of_basis(claim)))


def _carbon(claim: Claim, estimate: CostEstimate) -> Finding:
    if claim.basis == "market":
        why = Message(
            "A market-based figure counts certificates bought, which no estimate of the run shows."
        )
        ask = Message("Ask for the location-based figure.")
        return _finding(claim, "cannot tell", None, why, ask)
    carbon = estimate.values["carbon_kg_co2e_per_kwh"]
    computed = _on_basis(claim, estimate, estimate.energy_kwh) * carbon
    depends_on = (*_TIME, *_of_basis(claim), "carbon_kg_co2e_per_kwh")
    return _on_power(claim, computed, depends_on=depends_on)


def _on_power(claim: Claim, computed: Number, *, depends_on: tuple[str, ...]) -> Finding:
    compared = _against_range(claim, computed)
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
    return _finding(
        claim, tail_verdict(claim.value, computed), computed, why, ask, depends_on=depends_on
    )


def _of_basis(claim: Claim) -> tuple[str, ...]:
    """The assumptions between rated board power and the claim's basis."""
    return () if claim.basis == "accelerator" else _POWER


def _on_basis(claim: Claim, estimate: CostEstimate, site_kwh: Number) -> Number:
    """The run's kWh on the claim's basis: at the site's meter, or rated board power alone."""
    if claim.basis == "accelerator":
        return estimate.gpu_hours * (estimate.inputs.board_power.value / W_PER_KW)
    return site_kwh


_DIRECT: Final[dict[str, Callable[[Claim, CostEstimate], Finding]]] = {
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


# --- implied findings ----------------------------------------------------------------


def _implied_mfu(stated: dict[str, Claim], estimate: CostEstimate) -> Finding | None:
    """Whole-run MFU that the stated hours mean, against what whole published runs reach."""
    hours = _stated_hours(stated, estimate)
    if hours is None:
        return None
    peak = estimate.inputs.peak.value
    full = hours * SECONDS_PER_HOUR * peak
    mfu = estimate.flop.parameter / full
    whole_run = np.asarray(estimate.mfu) * np.asarray(estimate.values["goodput"])
    verdict: Verdict = tail_verdict(mfu, whole_run)
    if hours < _least_hours(estimate):
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
    if _prior(estimate) is None:
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
        ask=_LOGS,
        implied=True,
        depends_on=_TIME,
    )


def _implied_price(stated: dict[str, Claim], estimate: CostEstimate) -> Finding | None:
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
    return _price_finding("implied_usd_per_gpu_hour", price, estimate, implied=True, stated_as=said)


def _implied_presence(stated: dict[str, Claim], estimate: CostEstimate) -> Finding | None:
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
    if share > 1 + _ROUNDING:
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


def _implied_power(stated: dict[str, Claim], estimate: CostEstimate) -> Finding | None:
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
        verdict = _rounded_verdict(abs(kw / rated - 1))
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
    if claim.basis == "site" and _rounded_verdict(abs(kw / rated - 1)) == "consistent":
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
        depends_on=_POWER,
    )


# --- shared ----------------------------------------------------------------------------


def _price_finding(
    claim_id: str, price: float, estimate: CostEstimate, *, implied: bool, stated_as: Message
) -> Finding:
    chip = estimate.inputs.cluster.accelerator.name
    verdict: Verdict = "cannot tell"
    computed = None
    values: dict[str, str | int | Amount | Message] = {"said": stated_as, "chip": chip}
    try:
        quoted = prices.rental_price(chip)
    except FactError:
        why = Message("{said}No dated rental price of {chip} is known to compare it with.", values)
    else:
        draws = quoted.range.draw(np.random.default_rng(0), 4_000)
        computed = Percentiles.of(draws)
        values |= {
            "n": len(quoted.quotes),
            "oldest": quoted.oldest,
            "newest": quoted.newest,
            "low": Amount(computed.p05, "usd_per_gpu_hour"),
            "high": Amount(computed.p95, "usd_per_gpu_hour"),
        }
        if quoted.is_thin:
            computed = None
            values["quote"] = Amount(quoted.quotes[0].usd_per_gpu_hour, "usd_per_gpu_hour")
            why = Message(
                "{said}Too few rental prices of {chip} are on record to judge it: {n}, the first "
                "at {quote} ({oldest}).",
                values,
            )
        else:
            verdict = tail_verdict(price, draws)
            why = Message(
                "{said}{n} dated quotes for {chip}, {oldest} to {newest}, span {low} to {high}.",
                values,
            )
    return Finding(
        claim=claim_id,
        quantity="usd_per_gpu_hour",
        verdict=verdict,
        stated=price,
        computed=computed,
        unit="usd_per_gpu_hour",
        why=why,
        ask=Message("Ask for the rental contract or the invoices."),
        implied=implied,
        depends_on=("usd_per_gpu_hour",),
    )


def _stated_hours(stated: dict[str, Claim], estimate: CostEstimate) -> float | None:
    """Accelerator-hours as stated, else as the stated days on the whole cluster mean."""
    if "gpu_hours" in stated:
        return stated["gpu_hours"].value
    if "wall_days" in stated:
        days = stated["wall_days"].value
        return days * HOURS_PER_DAY * estimate.inputs.cluster.n_accelerators
    return None


def _least_hours(estimate: CostEstimate) -> float:
    """Accelerator-hours of the run at the chip's fastest peak that the plan may use,
    attention left out and nothing lost: below this a claim breaks physics.
    """
    inputs = estimate.inputs
    chip, precision = inputs.cluster.accelerator, inputs.plan.precision
    fastest = max(inputs.peak.value, chip.peak(precision).value)
    least_flop = min(estimate.flop.parameter, estimate.flop.matrix)
    return least_flop / fastest / SECONDS_PER_HOUR


def _programme_multiple() -> tuple[float, float]:
    postures = [
        facts.lookup("assumptions", posture, "programme_over_final_run").range
        for posture in ("follower", "challenger", "frontier")
    ]
    return min(r.low for r in postures), max(r.high for r in postures)


def _against_range(claim: Claim, computed: Number) -> Message:
    spread = Percentiles.of(computed)
    unit = QUANTITIES[claim.quantity]
    values: dict[str, Amount] = {
        "stated": Amount(claim.value, unit),
        "p50": Amount(spread.p50, unit),
        "low": Amount(spread.p05, unit),
        "high": Amount(spread.p95, unit),
    }
    if claim.value < spread.p05:
        return Message(
            "{stated} is below what runs of this kind need: {p50}, 90% range {low} to {high}.",
            values,
        )
    if claim.value > spread.p95:
        return Message(
            "{stated} is above what runs of this kind need: {p50}, 90% range {low} to {high}.",
            values,
        )
    return Message(
        "{stated} lies in the range of runs of this kind: {p50}, 90% range {low} to {high}.",
        values,
    )


def _rounded_verdict(off: float) -> Verdict:
    if off <= _ROUNDING:
        return "consistent"
    return "stretched" if off <= _ROUGH else "implausible"


def _finding(
    claim: Claim,
    verdict: Verdict,
    computed: Number | None,
    why: Message,
    ask: Message,
    *,
    depends_on: tuple[str, ...] = (),
) -> Finding:
    return Finding(
        claim=claim.id,
        quantity=claim.quantity,
        verdict=verdict,
        stated=claim.value,
        computed=None if computed is None else Percentiles.of(computed),
        unit=QUANTITIES[claim.quantity],
        why=why,
        ask=ask,
        depends_on=depends_on,
    )
