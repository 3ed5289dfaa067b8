"""The formulas against worked cases, and the traps that each of them avoids."""

import math
from typing import Any

import pytest

from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.risk.metrics import compute_metrics
from dashboard.risk.metrics.regulation import flop_threshold
from tests.dashboard.risk.metrics.deals import basis, metrics, value


def run(claims: dict[str, float], **plan: Any) -> Deal:
    cluster = {"chip": "H100 SXM 80GB", "n_accelerators": 1024}
    plan = {"model": {"params": 70e9}, "tokens": 2e12, "cluster": cluster} | plan
    listed = [{"id": q, "quantity": q, "value": v} for q, v in claims.items()]
    return deals.from_mapping({"assay": 1, "name": "X", "plan": plan, "claims": listed})


def mfu(deal: Deal) -> float:
    found = compute_metrics(basis(deal))["mfu_implied"].value
    assert isinstance(found, float)
    return found


# --- compute --------------------------------------------------------------------------------------


def test_seventy_billion_on_two_trillion_tokens_in_45_days() -> None:
    assert mfu(run({"wall_days": 45})) == pytest.approx(0.213, abs=5e-4)


def test_llama_3_1_405b_by_its_hours_and_not_by_its_window() -> None:
    sample = deals.sample("llama-3.1-405b")
    assert mfu(sample) == pytest.approx(0.345, abs=5e-4)
    window = sample.model_copy(
        update={
            "claims": [
                *[c for c in sample.claims if c.quantity != "gpu_hours"],
                deals.ClaimEntry(id="window", quantity="wall_days", value=54),
            ]
        }
    )
    assert mfu(window) == pytest.approx(0.50, abs=0.01)
    both = sample.model_copy(update={"claims": [*sample.claims, *window.claims[-1:]]})
    assert mfu(both) == mfu(sample)


def test_halving_the_accelerators_doubles_the_implied_utilisation() -> None:
    half = {"chip": "H100 SXM 80GB", "n_accelerators": 512}
    whole = mfu(run({"wall_days": 45}))
    assert mfu(run({"wall_days": 45}, cluster=half)) == pytest.approx(2 * whole)


def test_the_peak_is_dense_and_of_the_training_precision() -> None:
    at_bf16 = mfu(run({"gpu_hours": 1e6}, precision="bf16"))
    assert mfu(run({"gpu_hours": 1e6})) == at_bf16
    assert mfu(run({"gpu_hours": 1e6}, precision="fp8")) == pytest.approx(at_bf16 / 2, rel=1e-3)


def test_a_mixture_of_experts_counts_what_a_token_passes_through() -> None:
    sparse = {"params": 671e9, "active_params": 37e9}
    found = mfu(run({"gpu_hours": 2.788e6}, model=sparse, tokens=14.8e12))
    assert found == pytest.approx(6 * 37e9 * 14.8e12 / (2.788e6 * 3600 * 989.4e12), rel=1e-3)
    with_total = mfu(run({"gpu_hours": 2.788e6, "params": 671e9}, model=sparse, tokens=14.8e12))
    assert with_total == found


def test_a_run_that_does_not_fit_its_cluster_is_still_held_against_physics() -> None:
    small = run({"wall_days": 45}, cluster={"chip": "H100 SXM 80GB", "n_accelerators": 1})
    assert mfu(small) > 100


def test_goodput_by_two_claims_is_the_step_time_over_the_time_paid() -> None:
    found = compute_metrics(basis(deals.sample("llama-3.1-405b")))["goodput"]
    assert found.value == pytest.approx(0.345 / 0.41, abs=2e-3)
    too_few = run({"gpu_hours": 5e5, "mfu": 0.3})
    refused = compute_metrics(basis(too_few))["goodput"]
    assert refused.value is None
    assert "which of the two holds" in str(refused.missing[0])


def test_measured_goodput_counts_before_hours_and_claims() -> None:
    assert value("goodput") == pytest.approx(0.8)
    assert value("goodput", measurements__goodput=0.9) == 0.9


def test_capacity_by_the_stated_need_and_by_the_programme() -> None:
    assert value("capacity_coverage", operations__needed_gpu_hours_18m=6e6) == pytest.approx(0.5)
    found = metrics()["capacity_coverage"]
    assert found.spread is not None
    assert found.spread.p05 < found.spread.p95


def test_slack_is_planned_days_over_the_days_that_it_takes() -> None:
    measured = {"measurements__mfu": 0.4, "measurements__goodput": 0.9}
    days = 6 * 70e9 * 2e12 / (1024 * 989.4e12 * 0.4) / 86_400 / 0.9
    found = value("schedule_slack", **measured)
    assert found == pytest.approx(100 / (days + 10) - 1, rel=1e-3)
    alone = value("schedule_slack", operations__planned_days=..., **measured)
    assert alone == pytest.approx(45 / days - 1, rel=1e-3)


def test_a_finished_run_has_no_slack_left_to_judge() -> None:
    found = compute_metrics(basis(deals.sample("bloom-176b")))["schedule_slack"]
    assert found.value is None
    assert "finished" in str(found.missing[0])


def test_the_budget_over_the_final_run_has_the_range_of_the_run() -> None:
    found = metrics()["budget_over_final_run"]
    assert found.spread is not None
    assert found.spread.p05 < found.spread.p50 < found.spread.p95
    assert value("budget_over_final_run", finance__compute_budget_usd=24e6) == pytest.approx(
        2 * found.spread.p50
    )


def test_the_largest_supplier() -> None:
    assert value("provider_share_max") == pytest.approx(0.75)


# --- data and regulation --------------------------------------------------------------------------


def test_passes_over_distinct_data() -> None:
    assert value("epochs_effective") == pytest.approx(2e12 / (2.5e12 * 0.9))
    stated = {"plan__unique_tokens": 1e12, "data__raw_tokens": ...}
    assert value("epochs_effective", **stated) == pytest.approx(2)


def test_cumulative_compute_sums_what_is_stated() -> None:
    base = 6 * 70e9 * 2e12
    assert value("cum_train_flop") == pytest.approx(base)
    more = {"operations__post_training_flop": 1e22, "operations__synthetic_data_flop": 2e22}
    assert value("cum_train_flop", **more) == pytest.approx(base + 3e22)


def test_thresholds_of_law_are_read_from_the_data() -> None:
    assert flop_threshold("eu-gpai-1e23") == 1e23
    assert flop_threshold("eu-systemic-1e25") == 1e25
    assert flop_threshold("us-ca-sb53-1e26") == 1e26


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, "uncontrolled"),
        ({"operations__chips_in": "CN"}, "case_by_case"),
        ({"operations__parent_in": "China"}, "presumption_of_denial"),
        ({"company__country": "CN", "plan__region": "China - Sichuan"}, "case_by_case"),
        (
            {"plan__cluster__chip": "B200 SXM", "operations__chips_in": "CN"},
            "presumption_of_denial",
        ),
    ],
)
def test_export_status_follows_place_and_parent(changed: dict[str, Any], status: str) -> None:
    assert value("export_status", **changed) == status


def test_outbound_money_is_notifiable_above_the_threshold_and_for_china_alone() -> None:
    assert value("outbound_status") == "free"
    assert value("outbound_status", company__country="CN") == "notifiable"
    assert value("outbound_status", company__country="CN", plan__tokens=1e10) == "free"
    assert value("outbound_status", company__country="CN", plan__tokens=1e14) == "prohibited"


# --- money ----------------------------------------------------------------------------------------


def test_the_margin_turns_negative_after_27_months() -> None:
    assert value("months_to_negative_margin") == pytest.approx(27.3, abs=0.05)


@pytest.mark.parametrize("cost_fall", [0.5, 0.6])
def test_the_margin_never_turns_where_cost_falls_as_fast_as_price(cost_fall: float) -> None:
    assert value("months_to_negative_margin", market__cost_fall_per_year=cost_fall) == math.inf


@pytest.mark.parametrize("cost_fall", [0.35, 0.6])
def test_a_margin_that_is_negative_already_lasts_no_month(cost_fall: float) -> None:
    changed = {"market__cost_usd_per_million_tokens": 2.5, "market__cost_fall_per_year": cost_fall}
    assert value("months_to_negative_margin", **changed) == 0


def test_without_stated_falls_the_cited_ranges_give_a_range() -> None:
    changed = {"market__price_fall_per_year": ..., "market__cost_fall_per_year": ...}
    found = metrics(**changed)["months_to_negative_margin"]
    assert found.spread is not None
    assert found.spread.p05 < found.spread.p50


def test_the_largest_price_rise_survived() -> None:
    """60 million over 9 months are 6.67 a month; 3.67 are spare, over 2 of compute."""
    assert value("price_shock_survival") == pytest.approx((60 / 9 - 3) / 2)
    rise = value("price_shock_survival")
    assert 60e6 / (3e6 + rise * 2e6) == pytest.approx(9)
    assert value("price_shock_survival", finance__cash_usd=0, finance__raise_usd=1e6) < 0
    assert value("price_shock_survival", finance__compute_usd_per_month=0) == math.inf


def test_months_to_spare_after_the_proof() -> None:
    assert value("runway_margin_months") == pytest.approx(20 - (9 * 1.2 + 6))
    stated = value("runway_margin_months", finance__months_to_close_round=4)
    assert stated == pytest.approx(20 - (9 * 1.2 + 4))
    assert value("runway_margin_months", finance__net_burn_usd_per_month=-1e5) == math.inf


def test_gross_margin_by_lines_by_cost_of_revenue_and_by_unit_cost() -> None:
    lines = ("inference_usd", "hosting_usd", "licences_usd", "support_usd")
    without = {f"finance__{line}": ... for line in lines}
    assert value("gross_margin") == pytest.approx(1 - 5 / 12)
    assert value("gross_margin", **without) == pytest.approx(1 - 5 / 12)
    by_unit = value("gross_margin", **without, finance__cost_of_revenue_usd=...)
    assert by_unit == pytest.approx(1 - 1.1 / 2)


def test_commitments_over_money_at_hand() -> None:
    assert value("commit_over_cash") == pytest.approx(0.25)
    assert value("commit_over_cash", finance__signed_funding_usd=30e6) == pytest.approx(0.1)


def test_the_forecast_error_is_the_mean_of_four_quarters() -> None:
    assert value("forecast_error") == pytest.approx(0.1)
    found = metrics(finance__forecasts=[{"plan": 1, "actual": 1}] * 3)["forecast_error"]
    assert found.value is None
    assert "1 quarters" in str(found.missing[0])


def test_revenue_by_tokens_and_price() -> None:
    assert value("revenue_triangulation_gap") == pytest.approx(0)
    assert value("revenue_triangulation_gap", finance__usage_revenue_usd=4e6) == pytest.approx(0.5)


def test_no_plan_leaves_more_months_than_one_whose_proof_is_there_today() -> None:
    assert value("runway_ceiling_months") == pytest.approx(60 / 3 - 6)
    now = value("runway_margin_months", finance__months_to_proof=0)
    assert value("runway_ceiling_months") == pytest.approx(now)
    assert value("cash_months") == pytest.approx(20 / 3)
    assert value("cash_months", finance__net_burn_usd_per_month=-1) == math.inf


def test_all_the_money_over_one_final_run_goes_with_the_money() -> None:
    twice = value("money_over_final_run", finance__signed_funding_usd=60e6)
    assert twice == pytest.approx(2 * value("money_over_final_run"))


# --- market ---------------------------------------------------------------------------------------


def test_the_lead_lasts_until_it_is_closed() -> None:
    assert value("lead_months") == pytest.approx(12)
    assert value("lead_months", market__lead_closing_per_month=0) == math.inf
    assert value("lead_months", market__lead_gap=-1) == 0


def test_payback_counts_the_margin_alone() -> None:
    assert value("cac_payback_months") == pytest.approx(50 / (10 * (1 - 5 / 12)))
    assert value("cac_payback_months", finance__inference_usd=20e6) == math.inf


def test_efficiency_is_the_frontiers_cost_over_the_companys() -> None:
    assert value("efficiency_ratio") == pytest.approx(4 / 2.2)
    assert value("efficiency_ratio", market__own_cost_at_quality_usd=8e6) == pytest.approx(0.5)


# --- the plan alone -------------------------------------------------------------------------------


def test_a_balanced_run_is_optimal_and_an_undertrained_one_is_not() -> None:
    bloom = compute_metrics(basis(deals.sample("bloom-176b")))
    llama = compute_metrics(basis(deals.sample("llama-3.1-405b")))
    bloom_share, llama_share = (m["compute_optimality"].value for m in (bloom, llama))
    assert isinstance(bloom_share, float)
    assert isinstance(llama_share, float)
    assert bloom_share < 0.7 < 0.9 < llama_share <= 1


def test_a_programme_costs_what_its_final_run_is_a_share_of() -> None:
    found = metrics()
    run_usd, programme = found["final_run_usd"].value, found["programme_usd"].value
    assert isinstance(run_usd, float)
    assert isinstance(programme, float)
    assert 1 / 0.3 < programme / run_usd < 1 / 0.1
    rise = found["rent_rise_usd"].value
    assert rise == pytest.approx(0.4 * programme)


def test_the_published_loss_law_gives_a_range() -> None:
    found = metrics()["forecast_loss"]
    assert found.spread is not None
    assert 1.8 < found.spread.p05 < found.spread.p95 < 2.2


def test_serving_is_priced_where_the_architecture_is_known() -> None:
    found = compute_metrics(basis(deals.sample("deepseek-v3")))
    spread = found["serving_usd_per_million_tokens"].spread
    assert spread is not None
    assert 0 < spread.p05 < spread.p95
    assert found["stated_serving_cost_ratio"].value == pytest.approx(0.112 / spread.p50)
    unpriced = compute_metrics(basis(deals.sample("baichuan2-13b")))
    assert "rental price" in str(unpriced["serving_usd_per_million_tokens"].missing[0])


def test_a_ceiling_is_the_best_that_the_model_leaves_open() -> None:
    found = metrics()
    hours, ceiling = found["needed_gpu_hours_18m"].spread, found["cluster_coverage_ceiling"].value
    assert hours is not None
    assert ceiling == pytest.approx(1024 * 18 * 365.25 * 2 / hours.p05)
    kept = basis(deals.sample("llama-3.1-405b")).goodput
    assert kept is not None
    llama = compute_metrics(basis(deals.sample("llama-3.1-405b")))
    assert llama["goodput_ceiling"].value == kept.p95


def test_a_step_up_in_scale_is_over_the_largest_earlier_run() -> None:
    found = compute_metrics(basis(deals.sample("deepseek-v3")))["scale_step"]
    assert found.value == pytest.approx(3.33e24 / 1.02e24, rel=0.01)
