"""Metrics of money: commitments, runway, revenue and margin."""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from costmodel.messages import Message
from costmodel.money import serving_margin
from costmodel.uncertainty import Percentiles
from costmodel.units import MONTHS_PER_YEAR
from dashboard.deal_facts import Stated
from dashboard.risk.metrics.basis import over
from dashboard.risk.metrics.reading import Formula, Found, Reading, Spread, as_stated, share_of

_QUARTERS: Final = 4
_DRAWS: Final = 2_000
_COST_LINES: Final = (
    "finance.inference_usd",
    "finance.hosting_usd",
    "finance.licences_usd",
    "finance.support_usd",
)


def commit_over_cash(read: Reading) -> Found:
    """Payments that cannot be cancelled over cash and signed funding."""
    found = read.numbers(
        "finance.noncancellable_compute_24m_usd",
        "finance.cash_usd",
        "finance.signed_funding_usd",
    )
    if found is None:
        return None
    committed, cash, signed = found
    return read.ratio(committed, cash + signed, "finance.cash_usd")


def price_shock_survival(read: Reading) -> Found:
    """The largest rise of compute prices that leaves cash until the next proof.

    Largest ``d`` with ``cash / (burn + d x compute) >= months to proof``; negative where the
    cash does not last even at today's prices, infinite where no compute is bought.
    """
    found = read.numbers(
        "finance.cash_usd",
        "finance.raise_usd",
        "finance.net_burn_usd_per_month",
        "finance.compute_usd_per_month",
        "finance.months_to_proof",
    )
    if found is None:
        return None
    cash, raised, burn, compute, months = found
    if months == 0:
        return math.inf
    spare = (cash + raised) / months - burn
    if compute == 0:
        return math.inf if spare >= 0 else -math.inf
    return spare / compute


def runway_margin_months(read: Reading) -> Found:
    """Months of cash left after the next proof and the round that follows it.

    ``cash after the round / net burn - (months to proof x (1 + past slip) + months to close
    a round)``; infinite where nothing is burnt.
    """
    found = read.numbers(
        "finance.cash_usd",
        "finance.raise_usd",
        "finance.net_burn_usd_per_month",
        "finance.months_to_proof",
        "finance.past_slip",
    )
    close = read.optional("finance.months_to_close_round")
    if found is None:
        return None
    if close is None:
        close = read.parameter("round_close_months")
    cash, raised, burn, months, slip = found
    return _months(cash + raised, burn) - (months * (1 + slip) + close)


def runway_ceiling_months(read: Reading) -> Found:
    """``runway_margin_months`` with the proof there today: no plan leaves more."""
    found = read.numbers("finance.cash_usd", "finance.raise_usd", "finance.net_burn_usd_per_month")
    close = read.optional("finance.months_to_close_round")
    if found is None:
        return None
    if close is None:
        close = read.parameter("round_close_months")
    cash, raised, burn = found
    return _months(cash + raised, burn) - close


def cash_months(read: Reading) -> Found:
    """Months that the cash lasts without new money; infinite where nothing is burnt."""
    found = read.numbers("finance.cash_usd", "finance.net_burn_usd_per_month")
    return None if found is None else _months(*found)


def _months(money: float, burn: float) -> float:
    """How long the money lasts."""
    return money / burn if burn > 0 else math.inf


def money_over_final_run(read: Reading) -> Found:
    """Cash, the round and signed funding over the cost of one final run."""
    found = read.numbers("finance.cash_usd", "finance.raise_usd", "finance.signed_funding_usd")
    run = read.estimated(read.basis.usd, "final_run_usd", "usd")
    return None if found is None or run is None else Spread(over(sum(found), run))


def gross_margin(read: Reading) -> Found:
    """Gross margin, free users included: ``1 - (inference + hosting + licences + support) /
    revenue``; else by cost of revenue, else by the unit cost of all tokens over the price.
    """
    finance, market = read.basis.deal.finance, read.basis.deal.market
    lines = [getattr(finance, path.partition(".")[2]) for path in _COST_LINES]
    if not any(lines) and finance.cost_of_revenue_usd is not None:
        return _left_of(share_of("finance.cost_of_revenue_usd", "finance.revenue_usd")(read))
    if not any(lines) and market.cost_usd_per_million_tokens is not None:
        cost = _cost_with_free(read)
        price = read.number("market.price_usd_per_million_tokens")
        if cost is None or price is None:
            return None
        return _left_of(read.ratio(cost, price, "market.price_usd_per_million_tokens"))
    costs, revenue = read.numbers(*_COST_LINES), read.number("finance.revenue_usd")
    if costs is None or revenue is None:
        return None
    return _left_of(read.ratio(sum(costs), revenue, "finance.revenue_usd"))


def _left_of(cost_share: Found) -> float | None:
    """What a share of costs leaves of the revenue."""
    return 1 - cost_share if isinstance(cost_share, float) else None


def _cost_with_free(read: Reading) -> float | None:
    """Cost of a paid million tokens with the free ones that it carries."""
    found = read.numbers("market.cost_usd_per_million_tokens", "market.free_share")
    return None if found is None else found[0] * (1 + found[1])


def months_to_negative_margin(read: Reading) -> Found:
    """Months until price meets cost: ``ln(p / c) / (k_price - k_cost)``, with ``k = -ln(1 -
    yearly fall) / 12`` and free tokens in the cost.

    Zero where the margin is negative already; infinite where the cost falls as fast as the
    price or faster, which every "at least" threshold accepts. Where the deal states no
    yearly falls, the cited ranges of price and cost stand in, as a range.
    """
    price = read.number("market.price_usd_per_million_tokens")
    cost = _cost_with_free(read)
    falls = (
        read.optional("market.price_fall_per_year"),
        read.optional("market.cost_fall_per_year"),
    )
    if price is None or cost is None:
        return None
    if any(fall is not None and fall >= 1 for fall in falls):
        read.lacking(Message("A yearly fall of all there is has no next year; write less than 1."))
        return None
    if price <= cost:
        return 0.0
    if cost == 0:
        return math.inf
    lead = math.log(price / cost)
    price_fall, cost_fall = falls
    if price_fall is not None and cost_fall is not None:
        closing = (math.log1p(-cost_fall) - math.log1p(-price_fall)) / MONTHS_PER_YEAR
        return lead / closing if closing > 0 else math.inf
    return _by_cited_falls(read, lead, price_fall, cost_fall)


def _by_cited_falls(
    read: Reading, lead: float, price_fall: float | None, cost_fall: float | None
) -> Found:
    """Months with the cited range for a fall that nobody stated."""
    rng = np.random.default_rng(3)
    ranges = (serving_margin.price_multiple_range(), serving_margin.cost_multiple_range())
    price, cost = (
        np.log(span.draw(rng, _DRAWS) if fall is None else 1 - fall)
        for span, fall in zip(ranges, (price_fall, cost_fall), strict=True)
    )
    for name, span, fall in zip(("price", "cost"), ranges, (price_fall, cost_fall), strict=True):
        if fall is None:
            read.modelled(f"{name}_multiple_per_year", span.mid, "ratio")
    closing = (cost - price) / MONTHS_PER_YEAR
    months = np.where(closing > 0, lead / np.where(closing > 0, closing, 1.0), np.inf)
    p05, p50, p95 = np.quantile(months, (0.05, 0.5, 0.95), method="lower")
    return Spread(Percentiles(float(p05), float(p50), float(p95)))


def forecast_error(read: Reading) -> Found:
    """Mean of ``abs(actual / plan - 1)`` over the quarters, four at least."""
    quarters = read.basis.deal.finance.forecasts
    if len(quarters) < _QUARTERS:
        read.lacking(
            Message(
                "Plan and actual of {n} quarters are missing; write finance.forecasts.",
                {"n": _QUARTERS - len(quarters)},
            )
        )
        return None
    errors = []
    for i, quarter in enumerate(quarters):
        entries: dict[str, Stated[float]] = {"plan": quarter.plan, "actual": quarter.actual}
        read.listed(f"finance.forecasts.{i}", entries, "ratio")
        ratio = read.ratio(quarter.actual.value, quarter.plan.value, f"finance.forecasts.{i}.plan")
        if ratio is None:
            return None
        errors.append(abs(ratio - 1))
    return sum(errors) / len(errors)


METRICS: Final[Mapping[str, Formula]] = {
    "commit_over_cash": commit_over_cash,
    "price_shock_survival": price_shock_survival,
    "runway_margin_months": runway_margin_months,
    "runway_ceiling_months": runway_ceiling_months,
    "cash_months": cash_months,
    "money_over_final_run": money_over_final_run,
    "gross_margin": gross_margin,
    "months_to_negative_margin": months_to_negative_margin,
    "gross_retention": share_of("finance.retained_revenue_usd", "finance.revenue_year_ago_usd"),
    "top1_share": share_of("finance.largest_customer_revenue_usd", "finance.revenue_usd"),
    "recurring_share": share_of("finance.recurring_revenue_usd", "finance.revenue_usd"),
    "third_party_model_share": share_of(
        "finance.third_party_model_usd", "finance.cost_of_revenue_usd"
    ),
    "rnd_over_revenue": share_of("finance.research_usd", "finance.revenue_usd"),
    "forecast_error": forecast_error,
    "required_exit_percentile": as_stated("finance.required_exit_percentile"),
}
