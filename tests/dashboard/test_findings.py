"""A deal through the model: what it leaves open is assumed aloud, what is wrong is refused."""

from typing import Any

import numpy as np
import pytest

from costmodel.claims import Finding
from costmodel.hardware.calibration import EfficiencyPrior
from costmodel.hardware.efficiency import LayoutEfficiency, confirmed_shares
from costmodel.messages import InputError
from costmodel.uncertainty import Percentiles
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.findings import Evaluation, evaluate, inputs_of
from tests.dashboard.samples import PUBLISHED

SAMPLES = PUBLISHED


def deal(claims: list[dict[str, Any]] | None = None, **plan: Any) -> Deal:
    plan = {"model": {"params": 7e9}, "tokens": 1e12} | plan
    return deals.from_mapping({"assay": 1, "name": "X", "plan": plan, "claims": claims or []})


def evaluated(of: Deal, **options: Any) -> Evaluation:
    return evaluate(of, language="en", n_draws=500, **options)


def said(of: Deal) -> str:
    return " ".join(map(str, evaluated(of).warnings))


@pytest.mark.parametrize("sample", SAMPLES)
def test_no_sample_deal_fails_its_check(sample: str) -> None:
    """They are public records of runs that took place."""
    found = evaluate(deals.sample(sample), language="en").findings
    assert found
    assert not [f for f in found if f.failed]


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_deal_does_not_judge_itself(sample: str) -> None:
    read = deals.sample(sample)
    assert read.published_run is not None
    origin = inputs_of(read)[0].assumptions[0].origin
    if isinstance(origin, LayoutEfficiency):
        assert origin.left_out == read.published_run
        known = read.published_run in confirmed_shares()
        assert origin.n_runs == len(confirmed_shares()) - known
    else:
        assert isinstance(origin, EfficiencyPrior)
        assert read.published_run not in {run.run_id for run in origin.runs}


def test_one_seed_gives_one_answer_and_another_nearly_the_same() -> None:
    one, again, other = (
        Percentiles.of(evaluate(deal(), language="en", seed=seed).estimate.gpu_hours)
        for seed in (0, 0, 1)
    )
    assert one == again
    assert one != other
    assert one.p50 == pytest.approx(other.p50, rel=0.03)


def test_what_is_left_open_is_assumed_aloud() -> None:
    text = said(deal())
    for part in ("No context length", "No accelerator is given", "No cluster size", "No region"):
        assert part in text


def test_what_is_stated_is_not_assumed() -> None:
    full = deal(
        context_tokens=4096,
        region="France",
        cluster={"chip": "H100 SXM", "n_accelerators": 64},
    )
    assert inputs_of(full)[1] == []


def test_a_company_lends_its_country_aloud() -> None:
    read = deals.from_mapping(
        {
            "assay": 1,
            "name": "X",
            "company": {"country": "CN"},
            "plan": {"model": {"params": 7e9}, "tokens": 1e12},
        }
    )
    assert "the grid of China is assumed" in said(read)
    elsewhere = read.model_copy(
        update={"company": read.company.model_copy(update={"country": "Narnia"})}
    )
    assert "No region is given, so the carbon range" in said(elsewhere)


def test_claims_on_a_cluster_that_nobody_stated_get_a_verdict_where_all_agree() -> None:
    claims = [
        {"id": "h", "quantity": "gpu_hours", "value": 10},
        {"id": "d", "quantity": "wall_days", "value": 0.01},
        {"id": "u", "quantity": "energy_kwh", "value": 4e4},
    ]
    made_up = evaluated(deal(claims)).findings
    assert [f.verdict for f in made_up] == ["impossible", "cannot tell", "cannot tell"]
    cluster = {"chip": "H100 SXM", "n_accelerators": 64}
    stated = evaluated(deal(claims, cluster=cluster)).findings
    assert [f.verdict for f in stated[:2]] == ["impossible", "impossible"]


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ({"tokens": None}, "plan.tokens"),
        ({"tokens": -1}, "plan.tokens"),
        ({"tokens": 0.45}, "plan.tokens"),
        ({"tokens": 1e30}, "plan.tokens"),
        ({"model": None}, "plan.model"),
        ({"context_tokens": 0}, "plan.context_tokens"),
        ({"unique_tokens": 2e12}, "plan.unique_tokens"),
        ({"region": "Narnia"}, "plan.region"),
        ({"cluster": {"chip": "H100"}}, "plan.cluster.chip"),
        ({"cluster": {"n_accelerators": 0}}, "plan.cluster.n_accelerators"),
        ({"cluster": {"usd_per_gpu_hour": 0}}, "plan.cluster.usd_per_gpu_hour"),
        ({"cluster": {"usd_per_gpu_hour": [3, 2]}}, "plan.cluster.usd_per_gpu_hour"),
        ({"cluster": {"usd_per_gpu_hour": 1e300}}, "plan.cluster.usd_per_gpu_hour"),
        ({"assumptions": {"goodput": 90}}, "plan.assumptions.goodput"),
        ({"assumptions": {"pue": 0.5}}, "plan.assumptions.pue"),
        ({"precision": "fp8", "cluster": {"chip": "A100 80GB SXM"}}, "plan.precision"),
        ({"model": {"params": 1e16}, "tokens": 1e18}, "plan.cluster.n_accelerators"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_its_field(plan: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        inputs_of(deal(**plan))
    assert caught.value.field == field


@pytest.mark.parametrize("value", [0, -1, 1e300])
def test_a_claim_that_cannot_be_is_refused_by_its_id(value: float) -> None:
    with pytest.raises(InputError) as caught:
        evaluated(deal([{"id": "cost", "quantity": "usd", "value": value}]))
    assert caught.value.field == "claims.cost.value"


def test_the_largest_and_smallest_plans_stay_finite() -> None:
    cluster = {"chip": "H100 SXM", "n_accelerators": 10**5, "usd_per_gpu_hour": 1e6}
    for tokens, params in ((1, 1), (1e18, 1e14)):
        bill = evaluated(deal(tokens=tokens, model={"params": params}, cluster=cluster)).estimate
        assert bill.usd is not None
        assert np.isfinite(bill.usd).all()
        assert np.isfinite(bill.kg_co2e).all()


def test_a_cluster_that_fails_all_the_time_is_refused() -> None:
    with pytest.raises(InputError, match="keeps next to none"):
        evaluated(deal(cluster={"chip": "H100 SXM", "n_accelerators": 10**8}))


def test_without_an_accelerator_a_verdict_stands_where_every_one_agrees() -> None:
    """A pitch of 7B on 2T tokens names no chip: $1 fits none, $400k some; both are said."""
    pitch = {"assay": 1, "name": "Pitch", "plan": {"model": {"params": 7e9}, "tokens": 2e12}}

    def found(usd: float) -> Finding:
        claims = [{"id": "cost", "quantity": "usd", "value": usd}]
        return evaluate(deals.from_mapping(pitch | {"claims": claims}), language="en").findings[0]

    assert found(1.0).verdict in ("implausible", "impossible")
    assert "none of" in str(found(1.0).why)
    assert "A100" in str(found(1.0).why)
    assert found(4e5).verdict == "cannot tell"
    assert "fits H100" in str(found(4e5).why)
