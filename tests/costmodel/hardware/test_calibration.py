"""Efficiency learnt from published runs: honest ranges, and nobody judges himself."""

import math

import numpy as np
import pytest

from costmodel.hardware import calibration
from costmodel.hardware.calibration import (
    EfficiencyPrior,
    PublishedRun,
    efficiency_prior,
    model_class,
    published_runs,
)
from costmodel.hardware.goodput import goodput
from costmodel.uncertainty import Percentiles
from costmodel.workload import hf_config
from costmodel.workload.model_spec import SizeOnly
from tests.costmodel.workload.configs import LLAMA_2_7B, MIXTRAL_8X7B

RUNS = published_runs()


def prior_without(run: PublishedRun) -> EfficiencyPrior:
    return efficiency_prior(run.generation, run.model_class, leave_out=run.run_id)


def test_there_are_runs_to_learn_from_and_all_are_within_physics() -> None:
    assert len(RUNS) >= 20
    assert all(0.02 < run.whole_run_efficiency < 0.7 for run in RUNS)
    assert len({run.run_id for run in RUNS}) == len(RUNS)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.run_id)
def test_a_run_left_out_has_no_part_in_its_own_range(run: PublishedRun) -> None:
    prior = prior_without(run)
    assert run not in prior.runs
    everyone = efficiency_prior(run.generation, run.model_class)
    if (prior.generation, prior.model_class) == (everyone.generation, everyone.model_class):
        assert prior.range != everyone.range


def test_nine_of_ten_published_runs_lie_in_the_range_that_the_others_give() -> None:
    """Leave one out: the 90 % range must be neither too sure nor useless."""
    rng = np.random.default_rng(0)
    inside = 0
    for run in RUNS:
        kept = goodput(run.generation, run.n_accelerators).range.draw(rng, 20_000)
        whole_run = prior_without(run).range.draw(rng, 20_000) * kept
        reached = Percentiles.of(whole_run)
        inside += reached.p05 <= run.whole_run_efficiency <= reached.p95
    assert 0.80 <= inside / len(RUNS) <= 0.97, f"{inside} of {len(RUNS)}"


def test_a_range_says_something() -> None:
    for generation in ("ampere", "hopper"):
        span = efficiency_prior(generation, "dense").range
        assert 0.1 < span.low < span.high < 0.9
        assert span.high < 4 * span.low


@pytest.mark.parametrize("generation", ["volta", "ampere", "hopper", "blackwell", "no such"])
@pytest.mark.parametrize("kind", ["dense", "moe"])
def test_no_range_leaves_zero_to_one(generation: str, kind: calibration.ModelClass) -> None:
    span = efficiency_prior(generation, kind).range
    assert 0 < span.low < span.mid < span.high < 1
    assert span.kind == "fraction"


def test_a_generation_without_runs_takes_a_wider_group_and_says_so() -> None:
    prior = efficiency_prior("no such", "dense")
    span, beyond = prior.for_run(params=7e9, n_accelerators=512)
    assert not beyond
    assert span.low < prior.range.low < prior.range.high < span.high
    assert span.mid == pytest.approx(prior.range.mid)
    assert (prior.generation, prior.model_class) == ("any", "dense")
    assert {run.model_class for run in prior.runs} == {"dense"}
    own = efficiency_prior("ampere", "dense")
    assert own.generation == "ampere"
    assert {run.generation for run in own.runs} == {"ampere"}
    assert len(own.runs) < len(prior.runs)


def test_fewer_runs_leave_a_wider_range() -> None:
    runs = [r for r in RUNS if (r.generation, r.model_class) == ("ampere", "dense")]
    few = sorted(runs, key=lambda r: r.whole_run_efficiency)[::3]

    def width(chosen: list[PublishedRun]) -> float:
        span = calibration._fit(chosen, [])
        return math.log(span.high / (1 - span.high)) - math.log(span.low / (1 - span.low))

    assert 3 <= len(few) < len(runs)
    assert width(few) > width(runs)


def test_runs_from_memory_are_counted() -> None:
    prior = efficiency_prior("ampere", "dense")
    assert prior.n_from_memory == sum(run.from_memory for run in prior.runs) <= len(prior.runs)


def test_a_mixture_is_told_from_a_dense_model() -> None:
    assert model_class(hf_config.read(LLAMA_2_7B)) == "dense"
    assert model_class(hf_config.read(MIXTRAL_8X7B)) == "moe"
    assert model_class(SizeOnly(name="x", params=7e9, active_params=7e9)) == "dense"
    assert model_class(SizeOnly(name="x", params=7e9, active_params=1e9)) == "moe"


def test_llama_3_1_405b_reached_what_its_hours_say() -> None:
    """30.84M H100-hours (model card) for 6 N D = 3.8e25 (arXiv:2407.21783): 34.6 % of the
    dense peak, 35.8 % with causal attention.
    """
    run = next(r for r in RUNS if r.run_id == "llama3.1-405b")
    assert run.whole_run_efficiency == pytest.approx(0.358, abs=0.005)


def test_a_size_or_cluster_beyond_the_runs_is_said_and_widens_the_range() -> None:
    prior = efficiency_prior("hopper", "dense")
    near, none = prior.for_run(params=7e9, n_accelerators=512)
    far, two = prior.for_run(params=7e15, n_accelerators=10**7)
    assert near == prior.range
    assert not none
    assert len(two) == 2
    assert far.low < near.low < near.high < far.high
