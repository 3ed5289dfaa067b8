"""Rows of customers: tokens, prices, seats, projects, revenue and the cost of it."""

import numpy as np

from costmodel.uncertainty import Draws
from costmodel.venture import cash, demand
from costmodel.venture.demand import Values
from dashboard.language import t
from dashboard.report.workbook.venture.timeline import Timeline
from dashboard.terms import assumption_label

_YEAR = 12.0


def sales(timeline: Timeline, values: Values, n: int) -> None:
    """The rows over ``n`` months, in the middle of the inputs."""
    timeline.heading(t("Customers and prices"))
    months = np.arange(n, dtype=np.float64)
    _volume(timeline, values, n, months)
    sold, seats = demand.tokens_sold(values, n), demand.seats_at(values, n)
    timeline.write(
        "fx",
        assumption_label("fx_multiple_per_year"),
        "ratio",
        "=fx_multiple_per_year^({t}/12)",
        demand.fx(values, n),
    )
    _revenue(timeline, values, months, sold, seats)
    _cost(timeline, values, months, sold, seats)


def _volume(timeline: Timeline, v: Values, n: int, months: Draws) -> None:
    floor = _number(demand.long_run_growth(v))
    start = _number(v["growth_per_month"])
    if start > 0:
        start *= float(np.power(v["market_scale"], v["market_elasticity"]))
    fade = np.exp(-_number(v["growth_fade_per_month"]) * months)
    timeline.write(
        "growth",
        t("Growth of the tokens sold"),
        "fraction",
        "=long_run_growth_per_month+(start_growth-long_run_growth_per_month)"
        "*EXP(-growth_fade_per_month*{t})",
        floor + (start - floor) * fade,
    )
    timeline.write(
        "volume",
        t("Tokens sold over those of today"),
        "ratio",
        "=IF({t}=0,1,{volume@-1}*(1+{growth}))",
        demand.volume_multiple(v, n),
    )
    timeline.write(
        "sold",
        t("Paid tokens"),
        "million_tokens",
        "=paid_tokens_per_month/tokens_per_million*(1-lost_revenue_share)*{volume}",
        demand.tokens_sold(v, n),
    )
    timeline.write(
        "price",
        assumption_label("price_usd_per_million_tokens"),
        "usd_per_million_tokens",
        "=price_usd_per_million_tokens*token_price_shock"
        "*MAX(price_multiple_per_year,tiny)^({t}/12)",
        demand.price(v, n),
    )
    timeline.write(
        "unit_cost",
        assumption_label("unit_cost_usd_per_million_tokens"),
        "usd_per_million_tokens",
        "=unit_cost_usd_per_million_tokens*compute_price_shock"
        "*MAX(1-cost_fall_per_year,tiny)^({t}/12)",
        demand.unit_cost(v, n),
    )
    timeline.write(
        "seats_by_month",
        assumption_label("seats"),
        "count",
        "=IF({t}=0,seats*(1-lost_revenue_share),{seats_by_month@-1}"
        "*(1+seat_growth_per_month*EXP(-growth_fade_per_month*{t})))",
        demand.seats_at(v, n),
    )


def _revenue(timeline: Timeline, v: Values, months: Draws, sold: Draws, seats: Draws) -> None:
    n = len(months)
    kept = 1 - _number(v["lost_revenue_share"])
    usage = demand.usage_usd(v, n)
    of_seats = seats * _number(v["seat_usd_per_month"])
    grown = demand.yearly(np.asarray([_number(v["projects_multiple_per_year"])]), months)
    projects = _number(v["projects_usd_per_month"]) * kept * grown
    share = _number(v["cny_revenue_share"])
    moved = 1 - share + share * demand.fx(v, n)
    whole, repeating = demand.revenue_at(v, months, sold=sold, seats=seats)
    before = (usage + of_seats + projects) * moved
    for key, label, formula, row in (
        ("usage", t("Revenue from tokens"), "={sold}*{price}", usage),
        (
            "of_seats",
            t("Revenue from seats"),
            "={seats_by_month}*seat_usd_per_month",
            of_seats,
        ),
        (
            "projects",
            t("Projects and other revenue"),
            "=projects_usd_per_month*(1-lost_revenue_share)*projects_multiple_per_year^({t}/12)",
            projects,
        ),
    ):
        timeline.write(key, label, "usd", formula, row)
    timeline.write(
        "earned_in_dollars",
        t("Dollars of a yuan's revenue over those of today"),
        "ratio",
        "=1-cny_revenue_share+cny_revenue_share*{fx}",
        moved,
    )
    timeline.write(
        "unbounded",
        t("Revenue before the market's size bounds it"),
        "usd",
        "=({usage}+{of_seats}+{projects})*{earned_in_dollars}",
        before,
    )
    ceiling = _number(v["market_ceiling_usd_per_year"]) / _YEAR
    above = (ceiling > 0) & (before > ceiling)
    timeline.write(
        "within_market",
        t("Share of it that the market holds"),
        "fraction",
        "=IF(AND(market_ceiling_usd_per_year>0,{unbounded}>market_ceiling_usd_per_year/12),"
        "market_ceiling_usd_per_year/12/{unbounded},1)",
        np.where(above, ceiling / np.where(above, before, 1.0), 1.0),
    )
    timeline.write(
        "revenue",
        t("Revenue"),
        "usd",
        "={unbounded}*{within_market}",
        np.broadcast_to(whole, (n,)),
        key_row=True,
    )
    timeline.write(
        "repeating",
        t("Revenue that repeats"),
        "usd",
        "=({usage}+{of_seats})*{earned_in_dollars}*{within_market}",
        np.broadcast_to(repeating, (n,)),
    )


def _cost(timeline: Timeline, v: Values, months: Draws, sold: Draws, seats: Draws) -> None:
    n = len(months)
    share = _number(v["cny_cost_share"])
    moved = 1 - share + share * demand.fx(v, n)
    serving = np.broadcast_to(cash.serving_at(v, months, sold=sold, seats=seats), (n,)) * moved
    fixed = {name: _number(v[f"{name}_usd_per_month"]) * moved for name in ("support", "licences")}
    dollars = "*(1-cny_cost_share+cny_cost_share*{fx})"
    timeline.write(
        "serving",
        t("Cost of serving"),
        "usd",
        "=({sold}*(1+free_share)*{unit_cost}+{seats_by_month}*seat_cost_usd_per_month"
        "*compute_price_shock*MAX(1-cost_fall_per_year,tiny)^({t}/12))" + dollars,
        serving,
    )
    for name, label in (("support", t("Support")), ("licences", t("Licences"))):
        timeline.write(name, label, "usd", f"={name}_usd_per_month{dollars}", fixed[name])
    timeline.write(
        "cost_of_revenue",
        t("Cost of revenue"),
        "usd",
        "={serving}+{support}+{licences}",
        np.broadcast_to(cash.cost_of_revenue_at(v, months, sold=sold, seats=seats), (n,)),
    )


def _number(value: object) -> float:
    return float(np.asarray(value, dtype=np.float64))
