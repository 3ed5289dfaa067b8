"""What the company sells and what serving it costs, as a scenario asks for it."""

from typing import Final

import numpy as np

from costmodel.messages import Amount, Message
from costmodel.uncertainty import Number, Range
from costmodel.units import MONTHS_PER_YEAR, TOKENS_PER_MILLION
from costmodel.venture.inputs import cited
from dashboard.deal import Deal
from dashboard.venture.gathering import Gathered, value_of

_MOST_SHARE: Final = 1.0


def gather(deal: Deal, found: Gathered, *, served_usd_per_million: Number | None) -> None:
    """Tokens, price, unit cost, free users, seats and projects of a deal.

    Where revenue is stated and tokens are not, a token stands for a millionth of a dollar of
    today's revenue; the revenue is that of twelve months and never a run-rate.
    """
    market, finance = deal.market, deal.finance
    revenue = value_of(finance.revenue_usd)
    usage = _usage(deal)
    _seats(deal, found)
    tokens = value_of(market.tokens_served_per_month)
    price = value_of(market.price_usd_per_million_tokens)
    free = value_of(market.free_share)
    if tokens is not None:
        free = _free(found, tokens, price, usage, free)
        paid = tokens / (1 + free)
        if price is None and usage is not None and paid > 0:
            price = usage / MONTHS_PER_YEAR / paid * TOKENS_PER_MILLION
            found.say(
                Message(
                    "The net price of a token is not stated; revenue over paid tokens gives "
                    "{price}. Ask for the billing export (market.price_usd_per_million_tokens).",
                    {"price": Amount(price, "usd_per_million_tokens")},
                )
            )
        if price is None:
            found.say(
                Message(
                    "Tokens are served, and neither their price nor revenue is stated: nothing "
                    "is earned here. Ask for market.price_usd_per_million_tokens."
                )
            )
        found.put("paid_tokens_per_month", paid)
        found.put("price_usd_per_million_tokens", price or 0.0)
        found.put("free_share", free)
        _cost_of_tokens(deal, found, price or 0.0, served_usd_per_million)
    elif usage is not None and usage > 0:
        price = price or 1.0
        found.put("paid_tokens_per_month", usage / MONTHS_PER_YEAR / price * TOKENS_PER_MILLION)
        found.put("price_usd_per_million_tokens", price)
        found.put("free_share", free or 0.0)
        _cost_by_margin(deal, found, price, free or 0.0)
        found.say(
            Message(
                "Tokens served are not stated; the revenue of twelve months stands for them, a "
                "twelfth a month. Ask for market.tokens_served_per_month."
            )
        )
    elif not _sells(found):
        found.say(
            Message(
                "Neither traffic nor revenue is stated, so nothing is earned here and no exit is "
                "valued. Ask for market.tokens_served_per_month and finance.revenue_usd."
            )
        )
    _projects(deal, found, revenue)
    if found.put_stated("growth_per_month", market.growth_per_month):
        pass
    elif _sells(found) and not found.has("growth_per_month"):
        found.say(
            Message(
                "The growth of the tokens sold is not stated; a judged range stands for it. Ask "
                "for the traffic of the last twelve months (market.growth_per_month)."
            )
        )
    for name in ("price_fall_per_year", "cost_fall_per_year"):
        found.put_stated(name, getattr(market, name))
    found.put_stated("market_ceiling_usd_per_year", market.market_y5_usd)
    largest = value_of(finance.largest_customer_revenue_usd)
    if largest is not None and revenue:
        found.put("top_customer_share", min(largest / revenue, _MOST_SHARE))


def _sells(found: Gathered) -> bool:
    return found.has("paid_tokens_per_month") and found.spans["paid_tokens_per_month"].high > 0


def _usage(deal: Deal) -> float | None:
    """Revenue of twelve months from usage, else that which repeats, else all of it."""
    finance = deal.finance
    for entry in (finance.usage_revenue_usd, finance.recurring_revenue_usd, finance.revenue_usd):
        if entry is not None:
            return entry.value
    return None


def _free(
    found: Gathered,
    tokens: float,
    price: float | None,
    usage: float | None,
    stated: float | None,
) -> float:
    """Free tokens over paid ones: as stated, else what tokens, price and revenue leave."""
    if stated is not None:
        return stated
    if price and usage is not None and usage > 0:
        paid = usage / MONTHS_PER_YEAR / price * TOKENS_PER_MILLION
        if paid < tokens:
            return tokens / paid - 1
    fact = cited("free_share")
    found.say(
        Message(
            "The share of free tokens is not stated; {share} free for each paid one is assumed, a "
            "judgement. Ask for market.free_share.",
            {"share": Amount(fact.value, "ratio")},
        )
    )
    return fact.value


def _cost_of_tokens(deal: Deal, found: Gathered, price: float, served: Number | None) -> None:
    stated = value_of(deal.market.cost_usd_per_million_tokens)
    if stated is not None:
        found.put("unit_cost_usd_per_million_tokens", stated)
        return
    if _cost_by_books(deal, found):
        return
    if _within_compute(deal, found, served):
        assert served is not None
        found.compute("unit_cost_usd_per_million_tokens", served)
        found.say(
            Message(
                "The cost of serving is not stated; the serving model's for this model and "
                "accelerator stands for it. Ask for market.cost_usd_per_million_tokens."
            )
        )
        return
    _cost_by_margin(deal, found, price, found.value("free_share"))


def _within_compute(deal: Deal, found: Gathered, served: Number | None) -> bool:
    """Whether the serving model's cost is there, and no more than the company spends on all
    compute: else it serves with something else than the plan's model and accelerator.
    """
    if served is None:
        return False
    compute = value_of(deal.finance.compute_usd_per_month)
    tokens = found.value("paid_tokens_per_month") * (1 + found.value("free_share"))
    cost = tokens / TOKENS_PER_MILLION * float(np.median(served))
    return compute is None or cost <= compute


def _cost_by_books(deal: Deal, found: Gathered) -> bool:
    """The cost of serving over all tokens served, where the accounts state it."""
    finance = deal.finance
    lines = [e.value for e in (finance.inference_usd, finance.hosting_usd) if e is not None]
    tokens = found.value("paid_tokens_per_month") * (1 + found.value("free_share"))
    revenue, cost = value_of(finance.revenue_usd), value_of(finance.cost_of_revenue_usd)
    year = tokens * MONTHS_PER_YEAR / TOKENS_PER_MILLION
    if lines and year > 0:
        found.put("unit_cost_usd_per_million_tokens", sum(lines) / year)
        return True
    if revenue and cost is not None and year > 0:
        price = found.value("price_usd_per_million_tokens")
        of_paid = price * cost / revenue / (1 + found.value("free_share"))
        found.put("unit_cost_usd_per_million_tokens", of_paid)
        return True
    return False


def _cost_by_margin(deal: Deal, found: Gathered, price: float, free: float) -> None:
    """The cost of a token from the gross margin: the accounts', else the cited one."""
    finance = deal.finance
    revenue, cost = value_of(finance.revenue_usd), value_of(finance.cost_of_revenue_usd)
    paid_price = price / (1 + free)
    if revenue and cost is not None:
        found.put("unit_cost_usd_per_million_tokens", paid_price * cost / revenue)
        return
    fact = cited("gross_margin")
    if price > 0:
        low, high = (paid_price * (1 - end) for end in (fact.range.high, fact.range.low))
        found.cite_span("unit_cost_usd_per_million_tokens", Range(low, high), fact)
    found.say(
        Message(
            "Neither the cost of serving nor the cost of revenue is stated; the gross margin of "
            "products built on models, {low} to {high}, stands for it. Ask for "
            "finance.cost_of_revenue_usd.",
            {
                "low": Amount(fact.range.low, "fraction"),
                "high": Amount(fact.range.high, "fraction"),
            },
        )
    )


def _seats(deal: Deal, found: Gathered) -> None:
    seats = value_of(deal.market.paid_seats)
    fee = value_of(deal.market.seat_usd_per_month)
    if seats is None or fee is None:
        return
    found.put("seats", seats)
    found.put("seat_usd_per_month", fee)
    fact = cited("gross_margin")
    if fee > 0:
        margin = fact.range
        span = Range(fee * (1 - margin.high), fee * (1 - margin.low))
        found.cite_span("seat_cost_usd_per_month", span, fact)


def _projects(deal: Deal, found: Gathered, revenue: float | None) -> None:
    """Revenue that is neither usage nor seats, a twelfth a month."""
    if revenue is None:
        return
    of_tokens = 0.0
    if "paid_tokens_per_month" in found.spans:
        of_tokens = (
            found.value("paid_tokens_per_month")
            / TOKENS_PER_MILLION
            * found.value("price_usd_per_million_tokens")
        )
    of_seats = 0.0
    if "seats" in found.spans:
        of_seats = found.value("seats") * found.value("seat_usd_per_month")
    rest = revenue / MONTHS_PER_YEAR - of_tokens - of_seats
    if rest > revenue / MONTHS_PER_YEAR * 1e-6:
        found.put("projects_usd_per_month", rest)
        cost = value_of(deal.finance.cost_of_revenue_usd)
        if cost is not None and deal.finance.support_usd is None:
            found.put("support_usd_per_month", cost * rest / revenue)
    elif rest < -0.1 * revenue / MONTHS_PER_YEAR:
        found.say(
            Message(
                "Tokens times price are {times} the revenue of twelve months: the month is taken "
                "as it is stated, and the difference may be growth, free tokens, or an error.",
                {"times": Amount((of_tokens + of_seats) * MONTHS_PER_YEAR / revenue, "ratio")},
            )
        )
