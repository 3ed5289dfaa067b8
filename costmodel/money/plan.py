"""The best model that a budget and a deadline can buy, and what would make it cheaper.

Sizes are tried from small to large: dollars per token come from ``training_cost``, the
tokens that the budget then buys from division, and a scaling law says what the pair is
worth. ``money.levers`` says what reaches the same loss for less. Not counted: data, people
and experiments (``money.programme`` does).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.hardware.accelerators import Accelerator, Cluster
from costmodel.messages import Amount, InputError, Message
from costmodel.money import prices, training_cost
from costmodel.money.training_cost import CostEstimate, CostInputs
from costmodel.uncertainty import Draws, Number, Percentiles, Range
from costmodel.units import HOURS_PER_DAY
from costmodel.workload.flops import total_params
from costmodel.workload.model_spec import ModelSpec, Precision, TrainingPlan
from costmodel.workload.scaling import extrapolation
from costmodel.workload.scaling_data import data_constrained_loss
from costmodel.workload.scaling_law import DEFAULT_LAW, ScalingLaw, check_positive, law
from costmodel.workload.typical import typical_models

DAYS_PER_WEEK: Final = 7.0
#: Worlds drawn for one plan.
N_DRAWS: Final = 2_000
#: Tokens per parameter for the first look at a size; cost per token hardly depends on it.
_FIRST_LOOK: Final = 20.0
#: Fewer tokens than this per parameter, or more, are no plan.
LEAST_TOKENS_PER_PARAM: Final = 0.5
MOST_TOKENS_PER_PARAM: Final = 20_000.0
#: No deadline is met by more accelerators than this.
_MOST_ACCELERATORS: Final = 131_072
_FEWEST_ACCELERATORS: Final = 8
#: Above this it is not the money that is too little.
_LARGE_BUDGET_USD: Final = 1e6
#: Fewer distinct tokens than this are no data set to train a language model on.
_LEAST_UNIQUE_TOKENS: Final = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody wants to spend, by when, and on what.

    ``budget_usd`` is for the final run. ``weeks`` of ``None`` takes the usual deadline.
    ``unique_tokens`` is the data there is, where it may not be enough. Raises
    ``InputError`` for a budget or deadline that cannot be.
    """

    budget_usd: float
    chip: Accelerator
    weeks: float | None = None
    precision: Precision = "bf16"
    context_tokens: int = 4096
    region: str | None = None
    unique_tokens: float | None = None
    law_name: str = DEFAULT_LAW
    given: Mapping[str, Range] | None = None

    def __post_init__(self) -> None:
        check_positive("budget_usd", self.budget_usd)
        if self.weeks is not None:
            check_positive("weeks", self.weeks)
        if self.unique_tokens is not None:
            check_positive("unique_tokens", self.unique_tokens)
            if self.unique_tokens < _LEAST_UNIQUE_TOKENS:
                raise InputError(
                    "unique_tokens",
                    "{value} distinct tokens are too few to train a language model on; "
                    "write at least {least}",
                    value=self.unique_tokens,
                    least=_LEAST_UNIQUE_TOKENS,
                )

    @property
    def days(self) -> float:
        """Days until the run must be done."""
        if self.weeks is not None:
            return self.weeks * DAYS_PER_WEEK
        return facts.lookup("assumptions", "any run", "days_to_plan_for").value


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bought:
    """One size and what the budget buys of it; ``Number`` fields are draws of one shape.

    ``loss`` is by the request's law, in nats per token of that law's data.
    """

    spec: ModelSpec
    cluster: Cluster
    params: float
    tokens: Number
    loss: Number
    usd: float
    gpu_hours: Number
    wall_days: Number
    usd_per_token: Number
    inputs: CostInputs

    @property
    def tokens_per_param(self) -> float:
        """Median tokens over parameters."""
        return float(np.median(self.tokens)) / self.params


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """The best buy, every size tried, and what to say beside them."""

    request: Request
    best: Bought
    sizes: tuple[Bought, ...]
    warnings: tuple[Message, ...]
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrontierPoint:
    """The best buy of one budget: loss against dollars."""

    usd: float
    params: float
    tokens: Percentiles
    loss: Percentiles


def best_plan(request: Request, *, seed: int = 0, n_draws: int = N_DRAWS) -> Plan:
    """The size with the least median loss for the budget, on a cluster that meets the
    deadline at the median.

    Raises ``InputError`` when no size can be trained for the budget in the time, and
    ``FactError`` where the accelerator has no price on record and none is given.
    """
    scaling = _law_draws(request, seed, n_draws)
    sizes = []
    for spec in typical_models():
        bought = _buy(request, spec, scaling, seed=seed, n_draws=n_draws)
        if bought is not None:
            sizes.append(bought)
    if not sizes and request.budget_usd >= _LARGE_BUDGET_USD:
        raise InputError(
            "budget_usd",
            "{budget} cannot be spent on {chip} in {days}: no cluster of {most} or fewer could; "
            "lower the budget or move the deadline",
            budget=Amount(request.budget_usd, "usd"),
            chip=request.chip.name,
            days=Amount(request.days, "day"),
            most=_MOST_ACCELERATORS,
        )
    if not sizes:
        raise InputError(
            "budget_usd",
            "{budget} trains no model of {least} parameters or more on {chip} in {days}; "
            "raise the budget or move the deadline",
            budget=Amount(request.budget_usd, "usd"),
            least=total_params(typical_models()[0]),
            chip=request.chip.name,
            days=Amount(request.days, "day"),
        )
    best = min(sizes, key=lambda bought: float(np.median(bought.loss)))
    return Plan(
        request=request,
        best=best,
        sizes=tuple(sizes),
        warnings=_warnings(request, best, sizes),
        seed=seed,
    )


def frontier(plan: Plan, factors: Sequence[float]) -> tuple[FrontierPoint, ...]:
    """The best buy at these multiples of the budget, at the cost per token of the plan."""
    found = []
    for factor in factors:
        budget = plan.request.budget_usd * factor
        options = [_at_budget(plan, bought, budget) for bought in plan.sizes]
        tokens, loss, bought = min(options, key=lambda option: float(np.median(option[1])))
        found.append(
            FrontierPoint(
                usd=budget,
                params=bought.params,
                tokens=Percentiles.of(tokens),
                loss=Percentiles.of(loss),
            )
        )
    return tuple(found)


def at(
    request: Request, spec: ModelSpec, *, seed: int = 0, n_draws: int = N_DRAWS
) -> Bought | None:
    """What the budget buys of one architecture; ``None`` where it cannot be trained so."""
    scaling = _law_draws(request, seed, n_draws)
    return _buy(request, spec, scaling, seed=seed, n_draws=n_draws)


def _buy(
    request: Request, spec: ModelSpec, scaling: ScalingLaw, *, seed: int, n_draws: int
) -> Bought | None:
    found = _estimate_in_time(request, spec, seed=seed, n_draws=n_draws)
    if found is None:
        return None
    estimate, cluster = found
    if estimate.usd is None:
        raise prices.not_on_record(request.chip.name)
    planned = estimate.inputs.plan.tokens
    usd_per_token = estimate.usd / planned
    tokens = request.budget_usd / usd_per_token
    params = total_params(spec)
    per_param = float(np.median(tokens)) / params
    if not LEAST_TOKENS_PER_PARAM <= per_param <= MOST_TOKENS_PER_PARAM:
        return None
    share = tokens / planned
    return Bought(
        spec=spec,
        cluster=cluster,
        params=params,
        tokens=tokens,
        loss=_loss(request, scaling, params, tokens),
        usd=request.budget_usd,
        gpu_hours=estimate.gpu_hours * share,
        wall_days=estimate.wall_days * share,
        usd_per_token=usd_per_token,
        inputs=estimate.inputs,
    )


def _estimate_in_time(
    request: Request, spec: ModelSpec, *, seed: int, n_draws: int
) -> tuple[CostEstimate, Cluster] | None:
    """The bill at the smallest power of two of accelerators that meets the deadline."""
    n, tried = _FEWEST_ACCELERATORS, set[int]()
    while True:
        cluster = Cluster(accelerator=request.chip, n_accelerators=n)
        tokens = _FIRST_LOOK * total_params(spec)
        plan = TrainingPlan(
            model=spec,
            tokens=tokens,
            context_tokens=request.context_tokens,
            precision=request.precision,
        )
        try:
            inputs = training_cost.inputs_for(
                plan, cluster, region=request.region, given=request.given
            )
        except InputError as refused:
            if refused.field != "n_accelerators":
                raise
            if n * 4 > _MOST_ACCELERATORS:
                return None
            n *= 4  # it does not fit on so few
            continue
        values = inputs.draw(np.random.default_rng(seed), n_draws)
        estimate = training_cost.estimate(inputs, values)
        if estimate.usd is None:
            return estimate, cluster
        hours = estimate.gpu_hours * (request.budget_usd / estimate.usd)
        needed = float(np.median(hours)) / (request.days * HOURS_PER_DAY)
        wanted = max(2 ** math.ceil(math.log2(max(needed, 1.0))), 1)
        if wanted > _MOST_ACCELERATORS:
            return None
        if wanted <= n or n in tried:
            return estimate, cluster
        tried.add(n)
        n = wanted


def _loss(request: Request, scaling: ScalingLaw, params: float, tokens: Number) -> Number:
    """Loss by the request's law; with too little unique data, what repetition adds."""
    loss = scaling.loss(params, tokens)
    if request.unique_tokens is None:
        return loss
    limited = np.minimum(tokens, request.unique_tokens)
    repeated = data_constrained_loss(params=params, tokens=tokens, unique_tokens=limited)
    fresh = data_constrained_loss(params=params, tokens=tokens, unique_tokens=tokens)
    return loss + (repeated - fresh)


def _law_draws(request: Request, seed: int, n_draws: int) -> ScalingLaw:
    """The law's worlds, from a stream of their own: that of the bill would tie loss to cost."""
    return law(request.law_name).draw(np.random.default_rng((seed, 1)), n_draws)


def _at_budget(plan: Plan, bought: Bought, budget_usd: float) -> tuple[Draws, Draws, Bought]:
    request = plan.request
    scaling = _law_draws(request, plan.seed, np.size(bought.tokens))
    tokens = np.asarray(budget_usd / bought.usd_per_token)
    return tokens, np.asarray(_loss(request, scaling, bought.params, tokens)), bought


def _warnings(request: Request, best: Bought, sizes: Iterable[Bought]) -> tuple[Message, ...]:
    found = list(best.inputs.warnings)
    beyond = extrapolation(
        law(request.law_name), params=best.params, tokens=float(np.median(best.tokens))
    )
    if beyond is not None:
        found.append(beyond)
    tried = list(sizes)
    if best in (tried[0], tried[-1]):
        found.append(
            Message(
                "The best size is the smallest or the largest that was tried; "
                "a better one may lie beyond."
            )
        )
    if request.unique_tokens is not None:
        epochs = float(np.median(best.tokens)) / request.unique_tokens
        if epochs > 1:
            found.append(
                Message(
                    "The data are seen {epochs} times; repetition is in the loss by "
                    "Muennighoff et al. 2023.",
                    {"epochs": Amount(epochs, "ratio")},
                )
            )
    days = float(np.median(best.wall_days))
    if days > request.days:
        found.append(
            Message(
                "The run takes {days}, longer than the {deadline} there are.",
                {"days": Amount(days, "day"), "deadline": Amount(request.days, "day")},
            )
        )
    elif late := float(np.mean(np.asarray(best.wall_days) > request.days)):
        found.append(
            Message(
                "In {share} of the scenarios the run needs longer than the {deadline} there are, "
                "for the whole budget.",
                {"share": Amount(late, "fraction"), "deadline": Amount(request.days, "day")},
            )
        )
    return tuple(found)
