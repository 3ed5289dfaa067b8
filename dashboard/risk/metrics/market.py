"""Metrics of the market: customers, rivals, prices, people."""

import math
from collections.abc import Mapping
from typing import Final

from costmodel.units import MONTHS_PER_YEAR, TOKENS_PER_MILLION
from dashboard.risk.metrics.finance import gross_margin
from dashboard.risk.metrics.reading import Formula, Found, Reading, as_stated, share_of


def revenue_triangulation_gap(read: Reading) -> Found:
    """Tokens served times net price over the claimed revenue from usage, less one."""
    found = usage_revenue(read)
    claimed = read.number("finance.usage_revenue_usd")
    if found is None or claimed is None:
        return None
    ratio = read.ratio(found, claimed, "finance.usage_revenue_usd")
    return None if ratio is None else ratio - 1


def usage_revenue(read: Reading) -> float | None:
    """Dollars of twelve months that the tokens served mean at their net price."""
    found = read.numbers("market.tokens_served_per_month", "market.price_usd_per_million_tokens")
    if found is None:
        return None
    tokens, price = found
    return tokens * MONTHS_PER_YEAR / TOKENS_PER_MILLION * price


def cac_payback_months(read: Reading) -> Found:
    """Months until the margin on a customer has paid for winning it; infinite without any."""
    found = read.numbers("market.cac_usd", "market.revenue_per_customer_month_usd")
    margin = gross_margin(read)
    if found is None or margin is None:
        return None
    assert isinstance(margin, float), margin
    cost, revenue = found
    earned = revenue * margin
    if earned <= 0 < revenue:
        return math.inf
    return read.ratio(cost, earned, "market.revenue_per_customer_month_usd")


def lead_months(read: Reading) -> Found:
    """Months until the lead is gone: gap now over the speed at which it closes.

    Zero where there is no lead; infinite where rivals do not come closer.
    """
    found = read.numbers("market.lead_gap", "market.lead_closing_per_month")
    if found is None:
        return None
    gap, closing = found
    if gap <= 0:
        return 0.0
    return gap / closing if closing > 0 else math.inf


def efficiency_ratio(read: Reading) -> Found:
    """Cost of the public frontier over the company's, at the same quality.

    The company's cost is the stated one, else the claimed cost of the run.
    """
    frontier = read.number("market.frontier_cost_at_quality_usd")
    own = read.optional("market.own_cost_at_quality_usd")
    if own is None:
        own = read.claim("usd", "usd")
    if own is None:
        read.lacks("market.own_cost_at_quality_usd")
    if frontier is None or own is None:
        return None
    return read.ratio(frontier, own, "market.own_cost_at_quality_usd")


METRICS: Final[Mapping[str, Formula]] = {
    "tokens_served_per_month": as_stated("market.tokens_served_per_month"),
    "users_per_month": as_stated("market.users"),
    "lead_gap": as_stated("market.lead_gap"),
    "lead_months": lead_months,
    "pilot_conversion": share_of("market.pilots_paid", "market.pilots_started"),
    "implied_market_share": share_of("market.plan_revenue_y5_usd", "market.market_y5_usd"),
    "cac_payback_months": cac_payback_months,
    "revenue_triangulation_gap": revenue_triangulation_gap,
    "efficiency_ratio": efficiency_ratio,
    "key_attrition": share_of("operations.key_leavers", "operations.key_staff"),
}
