"""What a claim survives: every verdict can be reached, and published claims get theirs."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.claims import QUANTITIES, VERDICTS, Claim, Finding, Verdict, check, tail_verdict
from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import Cluster
from costmodel.messages import InputError
from costmodel.money.training_cost import CostEstimate, estimate, inputs_for
from costmodel.uncertainty import Percentiles, Range
from costmodel.workload import hf_config
from costmodel.workload.model_spec import Model, Precision, SizeOnly, TrainingPlan
from tests.costmodel.workload.configs import DEEPSEEK_V3, LLAMA_31_405B


@cache
def run(
    model: Model,
    *,
    tokens: float,
    context: int,
    chip: str,
    n: int,
    precision: Precision = "bf16",
    efficiency: float | None = None,
    region: str | None = "United States",
) -> CostEstimate:
    plan = TrainingPlan(model=model, tokens=tokens, context_tokens=context, precision=precision)
    cluster = Cluster(accelerator=accelerators.find(chip), n_accelerators=n)
    stated = {} if efficiency is None else {"efficiency": Range(efficiency, efficiency, "fraction")}
    inputs = inputs_for(plan, cluster, region=region, given=stated)
    return estimate(inputs, inputs.draw(np.random.default_rng(0), 10_000))


LLAMA_405B: dict[str, Any] = {
    "tokens": 15.6e12,
    "context": 8192,
    "chip": "H100 SXM 80GB",
    "n": 16384,
}


def llama(**changes: Any) -> CostEstimate:
    """Llama 3.1 405B: 15.6T tokens at 8,192 on 16,384 H100 (arXiv:2407.21783)."""
    return run(hf_config.read(LLAMA_31_405B), **(LLAMA_405B | changes))


def deepseek() -> CostEstimate:
    """DeepSeek-V3: 14.8T tokens at 4,096 on 2,048 H800 in FP8 (arXiv:2412.19437)."""
    return run(
        hf_config.read(DEEPSEEK_V3),
        tokens=14.8e12,
        context=4096,
        chip="H800 SXM 80GB",
        n=2048,
        precision="fp8",
        region="China",
    )


def size_only() -> CostEstimate:
    return run(SizeOnly(name="x", params=70e9, active_params=70e9), **LLAMA_405B)


def claim(quantity: str, value: float, **more: Any) -> Claim:
    return Claim(id=quantity, quantity=quantity, value=value, **more)


def verdicts(found: list[Finding]) -> dict[str, Verdict]:
    return {finding.claim: finding.verdict for finding in found}


def judged(quantity: str, value: float, estimate: CostEstimate, **more: Any) -> Finding:
    return check([claim(quantity, value, **more)], estimate)[0]


# --- published claims ---------------------------------------------------------------------------


def test_deepseek_v3_is_consistent_with_itself() -> None:
    """DeepSeek-AI 2024, arXiv:2412.19437, abstract and table 1: 671B, 37B active, 2.788M
    H800 hours, $5.576M at $2.00, "excludes prior research and ablation experiments".
    """
    stated = [
        claim("params", 671e9),
        claim("active_params", 37e9),
        claim("gpu_hours", 2.788e6),
        claim("usd", 5.576e6, excludes="prior research and ablation experiments"),
    ]
    found = {f.claim: f for f in check(stated, deepseek())}
    assert not [f for f in found.values() if f.verdict not in ("consistent", "cannot tell")]
    # One dated quote for an H800 is not enough to judge a price by.
    assert [f.claim for f in found.values() if f.verdict == "cannot tell"] == [
        "implied_usd_per_gpu_hour"
    ]
    assert deepseek().flop.parameter == pytest.approx(3.3e24, rel=0.02)
    assert found["implied_mfu"].stated == pytest.approx(0.336, abs=0.005)
    assert found["implied_usd_per_gpu_hour"].stated == pytest.approx(2.00, abs=0.001)
    assert "excludes prior research and ablation experiments" in str(found["usd"].why)
    assert "whole programme" in str(found["usd"].ask)


def test_llama_3_1_405b_is_consistent_with_itself() -> None:
    """Model card: 405B, 30.84M H100 hours; arXiv:2407.21783: 3.8e25 FLOP, 38 to 43 % MFU."""
    stated = [
        claim("params", 405e9),
        claim("train_flop", 3.8e25),
        claim("gpu_hours", 30.84e6),
        claim("mfu", 0.41),
    ]
    found = {f.claim: f for f in check(stated, llama())}
    assert {f.verdict for f in found.values()} == {"consistent"}
    assert llama().params == 405_853_388_800
    assert found["implied_mfu"].stated == pytest.approx(0.346, abs=0.003)


def test_hours_do_not_fit_into_days_that_are_too_few() -> None:
    """54 days (arXiv:2407.21783, section 3.3.4) were a window of the run, not its length."""
    stated = [claim("gpu_hours", 30.84e6), claim("wall_days", 54)]
    found = {f.claim: f for f in check(stated, llama())}
    assert found["implied_gpu_hours"].verdict == "impossible"
    assert found["implied_gpu_hours"].failed
    assert "do not fit" in str(found["implied_gpu_hours"].why)


# --- every verdict ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "value", "verdict"),
    [
        ("params", 405e9, "consistent"),
        ("params", 405.853e9 * 1.05, "stretched"),
        ("params", 405.853e9 * 0.95, "stretched"),
        ("params", 500e9, "implausible"),
        ("active_params", 405e9, "consistent"),
        ("active_params", 500e9, "impossible"),
        ("train_flop", 3.8e25, "consistent"),
        ("train_flop", 4.1e25, "consistent"),  # the whole attention square
        ("train_flop", 5.3e25, "stretched"),  # with recomputation, 4/3 of it
        ("train_flop", 1e26, "implausible"),
        ("train_flop", 1e25, "implausible"),
        ("mfu", 0.41, "consistent"),
        ("mfu", 0.51, "stretched"),
        ("mfu", 0.95, "implausible"),
        ("mfu", 1.01, "impossible"),
        ("mfu", 41, "impossible"),
        ("gpu_hours", 30.84e6, "consistent"),
        ("gpu_hours", 24e6, "stretched"),
        ("gpu_hours", 12e6, "implausible"),
        ("gpu_hours", 1e6, "impossible"),
        ("wall_days", 80, "consistent"),
        ("wall_days", 2000, "implausible"),
        ("wall_days", 2, "impossible"),
        ("usd", 1e8, "consistent"),
        ("usd", 1e6, "implausible"),
        ("usd_per_gpu_hour", 3.0, "consistent"),
        ("usd_per_gpu_hour", 0.05, "implausible"),
        ("usd_per_gpu_hour", 400.0, "implausible"),
        ("energy_kwh", 3e7, "consistent"),
        ("energy_kwh", 1e5, "implausible"),
        ("kg_co2e", 1.2e7, "consistent"),
        ("kg_co2e", 1e4, "implausible"),
    ],
)
def test_a_claim_gets_the_verdict_of_its_distance(
    quantity: str, value: float, verdict: Verdict
) -> None:
    assert judged(quantity, value, llama()).verdict == verdict


def test_a_claim_that_cannot_be_checked_says_so() -> None:
    assert judged("params", 70e9, size_only()).verdict == "cannot tell"
    assert judged("active_params", 70e9, size_only()).verdict == "cannot tell"
    assert judged("active_params", 71e9, size_only()).verdict == "impossible"
    market = judged("kg_co2e", 1.0, llama(), basis="market")
    assert market.verdict == "cannot tell"
    assert "location-based" in str(market.ask)
    no_price = run(hf_config.read(LLAMA_31_405B), **(LLAMA_405B | {"chip": "A800 80GB SXM"}))
    assert judged("usd", 1e8, no_price).verdict == "cannot tell"
    assert judged("usd_per_gpu_hour", 2.0, no_price).verdict == "cannot tell"


def test_a_claim_that_hangs_on_what_nobody_stated_gets_no_verdict() -> None:
    """The cluster of an estimate may be made up; a verdict on a made-up cluster would be too."""
    stated = [
        claim("params", 405e9),
        claim("train_flop", 3.8e25),
        claim("gpu_hours", 1e6),
        claim("wall_days", 2),
        claim("mfu", 1.5),
        claim("usd", 1e6),
    ]
    found = check(stated, llama(), assumed=frozenset({"chip", "n_accelerators"}))
    assert verdicts(found) == {
        "params": "consistent",
        "train_flop": "consistent",
        "gpu_hours": "cannot tell",
        "wall_days": "cannot tell",
        "mfu": "impossible",
        "usd": "cannot tell",
    }
    assert "No accelerator is stated" in str(found[2].why)
    only_size = check(stated, llama(), assumed=frozenset({"n_accelerators"}))
    assert verdicts(only_size)["gpu_hours"] == "impossible"
    assert verdicts(only_size)["wall_days"] == "cannot tell"
    assert "implied_gpu_hours" not in verdicts(only_size)
    days_alone = check([claim("wall_days", 2)], llama(), assumed=frozenset({"n_accelerators"}))
    assert list(verdicts(days_alone)) == ["wall_days"]


def test_hours_below_the_peak_without_a_lost_second_are_impossible() -> None:
    least = llama().flop.parameter / (llama().inputs.peak.value * 3600)
    assert judged("gpu_hours", least * 0.99, llama()).verdict == "impossible"
    assert judged("gpu_hours", least * 1.01, llama()).verdict == "implausible"


def test_fp8_may_take_as_few_hours_as_its_own_peak_allows() -> None:
    least = deepseek().flop.matrix / (deepseek().inputs.peak.value * 3600)
    above, below = least * 0.51, least * 0.49
    assert judged("gpu_hours", above, deepseek()).verdict == "implausible"
    assert judged("gpu_hours", below, deepseek()).verdict == "impossible"


# --- energy and carbon on their basis ---------------------------------------------------------


def test_energy_that_is_rated_power_times_hours_leaves_the_site_out() -> None:
    """700 W for each H100: what Llama's card multiplies, and no meter of a site shows."""
    hours = 30.84e6
    stated = [claim("gpu_hours", hours), claim("energy_kwh", hours * 0.7)]
    found = {f.claim: f for f in check(stated, llama())}
    assert found["implied_kw"].verdict == "stretched"
    assert "left out" in str(found["implied_kw"].why)


def test_energy_of_the_boards_alone_is_compared_with_the_boards_alone() -> None:
    hours = 30.84e6
    board = replace(claim("energy_kwh", hours * 0.7), basis="accelerator")
    found = {f.claim: f for f in check([claim("gpu_hours", hours), board], llama())}
    assert found["implied_kw"].verdict == "consistent"
    assert found["energy_kwh"].verdict == "consistent"
    assert "pue" not in found["energy_kwh"].depends_on
    assert "pue" in judged("energy_kwh", hours * 0.7, llama()).depends_on


def test_carbon_follows_energy_and_grid() -> None:
    """8,930 t location-based for 405B: Llama 3.1 model card."""
    found = judged("kg_co2e", 8.93e6, llama(), basis="accelerator")
    assert found.verdict == "consistent"
    assert "carbon_kg_co2e_per_kwh" in found.depends_on


# --- on whose word ------------------------------------------------------------------------------


def test_a_stated_efficiency_is_not_passed_off_as_published_runs() -> None:
    stated = llama(efficiency=0.8)
    direct = judged("mfu", 0.8, stated)
    assert "stated in the deal" in str(direct.why)
    assert "Published runs on" not in str(direct.why)
    implied = check([claim("gpu_hours", 20e6)], stated)[1]
    assert "Runs of this kind reach" not in str(implied.why)
    assert "fastest layout that fits" in str(judged("mfu", 0.4, llama()).why)
    alone = run(size_only().inputs.plan.model, **(LLAMA_405B | {"precision": "fp8"}))
    assert "scaled to FP8" in str(judged("mfu", 0.3, alone).why)


# --- order and form ----------------------------------------------------------------------------


def test_findings_follow_the_claims_and_then_what_they_imply() -> None:
    stated = [
        claim("usd", 1e8),
        claim("energy_kwh", 3e7),
        claim("wall_days", 90),
        claim("gpu_hours", 30.84e6),
    ]
    assert [f.claim for f in check(stated, llama())] == [
        "usd",
        "energy_kwh",
        "wall_days",
        "gpu_hours",
        "implied_mfu",
        "implied_usd_per_gpu_hour",
        "implied_gpu_hours",
        "implied_kw",
    ]
    assert [f.implied for f in check(stated, llama())] == [False] * 4 + [True] * 4


def test_the_first_of_two_claims_on_a_quantity_speaks_for_it() -> None:
    first = claim("gpu_hours", 30.84e6)
    second = Claim(id="other", quantity="gpu_hours", value=1e6)
    assert check([first, second], llama())[2].stated == pytest.approx(0.346, abs=0.003)


def test_days_stand_in_for_hours_that_nobody_stated() -> None:
    implied = check([claim("wall_days", 80)], llama())[1]
    hours = 80 * 24 * 16384
    assert implied.stated == pytest.approx(
        llama().flop.parameter / (hours * 3600 * llama().inputs.peak.value)
    )


def test_nothing_follows_from_no_claims() -> None:
    assert check([], llama()) == []


@given(
    st.lists(st.tuples(st.sampled_from(sorted(QUANTITIES)), st.floats(1e-12, 1e40)), max_size=6),
    st.sampled_from(["site", "accelerator", "market"]),
)
@settings(deadline=None, max_examples=60)
def test_any_claims_get_findings_that_can_be_shown(
    stated: list[tuple[str, float]], basis: Any
) -> None:
    claims = [Claim(id=str(i), quantity=q, value=v, basis=basis) for i, (q, v) in enumerate(stated)]
    found = check(claims, llama())
    assert len(found) >= len(claims)
    for finding in found:
        assert finding.verdict in VERDICTS
        assert str(finding.why)
        assert str(finding.ask)
        assert np.isfinite(finding.stated)
        if finding.computed is not None:
            assert np.isfinite(list(finding.computed.as_json().values())).all()


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), 1e300, 1e-300])
def test_a_claim_is_a_positive_number_in_proportion(value: float) -> None:
    with pytest.raises(InputError) as caught:
        claim("usd", value)
    assert caught.value.field == "value"


def test_a_claim_is_about_something_that_can_be_checked() -> None:
    with pytest.raises(InputError, match="write one of params"):
        claim("valuation", 1e9)


def test_the_verdict_of_a_tail() -> None:
    draws = np.linspace(0, 1, 10_001)
    expected: dict[float, Verdict] = {
        0.5: "consistent",
        0.06: "consistent",
        0.04: "stretched",
        0.96: "stretched",
        0.004: "implausible",
        2.0: "implausible",
    }
    assert {x: tail_verdict(x, draws) for x in expected} == expected
    assert tail_verdict(3.0, 3.0) == "consistent"
    assert tail_verdict(3.1, 3.0) == "implausible"


def test_a_finding_shows_the_numbers_that_it_compares() -> None:
    found = judged("gpu_hours", 30.84e6, llama())
    assert found.computed == Percentiles.of(llama().gpu_hours)
    assert found.unit == "gpu_hour"
    assert "3.08e+07" in str(found.why)
