"""What a month, a token and a dollar of burn bring: break-even, margins, shares of the round."""

from typing import Final

import numpy as np

from costmodel.uncertainty import Draws, Number
from costmodel.units import MONTHS_PER_YEAR, TOKENS_PER_MILLION
from costmodel.venture import demand
from costmodel.venture.cash import CashFlow
from costmodel.venture.demand import Values, column

_YEAR: Final = int(MONTHS_PER_YEAR)
_ROUNDING: Final = 1e-12


def break_even_month(flow: CashFlow) -> Number:
    """The first month from which on nothing is burnt, credits left out; infinite for none.

    A month without research between two programmes is no break-even: it must last to the
    horizon.
    """
    loses = flow.spent_usd > flow.revenue_usd
    last = loses.shape[-1] - 1 - np.argmax(loses[..., ::-1], axis=-1)
    first = np.where(loses.any(axis=-1), last + 1.0, 0.0)
    return _plain(np.where(first < loses.shape[-1], first, np.inf))


def break_even_tokens(values: Values, flow: CashFlow, *, month: int) -> Number:
    """Paid tokens a month that would carry all other costs; infinite where none can.

    ``V* = fixed / (p - c (1 + free share))``; fixed is everything but serving tokens, less the
    revenue from seats and projects.
    """
    months = flow.revenue_usd.shape[-1]
    p = demand.price(values, months)[..., month]
    c = demand.unit_cost(values, months)[..., month] * (1 + values["free_share"])
    usage = demand.usage_usd(values, months)[..., month]
    sold = demand.tokens_sold(values, months)[..., month]
    fixed = flow.spent_usd[..., month] - sold * c
    fixed = fixed - (flow.revenue_usd[..., month] - usage)
    left = p - c
    tokens = np.where(left > 0, fixed / np.where(left > 0, left, 1.0), np.inf) * TOKENS_PER_MILLION
    return _plain(np.maximum(tokens, 0.0))


def months_to_negative_margin(values: Values) -> Number:
    """Months until the price of a token meets its cost, free users included.

    ``ln(p / c') / (k_p - k_c)`` with ``k = -ln(1 - yearly fall) / 12`` and ``c' = c (1 + free
    share)``; zero where it is there already, infinite where cost falls as fast as the price.
    """
    p = values["price_usd_per_million_tokens"] * values["token_price_shock"]
    c = values["unit_cost_usd_per_million_tokens"] * values["compute_price_shock"]
    c = np.asarray(c * (1 + values["free_share"]), dtype=np.float64)
    p = np.asarray(p, dtype=np.float64)
    k_p = -np.log(np.maximum(demand.price_multiple_per_year(values), 1e-300)) / MONTHS_PER_YEAR
    k_c = -np.log1p(-np.asarray(values["cost_fall_per_year"])) / MONTHS_PER_YEAR
    closing = k_p - k_c
    closing = np.where(np.abs(closing) > _ROUNDING, closing, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        months = np.where(closing > 0, np.log(p / c) / np.where(closing > 0, closing, 1.0), np.inf)
    return _plain(np.where(p <= c, 0.0, np.where(c <= 0, np.inf, months)))


def gross_margin(flow: CashFlow, *, first: int, last: int) -> Number:
    """``1 - cost of revenue / revenue`` of the months from ``first`` to before ``last``; minus
    infinity where nothing is earned.
    """
    earned = flow.revenue_usd[..., first:last].sum(axis=-1)
    paid = flow.cost_of_revenue_usd[..., first:last].sum(axis=-1)
    return _plain(np.where(earned > 0, 1 - paid / np.where(earned > 0, earned, 1.0), -np.inf))


def burn_multiple(flow: CashFlow) -> Number:
    """Net burn of the first twelve months over the repeating yearly revenue that they add.

    Repeating revenue of a year is twelve times that of a month, and serves growth alone: it is
    not called revenue anywhere. Infinite where burn adds none, zero where nothing is burnt.
    """
    months = min(_YEAR, flow.revenue_usd.shape[-1] - 1)
    burnt = flow.burn_usd[..., :months].sum(axis=-1)
    added = (flow.repeating_usd[..., months] - flow.repeating_usd[..., 0]) * MONTHS_PER_YEAR
    over = np.where(added > 0, burnt / np.where(added > 0, added, 1.0), np.inf)
    return _plain(np.where(burnt <= 0, 0.0, over))


def compute_share_of_raise(values: Values, flow: CashFlow) -> Number | None:
    """Research and serving, less the receipts that cover serving, over the round.

    Of the months to the planned proof; ``None`` without a round.
    """
    raised = np.asarray(values["raise_usd"], dtype=np.float64)
    if not (raised > 0).all():
        return None
    t = np.arange(flow.revenue_usd.shape[-1], dtype=np.float64)
    counted = np.clip(column(values["months_to_proof"]) - t, 0.0, 1.0)
    serving = flow.costs["serving"] - np.minimum(flow.costs["serving"], flow.revenue_usd)
    used = ((flow.costs["research"] + serving + flow.costs["idle"]) * counted).sum(axis=-1)
    return _plain(used / raised)


def inference_efficiency(flow: CashFlow) -> Number | None:
    """Revenue of the first year over the cost of serving it; ``None`` where nothing is served."""
    months = min(_YEAR, flow.revenue_usd.shape[-1])
    cost = flow.costs["serving"][..., :months].sum(axis=-1)
    if not (cost > 0).all():
        return None
    return _plain(flow.revenue_usd[..., :months].sum(axis=-1) / cost)


def _plain(value: Draws) -> Number:
    return float(value) if np.ndim(value) == 0 else value
