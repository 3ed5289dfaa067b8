"""Cash by month: what is spent, what is earned, what rounds bring, and what is left."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.uncertainty import Draws, Number
from costmodel.venture import demand
from costmodel.venture.demand import Values, column
from costmodel.venture.inputs import Switches

#: Lines of what is spent, in the order of the tables. What the plan spends to market stands
#: in people and other; ``market`` is what another split spends more of it, or less.
COST_LINES: Final = (
    "people",
    "research",
    "serving",
    "data",
    "licences",
    "support",
    "other",
    "market",
    "idle",
    "one_off",
)
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CashFlow:
    """A company by month; arrays are all ``(n_months,)`` or all ``(n, n_months)``, time last.

    ``cash_usd`` has one month more: what is there at the start of each month and after the
    last, inflows of that moment included. ``costs`` are by ``COST_LINES``, ``spent_usd`` is their
    sum; ``credits_usd`` is what credits pay of the compute and is no cash, ``repeating_usd`` the
    revenue from usage and seats, ``inflow_usd`` the money of rounds.
    """

    cash_usd: Draws
    revenue_usd: Draws
    repeating_usd: Draws
    costs: dict[str, Draws]
    spent_usd: Draws
    credits_usd: Draws
    inflow_usd: Draws

    @property
    def burn_usd(self) -> Draws:
        """What the cash loses in each month, rounds left out: spend less credits and revenue."""
        return self.spent_usd - self.credits_usd - self.revenue_usd

    @property
    def cost_of_revenue_usd(self) -> Draws:
        """Serving, free users included, support and licences."""
        return self.costs["serving"] + self.costs["support"] + self.costs["licences"]


def cash_flow(
    values: Values,
    switches: Switches,
    *,
    months: int,
    programme_usd: Draws | None = None,
) -> CashFlow:
    """The company's cash in the months 0 to ``months``.

    ``C_{t+1} = C_t - B_t + round_t`` with ``B = people + research + data + other + idle -
    (revenue - cost of revenue)``. ``idle`` is what a minimum commitment asks beyond the
    compute used. Cloud credits pay for compute until they are used up or lapse, and never
    stand in the cash. Costs in yuan move with the exchange rate.
    """
    t = np.arange(months, dtype=np.float64)
    sold, seats = demand.tokens_sold(values, months), demand.seats_at(values, months)
    whole, repeating = demand.revenue_usd(values, months, sold=sold, seats=seats)
    share = column(values["cny_cost_share"])
    in_dollars = 1 - share + share * demand.fx(values, months)
    research = research_usd(values, switches, months=months, programme_usd=programme_usd)
    research = research * in_dollars
    serving = serving_usd(values, months, sold=sold, seats=seats) * in_dollars
    compute = research + serving
    committed = np.where(
        t < column(values["commitment_months"]), column(values["commitment_usd_per_month"]), 0.0
    )
    idle = np.maximum(committed * in_dollars - compute, 0.0)
    paid_by_credits = _credits_used(values, compute + idle, t)
    people = column(values["people_usd_per_month"] * (1 + values["extra_people_share"]))
    people = people * demand.yearly(column(values["people_multiple_per_year"]), t)
    market = column(values["market_usd_per_month"] * (values["market_scale"] - 1))
    other = column(values["other_usd_per_month"] + values["compliance_usd_per_month"])
    claimed = (t <= column(values["claim_month"])) & (column(values["claim_month"]) < t + 1)
    costs = {
        "people": people * in_dollars,
        "research": research,
        "serving": serving,
        "data": column(values["data_usd_per_month"]) * in_dollars,
        "licences": column(values["licences_usd_per_month"]) * in_dollars,
        "support": column(values["support_usd_per_month"]) * in_dollars,
        "other": other * in_dollars,
        "market": market * in_dollars,
        "idle": idle,
        "one_off": column(values["claim_usd"]) * claimed,
    }
    inflow = rounds_usd(values, months)
    spent: Draws = np.zeros(months)
    for line in costs.values():
        spent = spent + line
    lost = np.cumsum(spent - paid_by_credits - whole, axis=-1)
    lost = np.concatenate([np.zeros((*lost.shape[:-1], 1)), lost], axis=-1)
    cash = column(values["cash_usd"]) + np.cumsum(inflow, axis=-1) - lost
    worlds = np.broadcast_shapes(cash.shape[:-1], whole.shape[:-1])

    def in_every_world(series: Draws) -> Draws:
        wide: Draws = np.broadcast_to(series, (*worlds, series.shape[-1]))
        return wide

    return CashFlow(
        cash_usd=in_every_world(cash),
        revenue_usd=in_every_world(whole),
        repeating_usd=in_every_world(repeating),
        costs={
            name: in_every_world(np.broadcast_to(line, (*line.shape[:-1], months)))
            for name, line in costs.items()
        },
        spent_usd=in_every_world(spent),
        credits_usd=in_every_world(paid_by_credits),
        inflow_usd=in_every_world(inflow),
    )


def research_usd(
    values: Values,
    switches: Switches,
    *,
    months: int,
    programme_usd: Draws | None = None,
) -> Draws:
    """Compute of research by month.

    By ``switches.research``: a stated bill, the programme's bill (repeated from its start when
    it ends), or ``final run x multiple / months between models``. Rents move it, as do a shock
    and the share of the spend that goes to research. A failed run is one more final run, paid
    over the months that it costs from the planned proof on; while accelerators are cut off
    nothing is bought.
    """
    t = np.arange(months, dtype=np.float64)
    if switches.research == "stated":
        base = column(values["research_usd_per_month"])
    elif switches.research == "programme":
        assert programme_usd is not None
        base = programme_usd[..., np.arange(months) % programme_usd.shape[-1]]
    else:
        run = values["final_run_usd"] * values["research_multiple"]
        base = column(run / values["months_between_models"])
    rent = demand.yearly(column(values["compute_price_multiple_per_year"]), t)
    rent = rent * column(values["compute_price_shock"])
    cut = np.clip(column(values["cutoff_months"]) - t, 0.0, 1.0)
    planned = column(values["months_to_proof"])
    lasts = np.maximum(column(values["failed_run_months"]), _ROUNDING)
    again = (
        np.clip(t + 1, planned, planned + lasts) - np.clip(t, planned, planned + lasts)
    ) / lasts
    failed = column(values["failed_runs"] * values["final_run_usd"]) * again
    return (base * column(values["research_scale"]) * (1 - cut) + failed) * rent


def serving_usd(
    values: Values, months: int, *, sold: Draws | None = None, seats: Draws | None = None
) -> Draws:
    """Cost of serving by month: ``V (1 + free share) c`` for tokens, and that of the seats.

    Free users cost what paying ones do. The seats' cost falls as that of the tokens does.
    """
    t = np.arange(months, dtype=np.float64)
    sold = demand.tokens_sold(values, months) if sold is None else sold
    seats = demand.seats_at(values, months) if seats is None else seats
    return serving_at(values, t, sold=sold, seats=seats)


def serving_at(values: Values, t: Draws, *, sold: Draws, seats: Draws) -> Draws:
    """The same at the months ``t`` from now, which may differ by world."""
    fall = demand.yearly(1 - column(values["cost_fall_per_year"]), t)
    fall = fall * column(values["compute_price_shock"])
    cost = column(values["unit_cost_usd_per_million_tokens"]) * fall
    tokens = sold * (1 + column(values["free_share"])) * cost
    if not np.any(seats):
        return tokens
    return tokens + seats * column(values["seat_cost_usd_per_month"]) * fall


def cost_of_revenue_at(values: Values, t: Draws, *, sold: Draws, seats: Draws) -> Draws:
    """Serving, support and licences at the months ``t`` from now, in dollars of that time."""
    share = column(values["cny_cost_share"])
    moved = 1 - share + share * demand.yearly(column(values["fx_multiple_per_year"]), t)
    fixed = column(values["support_usd_per_month"] + values["licences_usd_per_month"])
    return (serving_at(values, t, sold=sold, seats=seats) + fixed) * moved


def rounds_usd(values: Values, months: int) -> Draws:
    """Money that comes in at the start of each month 0 to ``months``.

    Each round comes once, at its month, in the worlds where it closes at all: the luck of a
    world lies below the probability.
    """
    t = np.arange(months + 1, dtype=np.float64)
    closes = column(values["luck.raise"]) < column(values["raise_probability"])
    this = np.where(closes, column(values["raise_usd"]), 0.0)
    total = this * _arrives(t, values["raise_delay_months"])
    total = total + column(values["signed_funding_usd"]) * _arrives(
        t, values["signed_delay_months"]
    )
    later = column(values["luck.next_raise"]) < column(values["next_raise_probability"])
    next_round = np.where(later, column(values["next_raise_usd"]), 0.0)
    return total + next_round * _arrives(
        t, values["next_raise_month"] + values["raise_delay_months"]
    )


def _credits_used(values: Values, compute: Draws, t: Draws) -> Draws:
    """What credits pay of the compute of each month, until they are used up or lapse."""
    payable = np.where(t < column(values["cloud_credits_months"]), compute, 0.0)
    used = np.minimum(np.cumsum(payable, axis=-1), column(values["cloud_credits_usd"]))
    paid: Draws = np.diff(used, axis=-1, prepend=0.0)
    return paid


def _arrives(t: Draws, month: Number) -> Draws:
    """One in the month at whose start the money is there: the first not before ``month``."""
    at = np.ceil(column(month) - _ROUNDING)
    here: Draws = (t == at).astype(np.float64)
    return here
