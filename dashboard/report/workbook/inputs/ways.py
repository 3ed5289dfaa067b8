"""The ways to each input of a scenario, in the order in which they are tried."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from costmodel.units import MONTHS_PER_YEAR, TOKENS_PER_MILLION
from dashboard.report.workbook.inputs.way import Values, Way

Of: TypeAlias = Callable[[Values], float]


def _year(v: Values, name: str) -> float:
    return v[name] / MONTHS_PER_YEAR


def _serving_today(v: Values) -> float:
    tokens = v["paid_tokens_per_month"] * (1 + v["free_share"]) / TOKENS_PER_MILLION
    return tokens * v["unit_cost_usd_per_million_tokens"]


_SERVING_TODAY: Final = (
    "paid_tokens_per_month*(1+free_share)/tokens_per_million*unit_cost_usd_per_million_tokens"
)
_TOKENS_OF_YEAR: Final = "(paid_tokens_per_month*(1+free_share)*12/tokens_per_million)"
_BESIDE: Final = (
    "data_usd_per_month",
    "licences_usd_per_month",
    "support_usd_per_month",
    "other_usd_per_month",
)


def _tokens_of_year(v: Values) -> float:
    paid = v["paid_tokens_per_month"] * (1 + v["free_share"])
    return paid * MONTHS_PER_YEAR / TOKENS_PER_MILLION


def _margin(v: Values) -> float:
    """Cost over price at the middle of the cited gross margin."""
    return math.sqrt((1 - v["gross_margin_low"]) * (1 - v["gross_margin_high"]))


_MARGIN: Final = "SQRT((1-gross_margin_low)*(1-gross_margin_high))"


#: Research compute of an average month: what is left of a stated spend, the programme's bill,
#: or the final run by its multiple.
_RESEARCH: Final[tuple[tuple[tuple[str, ...], str, Of], ...]] = (
    (
        ("compute_usd_per_month",),
        "research_usd_per_month",
        lambda v: v["research_usd_per_month"],
    ),
    (
        ("research_usd_as_computed", "run_usd_as_computed"),
        "research_usd_as_computed*run_usd/run_usd_as_computed",
        lambda v: v["research_usd_as_computed"],
    ),
    (
        (),
        "final_run_usd*research_multiple/months_between_models",
        lambda v: v["final_run_usd"] * v["research_multiple"] / v["months_between_models"],
    ),
)


def _people_of_burn() -> Iterator[Way]:
    """What the burn leaves for people: beside all compute, and the other lines."""
    spent = (
        (
            ("gross_burn_usd_per_month",),
            "gross_burn_usd_per_month",
            lambda v: v["gross_burn_usd_per_month"],
        ),
        (
            ("net_burn_usd_per_month", "revenue_usd"),
            "(net_burn_usd_per_month+revenue_usd/12)",
            lambda v: v["net_burn_usd_per_month"] + _year(v, "revenue_usd"),
        ),
    )
    for needs, formula, of in spent:
        for more, compute, used in _compute_today():

            def left(v: Values, of: Of = of, used: Of = used) -> float:
                return max(of(v) - used(v) - sum(v[name] for name in _BESIDE), 0.0)

            yield Way(
                needs=(*needs, *more),
                formula=f"MAX({formula}-{compute}-{'-'.join(_BESIDE)},0)",
                of=left,
            )


def _compute_today() -> Iterator[tuple[tuple[str, ...], str, Of]]:
    """All compute of a month: as stated, else serving and research."""
    yield (
        ("compute_usd_per_month",),
        f"MAX(compute_usd_per_month,{_SERVING_TODAY})",
        lambda v: max(v["compute_usd_per_month"], _serving_today(v)),
    )
    for needs, formula, research in _RESEARCH[1:]:

        def used(v: Values, research: Of = research) -> float:
            return _serving_today(v) + research(v)

        yield needs, f"({_SERVING_TODAY}+{formula})", used


def _market_spend() -> Iterator[Way]:
    """Go-to-market as a judged share of it and research together."""
    for needs, formula, research in _RESEARCH:

        def spend(v: Values, research: Of = research) -> float:
            return research(v) * v["market_spend_share"] / (1 - v["market_spend_share"])

        yield Way(
            needs=("market_spend_share", *needs),
            formula=f"{formula}*market_spend_share/(1-market_spend_share)",
            of=spend,
        )


def _by_usage() -> tuple[tuple[Way, ...], tuple[Way, ...], tuple[Way, ...]]:
    """Paid tokens, price and free share from the first revenue that speaks of usage."""
    ways = [
        _of_usage(name) for name in ("usage_revenue_usd", "recurring_revenue_usd", "revenue_usd")
    ]
    tokens, prices, free = zip(*ways, strict=True)
    return tokens, prices, free


def _of_usage(name: str) -> tuple[Way, Way, Way]:
    """The three of one revenue of twelve months."""
    served = "tokens_served_per_month"
    of_price = f"{name}/12/price_usd_per_million_tokens*tokens_per_million"

    def paid(v: Values) -> float:
        return _year(v, name) / v["price_usd_per_million_tokens"] * TOKENS_PER_MILLION

    return (
        Way(needs=(name,), formula=of_price, of=paid),
        Way(
            needs=(name, served),
            formula=f"{name}/12/paid_tokens_per_month*tokens_per_million",
            of=lambda v: _year(v, name) / v["paid_tokens_per_month"] * TOKENS_PER_MILLION,
        ),
        Way(
            needs=(name, served, "price_usd_per_million_tokens"),
            formula=f"{served}/({of_price})-1",
            of=lambda v: v[served] / paid(v) - 1,
        ),
    )


def _books() -> tuple[Way, ...]:
    """The cost of a token from the accounts: what was paid over what was served."""

    def way(*lines: str) -> Way:
        return Way(
            needs=(*lines, "tokens_served_per_month"),
            formula=f"({'+'.join(lines)})/{_TOKENS_OF_YEAR}",
            of=lambda v: sum(v[name] for name in lines) / _tokens_of_year(v),
        )

    return way("inference_usd", "hosting_usd"), way("inference_usd"), way("hosting_usd")


_TOKENS, _PRICES, _FREE = _by_usage()
WAYS: Final[Mapping[str, tuple[Way, ...]]] = {
    "post_money_usd": (
        Way(
            needs=("usual_dilution",),
            formula="raise_usd/usual_dilution",
            of=lambda v: v["raise_usd"] / v["usual_dilution"],
        ),
    ),
    "commitment_usd_per_month": (
        Way(
            needs=("noncancellable_compute_24m_usd",),
            formula="noncancellable_compute_24m_usd/committed_months",
            of=lambda v: v["noncancellable_compute_24m_usd"] / v["committed_months"],
        ),
    ),
    "people_usd_per_month": (
        Way(
            needs=("headcount", "loaded_usd_per_person_year"),
            formula="headcount*loaded_usd_per_person_year/12",
            of=lambda v: v["headcount"] * v["loaded_usd_per_person_year"] / MONTHS_PER_YEAR,
        ),
        *_people_of_burn(),
    ),
    "licences_usd_per_month": (
        Way(
            needs=("licences_usd",),
            formula="licences_usd/12",
            of=lambda v: _year(v, "licences_usd"),
        ),
    ),
    "support_usd_per_month": (
        Way(
            needs=("support_usd",),
            formula="support_usd/12",
            of=lambda v: _year(v, "support_usd"),
        ),
        Way(
            needs=("cost_of_revenue_usd", "revenue_usd"),
            formula="cost_of_revenue_usd*projects_usd_per_month/revenue_usd",
            of=lambda v: v["cost_of_revenue_usd"] * v["projects_usd_per_month"] / v["revenue_usd"],
        ),
    ),
    "paid_tokens_per_month": (
        Way(
            needs=("tokens_served_per_month",),
            formula="tokens_served_per_month/(1+free_share)",
            of=lambda v: v["tokens_served_per_month"] / (1 + v["free_share"]),
        ),
        *_TOKENS,
    ),
    "price_usd_per_million_tokens": _PRICES,
    "free_share": _FREE,
    "unit_cost_usd_per_million_tokens": (
        *_books(),
        Way(
            needs=("cost_of_revenue_usd", "revenue_usd"),
            formula=("price_usd_per_million_tokens*cost_of_revenue_usd/revenue_usd/(1+free_share)"),
            of=lambda v: (
                v["price_usd_per_million_tokens"]
                * v["cost_of_revenue_usd"]
                / v["revenue_usd"]
                / (1 + v["free_share"])
            ),
        ),
        Way(
            needs=("gross_margin_low",),
            formula=f"price_usd_per_million_tokens/(1+free_share)*{_MARGIN}",
            of=lambda v: v["price_usd_per_million_tokens"] / (1 + v["free_share"]) * _margin(v),
        ),
    ),
    "projects_usd_per_month": (
        Way(
            needs=("revenue_usd",),
            formula=(
                "MAX(revenue_usd/12-paid_tokens_per_month/tokens_per_million"
                "*price_usd_per_million_tokens-seats*seat_usd_per_month,0)"
            ),
            of=lambda v: max(
                _year(v, "revenue_usd")
                - v["paid_tokens_per_month"]
                / TOKENS_PER_MILLION
                * v["price_usd_per_million_tokens"]
                - v["seats"] * v["seat_usd_per_month"],
                0.0,
            ),
        ),
    ),
    "top_customer_share": (
        Way(
            needs=("largest_customer_revenue_usd", "revenue_usd"),
            formula="MIN(largest_customer_revenue_usd/revenue_usd,1)",
            of=lambda v: min(v["largest_customer_revenue_usd"] / v["revenue_usd"], 1.0),
        ),
    ),
    "research_usd_per_month": (
        Way(
            needs=("compute_usd_per_month",),
            formula=f"MAX(compute_usd_per_month-{_SERVING_TODAY},0)",
            of=lambda v: max(v["compute_usd_per_month"] - _serving_today(v), 0.0),
        ),
    ),
    "market_usd_per_month": tuple(_market_spend()),
    "seat_cost_usd_per_month": (
        Way(
            needs=("gross_margin_low",),
            formula=f"seat_usd_per_month*{_MARGIN}",
            of=lambda v: v["seat_usd_per_month"] * _margin(v),
        ),
    ),
    "investment_usd": (Way(needs=(), formula="raise_usd", of=lambda v: v["raise_usd"]),),
}
