"""How inputs of a scenario follow from what the deal states, as formulas.

The gathering of a scenario works them out once; here each way it may have taken stands as a
formula with what Python makes of it. A way is taken where its figures are stated and it gives
the input that the scenario has. Where none does, the input stands as a number.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from costmodel.units import MONTHS_PER_YEAR, TOKENS_PER_MILLION

Values = Mapping[str, float]
#: As close as two sums of the same figures come.
_CLOSE: Final = 1e-9
_NAME: Final = re.compile(r"[a-z]\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to an input: the names it needs, its formula, and the same in Python."""

    needs: tuple[str, ...]
    formula: str
    of: Callable[[Values], float]


def way_to(
    name: str, values: Values, *, stated: Collection[str], taken: Mapping[str, str]
) -> str | None:
    """The formula of the first way to this input that holds, with its equals sign.

    ``stated`` are the figures that the deal states and the constants there are. A way that
    would lead back to itself through those ``taken`` already is none.
    """
    for way in _WAYS.get(name, ()):
        if not set(way.needs) <= set(stated) or leads_back(name, way.formula, taken):
            continue
        try:
            found = way.of(values)
        except (ZeroDivisionError, KeyError, ValueError):
            continue
        if math.isclose(found, values[name], rel_tol=_CLOSE, abs_tol=_CLOSE):
            return f"={way.formula}"
    return None


def leads_back(name: str, formula: str, taken: Mapping[str, str]) -> bool:
    """Whether a formula for this input would read the input itself, through other formulas."""
    seen: set[str] = set()
    waiting = set(_NAME.findall(formula))
    while waiting:
        one = waiting.pop()
        if one == name:
            return True
        if one not in seen and one in taken:
            waiting |= set(_NAME.findall(taken[one]))
        seen.add(one)
    return False


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


def _people_of_burn() -> tuple[Way, ...]:
    """What the burn leaves for people: beside compute as stated, and the other lines."""
    compute = f"MAX(compute_usd_per_month,{_SERVING_TODAY})"

    def way(needs: tuple[str, ...], formula: str, spent: Callable[[Values], float]) -> Way:
        def left(v: Values) -> float:
            used = max(v["compute_usd_per_month"], _serving_today(v))
            return max(spent(v) - used - sum(v[name] for name in _BESIDE), 0.0)

        return Way(
            needs=(*needs, "compute_usd_per_month"),
            formula=f"MAX({formula}-{compute}-{'-'.join(_BESIDE)},0)",
            of=left,
        )

    return (
        way(
            ("gross_burn_usd_per_month",),
            "gross_burn_usd_per_month",
            lambda v: v["gross_burn_usd_per_month"],
        ),
        way(
            ("net_burn_usd_per_month", "revenue_usd"),
            "(net_burn_usd_per_month+revenue_usd/12)",
            lambda v: v["net_burn_usd_per_month"] + _year(v, "revenue_usd"),
        ),
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
_WAYS: Final[Mapping[str, tuple[Way, ...]]] = {
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
    "market_usd_per_month": (
        Way(
            needs=("market_spend_share", "compute_usd_per_month"),
            formula="research_usd_per_month*market_spend_share/(1-market_spend_share)",
            of=lambda v: (
                v["research_usd_per_month"]
                * v["market_spend_share"]
                / (1 - v["market_spend_share"])
            ),
        ),
    ),
    "seat_cost_usd_per_month": (
        Way(
            needs=("gross_margin_low",),
            formula=f"seat_usd_per_month*{_MARGIN}",
            of=lambda v: v["seat_usd_per_month"] * _margin(v),
        ),
    ),
    "investment_usd": (Way(needs=(), formula="raise_usd", of=lambda v: v["raise_usd"]),),
}
