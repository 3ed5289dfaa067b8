"""Cash, rounds, people, research and the rest of the costs, as a scenario asks for them."""

import numpy as np

from costmodel.messages import Amount, InputError, Message
from costmodel.money.programme import COMPUTE_LINES, ProgrammeEstimate
from costmodel.uncertainty import Draws, Number, Percentiles
from costmodel.units import MONTHS_PER_YEAR, TOKENS_PER_MILLION
from costmodel.venture.inputs import ResearchBasis, cited
from dashboard.deal import Deal
from dashboard.venture.gathering import Gathered, value_of

#: Payments that cannot be cancelled are stated for so many months.
_COMMITTED_MONTHS = 24.0
#: Inputs that say how research is counted, when a scenario states them.
_OF_FORMULA = ("final_run_usd", "research_multiple", "months_between_models")
_CHINA = frozenset({"cn", "china", "中国"})
#: Lines of a programme that buy data or keep it.
_DATA_LINES = ("licences", "labelling", "synthetic_data", "cleaning", "storage", "egress")


def gather_money(deal: Deal, found: Gathered) -> None:
    """Cash and rounds. Raises ``InputError`` where neither cash nor a round is stated."""
    finance = deal.finance
    if not any(
        found.has(name) or getattr(finance, name) is not None for name in ("cash_usd", "raise_usd")
    ):
        raise InputError(
            "finance.cash_usd",
            "neither cash nor a round is stated; add finance.cash_usd or finance.raise_usd",
        )
    if not found.put_stated("cash_usd", finance.cash_usd) and not found.has("cash_usd"):
        found.put("cash_usd", 0.0, assumed=True)
        found.say(
            Message(
                "Cash at the bank is not stated and counts as none, so that the money lasts at "
                "least as long as shown. Ask for the bank statement (finance.cash_usd)."
            )
        )
    for name in (
        "raise_usd",
        "signed_funding_usd",
        "cloud_credits_usd",
        "cloud_credits_months",
        "next_raise_usd",
        "next_raise_month",
        "market_usd_per_month",
        "months_between_models",
    ):
        found.put_stated(name, getattr(finance, name))
    committed = value_of(finance.noncancellable_compute_24m_usd)
    if committed is not None:
        found.put("commitment_usd_per_month", committed / _COMMITTED_MONTHS)
        found.put("commitment_months", _COMMITTED_MONTHS)
    elif (
        not found.has("commitment_usd_per_month")
        and deal.profile.get("uses_accelerators") is not False
    ):
        found.say(
            Message(
                "No compute payments that cannot be cancelled are stated, and none are counted. "
                "Ask for the contracts (finance.noncancellable_compute_24m_usd)."
            )
        )
    _currency(deal, found)
    found.put_stated("months_to_proof", finance.months_to_proof)
    found.put_stated("past_slip", finance.past_slip)
    found.put_stated("months_to_close", finance.months_to_close_round)


def gather_research(
    deal: Deal,
    found: Gathered,
    *,
    final_run_usd: Number | None,
    programme: ProgrammeEstimate | None,
) -> tuple[ResearchBasis, Draws | None]:
    """Where research compute comes from, with the programme's bill by month where it is used.

    A spend on compute that is stated comes first: it is what the company pays, all that it
    serves included. Then the R&D programme of the deal's plan, then the final run alone.
    """
    by_formula = any(name in found.typed for name in _OF_FORMULA)
    if final_run_usd is not None:
        found.compute("final_run_usd", final_run_usd)
    stated = value_of(deal.finance.compute_usd_per_month)
    if stated is not None:
        found.put("research_usd_per_month", max(stated - serving_today(found), 0.0))
    if "research_usd_per_month" in found.typed:
        return "stated", None
    if by_formula:
        return "formula", None
    if stated is not None:
        serving = serving_today(found)
        if serving > stated:
            found.say(
                Message(
                    "Serving alone costs {serving} a month by tokens and unit cost, more than "
                    "the stated spend on compute of {stated}; no research is left in it. Ask for "
                    "compute spend split by research and serving.",
                    {"serving": Amount(serving, "usd"), "stated": Amount(stated, "usd")},
                )
            )
        return "stated", None
    if programme is not None:
        months = programme.inputs.plan.months
        found.say(
            Message(
                "Spend on compute is not stated; the R&D programme of the plan stands for "
                "research, {usd} in {months} months and again from then on. Ask for "
                "finance.compute_usd_per_month.",
                {
                    "usd": Amount(_middle(sum(programme.lines[n] for n in COMPUTE_LINES)), "usd"),
                    "months": months,
                },
            )
        )
        if "months_to_proof" not in found.spans:
            found.compute("months_to_proof", float(months))
            found.say(
                Message(
                    "The next proof is not stated; the end of the R&D programme after {months} "
                    "months stands for it. Ask for finance.months_to_proof.",
                    {"months": months},
                )
            )
        return "programme", programme_compute(programme)
    if final_run_usd is None:
        found.say(
            Message(
                "No spend on compute is stated and the final run has no price, so that research "
                "costs nothing here. Ask for finance.compute_usd_per_month."
            )
        )
    return "formula", None


def gather_costs(
    deal: Deal,
    found: Gathered,
    *,
    programme: ProgrammeEstimate | None,
    research_usd_per_month: float,
) -> None:
    """People, data and all else. Where a burn is stated and people are not, they are what it
    leaves beside serving and ``research_usd_per_month``, so that nothing is burnt twice.

    Raises ``InputError`` where nothing says what people cost.
    """
    finance = deal.finance
    licences, support = value_of(finance.licences_usd), value_of(finance.support_usd)
    if licences is not None:
        found.put("licences_usd_per_month", licences / MONTHS_PER_YEAR)
    if support is not None:
        found.put("support_usd_per_month", support / MONTHS_PER_YEAR)
    _data(deal, found, programme)
    people, other = value_of(finance.headcount), value_of(finance.other_usd_per_month)
    if "people_usd_per_month" in found.typed:
        if other is not None:
            found.put("other_usd_per_month", other)
        return
    pay = value_of(finance.loaded_usd_per_person_year)
    if people is not None and pay is not None:
        found.put("people_usd_per_month", people * pay / MONTHS_PER_YEAR)
        if other is None and not found.has("other_usd_per_month"):
            found.say(
                Message(
                    "Spend on all but people and compute is not stated and counts as none, so "
                    "that the cash lasts less long than shown. Ask for finance.other_usd_per_month."
                )
            )
        elif other is not None:
            found.put("other_usd_per_month", other)
        return
    spent = _spent(deal, found)
    if spent is not None:
        beside = spent - _compute_today(deal, found, research_usd_per_month)
        for name in ("data_usd_per_month", "licences_usd_per_month", "support_usd_per_month"):
            beside -= found.value(name) if name in found.spans else 0.0
        if other is not None:
            found.put("other_usd_per_month", other)
            beside -= other
        found.put("people_usd_per_month", max(beside, 0.0))
        if beside < 0:
            found.say(
                Message(
                    "Compute and the other stated lines are {usd} a month more than the stated "
                    "burn leaves for them: the plan spends more than the company does today. Ask "
                    "for the management accounts, line by line.",
                    {"usd": Amount(-beside, "usd")},
                )
            )
        found.say(
            Message(
                "Headcount and pay are not stated; what the burn leaves beside compute, {usd} a "
                "month, stands for people and all else. Ask for finance.headcount and "
                "finance.loaded_usd_per_person_year.",
                {"usd": Amount(max(beside, 0.0), "usd")},
            )
        )
        return
    if programme is not None and programme.lines.get("people") is not None:
        months = programme.inputs.plan.months
        found.compute("people_usd_per_month", programme.lines["people"] / months)
        found.say(
            Message(
                "Neither burn nor headcount is stated; the people of the R&D programme alone are "
                "counted, so that the cash lasts less long than shown. Ask for "
                "finance.net_burn_usd_per_month and finance.headcount."
            )
        )
        return
    raise InputError(
        "finance.headcount",
        "nothing says what people cost; add finance.headcount with "
        "finance.loaded_usd_per_person_year, or finance.net_burn_usd_per_month",
    )


def programme_compute(programme: ProgrammeEstimate) -> Draws:
    """The programme's compute by month: final run, experiments and the rest of it."""
    usd: Draws = np.sum([programme.by_month(line) for line in COMPUTE_LINES], axis=0)
    return usd


def research_monthly(found: Gathered, basis: ResearchBasis, by_month: Draws | None) -> float:
    """Research compute of an average month, in the middle of what is gathered."""
    if basis == "stated":
        return found.value("research_usd_per_month")
    if by_month is not None:
        return float(np.median(by_month.mean(axis=-1)))
    if not found.has("final_run_usd"):
        return 0.0

    def middle(name: str) -> float:
        return found.value(name) if found.has(name) else cited(name).range.mid

    run = found.value("final_run_usd") * middle("research_multiple")
    return run / middle("months_between_models")


def serving_today(found: Gathered) -> float:
    """What serving costs a month today, in the middle of what is gathered."""
    if "unit_cost_usd_per_million_tokens" not in found.spans:
        return 0.0
    tokens = found.value("paid_tokens_per_month") * (1 + found.value("free_share"))
    return tokens / TOKENS_PER_MILLION * found.value("unit_cost_usd_per_million_tokens")


def revenue_today(found: Gathered) -> float:
    """What comes in a month today."""
    total = 0.0
    for amount, price, scale in (
        ("paid_tokens_per_month", "price_usd_per_million_tokens", TOKENS_PER_MILLION),
        ("seats", "seat_usd_per_month", 1.0),
    ):
        if amount in found.spans and price in found.spans:
            total += found.value(amount) / scale * found.value(price)
    if "projects_usd_per_month" in found.spans:
        total += found.value("projects_usd_per_month")
    return total


def _spent(deal: Deal, found: Gathered) -> float | None:
    """Money spent in a month: as stated, else the net burn and what comes in."""
    gross, net = deal.finance.gross_burn_usd_per_month, deal.finance.net_burn_usd_per_month
    if gross is not None:
        return gross.value
    if net is None:
        return None
    revenue = value_of(deal.finance.revenue_usd)
    comes_in = revenue / MONTHS_PER_YEAR if revenue is not None else revenue_today(found)
    return net.value + comes_in


def _compute_today(deal: Deal, found: Gathered, research: float) -> float:
    """All compute of a month: as stated, else serving and research."""
    stated = value_of(deal.finance.compute_usd_per_month)
    if stated is not None:
        return max(stated, serving_today(found))
    return serving_today(found) + research


def _data(deal: Deal, found: Gathered, programme: ProgrammeEstimate | None) -> None:
    if found.put_stated("data_usd_per_month", deal.finance.data_usd_per_month):
        return
    if programme is None or deal.finance.net_burn_usd_per_month is not None:
        return
    lines = [programme.lines[name] for name in _DATA_LINES if name in programme.lines]
    total = sum(lines)
    if _middle(total) > 0:
        found.compute("data_usd_per_month", total / programme.inputs.plan.months)


def _currency(deal: Deal, found: Gathered) -> None:
    finance = deal.finance
    chinese = deal.company.country.strip().casefold() in _CHINA
    for name, entry in (
        ("cny_cost_share", finance.cny_cost_share),
        ("cny_revenue_share", finance.cny_revenue_share),
    ):
        if found.put_stated(name, entry) or found.has(name) or not chinese:
            continue
        found.cite(name, cited(name, "Chinese startup"))
        found.say(
            Message(
                "What a Chinese company pays and earns in yuan is not stated; a judged range "
                "stands for it, and the exchange rate moves. Ask for {field}.",
                {"field": f"finance.{name}"},
            )
        )


def _middle(value: Number) -> float:
    return Percentiles.of(value).p50
