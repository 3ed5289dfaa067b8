"""A deal with every number that the metrics read, and deals like it."""

from copy import deepcopy
from functools import cache
from typing import Any

from costmodel.facts import FactError
from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.findings import evaluate
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override
from dashboard.risk.metrics import Basis, compute_metrics
from dashboard.risk.metrics.basis import Evaluated
from dashboard.risk.metrics.metric import Metric

FULL: dict[str, Any] = {
    "assay": 1,
    "name": "Full",
    "company": {"country": "US"},
    "plan": {
        "model": {"params": 70e9},
        "tokens": 2e12,
        "unique_tokens": None,
        "context_tokens": 4096,
        "precision": "bf16",
        "region": "United States",
        "cluster": {"chip": "H100 SXM 80GB", "n_accelerators": 1024, "usd_per_gpu_hour": 2.0},
    },
    "claims": [
        {"id": "days", "quantity": "wall_days", "value": 45},
        {"id": "mfu", "quantity": "mfu", "value": 0.3},
        {"id": "cost", "quantity": "usd", "value": 2.2e6},
        {"id": "energy", "quantity": "energy_kwh", "value": 1.2e6},
    ],
    "finance": {
        "cash_usd": 20e6,
        "raise_usd": 40e6,
        "signed_funding_usd": 0,
        "net_burn_usd_per_month": 3e6,
        "gross_burn_usd_per_month": 4e6,
        "headcount": 60,
        "loaded_usd_per_person_year": 300e3,
        "compute_usd_per_month": 2e6,
        "other_usd_per_month": 0.5e6,
        "compute_budget_usd": 12e6,
        "compute_invoices_usd": 11e6,
        "noncancellable_compute_24m_usd": 5e6,
        "contract_minimums_usd": 5e6,
        "plan_minimums_usd": 5e6,
        "stated_runway_months": 7,
        "months_to_proof": 9,
        "past_slip": 0.2,
        "revenue_usd": 12e6,
        "recurring_revenue_usd": 9e6,
        "usage_revenue_usd": 6e6,
        "largest_customer_revenue_usd": 3e6,
        "revenue_year_ago_usd": 8e6,
        "retained_revenue_usd": 7e6,
        "inference_usd": 3e6,
        "hosting_usd": 1e6,
        "licences_usd": 0,
        "support_usd": 1e6,
        "cost_of_revenue_usd": 5e6,
        "third_party_model_usd": 1e6,
        "research_usd": 30e6,
        "reported_gross_margin": 0.55,
        "required_exit_percentile": 0.97,
        "forecasts": [{"plan": 10, "actual": a} for a in (9, 11, 10, 8)],
    },
    "data": {
        "raw_tokens": 2.5e12,
        "corpus_tokens": 2e12,
        "corpus_bytes": 8e12,
        "known_ground_tokens": 1.2e12,
        "unique_tokens_by_language": {"en": 1.5e12, "zh": 0.5e12},
    },
    "operations": {
        "contracted_gpu_hours": 2e6,
        "owned_gpu_hours": 1e6,
        "compute_spend_usd": {"first": 3e6, "second": 1e6},
        "useful_gpu_hours": 8e5,
        "paid_gpu_hours": 1e6,
        "planned_days": 100,
        "evaluation_days": 10,
        "finetune_flop": 1e22,
        "base_model_flop": 1e24,
        "largest_earlier_run_flop": 1e23,
        "energy_meter_kwh": 1.2e6,
        "serving_accelerators": 100,
        "serving_tokens_per_s": 2500,
        "serving_utilization": 0.5,
        "available_minutes": 262_000,
        "total_minutes": 262_800,
        "key_staff": 20,
        "key_leavers": 2,
        "releases": [{"name": "v1", "announced": "2026-01", "actual": "2026-02"}],
    },
    "market": {
        "tokens_served_per_month": 250e9,
        "price_usd_per_million_tokens": 2.0,
        "cost_usd_per_million_tokens": 1.0,
        "free_share": 0.1,
        "price_fall_per_year": 0.5,
        "cost_fall_per_year": 0.35,
        "users": 1e5,
        "sessions_per_user_month": 20,
        "tokens_per_session": 125_000,
        "pilots_started": 10,
        "pilots_paid": 4,
        "cac_usd": 50e3,
        "revenue_per_customer_month_usd": 10e3,
        "plan_revenue_y5_usd": 100e6,
        "market_y5_usd": 1e9,
        "lead_gap": 6,
        "lead_closing_per_month": 0.5,
        "frontier_cost_at_quality_usd": 4e6,
    },
    "measurements": {
        "near_duplicate_share": {"value": 0.1, "sample": "analyst"},
        "pii_per_1k": {"value": 4, "sample": "company"},
        "contamination_share": 0.01,
        "target_language_share": 0.8,
        "filter_gain_sigma": 2.5,
        "generated_pass_rate": 0.93,
        "refusal_rate": 0.96,
        "over_refusal_rate": 0.03,
        "pair_gap": 0.04,
        "jailbreak_rate": 0.2,
        "injection_success": 0.1,
        "blind_lead_low": 0.02,
        "repro_z": 1.5,
        "scaling_forecast_error": 0.015,
        "rerun_gap": 0.02,
        "final_loss": 1.95,
        "scaling_fit_loss": 1.93,
        "public_score": 0.80,
        "private_twin_score": 0.78,
    },
    "documents": {"has_safety_framework": True, "transparency_indicators": 40},
}


def full(**changed: Any) -> Deal:
    """The full deal with entries set by path (dots as double underscores); ``...`` drops one."""
    loaded = deepcopy(FULL)
    for path, value in changed.items():
        *parents, last = path.split("__")
        place = loaded
        for part in parents:
            place = place[part]
        if value is ...:
            place.pop(last, None)
        else:
            place[last] = value
    return deals.from_mapping(loaded)


@cache
def _evaluated(plan: str) -> Evaluated:
    try:
        return evaluate(deals.loads(plan), language="en", n_draws=2_000)
    except (InputError, FactError) as refused:
        return refused


def basis(deal: Deal, **given: float) -> Basis:
    """The deal through the cost model, evaluated once for each plan."""
    bare = Deal(assay=1, name="X", company=deal.company, plan=deal.plan, claims=deal.claims)
    history = [
        Override(id=name, value=value, by="the fund", date="2026-11-01", reason="its own view")
        for name, value in given.items()
    ]
    return Basis(
        deal=deal,
        evaluated=_evaluated(deals.dumps(bare)),
        parameters=bank().parameters(history),
    )


def metrics(**changed: Any) -> dict[str, Metric]:
    """The metrics of the full deal, changed."""
    return compute_metrics(basis(full(**changed)))


def value(metric_id: str, **changed: Any) -> Any:
    """The value of one metric of the full deal, changed."""
    return metrics(**changed)[metric_id].value
