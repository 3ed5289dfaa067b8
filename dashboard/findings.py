"""A deal through the cost model: the estimate, and every check that applies to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.claims import Claim, Finding, check
from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import Accelerator, Cluster
from costmodel.hardware.calibration import published_runs
from costmodel.messages import InputError, Message
from costmodel.money import energy, prices, training_cost
from costmodel.money.training_cost import CostEstimate, CostInputs
from costmodel.uncertainty import Range
from costmodel.workload.model_spec import TrainingPlan
from dashboard.deal import Deal, claims_of, model_of, precision_of, stated_range

#: Worlds drawn for one answer: the 5th and 95th percentiles settle to about one percent.
N_DRAWS: Final = 10_000

#: Generations that an unnamed cluster of today can be made of.
_USUAL: Final = frozenset({"ampere", "hopper", "blackwell"})
_FRACTIONS: Final = frozenset({"efficiency", "goodput", "extras_share", "mean_draw_share"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What Assay makes of a deal."""

    deal: Deal
    inputs: CostInputs
    estimate: CostEstimate
    claims: Sequence[Claim]
    findings: Sequence[Finding]
    warnings: Sequence[Message]


def evaluate(deal: Deal, *, language: str, seed: int = 0, n_draws: int = N_DRAWS) -> Evaluation:
    """Estimate the deal's plan and check its claims.

    Raises ``InputError`` naming the field of the deal that is missing or cannot be.
    """
    inputs, assumed = inputs_of(deal)
    estimate = training_cost.estimate(inputs, inputs.draw(np.random.default_rng(seed), n_draws))
    claims = claims_of(deal, language)
    return Evaluation(
        deal=deal,
        inputs=inputs,
        estimate=estimate,
        claims=claims,
        findings=check(
            claims,
            estimate,
            assumed=_not_stated(deal),
            alternatives=_on_other_chips(deal, seed=seed, n_draws=n_draws),
        ),
        warnings=(*assumed, *inputs.warnings),
    )


def inputs_of(deal: Deal) -> tuple[CostInputs, list[Message]]:
    """The cost model's inputs for a deal, and what had to be assumed for want of a word.

    Raises ``InputError`` with the path of the field in the deal file.
    """
    assumed: list[Message] = []
    plan = _plan(deal, assumed)
    cluster = _cluster(deal, plan, assumed)
    try:
        inputs = training_cost.inputs_for(
            plan,
            cluster,
            region=region_of(deal, assumed),
            given=given_of(deal),
            leave_out=deal.published_run,
        )
    except InputError as error:
        raise _at(error, _PATHS.get(error.field, error.field)) from None
    return inputs, assumed


_PATHS: Final = {
    "n_accelerators": "plan.cluster.n_accelerators",
    "usd_per_gpu_hour": "plan.cluster.usd_per_gpu_hour",
    "precision": "plan.precision",
    "region": "plan.region",
    **{
        name: f"plan.assumptions.{name}"
        for name in training_cost.OVERRIDABLE
        if name != "usd_per_gpu_hour"
    },
}


def _plan(deal: Deal, assumed: list[Message]) -> TrainingPlan:
    if deal.plan.tokens is None:
        raise InputError("plan.tokens", "the number of training tokens is missing; add it")
    context = deal.plan.context_tokens
    if context is None:
        context = int(facts.lookup("assumptions", "any run", "context_tokens").value)
        assumed.append(
            Message("No context length is given; {n} tokens are assumed.", {"n": context})
        )
    model = model_of(deal)
    try:
        return TrainingPlan(
            model=model,
            tokens=deal.plan.tokens,
            context_tokens=context,
            precision=precision_of(deal),
            unique_tokens=deal.plan.unique_tokens,
        )
    except InputError as error:
        raise _at(error, f"plan.{error.field}") from None


def chip_of(deal: Deal, assumed: list[Message]) -> Accelerator:
    """The deal's accelerator, else the one with the most prices, said in ``assumed``."""
    name = deal.plan.cluster.chip
    if name is None:
        name = prices.most_quoted_chip()
        assumed.append(
            Message(
                "No accelerator is given; {chip} is assumed, the one with the most rental "
                "prices on record.",
                {"chip": name},
            )
        )
    return accelerators.find(name, field="plan.cluster.chip")


def _cluster(deal: Deal, plan: TrainingPlan, assumed: list[Message]) -> Cluster:
    stated = deal.plan.cluster
    chip = chip_of(deal, assumed)
    if stated.n_accelerators is None:
        try:
            cluster = training_cost.usual_cluster(plan, chip)
        except InputError as error:
            raise _at(error, _PATHS.get(error.field, error.field)) from None
        assumed.append(
            Message(
                "No cluster size is given; {n} accelerators are assumed, the power of two that "
                "takes the fewest hours of those that finish within {days} days.",
                {
                    "n": cluster.n_accelerators,
                    "days": facts.lookup("assumptions", "any run", "days_to_plan_for").value,
                },
            )
        )
        return cluster
    try:
        return Cluster(accelerator=chip, n_accelerators=stated.n_accelerators)
    except InputError as error:
        raise _at(error, f"plan.cluster.{error.field}") from None


def region_of(deal: Deal, assumed: list[Message]) -> str | None:
    """The plan's region, else the company's country where its grid is known, said aloud."""
    if deal.plan.region is not None or not deal.company.country:
        return deal.plan.region
    try:
        region = energy.find_region(deal.company.country)
    except InputError:
        return None  # the wide range stands in, with its own warning
    assumed.append(
        Message(
            "No region is given; the grid of {country} is assumed, the company's country.",
            {"country": region.name},
        )
    )
    return region.name


def _on_other_chips(deal: Deal, *, seed: int, n_draws: int) -> list[CostEstimate]:
    """Where the deal names no accelerator: its estimate on each that published runs used."""
    if deal.plan.cluster.chip is not None:
        return []
    assumed = prices.most_quoted_chip()
    used = dict.fromkeys(run.chip for run in published_runs() if run.generation in _USUAL)
    found = []
    for name in used:
        cluster = deal.plan.cluster.model_copy(update={"chip": name})
        plan = deal.plan.model_copy(update={"cluster": cluster})
        try:
            inputs, _ = inputs_of(deal.model_copy(update={"plan": plan}))
        except InputError:
            continue  # a precision that it does not have
        if name != assumed:
            drawn = inputs.draw(np.random.default_rng(seed), n_draws)
            found.append(training_cost.estimate(inputs, drawn))
    return found


def _not_stated(deal: Deal) -> frozenset[str]:
    cluster = deal.plan.cluster
    missing = {"chip": cluster.chip is None, "n_accelerators": cluster.n_accelerators is None}
    return frozenset(name for name, is_missing in missing.items() if is_missing)


def given_of(deal: Deal) -> dict[str, Range]:
    """The ranges that the deal states itself, by the assumption's name."""
    given = {
        name: stated_range(
            value,
            f"plan.assumptions.{name}",
            "fraction" if name in _FRACTIONS else "positive",
        )
        for name, value in deal.plan.assumptions.items()
    }
    price = deal.plan.cluster.usd_per_gpu_hour
    if price is not None:
        path = "plan.cluster.usd_per_gpu_hour"
        given["usd_per_gpu_hour"] = stated_range(price, path, "positive")
    return given


def _at(error: InputError, path: str) -> InputError:
    return InputError(path, error.message.text, **error.message.params)
