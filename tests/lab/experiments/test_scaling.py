"""Planted laws are found again, floors only where they show, and nothing is followed too far."""

from typing import Any

import numpy as np
import pytest

from costmodel.messages import InputError
from lab.experiments import power_law, scaling_findings
from lab.experiments.intervals import Measured
from lab.experiments.outcome import Outcome
from lab.experiments.registry import EXPERIMENTS
from tests.lab.experiments.reports import reporting

SIZES = [1e4, 3e4, 1e5, 3e5, 1e6, 3e6, 1e7]


def planted(floor: float, scale: float, exponent: float, noise: float, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    losses = floor + scale * np.array(SIZES) ** -exponent
    return list(losses * np.exp(noise * rng.standard_normal(len(SIZES))))


@pytest.mark.parametrize("exponent", [0.05, 0.076, 0.3])
def test_a_planted_exponent_is_found(exponent: float) -> None:
    found = power_law.line(SIZES, planted(0.0, 8.0, exponent, 1e-4, 0))
    assert found.slope.value == pytest.approx(exponent, rel=0.01)
    assert found.r_squared > 0.99
    assert found.predict(1e8).value == pytest.approx(8.0 * 1e8**-exponent, rel=0.01)


def test_the_interval_of_the_slope_covers_nine_times_in_ten() -> None:
    hits = 0
    for seed in range(200):
        slope = power_law.line(SIZES, planted(0.0, 8.0, 0.08, 0.02, seed)).slope
        assert slope.low is not None
        assert slope.high is not None
        hits += slope.low <= 0.08 <= slope.high
    assert 168 <= hits <= 192  # 180 are expected; three standard deviations about it


def test_a_floor_that_shows_is_found() -> None:
    found = power_law.floor(SIZES, planted(1.7, 60.0, 0.4, 5e-4, 0), noise=5e-4)
    assert found.value == pytest.approx(1.7, rel=0.05)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 1.7 <= found.high
    assert found.exponent == pytest.approx(0.4, rel=0.15)


@pytest.mark.parametrize(("floor", "noise"), [(0.0, 0.01), (0.3, 0.03)])
def test_a_floor_that_does_not_show_is_not_stated(floor: float, noise: float) -> None:
    found = power_law.floor(SIZES, planted(floor, 8.0, 0.08, noise, 1), noise=noise)
    assert found.value is None


def test_too_few_sizes_have_no_slope_and_no_floor() -> None:
    with pytest.raises(InputError):
        power_law.line(SIZES[:3], [3.0, 2.8, 2.6])
    assert power_law.floor(SIZES[:4], [3.0, 2.8, 2.6, 2.5], noise=1e-3).value is None


def claimed(**options: Any) -> dict[str, Any]:
    losses = planted(0.0, 8.0, 0.08, 0.001, 0)
    whole = power_law.line(SIZES, losses)
    read = EXPERIMENTS["scaling_sweep"].read(options)
    with reporting("scaling_sweep") as report:
        outcome = Outcome("scaling_sweep", read, report)
        scaling_findings.conclude(
            outcome,
            read,
            whole=whole,
            floor=power_law.floor(SIZES, losses, noise=1e-3),
            foretold=Measured(value=losses[-1], low=0.9 * losses[-1], high=1.1 * losses[-1]),
            sizes=SIZES,
            losses=losses,
            tokens=10**6,
        )
        found = {one.claim: one.as_json() for one in outcome.findings}
        return {**found, "for_deal": outcome.for_deal}


def test_a_claim_beyond_ten_times_the_largest_is_not_judged() -> None:
    found = claimed(data="their.txt", claimed_loss=1.0, claimed_params=1.01e8)["scaling_loss"]
    assert found["verdict"] == "cannot tell"
    assert found["computed"] is None
    compute = claimed(data="their.txt", claimed_loss=1.0, claimed_params=5e7, claimed_tokens=5e6)[
        "scaling_loss"
    ]
    assert compute["verdict"] == "cannot tell"


def test_a_claim_without_a_size_or_at_other_data_is_not_judged() -> None:
    sizeless = claimed(data="their.txt", claimed_loss=2.0)["scaling_loss"]
    assert sizeless["verdict"] == "cannot tell"
    other = claimed(data="their.txt", claimed_loss=2.0, claimed_params=1e7, claimed_tokens=2e6)
    assert other["scaling_loss"]["verdict"] == "cannot tell"


def test_a_claim_within_reach_is_judged_by_the_line() -> None:
    at = 8.0 * 5e7**-0.08

    def verdict(**options: Any) -> str:
        found = claimed(claimed_params=5e7, **options)["scaling_loss"]
        return str(found["verdict"])

    assert verdict(data="their.txt", claimed_loss=at) == "consistent"
    assert verdict(data="their.txt", claimed_loss=0.8 * at) == "implausible"
    # Shakespeare says nothing of a loss on the company's text
    assert verdict(claimed_loss=0.8 * at) == "cannot tell"


def test_only_the_companys_own_text_measures_the_deal() -> None:
    assert claimed()["for_deal"] == []
    own = claimed(data="their.txt")["for_deal"]
    assert [one.path for one in own] == [
        "measurements.scaling_forecast_error",
        "measurements.scaling_fit_loss",
        "measurements.final_loss",
    ]
