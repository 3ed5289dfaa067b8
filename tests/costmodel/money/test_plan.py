"""What a budget buys moves the right way, and levers are computed, not assumed."""

import numpy as np
import pytest

from costmodel.facts import FactError
from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.money import levers as saving
from costmodel.money import plan as plans
from costmodel.money.levers import Lever
from costmodel.money.plan import Plan, Request
from costmodel.uncertainty import Range
from costmodel.workload.flops import total_params
from costmodel.workload.scaling_law import law
from costmodel.workload.typical import nearest_model, typical_models

N = 300


def best(budget: float = 1e6, weeks: float | None = 12, chip: str = "H100 SXM 80GB") -> Plan:
    request = Request(budget_usd=budget, weeks=weeks, chip=accelerators.find(chip))
    return plans.best_plan(request, n_draws=N)


def median(values: object) -> float:
    return float(np.median(np.asarray(values)))


def test_more_money_buys_a_lower_loss_and_never_a_smaller_model() -> None:
    found = [best(budget).best for budget in (1e5, 1e6, 1e7)]
    losses = [median(b.loss) for b in found]
    sizes = [b.params for b in found]
    assert losses == sorted(losses, reverse=True)
    assert sizes == sorted(sizes)


def test_the_whole_budget_is_spent_on_the_run() -> None:
    found = best()
    spent = np.asarray(found.best.usd_per_token) * np.asarray(found.best.tokens)
    np.testing.assert_allclose(spent, 1e6)


def test_no_other_size_that_was_tried_is_better() -> None:
    found = best()
    assert median(found.best.loss) == min(median(size.loss) for size in found.sizes)


def test_a_closer_deadline_takes_more_accelerators_and_meets_it() -> None:
    soon, late = best(weeks=4), best(weeks=26)
    assert soon.best.cluster.n_accelerators > late.best.cluster.n_accelerators
    assert median(soon.best.wall_days) <= 28
    assert median(late.best.wall_days) <= 182


def test_a_dearer_hour_buys_less() -> None:
    chip = accelerators.find("H100 SXM 80GB")
    cheap, dear = (
        plans.best_plan(
            Request(budget_usd=1e6, chip=chip, given={"usd_per_gpu_hour": Range(p, p)}), n_draws=N
        )
        for p in (2.0, 4.0)
    )
    assert median(dear.best.loss) > median(cheap.best.loss)


def test_scarce_data_raise_the_loss_and_are_said() -> None:
    chip = accelerators.find("H100 SXM 80GB")
    free = plans.best_plan(Request(budget_usd=1e6, chip=chip), n_draws=N)
    scarce = plans.best_plan(Request(budget_usd=1e6, chip=chip, unique_tokens=2e10), n_draws=N)
    assert median(scarce.best.loss) > median(free.best.loss)
    assert any("seen" in str(w) for w in scarce.warnings)


def test_the_frontier_falls_and_passes_through_the_plan() -> None:
    found = best()
    points = plans.frontier(found, (0.25, 1.0, 4.0))
    assert [p.loss.p50 for p in points] == sorted((p.loss.p50 for p in points), reverse=True)
    assert points[1].params == found.best.params
    assert points[1].loss.p50 == pytest.approx(median(found.best.loss), abs=2e-3)


def test_too_small_a_budget_is_refused_with_what_it_would_take() -> None:
    with pytest.raises(InputError, match="trains no model") as caught:
        best(budget=0.01)
    assert caught.value.field == "budget_usd"


def test_a_budget_that_is_none_is_refused() -> None:
    with pytest.raises(InputError):
        best(budget=-5)


def test_an_accelerator_without_a_price_is_refused() -> None:
    with pytest.raises(FactError, match="no rental price"):
        best(chip="A800 80GB SXM")


def test_typical_models_grow_and_are_shaped_like_llama() -> None:
    sizes = [total_params(spec) for spec in typical_models()]
    assert sizes == sorted(sizes)
    assert sizes[0] < 2e8
    assert sizes[-1] > 1e12
    seventy = nearest_model(70e9)
    assert seventy.d_model / seventy.n_layers == 128
    assert total_params(seventy) == pytest.approx(70e9, rel=0.25)


# --- levers ------------------------------------------------------------------------------


def by_name(found: tuple[Lever, ...]) -> dict[str, list[Lever]]:
    names: dict[str, list[Lever]] = {}
    for lever in found:
        names.setdefault(lever.name, []).append(lever)
    return names


def test_levers_are_ranked_by_what_they_save() -> None:
    found = saving.levers(best(), served_tokens=1e12)
    medians = [lever.saved_usd.p50 for lever in found]
    assert medians == sorted(medians, reverse=True)
    assert {"precision", "chip", "contract", "failed_runs", "quantised_serving"} <= set(
        by_name(found)
    )


def test_no_lever_of_the_run_saves_more_than_the_run_costs() -> None:
    for lever in saving.levers(best()):
        if lever.of_what == "run":
            assert lever.saved_usd.p95 < 1e6
        assert lever.saved_usd.p05 <= lever.saved_usd.p50 <= lever.saved_usd.p95


def test_every_lever_has_its_doubt() -> None:
    for lever in saving.levers(best(), served_tokens=1e12):
        spread = lever.saved_usd.p95 - lever.saved_usd.p05
        assert spread > 0.02 * abs(lever.saved_usd.p50), lever.name


def test_serving_levers_need_tokens_to_serve() -> None:
    without = by_name(saving.levers(best()))
    assert "quantised_serving" not in without
    assert "smaller_model" not in without
    few, many = (
        by_name(saving.levers(best(), served_tokens=t))["quantised_serving"][0].saved_usd.p50
        for t in (1e11, 1e12)
    )
    assert many == pytest.approx(10 * few)


def test_a_chip_without_eight_bit_has_no_such_lever() -> None:
    assert "precision" not in by_name(saving.levers(best(chip="A100 80GB SXM")))


def test_a_negative_count_of_tokens_is_refused() -> None:
    with pytest.raises(InputError, match="less than zero"):
        saving.levers(best(), served_tokens=-1)


def test_the_doubt_of_the_law_is_not_that_of_the_bill() -> None:
    """One stream for both made the law's floor rise with the efficiency, world by world."""
    request = Request(budget_usd=2e6, chip=accelerators.find("V100"), precision="fp16")
    best = plans.best_plan(request, n_draws=2000).best
    tokens = np.asarray(best.tokens)
    fixed = law(request.law_name).draw(np.random.default_rng(77), 2000)
    independent = np.asarray(fixed.loss(best.params, tokens))
    width, expected = (np.ptp(np.quantile(v, (0.05, 0.95))) for v in (best.loss, independent))
    assert width == pytest.approx(expected, rel=0.12)


def test_the_frontier_stands_on_the_worlds_of_its_plan() -> None:
    request = Request(budget_usd=2e6, chip=accelerators.find("H100 SXM 80GB"))
    plan = plans.best_plan(request, seed=5, n_draws=N)
    (same,) = plans.frontier(plan, (1.0,))
    assert same.params == plan.best.params
    assert same.loss.p50 == median(plan.best.loss)


@pytest.mark.parametrize(("chip", "price"), [("MI300X", None), ("TPU v5p", 2.0), ("RTX 5090", 0.5)])
def test_levers_of_an_accelerator_without_step_times_or_price(
    chip: str, price: float | None
) -> None:
    given = {"usd_per_gpu_hour": Range(price, price)} if price else None
    request = Request(budget_usd=2e6, chip=accelerators.find(chip), given=given)
    found = saving.levers(plans.best_plan(request, n_draws=N))
    assert {lever.name for lever in found} >= {"chip", "failed_runs"}
    assert price is None or "contract" not in {lever.name for lever in found}
