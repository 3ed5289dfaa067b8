"""What metrics and cross-checks are computed from: a deal, and the cost model's view of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

import numpy as np

from costmodel import facts
from costmodel.facts import FactError
from costmodel.messages import InputError, Message
from costmodel.money.training_cost import CostEstimate
from costmodel.uncertainty import Draws, Percentiles, Range
from costmodel.units import HOURS_PER_DAY
from dashboard import serving
from dashboard.deal import ClaimEntry, Deal
from dashboard.findings import Evaluation
from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Parameters

NO_PRICE: Final = Message(
    "No rental price of the accelerator is on record; write plan.cluster.usd_per_gpu_hour in the "
    "deal file."
)
#: Worlds drawn for the cost of serving: a range, no more.
_SERVING_DRAWS: Final = 500
#: The file of the conventions, and their subject where they are of no language.
CONVENTIONS: Final = "conventions"
ANY_DEAL: Final = "any deal"

#: The deal through the cost model, or why it could not go through.
Evaluated: TypeAlias = Evaluation | InputError | FactError


@dataclass(frozen=True, kw_only=True)
class Basis:
    """A deal, what the cost model makes of it, and the numbers of the bank that hold for it.

    ``evaluated`` is the error where the plan cannot be estimated; everything that needs the
    estimate then says so. ``parameters`` are those of the bank, with a fund's own.
    """

    deal: Deal
    evaluated: Evaluated
    parameters: Parameters = field(default_factory=lambda: bank().parameters())

    @property
    def evaluation(self) -> Evaluation | None:
        """The evaluation, where there is one."""
        return self.evaluated if isinstance(self.evaluated, Evaluation) else None

    @property
    def estimate(self) -> CostEstimate | None:
        """The estimate of the plan's run, where there is one."""
        return None if self.evaluation is None else self.evaluation.estimate

    @property
    def refusal(self) -> Message:
        """Why there is no estimate."""
        assert not isinstance(self.evaluated, Evaluation)
        error = self.evaluated
        where = error.field if isinstance(error, InputError) else ""
        said: Mapping[str, str | Message] = {"field": where, "problem": error.message}
        if not where:
            return Message("The run cannot be estimated: {problem}.", said)
        return Message("The run cannot be estimated ({field}): {problem}.", said)

    @cached_property
    def claims(self) -> Mapping[str, ClaimEntry]:
        """The first claim of each quantity."""
        return {claim.quantity: claim for claim in reversed(self.deal.claims)}

    @property
    def plan_status(self) -> EvidenceStatus:
        """How well the plan is known; one that had to be filled up is assumed."""
        cluster = self.deal.plan.cluster
        if cluster.chip is None or cluster.n_accelerators is None:
            return "assumed"
        return self.deal.plan.status

    @cached_property
    def gpu_hours(self) -> Percentiles | None:
        """Accelerator-hours of the run."""
        return None if self.estimate is None else Percentiles.of(self.estimate.gpu_hours)

    @cached_property
    def wall_days(self) -> Percentiles | None:
        """Days of the run."""
        if self.gpu_hours is None or self.estimate is None:
            return None
        n = self.estimate.inputs.cluster.n_accelerators
        return scaled(self.gpu_hours, 1 / (HOURS_PER_DAY * n))

    @cached_property
    def usd(self) -> Percentiles | None:
        """Dollars of the run, where there is a price."""
        estimate = self.estimate
        if estimate is None or estimate.usd is None:
            return None
        return Percentiles.of(estimate.usd)

    @cached_property
    def energy_kwh(self) -> Percentiles | None:
        """Energy of the run at the site's meter."""
        return None if self.estimate is None else Percentiles.of(self.estimate.energy_kwh)

    @cached_property
    def kw_per_accelerator(self) -> Percentiles | None:
        """Average power at the site's meter for one accelerator."""
        return None if self.estimate is None else Percentiles.of(self.estimate.kw_per_accelerator)

    @cached_property
    def goodput(self) -> Percentiles | None:
        """Share of billed time that ends in steps kept."""
        if self.estimate is None:
            return None
        return Percentiles.of(self.estimate.values["goodput"])

    @cached_property
    def research_multiple(self) -> Draws | None:
        """Compute of the whole programme over its final run, one for each world.

        One over the final run's share of research compute, ``final_run_share``.
        """
        if self.estimate is None:
            return None
        n = np.size(self.estimate.gpu_hours)
        ends = (self.parameters[f"final_run_share_{end}"] for end in ("low", "high"))
        return _multiples(n, *ends)

    @cached_property
    def programme_usd(self) -> Percentiles | None:
        """Dollars of all research compute behind the run, where there is a price."""
        if self.estimate is None or self.estimate.usd is None or self.research_multiple is None:
            return None
        return Percentiles.of(np.asarray(self.estimate.usd) * self.research_multiple)

    @cached_property
    def needed_gpu_hours(self) -> Percentiles | None:
        """Accelerator-hours of all research compute behind the run."""
        if self.estimate is None or self.research_multiple is None:
            return None
        return Percentiles.of(np.asarray(self.estimate.gpu_hours) * self.research_multiple)

    @cached_property
    def serving_usd_per_million(self) -> Percentiles | Message:
        """Cost of serving a million tokens on the plan's accelerator at the usual load, or
        what is missing for it.
        """
        return self.refusal if self.evaluation is None else _served(self.evaluation)

    @cached_property
    def public_tokens(self) -> Percentiles:
        """The stock of public text; a fund's own number moves the whole range."""
        cited = facts.lookup(CONVENTIONS, ANY_DEAL, "public_text_tokens")
        span, held = cited.range, self.parameters["public_text_tokens"]
        return scaled(Percentiles(span.low, cited.value, span.high), held / cited.value)


def scaled(spread: Percentiles, factor: float) -> Percentiles:
    """The percentiles of the outcome times a positive factor."""
    return Percentiles(spread.p05 * factor, spread.p50 * factor, spread.p95 * factor)


def over(value: float, spread: Percentiles) -> Percentiles:
    """The percentiles of a positive value over the outcome."""
    return Percentiles(value / spread.p95, value / spread.p50, value / spread.p05)


@lru_cache(maxsize=8)
def _multiples(n: int, low_share: float, high_share: float) -> Draws:
    """One over the share in ``n`` worlds, from a stream of its own."""
    share = Range(low_share, high_share, "fraction")
    return 1 / share.draw(np.random.default_rng(11), n)


def _served(evaluation: Evaluation) -> Percentiles | Message:
    """Dollars per million tokens at the usual load, in enough worlds for a range."""
    deal = evaluation.deal
    if deal.plan.cluster.chip is None:
        return Message("The accelerator is missing; write plan.cluster.chip.")
    question, refused = serving.read(deal, {})
    if question is None:
        return next(iter(refused.values())).message
    try:
        drawn = question.service.drawn(seed=0, n_draws=_SERVING_DRAWS)
    except (InputError, FactError) as error:
        return error.message
    return NO_PRICE if drawn.usd_per_million is None else Percentiles.of(drawn.usd_per_million)
