"""Tokens sold, their price and their cost along time."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from costmodel.uncertainty import Draws, Number
from costmodel.units import MONTHS_PER_YEAR, TOKENS_PER_MILLION

Values = Mapping[str, Number]
_TINY: Final = 1e-300


def column(value: Number) -> Draws:
    """A value beside the axis of months: a number as ``(1,)``, draws as ``(n, 1)``."""
    return np.asarray(value, dtype=np.float64)[..., None]


def yearly(multiple: Draws, months: Draws) -> Draws:
    """``multiple^(t/12)`` by month; zero to the power of zero months is one."""
    grown: Draws = np.exp(np.log(np.maximum(multiple, _TINY)) * (months / MONTHS_PER_YEAR))
    return grown


def price_multiple_per_year(values: Values) -> Number:
    """Price of a token a year on over today's: ``(1 - fall) x research scale^elasticity``.

    Who spends less on research than planned falls behind and sells at a lower price; the
    elasticity is a judgement.
    """
    kept = 1 - values["price_fall_per_year"]
    return kept * np.power(values["research_scale"], values["quality_elasticity"])


def long_run_growth(values: Values) -> Number:
    """Growth of the tokens sold in the long run, a month.

    As stated; else ``(price multiple a year)^(-elasticity/12) - 1`` of the market's price:
    people buy more of what becomes cheaper, so that growth and price fall hang together.
    """
    if "long_run_growth_per_month" in values:
        return values["long_run_growth_per_month"]
    kept = np.maximum(1 - values["price_fall_per_year"], _TINY)
    grown: Number = np.power(kept, -values["demand_elasticity"] / MONTHS_PER_YEAR) - 1
    return grown


def volume_multiple(values: Values, months: int) -> Draws:
    """Tokens sold over those of today in the months 0 to ``months - 1``.

    ``V_t = V_{t-1} (1 + g_t)`` with ``g_t = g_inf + (g_0 - g_inf) e^(-lambda t)``; ``g_0`` is
    scaled by the spend to market over the planned one, to the power of its elasticity.
    """
    t = np.arange(1, months, dtype=np.float64)
    start = np.asarray(values["growth_per_month"], dtype=np.float64)
    pushed = np.power(values["market_scale"], values["market_elasticity"])
    start = np.where(start > 0, start * pushed, start)
    floor = column(long_run_growth(values))
    growth = floor + (column(start) - floor) * np.exp(-column(values["growth_fade_per_month"]) * t)
    steps = np.log1p(np.maximum(growth, -1 + 1e-12))
    first = np.zeros((*steps.shape[:-1], 1))
    grown: Draws = np.exp(np.concatenate([first, np.cumsum(steps, axis=-1)], axis=-1))
    return grown


def price(values: Values, months: int) -> Draws:
    """Dollars per million tokens by month: ``p_0 x shock x multiple^(t/12)``."""
    t = np.arange(months, dtype=np.float64)
    start = values["price_usd_per_million_tokens"] * values["token_price_shock"]
    return column(start) * yearly(column(price_multiple_per_year(values)), t)


def unit_cost(values: Values, months: int) -> Draws:
    """Dollars to serve a million tokens by month: ``c_0 x shock x (1 - fall)^(t/12)``."""
    t = np.arange(months, dtype=np.float64)
    start = values["unit_cost_usd_per_million_tokens"] * values["compute_price_shock"]
    return column(start) * yearly(1 - column(values["cost_fall_per_year"]), t)


def rival_unit_cost(values: Values, months: int, *, rival_margin: Number) -> Draws:
    """Dollars that rivals pay for a million tokens, so that the price leaves them their margin.

    A price falls because somebody can sell at it: a fall that is assumed for the revenue is one
    of the rivals' cost too, ``c_rival = price x (1 - margin)``. A company whose own cost falls
    more slowly loses its place even where its margin still is positive.
    """
    return price(values, months) * (1 - column(rival_margin))


def fx(values: Values, months: int) -> Draws:
    """Dollars for a yuan over those of today, by month."""
    t = np.arange(months, dtype=np.float64)
    return yearly(column(values["fx_multiple_per_year"]), t)


def kept_share(values: Values) -> Draws:
    """Share of the revenue that stays when customers leave, beside the axis of months."""
    return column(1 - values["lost_revenue_share"])


def tokens_sold(values: Values, months: int) -> Draws:
    """Paid tokens of each month, in millions."""
    start = column(values["paid_tokens_per_month"]) / TOKENS_PER_MILLION * kept_share(values)
    return start * volume_multiple(values, months)


def usage_usd(values: Values, months: int) -> Draws:
    """Revenue from tokens by month."""
    return tokens_sold(values, months) * price(values, months)


def seats_at(values: Values, months: int) -> Draws:
    """Seats by month: their growth fades to none as that of the tokens fades."""
    if not np.any(values["seats"]):
        return np.zeros(months)
    t = np.arange(1, months, dtype=np.float64)
    fade = np.exp(-column(values["growth_fade_per_month"]) * t)
    steps = np.log1p(np.maximum(column(values["seat_growth_per_month"]) * fade, -1 + 1e-12))
    first = np.zeros((*steps.shape[:-1], 1))
    grown = np.exp(np.concatenate([first, np.cumsum(steps, axis=-1)], axis=-1))
    seats: Draws = column(values["seats"]) * grown * kept_share(values)
    return seats


def revenue_usd(
    values: Values, months: int, *, sold: Draws | None = None, seats: Draws | None = None
) -> tuple[Draws, Draws]:
    """Revenue by month, ``V p + seats x fee + projects``, and the part of it that repeats.

    In dollars: what is earned in yuan moves with the exchange rate. Where a market's size is
    stated, no year brings more than all of it. ``sold`` and ``seats`` are those of
    ``tokens_sold`` and ``seats_at``, where somebody has them already.
    """
    t = np.arange(months, dtype=np.float64)
    sold = tokens_sold(values, months) if sold is None else sold
    seats = seats_at(values, months) if seats is None else seats
    return revenue_at(values, t, sold=sold, seats=seats)


def revenue_at(values: Values, t: Draws, *, sold: Draws, seats: Draws) -> tuple[Draws, Draws]:
    """The same at the months ``t`` from now, which may differ by world."""
    start = values["price_usd_per_million_tokens"] * values["token_price_shock"]
    prices = column(start) * yearly(column(price_multiple_per_year(values)), t)
    repeating = sold * prices + seats * column(values["seat_usd_per_month"])
    whole = repeating
    if np.any(values["projects_usd_per_month"]):
        projects = column(values["projects_usd_per_month"]) * kept_share(values)
        whole = repeating + projects * yearly(column(values["projects_multiple_per_year"]), t)
    if np.any(values["cny_revenue_share"]):
        share = column(values["cny_revenue_share"])
        moved = 1 - share + share * yearly(column(values["fx_multiple_per_year"]), t)
        whole, repeating = whole * moved, repeating * moved
    if np.any(values["market_ceiling_usd_per_year"]):
        ceiling = column(values["market_ceiling_usd_per_year"]) / MONTHS_PER_YEAR
        above = (ceiling > 0) & (whole > ceiling)
        held = np.where(above, ceiling / np.maximum(whole, _TINY), 1.0)
        whole, repeating = whole * held, repeating * held
    return whole, repeating
