"""Checks of the business: revenue, traffic, burn, runway, margin, contracts, releases."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from costmodel.messages import Message
from costmodel.units import DAYS_PER_MONTH, MONTHS_PER_YEAR, SECONDS_PER_DAY
from dashboard.risk.cross_checks.comparing import Compared, Comparison, compared, sums
from dashboard.risk.metrics.basis import over
from dashboard.risk.metrics.market import usage_revenue
from dashboard.risk.metrics.reading import Reading


def revenue(read: Reading) -> Compared | None:
    """X08: tokens served times net price over the revenue from usage."""
    expected, stated = usage_revenue(read), read.number("finance.usage_revenue_usd")
    if expected is None or stated is None:
        return None
    value = read.ratio(expected, stated, "finance.usage_revenue_usd")
    if value is None:
        return None
    return compared(
        value,
        sums(
            "Tokens times price give {expected} a year, the stated revenue from usage is {stated}: "
            "{value} times as much.",
            expected=(expected, "usd"),
            stated=(stated, "usd"),
            value=(value, "ratio"),
        ),
        Message(
            "Tokens served times net price do not give the stated revenue from usage. Please send "
            "the usage export and the billing ledger of the same three months."
        ),
    )


def traffic(read: Reading) -> Compared | None:
    """X09: tokens served over what the serving fleet can do."""
    served = read.number("market.tokens_served_per_month")
    fleet = read.numbers(
        "operations.serving_accelerators",
        "operations.serving_tokens_per_s",
        "operations.serving_utilization",
    )
    if served is None or fleet is None:
        return None
    n, tokens_per_s, utilization = fleet
    capacity = n * tokens_per_s * DAYS_PER_MONTH * SECONDS_PER_DAY * utilization
    value = read.ratio(served, capacity, "operations.serving_accelerators")
    if value is None:
        return None
    return compared(
        value,
        sums(
            "{served} tokens a month against {capacity} that the fleet can serve: {value} of it.",
            served=(served, "token"),
            capacity=(capacity, "token"),
            value=(value, "fraction"),
        ),
        Message(
            "The stated traffic is more than the serving fleet can do. How many accelerators "
            "serve, at which measured tokens per second, and does anybody else serve for you?"
        ),
    )


def users(read: Reading) -> Compared | None:
    """X10: users times sessions times tokens over the tokens served."""
    found = read.numbers(
        "market.users", "market.sessions_per_user_month", "market.tokens_per_session"
    )
    served = read.number("market.tokens_served_per_month")
    if found is None or served is None:
        return None
    n, sessions, tokens = found
    value = read.ratio(n * sessions * tokens, served, "market.tokens_served_per_month")
    if value is None:
        return None
    return compared(
        value,
        sums(
            "{n} users with {sessions} sessions of {tokens} tokens make {value} times the tokens "
            "served.",
            n=(n, "count"),
            sessions=(sessions, "count"),
            tokens=(tokens, "token"),
            value=(value, "ratio"),
        ),
        Message(
            "Users, sessions and tokens do not give the stated traffic. How is an active user "
            "counted, and which traffic comes from machines?"
        ),
    )


def burn(read: Reading) -> Compared | None:
    """X11: burn rebuilt from people, compute and the rest over the stated one.

    Against the money spent in a month where it is stated, else against the net burn.
    """
    people = read.numbers("finance.headcount", "finance.loaded_usd_per_person_year")
    rest = read.numbers("finance.compute_usd_per_month", "finance.other_usd_per_month")
    stated = read.optional("finance.gross_burn_usd_per_month")
    if stated is None:
        stated = read.number("finance.net_burn_usd_per_month")
    if people is None or rest is None or stated is None:
        return None
    rebuilt = people[0] * people[1] / MONTHS_PER_YEAR + sum(rest)
    value = read.ratio(rebuilt, stated, "finance.gross_burn_usd_per_month")
    if value is None:
        return None
    return compared(
        value,
        sums(
            "{n} people, compute and the rest cost {rebuilt} a month, stated are {stated}: {value} "
            "times as much.",
            n=(people[0], "count"),
            rebuilt=(rebuilt, "usd"),
            stated=(stated, "usd"),
            value=(value, "ratio"),
        ),
        Message(
            "Burn rebuilt from headcount, compute and other costs differs from the stated one. "
            "Please send the management accounts of the last three months, line by line."
        ),
    )


def runway(read: Reading) -> Compared | None:
    """X12: stated runway less cash over burn."""
    found = read.numbers(
        "finance.stated_runway_months", "finance.cash_usd", "finance.net_burn_usd_per_month"
    )
    if found is None:
        return None
    stated, cash, net_burn = found
    if net_burn <= 0:
        read.lacking(Message("Nothing is burnt, so no runway can be computed."))
        return None
    months = cash / net_burn
    return compared(
        stated - months,
        sums(
            "A stated runway of {stated} against {months} by {cash} of cash and a burn of {burn} "
            "a month.",
            stated=(stated, "month"),
            months=(months, "month"),
            cash=(cash, "usd"),
            burn=(net_burn, "usd"),
        ),
        Message(
            "The stated runway is not the bank balance over the burn. Please send the bank "
            "statement and say which income or round the runway counts on."
        ),
    )


def margin(read: Reading) -> Compared | None:
    """X13: margin by unit cost and price less the reported one; free tokens are in the cost
    where their share is stated.
    """
    found = read.numbers(
        "market.cost_usd_per_million_tokens", "market.price_usd_per_million_tokens"
    )
    free = read.optional("market.free_share") or 0.0
    reported = read.number("finance.reported_gross_margin")
    if found is None or reported is None:
        return None
    cost, price = found[0] * (1 + free), found[1]
    share = read.ratio(cost, price, "market.price_usd_per_million_tokens")
    if share is None:
        return None
    return compared(
        1 - share - reported,
        sums(
            "A unit cost of {cost} at a price of {price} leaves {margin}, reported are {reported}.",
            cost=(cost, "usd_per_million_tokens"),
            price=(price, "usd_per_million_tokens"),
            margin=(1 - share, "fraction"),
            reported=(reported, "fraction"),
        ),
        Message(
            "The reported gross margin is not what unit cost and price leave. Which costs are in "
            "it: idle accelerators, free users, support?"
        ),
    )


def research_invoices(read: Reading) -> Compared | None:
    """X14: invoices for compute over what the final run lets expect of the programme."""
    invoices = read.number("finance.compute_invoices_usd")
    programme = read.estimated(read.basis.programme_usd, "programme_usd", "usd")
    if invoices is None or programme is None:
        return None
    value = over(invoices, programme)
    return compared(
        value,
        sums(
            "Invoices of {invoices} against {programme} that research behind such a run takes: "
            "{value} times as much.",
            invoices=(invoices, "usd"),
            programme=(programme.p50, "usd"),
            value=(value.p50, "ratio"),
        ),
        Message(
            "Invoices for compute and the size of the final run do not go together. Which "
            "experiments, failed runs and free credits are in or out of them?"
        ),
    )


def minimums(read: Reading) -> Compared | None:
    """X15: minimum payments in the contracts less those in the plan."""
    found = read.numbers("finance.contract_minimums_usd", "finance.plan_minimums_usd")
    if found is None:
        return None
    contracts, plan = found
    return compared(
        contracts - plan,
        sums(
            "Minimums of {contracts} in the contracts, {plan} in the plan.",
            contracts=(contracts, "usd"),
            plan=(plan, "usd"),
        ),
        Message(
            "The financial plan does not carry the minimum payments of the compute contracts. "
            "Please send every contract with its schedule of payments."
        ),
    )


def releases(read: Reading) -> Compared | None:
    """X16: mean slip of the releases, in months."""
    dated = [
        (_day(release.announced), _day(release.actual))
        for release in read.basis.deal.operations.releases
    ]
    slips = [
        (came - announced).days / DAYS_PER_MONTH
        for announced, came in dated
        if announced is not None and came is not None
    ]
    if not slips:
        read.lacking(
            Message(
                "No release has both a month announced and a month of arrival; write "
                "operations.releases."
            )
        )
        return None
    mean = sum(slips) / len(slips)
    read.counted("operations.releases", mean, "month")
    return compared(
        mean,
        sums(
            "{n} releases came {mean} later than announced, on average.",
            n=(len(slips), "count"),
            mean=(mean, "month"),
        ),
        Message(
            "Releases came later than announced. What caused each slip, and what in the plan is "
            "different now?"
        ),
    )


def _day(text: str) -> date | None:
    """A day or the first of a month; ``None`` where the text has no month."""
    parts = text.split("-")
    if len(parts) < 2:
        return None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]) if len(parts) > 2 else 1)
    except ValueError:
        return None


CHECKS: Final[Mapping[str, Comparison]] = {
    "X08": revenue,
    "X09": traffic,
    "X10": users,
    "X11": burn,
    "X12": runway,
    "X13": margin,
    "X14": research_invoices,
    "X15": minimums,
    "X16": releases,
}
