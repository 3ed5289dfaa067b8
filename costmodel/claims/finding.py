"""What a claim and a finding are, and what every check of one needs."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from costmodel.facts import FactError
from costmodel.hardware.calibration import EfficiencyPrior
from costmodel.hardware.efficiency import LayoutEfficiency
from costmodel.messages import Amount, InputError, Message
from costmodel.money import prices
from costmodel.money.training_cost import CostEstimate
from costmodel.uncertainty import Number, Percentiles
from costmodel.units import SECONDS_PER_HOUR

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
EXACT: Final = 0.005
ROUNDING: Final = 0.02
ROUGH: Final = 0.10
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


TIME: Final = ("efficiency", "speedup", "goodput")
POWER: Final = ("server_power_ratio", "mean_draw_share", "pue")
NOTHING: Final = Message("Nothing further to ask on this number.")
LOGS: Final = Message(
    "Ask for the scheduler's or the cloud's bill of accelerator-hours, and for the training log."
)


def tail_verdict(stated: float, computed: Number) -> Verdict:
    """The verdict by where ``stated`` falls in the distribution of ``computed``."""
    draws = np.asarray(computed)
    below = float(np.mean(draws < stated) + np.mean(draws == stated) / 2)
    tail = min(below, 1 - below)
    if tail >= _STRETCHED_TAIL:
        return "consistent"
    return "stretched" if tail >= _IMPLAUSIBLE_TAIL else "implausible"


def efficiency_origin(estimate: CostEstimate) -> EfficiencyPrior | LayoutEfficiency | None:
    """What the estimate's efficiency stands on: published runs, the best layout, or nothing
    but somebody's word.
    """
    origin = next(a.origin for a in estimate.inputs.assumptions if a.name == "efficiency")
    return origin if isinstance(origin, EfficiencyPrior | LayoutEfficiency) else None


def price_finding(
    claim_id: str, price: float, estimate: CostEstimate, *, implied: bool, stated_as: Message
) -> Finding:
    """A price against the quotes on record; too few of them give no verdict."""
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


def least_hours(estimate: CostEstimate) -> float:
    """Accelerator-hours of the run at the chip's fastest peak that the plan may use,
    attention left out and nothing lost: below this a claim breaks physics.
    """
    inputs = estimate.inputs
    chip, precision = inputs.cluster.accelerator, inputs.plan.precision
    fastest = max(inputs.peak.value, chip.peak(precision).value)
    least_flop = min(estimate.flop.parameter, estimate.flop.matrix)
    return least_flop / fastest / SECONDS_PER_HOUR


def against_range(claim: Claim, computed: Number) -> Message:
    """Where the claim lies against the computed range, as a sentence."""
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


def rounded_verdict(off: float) -> Verdict:
    """The verdict on a number that is known exactly; ``off`` is the fraction it differs by."""
    if off <= ROUNDING:
        return "consistent"
    return "stretched" if off <= ROUGH else "implausible"


def of_claim(
    claim: Claim,
    verdict: Verdict,
    computed: Number | None,
    why: Message,
    ask: Message,
    *,
    depends_on: tuple[str, ...] = (),
) -> Finding:
    """The finding on one claim, in the claim's own unit."""
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
