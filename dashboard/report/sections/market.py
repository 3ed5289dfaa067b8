"""Market and competition, traction, and the team."""

from typing import Final

import numpy as np

from costmodel.venture import demand
from dashboard.charts import bridge, price_quality, trend
from dashboard.charts.bridge import Step
from dashboard.charts.palette import RENTED, STATED
from dashboard.charts.price_quality import Offer
from dashboard.charts.trend import Trend
from dashboard.language import amount, listed, number, t
from dashboard.report.case import Case
from dashboard.report.document import (
    Block,
    Chart,
    Head,
    Section,
    Table,
    paragraph,
    rich,
    row,
    strong,
)
from dashboard.report.notes import Notes
from dashboard.report.sections.common import (
    area_sentence,
    items_of,
    metric_table,
    present,
    question_table,
    stated_table,
    words,
)
from dashboard.risk_terms import said_of

_MARKET: Final = (
    "market.tokens_served_per_month",
    "market.price_usd_per_million_tokens",
    "market.paid_seats",
    "market.seat_usd_per_month",
    "market.growth_per_month",
    "market.price_fall_per_year",
    "market.market_y5_usd",
    "market.plan_revenue_y5_usd",
)
_TRACTION: Final = (
    "finance.revenue_usd",
    "finance.recurring_revenue_usd",
    "finance.largest_customer_revenue_usd",
    "market.pilots_started",
    "market.pilots_paid",
    "finance.reported_gross_margin",
)
_TRACTION_METRICS: Final = (
    "recurring_share",
    "top1_share",
    "gross_retention",
    "pilot_conversion",
    "cac_payback_months",
    "revenue_triangulation_gap",
    "rnd_over_revenue",
    "implied_market_share",
)
_TRACTION_QUESTIONS: Final = ("MKT-06", "MKT-07", "MKT-08", "MKT-11")
_CURVE_MONTHS: Final = 36


def market(case: Case, notes: Notes) -> Section:
    """The same task on the same day, prices and costs to come, and the checklist."""
    blocks: list[Block] = [paragraph(*area_sentence(case, notes, "market"), look="lead")]
    blocks += _rivals(case)
    stated = stated_table(
        case, notes, _MARKET, id_="market_stated", caption=t("The market as stated")
    )
    if stated is not None:
        blocks.append(stated)
    curves = _curves(case)
    if curves is not None:
        blocks.append(curves)
    items = [i for i in items_of(case, "market") if i.question not in _TRACTION_QUESTIONS]
    questions = question_table(
        case, notes, items, id_="market_questions", caption=t("The market by the checklist")
    )
    if questions is not None:
        blocks.append(questions)
    return Section(id="market", number="8", title=t("Market and competition"), blocks=tuple(blocks))


def _rivals(case: Case) -> list[Block]:
    memo = case.deal.memo
    if not memo.rivals:
        return [
            paragraph(
                t(
                    "No rival was tested on the same task on the same day. Without it a lead is a "
                    "statement of the company."
                )
            )
        ]
    own_price = case.deal.market.price_usd_per_million_tokens
    rows, offers = [], []
    if memo.own_score is not None or own_price is not None:
        price = None if own_price is None else own_price.value
        rows.append(
            row(
                rich(strong(case.deal.company.name or case.deal.name)),
                _price(price),
                _score(memo.own_score),
                "",
                "",
            )
        )
        if price is not None and memo.own_score is not None:
            label = case.deal.company.name or case.deal.name
            offers.append(Offer(label=label, price=price, score=memo.own_score, ours=True))
    for one in memo.rivals:
        rows.append(
            row(
                one.name,
                _price(one.usd_per_million_tokens),
                _score(one.same_task_score),
                one.date or number(None),
                one.source or number(None),
            )
        )
        if one.usd_per_million_tokens is not None and one.same_task_score is not None:
            offers.append(
                Offer(label=one.name, price=one.usd_per_million_tokens, score=one.same_task_score)
            )
    blocks: list[Block] = [
        Table(
            id="rivals",
            caption=t("What a customer can take instead"),
            heads=(
                Head(text=t("Offer"), width=1.8),
                Head(text=t("Price of a million tokens"), align="right", width=1.4),
                Head(text=t("Same task"), align="right", width=1),
                Head(text=t("Day"), width=1),
                Head(text=t("Source"), width=1.8),
            ),
            rows=tuple(rows),
        )
    ]
    task = words(memo.same_task)
    if task:
        blocks.append(paragraph(said_of(t("The task"), task), look="remark"))
    if len(offers) > 1:
        blocks.append(
            Chart(
                id="price_quality",
                caption=t("Quality on the same task over price"),
                alt=listed(
                    f"{o.label}: {amount(o.score, 'fraction')}, {_price(o.price)}" for o in offers
                ),
                figure=price_quality.figure(offers),
            )
        )
    return blocks


def _price(usd: float | None) -> str:
    return number(None) if usd is None else amount(usd, "usd_per_million_tokens")


def _score(score: float | None) -> str:
    return number(None) if score is None else amount(score, "fraction")


def _curves(case: Case) -> Chart | None:
    """Price and cost of a million tokens by month, in the middle of all inputs."""
    if case.answer is None:
        return None
    run = case.answer.result.middle
    prices = np.ravel(demand.price(run.values, _CURVE_MONTHS))
    if not prices[0] > 0:
        return None
    costs = np.ravel(demand.unit_cost(run.values, _CURVE_MONTHS))
    trends = [
        Trend(label=t("price of a million tokens"), values=prices, colour=STATED),
        Trend(label=t("cost of serving them"), values=costs, colour=RENTED),
    ]
    return Chart(
        id="curves",
        caption=t("Price and cost of a million tokens by month, in the middle of all inputs"),
        alt=t(
            "The price goes from {p0} to {p1}, the cost from {c0} to {c1} in {n} months.",
            p0=_price(float(prices[0])),
            p1=_price(float(prices[-1])),
            c0=_price(float(costs[0])),
            c1=_price(float(costs[-1])),
            n=_CURVE_MONTHS,
        ),
        figure=trend.figure(trends, "usd", from_zero=True),
    )


def traction(case: Case, notes: Notes) -> Section:
    """Revenue: how much repeats, from whom, and how it came about."""
    blocks: list[Block] = []
    stated = stated_table(
        case, notes, _TRACTION, id_="traction_stated", caption=t("Traction as stated")
    )
    blocks.append(
        stated if stated is not None else paragraph(t("No revenue and no pilot is stated."))
    )
    steps = _bridge(case)
    if steps is not None:
        blocks.append(steps)
    items = [i for i in items_of(case, "market") if i.question in _TRACTION_QUESTIONS]
    blocks += present(
        metric_table(
            case, notes, _TRACTION_METRICS, id_="traction_metrics", caption=t("Traction in figures")
        ),
        question_table(
            case, notes, items, id_="traction_questions", caption=t("Traction by the checklist")
        ),
    )
    return Section(id="traction", number="9", title=t("Traction"), blocks=tuple(blocks))


def _bridge(case: Case) -> Chart | None:
    """From the revenue of a year ago to today's: what left, what came."""
    finance = case.deal.finance
    before, kept, now = (
        finance.revenue_year_ago_usd,
        finance.retained_revenue_usd,
        finance.revenue_usd,
    )
    if before is None or kept is None or now is None:
        return None
    steps = [
        Step(label=t("a year ago"), value=before.value, is_sum=True),
        Step(label=t("lost with customers of then"), value=kept.value - before.value),
        Step(label=t("won since"), value=now.value - kept.value),
        Step(label=t("twelve months to today"), value=now.value, is_sum=True),
    ]
    return Chart(
        id="bridge",
        caption=t("Revenue from a year ago to today, as the company states it"),
        alt=listed(f"{s.label} {amount(s.value, 'usd')}" for s in steps),
        figure=bridge.figure(steps, "usd"),
    )


def team(case: Case, notes: Notes) -> Section:
    """Who it depends on, what binds them, and who was called."""
    blocks: list[Block] = [paragraph(*area_sentence(case, notes, "team_finance"), look="lead")]
    people = case.deal.memo.people
    if people:
        rows = [
            row(
                one.name,
                one.role or number(None),
                words(one.background) or number(None),
                number(None) if one.vested_share is None else amount(one.vested_share, "fraction"),
                t("yes") if one.referenced else t("no"),
            )
            for one in people
        ]
        blocks.append(
            Table(
                id="people",
                caption=t("Key people"),
                heads=(
                    Head(text=t("Name"), width=1.2),
                    Head(text=t("Role"), width=1.2),
                    Head(text=t("Background"), width=2.6),
                    Head(text=t("Vested"), align="right", width=0.8),
                    Head(text=t("References called"), width=1),
                ),
                rows=tuple(rows),
            )
        )
    else:
        blocks.append(paragraph(t("Nobody has written down the key people and their vesting.")))
    items = items_of(case, "team_finance")
    people_items = [i for i in items if i.question in ("TMF-01", "TMF-02", "TMF-03", "TMF-08")]
    blocks += present(
        metric_table(
            case,
            notes,
            ("key_attrition", "scale_step"),
            id_="team_metrics",
            caption=t("The team in figures"),
        ),
        question_table(
            case, notes, people_items, id_="team_questions", caption=t("The team by the checklist")
        ),
        question_table(
            case,
            notes,
            [i for i in items_of(case, "tech") if i.question in ("TEC-04", "TEC-06")],
            id_="tech_questions",
            caption=t("Engineering by the checklist"),
        ),
    )
    return Section(id="team", number="10", title=t("Team"), blocks=tuple(blocks))
