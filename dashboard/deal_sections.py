"""The sections of a deal file that hold numbers beside plan and claims.

``finance``, ``data``, ``operations``, ``market``, ``measurements`` and ``documents``. Every
entry is optional and carries its evidence status; its name ends in its unit. The deal-file
page of the docs says what each is for.
"""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Final

from pydantic import BaseModel, Field

from dashboard.deal_facts import (
    Amount,
    MeasuredAmount,
    MeasuredShare,
    MeasuredSigned,
    Share,
    Signed,
    Stated,
    Text,
    When,
    Words,
    YesNo,
    stated,
)
from dashboard.language import N_
from dashboard.strict import STRICT

_MOST_ENTRIES: Final = 200
_Names = Annotated[dict[Text, Amount], Field(max_length=_MOST_ENTRIES)]


class _Section(BaseModel):
    model_config = STRICT


class Forecast(_Section):
    """What was planned for a quarter and what came of it, in any one unit."""

    plan: Amount
    actual: Amount


class Release(_Section):
    """A release: when it was announced for, and when it came."""

    name: Text = ""
    announced: When
    actual: When


class Finance(_Section):
    """The company's money. Sums of a year are of the same last twelve months."""

    cash_usd: Amount | None = stated(N_("Cash at the bank"), "usd")
    raise_usd: Amount | None = stated(N_("Money of this round"), "usd")
    signed_funding_usd: Amount | None = stated(N_("Funding signed and not yet paid"), "usd")
    net_burn_usd_per_month: Signed | None = stated(
        N_("Net burn a month, compute minimums included"), "usd"
    )
    gross_burn_usd_per_month: Amount | None = stated(N_("Money spent in a month"), "usd")
    headcount: Amount | None = stated(N_("People employed"), "count")
    loaded_usd_per_person_year: Amount | None = stated(
        N_("Yearly cost of a person, on-costs included"), "usd_per_year"
    )
    compute_usd_per_month: Amount | None = stated(N_("Spend on compute in a month"), "usd")
    other_usd_per_month: Amount | None = stated(
        N_("Spend in a month on all but people and compute"), "usd"
    )
    compute_budget_usd: Amount | None = stated(N_("Budget for the model's compute"), "usd")
    compute_invoices_usd: Amount | None = stated(
        N_("Invoices for all research compute of the last model"), "usd"
    )
    noncancellable_compute_24m_usd: Amount | None = stated(
        N_("Compute payments of 24 months that cannot be cancelled"), "usd"
    )
    contract_minimums_usd: Amount | None = stated(
        N_("Minimum payments in the compute contracts"), "usd"
    )
    plan_minimums_usd: Amount | None = stated(N_("Minimum payments in the financial plan"), "usd")
    stated_runway_months: Amount | None = stated(N_("Runway as the company states it"), "month")
    months_to_proof: Amount | None = stated(N_("Planned months to the next proof"), "month")
    past_slip: Amount | None = stated(
        N_("Slip of past milestones, share of the planned time"), "fraction"
    )
    months_to_close_round: Amount | None = stated(N_("Months to close the next round"), "month")
    revenue_usd: Amount | None = stated(N_("Revenue of twelve months"), "usd")
    group_revenue_usd: Amount | None = stated(
        N_("Revenue of twelve months, affiliates included"), "usd"
    )
    recurring_revenue_usd: Amount | None = stated(
        N_("Repeating cash revenue from own products"), "usd"
    )
    usage_revenue_usd: Amount | None = stated(N_("Revenue from usage, twelve months"), "usd")
    largest_customer_revenue_usd: Amount | None = stated(
        N_("Revenue from the largest customer"), "usd"
    )
    revenue_year_ago_usd: Amount | None = stated(
        N_("Revenue a year ago from the customers of then"), "usd"
    )
    retained_revenue_usd: Amount | None = stated(
        N_("Revenue today from the customers of a year ago, growth left out"), "usd"
    )
    inference_usd: Amount | None = stated(N_("Cost of inference"), "usd")
    hosting_usd: Amount | None = stated(N_("Cost of hosting"), "usd")
    licences_usd: Amount | None = stated(N_("Cost of licences"), "usd")
    support_usd: Amount | None = stated(N_("Cost of support"), "usd")
    cost_of_revenue_usd: Amount | None = stated(N_("Cost of revenue"), "usd")
    third_party_model_usd: Amount | None = stated(N_("Cost of other firms' models"), "usd")
    research_usd: Amount | None = stated(N_("Research spend of twelve months"), "usd")
    reported_gross_margin: Signed | None = stated(N_("Gross margin as reported"), "fraction")
    required_exit_percentile: Share | None = stated(
        N_("Percentile of the exit that returns the target"), "fraction"
    )
    cloud_credits_usd: Amount | None = stated(N_("Cloud credits, which are no cash"), "usd")
    cloud_credits_months: Amount | None = stated(N_("Months until cloud credits lapse"), "month")
    next_raise_usd: Amount | None = stated(N_("Money of the next round"), "usd")
    next_raise_month: Amount | None = stated(N_("Month of the next round, from today"), "month")
    data_usd_per_month: Amount | None = stated(N_("Spend on data in a month"), "usd")
    market_usd_per_month: Amount | None = stated(
        N_("Spend on sales and marketing in a month"), "usd"
    )
    months_between_models: Amount | None = stated(N_("Months between models"), "month")
    cny_cost_share: Share | None = stated(N_("Share of the costs in yuan"), "fraction")
    cny_revenue_share: Share | None = stated(N_("Share of the revenue in yuan"), "fraction")
    investment_usd: Amount | None = stated(N_("Our investment"), "usd")
    post_money_usd: Amount | None = stated(N_("Value of the company after the round"), "usd")
    preference_multiple: Amount | None = stated(
        N_("Liquidation preference, times the money"), "ratio"
    )
    participating: YesNo | None = stated(N_("Preferred shares take part beside their preference"))
    earlier_preferences_usd: Amount | None = stated(N_("Preferences of earlier rounds"), "usd")
    earlier_share: Share | None = stated(N_("Share of the earlier preferred shares"), "fraction")
    pro_rata_share: Share | None = stated(
        N_("Part of our share that we keep in later rounds"), "fraction"
    )
    debt_usd: Amount | None = stated(N_("Debt"), "usd")
    forecasts: Annotated[list[Forecast], Field(max_length=_MOST_ENTRIES)] = []


class DataFacts(_Section):
    """The training corpus."""

    raw_tokens: Amount | None = stated(N_("Tokens of the corpus before deduplication"), "token")
    corpus_tokens: Amount | None = stated(N_("Tokens of the corpus"), "token")
    corpus_bytes: Amount | None = stated(N_("Size of the corpus"), "bytes")
    known_ground_tokens: Amount | None = stated(
        N_("Tokens with a known licence or legal ground"), "token"
    )
    unique_tokens_by_language: _Names = {}


class Operations(_Section):
    """Compute, people and releases."""

    contracted_gpu_hours: Amount | None = stated(
        N_("Accelerator-hours under contract for 18 months"), "gpu_hour"
    )
    owned_gpu_hours: Amount | None = stated(
        N_("Accelerator-hours of own accelerators in 18 months"), "gpu_hour"
    )
    needed_gpu_hours_18m: Amount | None = stated(
        N_("Accelerator-hours that the plan needs in 18 months"), "gpu_hour"
    )
    compute_spend_usd: _Names = {}
    useful_gpu_hours: Amount | None = stated(
        N_("Accelerator-hours of steps that were kept"), "gpu_hour"
    )
    paid_gpu_hours: Amount | None = stated(N_("Accelerator-hours paid for"), "gpu_hour")
    planned_days: Amount | None = stated(N_("Planned days from start to a releasable model"), "day")
    evaluation_days: Amount | None = stated(N_("Days of evaluation before release"), "day")
    post_training_flop: Amount | None = stated(N_("Compute of post-training"), "flop")
    synthetic_data_flop: Amount | None = stated(N_("Compute of making synthetic data"), "flop")
    finetune_flop: Amount | None = stated(N_("Compute of fine-tuning"), "flop")
    base_model_flop: Amount | None = stated(N_("Training compute of the base model"), "flop")
    largest_earlier_run_flop: Amount | None = stated(
        N_("Training compute of the team's largest earlier model"), "flop"
    )
    energy_meter_kwh: Amount | None = stated(N_("Energy of the run by the meter"), "kwh")
    chips_in: Words | None = stated(N_("Country where the accelerators stand"))
    parent_in: Words | None = stated(N_("Country of the ultimate parent"))
    serving_accelerators: Amount | None = stated(N_("Accelerators that serve"), "count")
    serving_tokens_per_s: Amount | None = stated(
        N_("Tokens per second of one serving accelerator"), "token"
    )
    serving_utilization: Share | None = stated(N_("Utilisation of the serving fleet"), "fraction")
    available_minutes: Amount | None = stated(N_("Minutes of service in six months"), "count")
    total_minutes: Amount | None = stated(N_("Minutes of those six months"), "count")
    key_staff: Amount | None = stated(N_("Key people a year ago"), "count")
    key_leavers: Amount | None = stated(N_("Key people who left since"), "count")
    releases: Annotated[list[Release], Field(max_length=_MOST_ENTRIES)] = []


class Market(_Section):
    """Customers, traffic, prices and rivals."""

    tokens_served_per_month: Amount | None = stated(N_("Tokens served in a month"), "token")
    price_usd_per_million_tokens: Amount | None = stated(
        N_("Net price of a million tokens"), "usd_per_million_tokens"
    )
    cost_usd_per_million_tokens: Amount | None = stated(
        N_("Cost of serving a million tokens"), "usd_per_million_tokens"
    )
    free_share: Amount | None = stated(N_("Free tokens over paid tokens"), "ratio")
    price_fall_per_year: Signed | None = stated(N_("Fall of the price in a year"), "fraction")
    cost_fall_per_year: Signed | None = stated(N_("Fall of the unit cost in a year"), "fraction")
    growth_per_month: Signed | None = stated(N_("Growth of the tokens sold in a month"), "fraction")
    paid_seats: Amount | None = stated(N_("Paid seats"), "count")
    seat_usd_per_month: Amount | None = stated(N_("Fee of a seat in a month"), "usd")
    users: Amount | None = stated(N_("Users in a month"), "count")
    sessions_per_user_month: Amount | None = stated(N_("Sessions of a user in a month"), "count")
    tokens_per_session: Amount | None = stated(N_("Tokens of a session"), "token")
    pilots_started: Amount | None = stated(N_("Pilots started six months ago or more"), "count")
    pilots_paid: Amount | None = stated(N_("Those pilots now in paid production"), "count")
    cac_usd: Amount | None = stated(N_("Cost to win a customer"), "usd")
    revenue_per_customer_month_usd: Amount | None = stated(
        N_("Revenue of a customer in a month"), "usd"
    )
    plan_revenue_y5_usd: Amount | None = stated(N_("Planned revenue of year five"), "usd")
    market_y5_usd: Amount | None = stated(
        N_("Market of year five, counted from named buyers"), "usd"
    )
    lead_gap: Signed | None = stated(N_("Lead over the best rival now, in points"), "ratio")
    lead_closing_per_month: Signed | None = stated(
        N_("Points of the lead lost in a month"), "ratio"
    )
    frontier_cost_at_quality_usd: Amount | None = stated(
        N_("Cost of the public frontier at this quality"), "usd"
    )
    own_cost_at_quality_usd: Amount | None = stated(N_("The company's cost at this quality"), "usd")


class Measurements(_Section):
    """What the lab, the analyst or the company measured; ``sample`` says who chose it."""

    near_duplicate_share: MeasuredShare | None = stated(N_("Share of near duplicates"), "fraction")
    pii_per_1k: MeasuredAmount | None = stated(
        N_("Personal identifiers per thousand documents"), "count"
    )
    contamination_share: MeasuredShare | None = stated(
        N_("Share of test items found in the training data"), "fraction"
    )
    target_language_share: MeasuredShare | None = stated(
        N_("Share of tokens in the target languages"), "fraction"
    )
    filter_gain_sigma: MeasuredSigned | None = stated(
        N_("Gain of filtering over the spread of seeds"), "ratio"
    )
    generated_pass_rate: MeasuredShare | None = stated(
        N_("Share of sampled answers that pass"), "fraction"
    )
    refusal_rate: MeasuredShare | None = stated(
        N_("Share refused of what must be refused"), "fraction"
    )
    over_refusal_rate: MeasuredShare | None = stated(
        N_("Share refused of what must be answered"), "fraction"
    )
    pair_gap: MeasuredShare | None = stated(N_("Largest gap between paired groups"), "fraction")
    jailbreak_rate: MeasuredShare | None = stated(
        N_("Share of public attacks that succeed"), "fraction"
    )
    injection_success: MeasuredShare | None = stated(
        N_("Share of injected instructions obeyed"), "fraction"
    )
    blind_lead_low: MeasuredSigned | None = stated(
        N_("Lower bound of the lead on blind customer tasks"), "fraction"
    )
    repro_z: MeasuredAmount | None = stated(
        N_("Gap of the rebuilt twin over the spread of seeds"), "ratio"
    )
    scaling_forecast_error: MeasuredAmount | None = stated(
        N_("Error of the loss forecast made before the run"), "fraction"
    )
    rerun_gap: MeasuredSigned | None = stated(
        N_("Largest gap of a headline claim on rerun"), "fraction"
    )
    uptime: MeasuredShare | None = stated(N_("Uptime of six months"), "fraction")
    mfu: MeasuredShare | None = stated(N_("Utilisation measured in the step"), "fraction")
    goodput: MeasuredShare | None = stated(N_("Useful share of paid cluster time"), "fraction")
    final_loss: MeasuredAmount | None = stated(N_("Final loss of the large run"), "nat_per_token")
    scaling_fit_loss: MeasuredAmount | None = stated(
        N_("Loss that the fit to small runs gives"), "nat_per_token"
    )
    public_score: MeasuredShare | None = stated(N_("Score claimed on a public test"), "fraction")
    private_twin_score: MeasuredShare | None = stated(
        N_("Score on the private twin of that test"), "fraction"
    )


class Documents(_Section):
    """What papers show."""

    has_safety_framework: YesNo | None = stated(N_("Safety framework published or shared"))
    transparency_indicators: Amount | None = stated(
        N_("Transparency indicators met, of a hundred"), "count"
    )


SECTIONS: Final[Mapping[str, type[_Section]]] = {
    "finance": Finance,
    "data": DataFacts,
    "operations": Operations,
    "market": Market,
    "measurements": Measurements,
    "documents": Documents,
}


@cache
def label_and_unit(path: str) -> tuple[str, str]:
    """What the entry at ``path`` (``finance.cash_usd``) is called, in English, and its unit."""
    section, name = path.split(".")
    field = SECTIONS[section].model_fields[name]
    extra = field.json_schema_extra
    unit = extra.get("unit") if isinstance(extra, dict) else None
    return field.title or name, unit if isinstance(unit, str) else ""


def entry(section: BaseModel, name: str) -> Stated[float] | Stated[bool] | Stated[str] | None:
    """The entry of this name in a section; ``None`` where nobody stated it."""
    found = getattr(section, name)
    assert found is None or isinstance(found, Stated), name
    return found
