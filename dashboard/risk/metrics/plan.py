"""Metrics of the plan alone: what the cost model says before anybody shows a document."""

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np

from costmodel import facts
from costmodel.messages import Message
from costmodel.uncertainty import Percentiles
from costmodel.units import DAYS_PER_MONTH, HOURS_PER_DAY
from costmodel.workload import scaling_law
from dashboard.risk.metrics.basis import over, scaled
from dashboard.risk.metrics.compute import chip_of, claimed_hours
from dashboard.risk.metrics.compute import needed_gpu_hours as needed
from dashboard.risk.metrics.reading import Formula, Found, Reading, Spread
from dashboard.risk.metrics.regulation import country_code

_MONTHS_OF_NEED: Final = 18
_MONTHS_OF_RENT: Final = 24
_LAW_DRAWS: Final = 500
_BISECTIONS: Final = 50
_TIED_TO_CHINA: Final = frozenset({"CN", "HK", "MO"})


def needed_gpu_hours_18m(read: Reading) -> Found:
    """Accelerator-hours of 18 months: stated, else of the programme behind the run."""
    found = needed(read)
    return None if found is None else Spread(found)


def cluster_coverage_ceiling(read: Reading) -> Found:
    """The most that can be secured of what is needed: the named cluster around the clock for
    18 months over the need, at the 95th percentile.
    """
    n = _n_accelerators(read)
    found = needed(read)
    if n is None or found is None:
        return None
    hours = n * _MONTHS_OF_NEED * DAYS_PER_MONTH * HOURS_PER_DAY
    return read.ratio(hours, found.p05, "operations.needed_gpu_hours_18m")


def _n_accelerators(read: Reading) -> int | None:
    n = read.basis.deal.plan.cluster.n_accelerators
    if n is None:
        read.lacking(
            Message("The number of accelerators is missing; write plan.cluster.n_accelerators.")
        )
        return None
    read.planned("cluster.n_accelerators", n, "count")
    return n


def final_run_usd(read: Reading) -> Found:
    """Cost of the final run: what it takes to make these weights once more."""
    found = read.estimated(read.basis.usd, "final_run_usd", "usd")
    return None if found is None else Spread(found)


def stated_cost_over_final_run(read: Reading) -> Found:
    """The claimed cost over the modelled cost of the final run alone."""
    claimed = read.claim("usd", "usd")
    if claimed is None:
        read.lacking(Message("No cost is claimed; add a claim of usd."))
    run = read.estimated(read.basis.usd, "final_run_usd", "usd")
    return None if claimed is None or run is None else Spread(over(claimed, run))


def programme_usd(read: Reading) -> Found:
    """Cost of all research compute behind the run: final run over its share of it."""
    found = read.estimated(read.basis.programme_usd, "programme_usd", "usd")
    return None if found is None else Spread(found)


def rent_rise_usd(read: Reading) -> Found:
    """What a rise of rents adds to the programme: the rise that a plan should survive."""
    found = read.estimated(read.basis.programme_usd, "programme_usd", "usd")
    return None if found is None else Spread(scaled(found, read.parameter("rent_rise")))


def cluster_rent_24m_usd(read: Reading) -> Found:
    """Rent of the named cluster around the clock for 24 months: the largest take-or-pay."""
    n = _n_accelerators(read)
    chip = chip_of(read)
    estimate = read.basis.estimate
    price = None if estimate is None else estimate.values.get("usd_per_gpu_hour")
    spread = None if price is None else Percentiles.of(price)
    found = read.estimated(spread, "usd_per_gpu_hour", "usd_per_gpu_hour")
    if n is None or chip is None or found is None:
        return None
    return Spread(scaled(found, n * _MONTHS_OF_RENT * DAYS_PER_MONTH * HOURS_PER_DAY))


def goodput_ceiling(read: Reading) -> Found:
    """The most that a cluster of this size and generation keeps of its paid time: the 95th
    percentile of the cost model.
    """
    found = read.basis.goodput
    if found is None:
        read.lacking(read.basis.refusal)
        return None
    read.modelled("goodput", found.p95, "fraction")
    return found.p95


def run_days(read: Reading) -> Found:
    """Days of the run on the named cluster."""
    if _n_accelerators(read) is None:
        return None
    found = read.estimated(read.basis.wall_days, "wall_days", "day")
    return None if found is None else Spread(found)


def hours_over_estimate(read: Reading) -> Found:
    """Claimed accelerator-hours over those that runs of this kind need."""
    claimed = claimed_hours(read)
    found = read.estimated(read.basis.gpu_hours, "gpu_hours", "gpu_hour")
    return None if claimed is None or found is None else Spread(over(claimed, found))


def failed_claims(read: Reading) -> Found:
    """How many claims do not survive the cost model; ``None`` without a claim to judge."""
    evaluation = read.basis.evaluation
    if evaluation is None:
        read.lacking(read.basis.refusal)
        return None
    judged = [f for f in evaluation.findings if f.verdict != "cannot tell"]
    if not judged:
        read.lacking(Message("No claim can be judged; add claims to the deal file."))
        return None
    failed = sum(finding.failed for finding in judged)
    read.modelled("failed_claims", failed, "count")
    return float(failed)


def distinct_tokens(read: Reading) -> float | None:
    """Distinct tokens of the corpus, else all planned ones."""
    plan = read.basis.deal.plan
    tokens = plan.unique_tokens or plan.tokens
    if tokens is None:
        read.lacking(Message("The number of training tokens is missing; write plan.tokens."))
        return None
    read.planned("unique_tokens" if plan.unique_tokens else "tokens", tokens, "token")
    return tokens


def tokens_over_stock(read: Reading) -> Found:
    """Distinct tokens, else all planned ones, over the stock of public text."""
    tokens = distinct_tokens(read)
    if tokens is None:
        return None
    read.parameter("public_text_tokens")
    return Spread(over(tokens, read.basis.public_tokens))


def forecast_loss(read: Reading) -> Found:
    """Nats per token that a published law gives for the size and tokens of the plan.

    The law's parameters are those that a token passes through. Another corpus or tokeniser
    has another loss: a stated loss is held against the company's own small runs first.
    """
    estimate = read.basis.estimate
    if estimate is None:
        read.lacking(read.basis.refusal)
        return None
    loss = _drawn_law().loss(estimate.active_params, estimate.inputs.plan.tokens)
    found = Percentiles.of(loss)
    read.modelled("forecast_loss", found.p50, "nat_per_token")
    return Spread(found)


@lru_cache(maxsize=1)
def _drawn_law() -> scaling_law.ScalingLaw:
    return scaling_law.law().draw(np.random.default_rng(5), _LAW_DRAWS)


def tokens_per_param(read: Reading) -> Found:
    """Training tokens for each parameter that a token passes through."""
    estimate = read.basis.estimate
    if estimate is None:
        read.lacking(read.basis.refusal)
        return None
    value = estimate.inputs.plan.tokens / estimate.active_params
    read.modelled("tokens_per_param", value, "ratio")
    return value


def compute_optimality(read: Reading) -> Found:
    """Least compute for the plan's loss over the compute of the plan, by the published law.

    One where size and tokens are in balance; less where another split of less compute
    reaches the same loss. A model that is trained longer than that is cheaper to serve.
    """
    estimate = read.basis.estimate
    if estimate is None:
        read.lacking(read.basis.refusal)
        return None
    active, tokens = estimate.active_params, estimate.inputs.plan.tokens
    value = _least_product(active, tokens) / (active * tokens)
    read.modelled("compute_optimality", value, "ratio")
    return value


@lru_cache(maxsize=256)
def _least_product(active: float, tokens: float) -> float:
    """Least parameters times tokens at the loss of these two, by bisection on a log scale."""
    law = scaling_law.law()
    target = law.of_params(active) + law.of_tokens(tokens)
    low, high = 0.0, math.log(active * tokens)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        size = law.balance * math.exp(middle * law.allocation_exponent)
        if law.of_params(size) + law.of_tokens(math.exp(middle) / size) > target:
            low = middle
        else:
            high = middle
    return math.exp(high)


def scale_step(read: Reading) -> Found:
    """Training compute of the plan over that of the team's largest earlier run."""
    earlier = read.number("operations.largest_earlier_run_flop")
    estimate = read.basis.estimate
    if estimate is None:
        read.lacking(read.basis.refusal)
        return None
    read.modelled("train_flop", estimate.flop.parameter, "flop")
    if earlier is None:
        return None
    return read.ratio(estimate.flop.parameter, earlier, "operations.largest_earlier_run_flop")


def outbound_status(read: Reading) -> Found:
    """Whether money of United States persons in the company is free, notifiable or
    prohibited, by training compute and the country of the parent. Not legal advice.

    Source: 31 CFR part 850, as ``data/export_rules.csv`` cites it.
    """
    estimate = read.basis.estimate
    country = read.words("operations.parent_in") or read.basis.deal.company.country
    code = country_code(country) if country else None
    if code is None:
        read.lacks("operations.parent_in")
    if estimate is None:
        read.lacking(read.basis.refusal)
    if code is None or estimate is None:
        return None
    read.planned("company.country", code, "")
    read.modelled("train_flop", estimate.flop.parameter, "flop")
    if code not in _TIED_TO_CHINA:
        return "free"
    for status in ("prohibited", "notifiable"):
        threshold = facts.lookup("export_rules", "outbound investment", f"{status}_flop")
        if estimate.flop.parameter > threshold.value:
            read.fact(threshold)
            return status
    return "free"


def serving_usd_per_million_tokens(read: Reading) -> Found:
    """Cost of serving a million tokens on the plan's accelerator at a usual load."""
    found = read.basis.serving_usd_per_million
    if isinstance(found, Message):
        read.lacking(found)
        return None
    read.modelled("serving_usd_per_million_tokens", found.p50, "usd_per_million_tokens")
    return Spread(found)


def stated_serving_cost_ratio(read: Reading) -> Found:
    """Stated cost of serving a million tokens over the modelled one.

    The model's load is a usual one: caching and longer answers move both ends.
    """
    stated = read.number("market.cost_usd_per_million_tokens")
    modelled = serving_usd_per_million_tokens(read)
    if stated is None or not isinstance(modelled, Spread):
        return None
    return Spread(over(stated, modelled.percentiles))


METRICS: Final[Mapping[str, Formula]] = {
    "needed_gpu_hours_18m": needed_gpu_hours_18m,
    "cluster_coverage_ceiling": cluster_coverage_ceiling,
    "final_run_usd": final_run_usd,
    "stated_cost_over_final_run": stated_cost_over_final_run,
    "programme_usd": programme_usd,
    "rent_rise_usd": rent_rise_usd,
    "cluster_rent_24m_usd": cluster_rent_24m_usd,
    "goodput_ceiling": goodput_ceiling,
    "run_days": run_days,
    "hours_over_estimate": hours_over_estimate,
    "failed_claims": failed_claims,
    "distinct_tokens": distinct_tokens,
    "tokens_over_stock": tokens_over_stock,
    "forecast_loss": forecast_loss,
    "tokens_per_param": tokens_per_param,
    "compute_optimality": compute_optimality,
    "scale_step": scale_step,
    "outbound_status": outbound_status,
    "serving_usd_per_million_tokens": serving_usd_per_million_tokens,
    "stated_serving_cost_ratio": stated_serving_cost_ratio,
}
