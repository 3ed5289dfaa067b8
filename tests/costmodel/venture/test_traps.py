"""Every trap that a scenario of a model company can fall into has its test here, by name."""

import math

import numpy as np
import pytest

from costmodel.hardware import accelerators
from costmodel.hardware.accelerators import Cluster
from costmodel.money import training_cost
from costmodel.uncertainty import Range
from costmodel.venture import cash, demand, economics, runway, scenario
from costmodel.venture.explore import drivers
from costmodel.venture.inputs import Switches
from costmodel.venture.returns import exits, outcomes
from costmodel.venture.returns.dilution import dilution
from costmodel.venture.returns.outcomes import Case
from costmodel.workload.model_spec import SizeOnly, TrainingPlan
from tests.costmodel.venture.plans import sample, still, uncertain


def test_mean_of_irrs() -> None:
    """The rate is that of the expected flows; where a case loses all, the mean of rates is
    far below it although more comes back than was paid.
    """
    cases = [Case(name="fail", probability=0.5, moic=0.0), Case(name="x", probability=0.5, moic=4)]
    found = outcomes.expected(cases, years=7)
    assert found.irr == pytest.approx(2 ** (1 / 7) - 1)
    assert found.mean_irr == pytest.approx(0.5 * -1 + 0.5 * (4 ** (1 / 7) - 1))
    assert found.irr is not None
    assert found.mean_irr is not None
    assert found.irr > 0 > found.mean_irr


def test_run_rate_called_revenue() -> None:
    """An exit is paid for the revenue of twelve months, not for twelve times the last one."""
    inputs = still(
        paid_tokens_per_month=1e12,
        price_usd_per_million_tokens=1.0,
        growth_per_month=0.05,
        long_run_growth_per_month=0.05,
        holding_years=5.0,
    )
    values = inputs.middle()
    revenue, _ = exits.exit_revenue(values)
    by_month, _ = demand.revenue_usd(values, 60)
    assert revenue == pytest.approx(by_month[48:60].sum())
    assert revenue < 12 * by_month[59] * 0.8


def test_free_users_left_out_of_cost() -> None:
    """Free tokens cost what paid ones do, in the cash, in the margin and in the break-even."""
    paid = still(
        paid_tokens_per_month=1e12,
        price_usd_per_million_tokens=2.0,
        unit_cost_usd_per_million_tokens=1.0,
        people_usd_per_month=1e6,
    )
    free = still(
        paid_tokens_per_month=1e12,
        price_usd_per_million_tokens=2.0,
        unit_cost_usd_per_million_tokens=1.0,
        people_usd_per_month=1e6,
        free_share=0.5,
    )
    flows = [cash.cash_flow(i.middle(), i.switches, months=12) for i in (paid, free)]
    assert flows[1].costs["serving"] == pytest.approx(1.5 * flows[0].costs["serving"])
    margins = [economics.gross_margin(f, first=0, last=12) for f in flows]
    assert margins == [pytest.approx(0.5), pytest.approx(0.25)]
    volumes = [
        economics.break_even_tokens(i.middle(), f, month=0)
        for i, f in zip((paid, free), flows, strict=True)
    ]
    assert volumes == [pytest.approx(1e12), pytest.approx(2e12)]


def test_credits_counted_as_cash() -> None:
    """Credits pay for compute until they are used up, and never for people."""
    poor = still(cash_usd=1e6, people_usd_per_month=1e6)
    rich = still(cash_usd=1e6, people_usd_per_month=1e6, cloud_credits_usd=100e6)
    for inputs in (poor, rich):
        flow = cash.cash_flow(inputs.middle(), inputs.switches, months=12)
        assert runway.runway_months(flow) == 2
    research = still(
        cash_usd=1e6,
        cloud_credits_usd=5e6,
        research_usd_per_month=2e6,
        switches=Switches(research="stated"),
    )
    flow = cash.cash_flow(research.middle(), research.switches, months=12)
    assert flow.credits_usd.sum() == pytest.approx(5e6)
    assert flow.cash_usd[:4] == pytest.approx([1e6, 1e6, 1e6, 0.0])
    lapsed = still(
        cash_usd=1e6,
        cloud_credits_usd=5e6,
        cloud_credits_months=1.0,
        research_usd_per_month=2e6,
        switches=Switches(research="stated"),
    )
    flow = cash.cash_flow(lapsed.middle(), lapsed.switches, months=12)
    assert flow.credits_usd.sum() == pytest.approx(2e6)


def test_price_fall_applied_to_revenue_and_not_to_rivals_cost() -> None:
    """A fall of the price is one of the rivals' cost: a company whose cost does not keep up
    falls behind them, and technology moves both in the same worlds.
    """
    values = still(
        price_usd_per_million_tokens=2.0,
        unit_cost_usd_per_million_tokens=1.0,
        price_fall_per_year=0.75,
        cost_fall_per_year=0.5,
    ).middle()
    rivals = demand.rival_unit_cost(values, 25, rival_margin=0.5)
    prices = demand.price(values, 25)
    assert 1 - rivals / prices == pytest.approx(np.full(25, 0.5))
    own = demand.unit_cost(values, 25)
    assert own[0] / rivals[0] == pytest.approx(1.0)
    assert own[24] / rivals[24] == pytest.approx(4.0)
    worlds = uncertain().worlds(seed=0, n=4_000)
    together = np.corrcoef(worlds["price_fall_per_year"], worlds["cost_fall_per_year"])[0, 1]
    assert together > 0.3


def test_minimum_commitments_missing_from_burn() -> None:
    """What a contract asks beyond the compute used is burnt, and what is used is not twice."""
    plan = {"research_usd_per_month": 1e6, "switches": Switches(research="stated")}
    without = still(cash_usd=20e6, **plan)
    with_them = still(cash_usd=20e6, commitment_usd_per_month=3e6, commitment_months=6.0, **plan)
    a, b = (cash.cash_flow(i.middle(), i.switches, months=24) for i in (without, with_them))
    assert b.burn_usd[:6] == pytest.approx(a.burn_usd[:6] + 2e6)
    assert b.burn_usd[6:] == pytest.approx(a.burn_usd[6:])
    used = still(cash_usd=20e6, commitment_usd_per_month=0.5e6, **plan)
    flow = cash.cash_flow(used.middle(), used.switches, months=24)
    assert flow.costs["idle"] == pytest.approx(np.zeros(24))


def test_option_pool_ignored() -> None:
    """A pool dilutes as a round does, and takes its part of the proceeds."""
    bare = dilution(still(later_dilution_1=0.2).middle())
    pooled = dilution(still(later_dilution_1=0.2, later_pool_1=0.05).middle())
    assert pooled.owned_at_exit == pytest.approx(bare.owned_at_exit * 0.95)


def test_double_discounting() -> None:
    """Failure stands in the probabilities alone: no rate discounts for it as well, and the
    most that may be paid rests on the plan's own exit, which the target allows failures for.
    """
    usual = outcomes.historical_cases()
    worse = outcomes.moved_by_checklist(usual, 20.0)
    found = [outcomes.expected(cases, years=7) for cases in (usual, worse)]
    for one in found:
        assert one.irr == pytest.approx(one.moic ** (1 / 7) - 1)
    assert found[1].moic < found[0].moic
    inputs = sample(investment_usd=15e6, post_money_usd=120e6)
    answers = [scenario.answer(inputs, seed=0, n_draws=4, overall=o) for o in (20.0, 90.0)]
    most = [
        exits.most_post_money_usd(
            exit_usd=a.middle.returns.exit_usd,
            retention=a.middle.returns.dilution.retention,
            target_moic=10.0,
        )
        for a in answers
        if a.middle.returns is not None
    ]
    assert len(most) == 2
    assert most[0] == most[1]


def test_evidence_shrink_applied_twice() -> None:
    """The odds move by the expected score alone: how well it is proven is in it already."""
    assert outcomes.odds_factor(60.0) == 1.0
    assert outcomes.odds_factor(40.0) == pytest.approx(math.exp(0.4))
    moved = outcomes.moved_by_checklist(outcomes.historical_cases(), 40.0)
    loss = sum(c.probability for c in moved if c.name in outcomes.LOSSES)
    assert loss / (1 - loss) == pytest.approx(0.65 / 0.35 * math.exp(0.4))
    assert sum(c.probability for c in moved) == pytest.approx(1)
    again = outcomes.moved_by_checklist(moved, 60.0)
    assert [c.probability for c in again] == pytest.approx([c.probability for c in moved])


def test_independence_of_risks() -> None:
    """Rents, slip and growth hang together, so that bad worlds are worse than by chance."""
    coupled = uncertain().worlds(seed=1, n=8_000)
    hard = ("compute_price_multiple_per_year", "past_slip", "months_to_close")
    for one in hard:
        against = np.corrcoef(np.log(coupled[one]), coupled["growth_per_month"])[0, 1]
        assert against < -0.15, one
    slip_and_rent = np.corrcoef(coupled["past_slip"], np.log(coupled[hard[0]]))[0, 1]
    assert slip_and_rent > 0.15
    alone = uncertain()
    free = type(alone)(
        assumptions=alone.assumptions, warnings=(), switches=Switches(shared_factor=False)
    ).worlds(seed=1, n=8_000)
    assert abs(np.corrcoef(free["past_slip"], np.log(free[hard[0]]))[0, 1]) < 0.05
    # The coupling moves no input's own distribution.
    for name in ("past_slip", "growth_per_month", "price_fall_per_year"):
        quantiles = [np.quantile(w[name], (0.05, 0.5, 0.95)) for w in (coupled, free)]
        assert quantiles[0] == pytest.approx(quantiles[1], rel=0.08)


def test_fixed_fx_for_a_company_with_yuan_costs_and_dollar_revenue() -> None:
    """A dearer yuan raises its costs and not its revenue; with both in yuan the margin stands."""
    plan = {
        "paid_tokens_per_month": 1e12,
        "price_usd_per_million_tokens": 2.0,
        "unit_cost_usd_per_million_tokens": 1.0,
        "people_usd_per_month": 1e6,
        "fx_multiple_per_year": 1.1,
        "cny_cost_share": 0.8,
    }
    flow = cash.cash_flow(still(**plan).middle(), Switches(), months=25)
    assert flow.costs["people"][24] == pytest.approx(1e6 * (0.2 + 0.8 * 1.1**2))
    assert flow.revenue_usd[24] == pytest.approx(flow.revenue_usd[0])
    both = still(**{**plan, "cny_cost_share": 1.0, "cny_revenue_share": 1.0})
    flow = cash.cash_flow(both.middle(), Switches(), months=25)
    assert economics.gross_margin(flow, first=24, last=25) == pytest.approx(0.5)
    spread = uncertain(cny_cost_share=0.9)
    tornado = drivers.tornados(spread)["runway_months"]
    assert "fx_multiple_per_year" in [bar.name for bar in tornado.bars]


def test_mfu_on_a_sparse_or_fp8_peak_when_the_training_was_bf16() -> None:
    """The final run behind the research bill counts its utilisation on the dense peak of the
    16-bit format: the chip's figure with sparsity, twice as high, enters nowhere.
    """
    chip = accelerators.find("H100 SXM 80GB")
    plan = TrainingPlan(
        model=SizeOnly(name="7B", params=7e9, active_params=7e9),
        tokens=1e12,
        context_tokens=4096,
        precision="bf16",
    )
    given = {
        "efficiency": Range(0.4, 0.4, "fraction"),
        "goodput": Range(1.0, 1.0, "fraction"),
        "usd_per_gpu_hour": Range(2.0, 2.0),
    }
    inputs = training_cost.inputs_for(
        plan, Cluster(accelerator=chip, n_accelerators=64), region=None, given=given
    )
    found = training_cost.estimate(inputs, inputs.medians())
    peak = chip.peak("bf16").value
    assert found.gpu_hours == pytest.approx(found.flop.model / (peak * 0.4 * 3600), rel=1e-6)
    assert peak < 1.2e15
