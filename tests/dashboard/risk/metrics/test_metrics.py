"""Every metric: computed where its inputs are, silent with a sentence where they are not."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import deal as deals
from dashboard.deal_sections import SECTIONS
from dashboard.risk.answers.evidence import BY_STRENGTH, weakest
from dashboard.risk.metrics import METRIC_IDS, Basis, basis_of, compute_metrics
from tests.dashboard.risk.metrics.deals import FULL, basis, full, metrics, value
from tests.dashboard.samples import PUBLISHED

#: Which metrics fall silent without an entry of the deal.
NEEDS: dict[str, set[str]] = {
    "finance.cash_usd": {
        "cash_months",
        "commit_over_cash",
        "money_over_final_run",
        "price_shock_survival",
        "runway_ceiling_months",
        "runway_margin_months",
    },
    "finance.raise_usd": {
        "money_over_final_run",
        "price_shock_survival",
        "runway_ceiling_months",
        "runway_margin_months",
    },
    "finance.signed_funding_usd": {"commit_over_cash", "money_over_final_run"},
    "finance.net_burn_usd_per_month": {
        "cash_months",
        "price_shock_survival",
        "runway_ceiling_months",
        "runway_margin_months",
    },
    "finance.compute_usd_per_month": {"price_shock_survival"},
    "finance.compute_budget_usd": {"budget_over_final_run"},
    "finance.noncancellable_compute_24m_usd": {"commit_over_cash"},
    "finance.months_to_proof": {"price_shock_survival", "runway_margin_months"},
    "finance.past_slip": {"runway_margin_months"},
    "finance.revenue_usd": {
        "annual_revenue",
        "cac_payback_months",
        "gross_margin",
        "recurring_share",
        "rnd_over_revenue",
        "top1_share",
    },
    "finance.recurring_revenue_usd": {"recurring_share"},
    "finance.usage_revenue_usd": {"revenue_triangulation_gap"},
    "finance.largest_customer_revenue_usd": {"top1_share"},
    "finance.revenue_year_ago_usd": {"gross_retention"},
    "finance.retained_revenue_usd": {"gross_retention"},
    "finance.inference_usd": {"gross_margin", "cac_payback_months"},
    "finance.cost_of_revenue_usd": {"third_party_model_share"},
    "finance.third_party_model_usd": {"third_party_model_share"},
    "finance.research_usd": {"rnd_over_revenue"},
    "finance.required_exit_percentile": {"required_exit_percentile"},
    "finance.forecasts": {"forecast_error"},
    "finance.headcount": set(),
    "data.raw_tokens": {"epochs_effective"},
    "data.corpus_tokens": {"license_known_share"},
    "data.known_ground_tokens": {"license_known_share"},
    "data.corpus_bytes": set(),
    "operations.contracted_gpu_hours": {"capacity_coverage"},
    "operations.owned_gpu_hours": {"capacity_coverage"},
    "operations.compute_spend_usd": {"provider_share_max"},
    "operations.useful_gpu_hours": {"goodput"},
    "operations.paid_gpu_hours": {"goodput"},
    "operations.evaluation_days": {"schedule_slack"},
    "operations.finetune_flop": {"modifier_share"},
    "operations.base_model_flop": {"modifier_share"},
    "operations.largest_earlier_run_flop": {"scale_step"},
    "operations.available_minutes": {"uptime"},
    "operations.total_minutes": {"uptime"},
    "operations.key_staff": {"key_attrition"},
    "operations.key_leavers": {"key_attrition"},
    "market.tokens_served_per_month": {"revenue_triangulation_gap", "tokens_served_per_month"},
    "market.users": {"users_per_month"},
    "market.price_usd_per_million_tokens": {
        "months_to_negative_margin",
        "revenue_triangulation_gap",
    },
    "market.cost_usd_per_million_tokens": {"months_to_negative_margin"},
    "market.free_share": {"months_to_negative_margin"},
    "market.pilots_started": {"pilot_conversion"},
    "market.pilots_paid": {"pilot_conversion"},
    "market.cac_usd": {"cac_payback_months"},
    "market.revenue_per_customer_month_usd": {"cac_payback_months"},
    "market.plan_revenue_y5_usd": {"implied_market_share"},
    "market.market_y5_usd": {"implied_market_share"},
    "market.lead_gap": {"lead_gap", "lead_months"},
    "market.lead_closing_per_month": {"lead_months"},
    "market.frontier_cost_at_quality_usd": {"efficiency_ratio"},
    "measurements.near_duplicate_share": {"lab_dup_rate", "epochs_effective"},
    "measurements.pii_per_1k": {"lab_pii_per_1k"},
    "measurements.contamination_share": {"lab_contam_rate"},
    "measurements.target_language_share": {"lab_target_lang_share"},
    "measurements.filter_gain_sigma": {"lab_filter_gain_sigma"},
    "measurements.generated_pass_rate": {"cn_test_pass_rate"},
    "measurements.refusal_rate": {"cn_refusal_rate"},
    "measurements.over_refusal_rate": {"cn_over_refusal_rate"},
    "measurements.pair_gap": {"lab_pair_gap"},
    "measurements.jailbreak_rate": {"lab_jailbreak_rate"},
    "measurements.injection_success": {"lab_injection_success"},
    "measurements.blind_lead_low": {"blind_lead_low"},
    "measurements.repro_z": {"lab_repro_z"},
    "measurements.scaling_forecast_error": {"scaling_forecast_error"},
    "measurements.rerun_gap": {"claim_rerun_gap"},
    "documents.has_safety_framework": {"has_safety_framework"},
    "documents.transparency_indicators": {"fmti_met_dataroom"},
    "company.country": {"outbound_status"},
}
#: What is asked for in place of an entry that others stand in for.
SAID = {"company.country": "operations.parent_in"}
#: Serving depends on an architecture, which the full deal leaves open.
UNSERVED = {"serving_usd_per_million_tokens", "stated_serving_cost_ratio"}
ENTRIES = [(section, name) for section in SECTIONS for name in FULL[section]]


def silent(found: dict[str, Any]) -> set[str]:
    """The metrics without a value. The deal says no architecture, so serving is among them."""
    return {metric_id for metric_id, metric in found.items() if metric.value is None} - UNSERVED


def test_a_full_deal_has_every_metric() -> None:
    found = metrics()
    assert set(found) == set(METRIC_IDS)
    assert len(METRIC_IDS) >= 50
    assert not silent(found)
    assert all(m.inputs and not m.missing for i, m in found.items() if i not in UNSERVED)
    assert "only the size" in str(found["serving_usd_per_million_tokens"].missing[0])


@pytest.mark.parametrize("path", sorted(NEEDS))
def test_what_is_missing_silences_what_needs_it_and_nothing_else(path: str) -> None:
    found = metrics(**{path.replace(".", "__"): ...})
    assert silent(found) == NEEDS[path]
    for metric_id in NEEDS[path]:
        said = " ".join(str(sentence) for sentence in found[metric_id].missing)
        assert SAID.get(path, path) in said, metric_id


@pytest.mark.parametrize(
    ("path", "needs"),
    [
        ("plan__tokens", {"mfu_implied", "epochs_effective", "energy_mwh", "cum_train_flop"}),
        ("plan__cluster__chip", {"mfu_implied", "export_status"}),
        ("plan__cluster__n_accelerators", {"mfu_implied", "run_days", "cluster_coverage_ceiling"}),
    ],
)
def test_without_a_part_of_the_plan_what_needs_it_says_so(path: str, needs: set[str]) -> None:
    found = metrics(**{path: ...})
    assert needs <= silent(found)
    assert "top1_share" not in silent(found)
    assert all(found[metric_id].missing for metric_id in needs)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(ENTRIES)))
def test_a_number_is_never_zero_for_want_of_another(left_out: set[tuple[str, str]]) -> None:
    """Dropping entries leaves each metric as it was, by another stated route, or silent."""
    whole = metrics()
    found = metrics(**{f"{section}__{name}": ... for section, name in left_out})
    for metric_id, metric in found.items():
        if metric.value is None:
            assert metric.missing
        elif metric.value == 0:
            assert whole[metric_id].value == 0
        else:
            assert metric.inputs


def test_an_empty_deal_has_no_metric_and_says_why() -> None:
    empty = deals.loads("assay: 1\nname: X\n")
    found = compute_metrics(basis_of(empty))
    assert silent(found) == set(METRIC_IDS) - UNSERVED
    assert all(metric.missing for metric in found.values())
    assert all(metric.status == "unknown" for metric in found.values() if not metric.inputs)


@pytest.mark.parametrize("metric_id", METRIC_IDS)
def test_a_metric_is_as_well_known_as_its_least_known_input(metric_id: str) -> None:
    found = metrics()[metric_id]
    assert found.status == weakest(i.status for i in found.inputs)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(sorted(BY_STRENGTH[1:])),
    st.sampled_from(sorted(BY_STRENGTH[1:])),
    st.sampled_from(sorted(BY_STRENGTH[1:])),
)
def test_three_statuses_make_the_weakest(committed: str, cash: str, signed: str) -> None:
    found = metrics(
        finance__noncancellable_compute_24m_usd={"value": 5e6, "status": committed},
        finance__cash_usd={"value": 20e6, "status": cash},
        finance__signed_funding_usd={"value": 0, "status": signed},
    )["commit_over_cash"]
    assert found.status == min(committed, cash, signed, key=[*map(str, BY_STRENGTH)].index)


def test_a_figure_of_the_cost_model_is_as_well_known_as_the_plan() -> None:
    assert metrics()["energy_mwh"].status == "claimed"
    assert metrics(plan__status="documented")["energy_mwh"].status == "documented"
    made_up = metrics(plan__status="documented", plan__cluster__n_accelerators=...)
    assert made_up["energy_mwh"].status == "assumed"


@pytest.mark.parametrize(
    ("metric_id", "changed"),
    [
        ("top1_share", {"finance__revenue_usd": 0}),
        ("gross_margin", {"finance__revenue_usd": 0}),
        ("gross_retention", {"finance__revenue_year_ago_usd": 0}),
        ("commit_over_cash", {"finance__cash_usd": 0}),
        ("pilot_conversion", {"market__pilots_started": 0}),
        ("implied_market_share", {"market__market_y5_usd": 0}),
        ("revenue_triangulation_gap", {"finance__usage_revenue_usd": 0}),
        ("modifier_share", {"operations__base_model_flop": 0}),
        ("goodput", {"operations__paid_gpu_hours": 0}),
        ("uptime", {"operations__total_minutes": 0}),
        ("key_attrition", {"operations__key_staff": 0}),
        ("license_known_share", {"data__corpus_tokens": 0}),
        ("epochs_effective", {"data__raw_tokens": 0}),
        ("provider_share_max", {"operations__compute_spend_usd": {"first": 0}}),
        ("capacity_coverage", {"operations__needed_gpu_hours_18m": 0}),
        ("efficiency_ratio", {"market__own_cost_at_quality_usd": 0}),
        ("cac_payback_months", {"market__revenue_per_customer_month_usd": 0}),
        ("scale_step", {"operations__largest_earlier_run_flop": 0}),
        ("forecast_error", {"finance__forecasts": [{"plan": 0, "actual": 1}] * 4}),
    ],
)
def test_a_division_by_zero_is_said_and_gives_no_number(
    metric_id: str, changed: dict[str, Any]
) -> None:
    found = metrics(**changed)[metric_id]
    assert found.value is None
    assert "zero" in " ".join(str(sentence) for sentence in found.missing)


def test_a_spread_holds_its_value() -> None:
    for metric in metrics().values():
        if metric.spread is not None:
            assert metric.spread.p05 <= metric.spread.p50 <= metric.spread.p95
            assert metric.value == metric.spread.p50


def test_a_limit_given_for_a_deal_replaces_the_cited_one() -> None:
    deal = full()
    cited = compute_metrics(basis(deal))["runway_margin_months"]
    given = compute_metrics(basis(deal, round_close_months=9))["runway_margin_months"]
    assert isinstance(cited.value, float)
    assert given.value == pytest.approx(cited.value - 3)
    assert any(i.source == "the fund" for i in given.inputs)


@pytest.mark.parametrize("sample", PUBLISHED)
def test_the_samples_have_metrics_and_no_failed_claim(sample: str) -> None:
    read = deals.sample(sample)
    found = compute_metrics(basis(read))
    assert found["failed_claims"].value == 0
    assert sum(metric.value is not None for metric in found.values()) >= 12


def test_the_numbers_are_finite_or_meant_to_be_endless() -> None:
    endless = {"price_shock_survival", "runway_margin_months", "months_to_negative_margin"}
    endless |= {"cac_payback_months", "lead_months"}
    for metric_id, metric in metrics().items():
        if isinstance(metric.value, float) and metric_id not in endless:
            assert math.isfinite(metric.value)


def test_a_basis_without_an_estimate_says_which_field_refused() -> None:
    refused = basis(full(plan__tokens=...))
    assert isinstance(refused, Basis)
    energy = compute_metrics(refused)["energy_mwh"]
    assert "plan.tokens" in str(energy.missing[0])


def test_a_value_changed_in_place_changes_no_other_metric() -> None:
    before, after = metrics(), metrics(finance__largest_customer_revenue_usd=6e6)
    changed = {m for m in METRIC_IDS if before[m].value != after[m].value}
    assert changed == {"top1_share"}
    assert value("top1_share") == pytest.approx(0.25)
