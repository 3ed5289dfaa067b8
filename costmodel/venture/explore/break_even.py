"""The break-even map: what a month leaves for each volume and price, and where the company is."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.uncertainty import Draws
from costmodel.units import MONTHS_PER_YEAR, TOKENS_PER_MILLION
from costmodel.venture import cash, scenario
from costmodel.venture.demand import price, tokens_sold, unit_cost, usage_usd
from costmodel.venture.inputs import VentureInputs
from costmodel.venture.scenario import MONTHS

_YEAR: Final = int(MONTHS_PER_YEAR)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BreakEvenMap:
    """What a month leaves for each volume (rows) and price (columns), and where the company
    stands now and in twelve months. ``line_tokens`` is the break-even volume at each price,
    infinite where none is enough.
    """

    tokens: Draws
    prices: Draws
    usd: Draws
    line_tokens: Draws
    now: tuple[float, float]
    in_a_year: tuple[float, float]


def break_even_map(
    inputs: VentureInputs, *, n_tokens: int = 41, n_prices: int = 41, months: int = MONTHS
) -> BreakEvenMap | None:
    """Dollars that a month of today leaves, by paid tokens and price.

    Fixed costs and the cost of a token are those of today, in the middle of all inputs, and the
    break-even line ``V* = fixed / (p - c (1 + free))``. ``None`` where no tokens are sold.
    """
    middle_in = scenario.middle_inputs(inputs)
    values = middle_in.middle()
    flow = cash.cash_flow(
        values, inputs.switches, months=months, programme_usd=middle_in.programme_usd
    )
    p, c = price(values, months), unit_cost(values, months)
    sold = tokens_sold(values, months) * TOKENS_PER_MILLION
    if not sold[0] > 0 or not p[0] > 0:
        return None
    later = min(_YEAR, months - 1)
    cost = float(c[0] * (1 + values["free_share"]))
    usage = usage_usd(values, months)
    fixed = flow.spent_usd[0] - sold[0] / TOKENS_PER_MILLION * cost
    fixed = float(fixed - (flow.revenue_usd[0] - usage[0]))
    even = fixed / max(p[0] - cost, cost * 0.05, 1e-12) * TOKENS_PER_MILLION
    lows = (min(sold[0], sold[later]), min(p[0], p[later]))
    highs = (max(sold[0], sold[later], min(max(even, 0.0), sold[0] * 1e4)), max(p[0], p[later]))
    tokens = np.geomspace(lows[0] / 3, highs[0] * 3, n_tokens)
    prices = np.geomspace(min(lows[1], cost if cost > 0 else lows[1]) / 3, highs[1] * 3, n_prices)
    usd = tokens[:, None] / TOKENS_PER_MILLION * (prices[None, :] - cost) - fixed
    left = prices - cost
    line = np.where(left > 0, fixed / np.where(left > 0, left, 1.0), np.inf) * TOKENS_PER_MILLION
    return BreakEvenMap(
        tokens=tokens,
        prices=prices,
        usd=usd,
        line_tokens=np.maximum(line, 0.0),
        now=(float(sold[0]), float(p[0])),
        in_a_year=(float(sold[later]), float(p[later])),
    )
