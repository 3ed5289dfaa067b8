"""What serving earns: the fleet for a traffic, gross margin, and how long it lasts."""

from dataclasses import dataclass

import numpy as np

from costmodel import facts
from costmodel.hardware.serving_replica import whole_replicas
from costmodel.hardware.serving_time import FILE
from costmodel.messages import InputError, figure
from costmodel.money.serving import ServingEstimate
from costmodel.uncertainty import Number, Range
from costmodel.units import (
    DAYS_PER_MONTH,
    HOURS_PER_DAY,
    MONTHS_PER_YEAR,
    SECONDS_PER_DAY,
    TOKENS_PER_MILLION,
)
from costmodel.workload.scaling_law import check_positive


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fleet:
    """The accelerators that a traffic needs at its peak, and what they cost all day.

    ``utilization`` is mean work over what the whole fleet could do: below that of the
    estimate where the last replica is not full. Dollars are ``None`` without a price.
    """

    n_replicas: Number
    n_accelerators: Number
    utilization: Number
    usd_per_day: Number | None
    requests_per_day: Number

    @property
    def usd_per_month(self) -> Number | None:
        """Dollars of an average month."""
        return None if self.usd_per_day is None else self.usd_per_day * DAYS_PER_MONTH

    @property
    def usd_per_request(self) -> Number | None:
        """Dollars of one request, idle time included."""
        return None if self.usd_per_day is None else self.usd_per_day / self.requests_per_day


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrices:
    """What customers pay, in dollars per million tokens.

    ``cached_input`` is the price of input that was read before, the full price unless
    given; ``paid_share`` the share of the traffic that pays at all.
    """

    input: Number
    output: Number
    cached_input: Number | None = None
    paid_share: Number = 1.0

    def __post_init__(self) -> None:
        for field in ("input", "output", "cached_input"):
            value = getattr(self, field)
            values = np.asarray(0.0 if value is None else value, dtype=np.float64)
            if not (values >= 0).all() or not np.isfinite(values).all():
                raise InputError(
                    f"{field}_usd_per_million",
                    "{value} is less than zero; write zero or more",
                    value=figure(float(values.min())),
                )
        shares = np.asarray(self.paid_share, dtype=np.float64)
        if not ((shares > 0) & (shares <= 1)).all():
            raise InputError(
                "paid_share",
                "{value} is not possible here; write a value from {least} to {most}",
                value=figure(float(shares.min() if (shares <= 0).any() else shares.max())),
                least=0,
                most=1,
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarginLife:
    """Months until the gross margin turns negative: zero where it is, infinite where never.

    ``share_never`` is the share of worlds in which it never does.
    """

    months: Number
    share_never: float

    @property
    def typical_months(self) -> float | None:
        """The median; ``None`` where in most worlds the margin never turns negative."""
        return self.months_at(0.5)

    def months_at(self, share: float) -> float | None:
        """Months after which the margin is negative in this share of the worlds; ``None``
        where it stays positive for ever in more than the rest.
        """
        months = float(np.quantile(self.months, share, method="lower"))
        return months if np.isfinite(months) else None


def fleet(estimate: ServingEstimate, *, requests_per_day: Number) -> Fleet:
    """The whole replicas that carry the peak of ``requests_per_day`` with headroom.

    ``ceil(mean rate / mean_over_peak x headroom / rate of a replica)``, rented around the
    clock. Raises ``InputError`` for a traffic that is not positive.
    """
    check_positive("requests_per_day", requests_per_day)
    values, inputs = estimate.values, estimate.inputs
    mean_rate = requests_per_day / SECONDS_PER_DAY
    capacity = mean_rate / estimate.utilization
    replicas = whole_replicas(capacity / estimate.requests_per_s)
    accelerators = replicas * inputs.replica.n_accelerators
    price = values.get("usd_per_gpu_hour")
    usd_per_day = None
    if price is not None:
        usd_per_day = accelerators * HOURS_PER_DAY * price * (1 + values["overhead_share"])
    return Fleet(
        n_replicas=replicas,
        n_accelerators=accelerators,
        utilization=mean_rate / (replicas * estimate.requests_per_s),
        usd_per_day=usd_per_day,
        requests_per_day=requests_per_day,
    )


def revenue_per_request(estimate: ServingEstimate, prices: TokenPrices) -> Number:
    """Dollars that an average request brings in."""
    load = estimate.inputs.load
    cached = estimate.values["cached_input_share"]
    cached_price = prices.input if prices.cached_input is None else prices.cached_input
    input_price = prices.input * (1 - cached) + cached_price * cached
    dollars = load.input_tokens * input_price + load.output_tokens * prices.output
    return prices.paid_share * dollars / TOKENS_PER_MILLION


def gross_margin(
    estimate: ServingEstimate, prices: TokenPrices, *, fleet: Fleet | None = None
) -> Number | None:
    """Share of revenue left after the cost of serving: ``1 - cost / revenue``.

    With a ``fleet`` the cost is its whole bill, idle accelerators included; else that of
    the average utilisation. Minus infinity where nothing is earned; ``None`` without a
    rental price. Not counted: training, research, sales.
    """
    cost = _cost(estimate, fleet)
    if cost is None:
        return None
    revenue = np.asarray(revenue_per_request(estimate, prices) + 0 * cost, dtype=np.float64)
    earns = revenue > 0
    with np.errstate(over="ignore"):  # next to nothing earned: as bad as nothing
        margin = np.where(earns, 1 - cost / np.where(earns, revenue, 1.0), -np.inf)
    return float(margin) if margin.ndim == 0 else margin


def price_for_margin(
    estimate: ServingEstimate, margin: float, *, fleet: Fleet | None = None
) -> Number | None:
    """Dollars per million tokens, read and written alike, that leave this gross margin.

    ``cost / (1 - margin)`` over all tokens of a request, every one of them paid for; zero
    margin is the break-even price. ``None`` without a rental price.
    """
    cost = _cost(estimate, fleet)
    if cost is None:
        return None
    return cost / (1 - margin) / estimate.inputs.load.full_context * TOKENS_PER_MILLION


def months_until_loss(
    estimate: ServingEstimate,
    prices: TokenPrices,
    *,
    price_multiple: Number,
    cost_multiple: Number,
    fleet: Fleet | None = None,
) -> MarginLife | None:
    """How long the margin lasts when prices and costs keep moving.

    Each multiple is next year's value over this year's, below one for a fall and above for
    a rise (``price_multiple_range`` and ``cost_multiple_range`` are cited ones). Prices
    meet costs after ``12 ln(price/cost) / ln(cost multiple / price multiple)`` months.
    ``None`` without a rental price.
    """
    check_positive("price_multiple", price_multiple)
    check_positive("cost_multiple", cost_multiple)
    cost = _cost(estimate, fleet)
    if cost is None:
        return None
    revenue = np.asarray(revenue_per_request(estimate, prices), dtype=np.float64)
    with np.errstate(divide="ignore"):
        lead = np.log(revenue) - np.log(cost)
    closing = np.log(cost_multiple) - np.log(price_multiple) + 0 * lead[()].clip(-1, 1)
    lead = lead + 0 * closing
    falls = closing > 0
    months = np.where(falls, MONTHS_PER_YEAR * lead / np.where(falls, closing, 1.0), np.inf)
    months = np.where(lead <= 0, 0.0, months)
    never = float(np.isinf(months).mean())
    return MarginLife(months=float(months) if months.ndim == 0 else months, share_never=never)


def price_multiple_range() -> Range:
    """The cited range of next year's token price over this year's."""
    return facts.lookup(FILE, "any service", "price_multiple_per_year").range


def cost_multiple_range() -> Range:
    """The cited range of next year's cost per token over this year's."""
    return facts.lookup(FILE, "any service", "cost_multiple_per_year").range


def _cost(estimate: ServingEstimate, fleet: Fleet | None) -> Number | None:
    return estimate.usd_per_request if fleet is None else fleet.usd_per_request
