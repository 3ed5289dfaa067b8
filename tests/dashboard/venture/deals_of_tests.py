"""Deals that tests of scenarios start from."""

from typing import Any

from dashboard import deal as deals
from dashboard.deal import Deal

FINANCE: dict[str, Any] = {
    "cash_usd": 4e6,
    "raise_usd": 40e6,
    "investment_usd": 15e6,
    "post_money_usd": 160e6,
    "headcount": 40,
    "loaded_usd_per_person_year": 270_000.0,
    "other_usd_per_month": 0.3e6,
    "months_to_proof": 9,
}
MARKET: dict[str, Any] = {
    "tokens_served_per_month": 3e11,
    "free_share": 0.25,
    "price_usd_per_million_tokens": 2.0,
    "cost_usd_per_million_tokens": 0.8,
}
PLAN: dict[str, Any] = {
    "model": {"params": 7e9},
    "tokens": 1e12,
    "cluster": {"chip": "H100 SXM 80GB", "n_accelerators": 256, "usd_per_gpu_hour": 2.0},
}
SCENARIOS: list[dict[str, Any]] = [
    {"name": "Lean", "inputs": {"research_multiple": [2.5, 4.0], "final_run_usd": 6e6}},
    {
        "name": "Hard year",
        "stress": ["compute_rise", "late_raise"],
        "inputs": {"growth_per_month": [0.02, 0.1]},
        "switches": {"checklist": False},
        "cases": {"fail": 0.6},
    },
]


def deal(**sections: Any) -> Deal:
    """A deal that has everything; a section given takes the place of the usual one."""
    usual = {
        "assay": 1,
        "name": "Sample plan",
        "company": {"name": "Sample", "country": "US", "stage": "series A"},
        "plan": PLAN,
        "finance": FINANCE,
        "market": MARKET,
        "scenarios": SCENARIOS,
    }
    return deals.from_mapping({**usual, **sections})
