"""The sample plan of the scenarios page of the docs, and a plan with every kind of input.

Of the sample plan three inputs were given: a round of 40 million dollars, a final run of 6
million and a research multiple of 4. The others are ours, round numbers that were chosen so
that the plan shows what is said of it; the docs say the same.
"""

from typing import Any

from costmodel.uncertainty import Range
from costmodel.venture.inputs import INPUTS, Switches, VentureInputs, inputs_for, known

#: Given: the round, the final run, the multiple.
SAMPLE: dict[str, float] = {
    "cash_usd": 0.0,
    "raise_usd": 40e6,
    "final_run_usd": 6e6,
    "research_multiple": 4.0,
    # Ours: a model a year, 1.2 million a month for people and all else.
    "months_between_models": 12.0,
    "people_usd_per_month": 0.9e6,
    "other_usd_per_month": 0.3e6,
    # Ours: 15 billion tokens a month at 2 dollars, which cost 1 with those given away.
    "paid_tokens_per_month": 15e9,
    "price_usd_per_million_tokens": 2.0,
    "unit_cost_usd_per_million_tokens": 0.8,
    "free_share": 0.25,
    "growth_per_month": 0.28,
    "long_run_growth_per_month": 0.05,
    "growth_fade_per_month": 0.06,
    "price_fall_per_year": 0.5,
    "cost_fall_per_year": 0.35,
}
#: What stands where a plan says nothing: no drift, no doubt.
STILL: dict[str, float] = {
    "cash_usd": 0.0,
    "people_usd_per_month": 0.0,
    "people_multiple_per_year": 1.0,
    "fx_multiple_per_year": 1.0,
    "signed_delay_months": 0.0,
    "next_raise_probability": 1.0,
    "research_multiple": 1.0,
    "months_between_models": 12.0,
    "compute_price_multiple_per_year": 1.0,
    "proof_elasticity": 0.6,
    "market_elasticity": 0.2,
    "quality_elasticity": 0.1,
    "free_share": 0.0,
    "growth_per_month": 0.0,
    "long_run_growth_per_month": 0.0,
    "demand_elasticity": 1.0,
    "growth_fade_per_month": 0.0,
    "price_fall_per_year": 0.0,
    "cost_fall_per_year": 0.0,
    "top_customer_share": 0.2,
    "months_to_proof": 9.0,
    "past_slip": 0.0,
    "months_to_close": 6.0,
    "investment_usd": 15e6,
    "post_money_usd": 120e6,
    "step_up": 2.0,
    "earlier_share": 0.3,
    "exit_multiple": 6.0,
    "holding_years": 7.0,
}


def still(**changed: Any) -> VentureInputs:
    """A plan without doubt: what is named, and nothing moves otherwise. ``switches`` too."""
    switches = changed.pop("switches", Switches())
    programme = changed.pop("programme_usd", None)
    given = {**STILL, **changed}
    spans = {n: v if isinstance(v, Range) else known(float(v)) for n, v in given.items()}
    return inputs_for(spans, switches=switches, programme_usd=programme)


def sample(**changed: Any) -> VentureInputs:
    """The sample plan, with what is changed."""
    return still(**{**SAMPLE, **changed})


def uncertain(**changed: Any) -> VentureInputs:
    """The sample plan with every cited range in place of our round numbers."""
    own = {name: value for name, value in SAMPLE.items() if not INPUTS[name].cited}
    given: dict[str, Any] = {
        **own,
        "investment_usd": 15e6,
        "post_money_usd": 120e6,
        "later_dilution_1": 0.18,
        "later_pool_1": 0.03,
        **changed,
    }
    spans = {n: v if isinstance(v, Range) else known(float(v)) for n, v in given.items()}
    return inputs_for(spans)
