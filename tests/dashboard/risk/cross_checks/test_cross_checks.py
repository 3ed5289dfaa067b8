"""Claims against each other: each check holds, fails and is silent for its own reasons."""

from typing import Any

import pytest

from dashboard import deal as deals
from dashboard.language import catalogue, say
from dashboard.risk.bank.loading import bank
from dashboard.risk.cross_checks import CHECK_IDS, cross_checks
from dashboard.risk.cross_checks.cross_check import CrossCheck
from dashboard.risk.metrics import basis_of
from tests.dashboard.risk.metrics.deals import basis, full
from tests.dashboard.samples import PUBLISHED


def checks(**changed: Any) -> dict[str, CrossCheck]:
    return {check.id: check for check in cross_checks(basis(full(**changed)))}


def by_id(sample: str) -> dict[str, CrossCheck]:
    return {check.id: check for check in cross_checks(basis(deals.sample(sample)))}


def test_there_are_sixteen_checks_in_order() -> None:
    assert tuple(f"X{i:02d}" for i in range(1, 17)) == CHECK_IDS


def test_a_deal_whose_numbers_agree_holds_every_check() -> None:
    found = checks()
    assert {check.outcome for check in found.values()} == {"holds"}
    assert all(check.arithmetic and check.ask is None for check in found.values())
    assert all(check.status == "claimed" for check in found.values())


#: A change that breaks each check, and those that it breaks beside.
BREAKS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "X01": ({"plan__tokens": 6e12}, {"X14"}),
    "X02": ({"claims": [("wall_days", 45), ("usd", 5e6)]}, set()),
    "X03": ({"operations__energy_meter_kwh": 3e6}, set()),
    "X04": ({"data__corpus_bytes": 2e13}, set()),
    "X05": ({"data__unique_tokens_by_language": {"zh": 1e15}}, set()),
    "X06": ({"measurements__final_loss": 2.1}, set()),
    "X07": ({"measurements__public_score": 0.9}, set()),
    "X08": ({"finance__usage_revenue_usd": 12e6}, set()),
    "X09": ({"operations__serving_accelerators": 10}, set()),
    "X10": ({"market__users": 1e6}, set()),
    "X11": ({"finance__headcount": 120}, set()),
    "X12": ({"finance__stated_runway_months": 12}, set()),
    "X13": ({"finance__reported_gross_margin": 0.8}, set()),
    "X14": ({"finance__compute_invoices_usd": 100e6}, set()),
    "X15": ({"finance__contract_minimums_usd": 6e6}, set()),
    "X16": ({"operations__releases": [{"announced": "2026-01", "actual": "2026-08"}]}, set()),
}


@pytest.mark.parametrize("check_id", CHECK_IDS)
def test_a_contradiction_fails_its_check_and_asks(check_id: str) -> None:
    changed, beside = BREAKS[check_id]
    if "claims" in changed:
        changed = {"claims": [{"id": q, "quantity": q, "value": v} for q, v in changed["claims"]]}
    found = checks(**changed)
    failed = {check.id for check in found.values() if check.outcome == "fails"}
    assert check_id in failed <= {check_id, *beside}
    check = found[check_id]
    assert check.value is not None
    assert (check.low is not None and check.value < check.low) or (
        check.high is not None and check.value > check.high
    )
    assert check.ask is not None
    assert catalogue()[check.ask.text]
    assert check.arithmetic is not None
    assert say(check.arithmetic)


#: An entry without which each check cannot tell.
SILENT = {
    "X01": "plan__cluster__chip",
    "X03": "plan__tokens",
    "X04": "data__corpus_bytes",
    "X06": "measurements__scaling_fit_loss",
    "X07": "measurements__private_twin_score",
    "X08": "finance__usage_revenue_usd",
    "X09": "operations__serving_utilization",
    "X10": "market__users",
    "X11": "finance__headcount",
    "X12": "finance__stated_runway_months",
    "X13": "finance__reported_gross_margin",
    "X14": "finance__compute_invoices_usd",
    "X15": "finance__plan_minimums_usd",
    "X16": "operations__releases",
}


@pytest.mark.parametrize("check_id", sorted(SILENT))
def test_without_one_side_a_check_cannot_tell_and_says_what_is_missing(check_id: str) -> None:
    found = checks(**{SILENT[check_id]: ...})[check_id]
    assert found.outcome == "cannot tell"
    assert found.value is None
    assert found.missing
    assert found.ask is None


def test_an_empty_deal_fails_no_check() -> None:
    empty = deals.loads("assay: 1\nname: X\n")
    found = cross_checks(basis_of(empty))
    assert {check.outcome for check in found} == {"cannot tell"}
    assert all(check.missing for check in found)


@pytest.mark.parametrize(
    ("changed", "check_id"),
    [
        ({"finance__usage_revenue_usd": 0}, "X08"),
        ({"operations__serving_accelerators": 0}, "X09"),
        ({"market__tokens_served_per_month": 0}, "X10"),
        ({"finance__gross_burn_usd_per_month": 0}, "X11"),
        ({"market__price_usd_per_million_tokens": 0}, "X13"),
        ({"data__corpus_tokens": 0, "plan__tokens": ...}, "X04"),
    ],
)
def test_a_division_by_zero_is_no_contradiction(changed: dict[str, Any], check_id: str) -> None:
    found = checks(**changed)[check_id]
    assert found.outcome == "cannot tell"
    assert found.missing


def test_the_doubt_of_the_cost_model_fails_nobody() -> None:
    """Invoices far from the median, but within what a programme may cost, hold."""
    programme = basis(full()).programme_usd
    assert programme is not None
    least = 0.5 * programme.p05
    assert checks(finance__compute_invoices_usd=least * 1.05)["X14"].outcome == "holds"
    assert checks(finance__compute_invoices_usd=least * 0.95)["X14"].outcome == "fails"


def test_a_quoted_price_has_its_range_and_a_stated_one_has_none() -> None:
    def cost(usd: float) -> dict[str, Any]:
        claims = [("gpu_hours", 1.1e6), ("usd", usd)]
        return {"claims": [{"id": q, "quantity": q, "value": v} for q, v in claims]}

    assert checks(**cost(3.3e6))["X02"].outcome == "fails"
    quoted = checks(**cost(3.3e6), plan__cluster__usd_per_gpu_hour=...)["X02"]
    assert quoted.outcome == "holds"
    assert any(i.name == "usd_per_gpu_hour" for i in quoted.inputs)


def test_stated_hours_count_before_days() -> None:
    claims = [("wall_days", 10), ("gpu_hours", 1.1e6)]
    found = checks(claims=[{"id": q, "quantity": q, "value": v} for q, v in claims])["X01"]
    assert found.value == pytest.approx(0.214, abs=2e-3)


def test_energy_of_the_boards_is_held_against_their_rated_power() -> None:
    found = by_id("bloom-176b")["X03"]
    assert found.outcome == "holds"
    assert found.value == pytest.approx(1.0, abs=0.01)


def test_energy_that_leaves_out_servers_and_cooling_fails() -> None:
    """GLM-130B's figure is accelerators x rated power x hours, stated as electricity."""
    found = by_id("glm-130b")["X03"]
    assert found.outcome == "fails"
    assert found.ask is not None
    assert "What was metered" in str(found.ask)


def test_the_language_nearest_to_its_stock_is_the_one_that_is_shown() -> None:
    found = checks()["X05"]
    assert found.value == pytest.approx(0.5e12 / (3e14 * 0.05))
    unknown = checks(data__unique_tokens_by_language={"xx": 6e14})["X05"]
    assert unknown.value == pytest.approx(2)
    assert unknown.outcome == "holds"


def test_free_tokens_are_in_the_unit_cost_where_their_share_is_stated() -> None:
    assert checks()["X13"].value == pytest.approx(0.45 - 0.55)
    assert checks(market__free_share=...)["X13"].value == pytest.approx(0.5 - 0.55)


def test_runway_without_burn_cannot_be_told() -> None:
    found = checks(finance__net_burn_usd_per_month=-1)["X12"]
    assert found.outcome == "cannot tell"
    assert "Nothing is burnt" in str(found.missing[0])


def test_a_fund_may_set_a_limit_for_itself() -> None:
    deal = full(finance__headcount=120)
    given = {"X11.high": 2.0}
    found = {check.id: check for check in cross_checks(basis(deal, **given))}["X11"]
    assert (found.outcome, found.high) == ("holds", 2.0)


def test_every_check_of_the_bank_is_computed_and_has_a_limit() -> None:
    assert tuple(bank().cross_checks) == CHECK_IDS
    for check_id in CHECK_IDS:
        assert bank().limits(check_id, bank().parameters()) != (None, None)


@pytest.mark.parametrize("sample", PUBLISHED)
def test_published_runs_do_not_contradict_themselves_but_in_energy(sample: str) -> None:
    failed = {check.id for check in by_id(sample).values() if check.outcome == "fails"}
    assert failed == ({"X03"} if sample == "glm-130b" else set())
