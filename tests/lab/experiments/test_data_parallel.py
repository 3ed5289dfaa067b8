"""What is made of the processes' times; the forecast does not see a step of DDP."""

from typing import Any

import numpy as np
import pytest

from costmodel.hardware.data_parallel import all_reduced, efficiency, fully_sharded
from lab.experiments import data_parallel, parallel_findings, parallel_times
from lab.experiments.outcome import Outcome
from lab.experiments.parallel_worker import LINK_BYTES, _buckets, _is_other
from lab.experiments.registry import EXPERIMENTS
from lab.findings import LabFinding
from tests.lab.experiments.reports import reporting


def measured(*, ddp: float = 0.12, world: int = 2) -> dict[str, Any]:
    """Steps of a tenth of a second, a link of 1 GB/s and a millisecond."""
    moved = 2 * (world - 1) / world
    return {
        "world": world,
        "parameter_bytes": 4_000_000,
        "rounds": [
            {
                "alone": [[0.1, 0.1, 0.1], []],
                "apart": [[0.11, 0.11, 0.11], [0.11, 0.11, 0.11]],
                "ddp": [[ddp] * 3, [ddp] * 3],
                "fsdp": [[0.2] * 3, [0.2] * 3],
                "link": {str(n): [1e-3 + moved * n / 1e9] * 4 for n in (1 << 18, 1 << 20, 1 << 23)},
            }
            for _ in range(4)
        ],
    }


def test_the_link_is_found_from_its_timings() -> None:
    found = parallel_times.link(measured()["rounds"], 2)
    assert found.byte_per_s == pytest.approx(1e9, rel=1e-3)
    assert found.latency_s == pytest.approx(1e-3, rel=1e-3)


def test_the_forecast_adds_the_exchange_to_the_slowest_process() -> None:
    found = parallel_times.compared(measured(), "ddp", all_reduced(2))
    foretold = 0.11 + 2e-3 + 4e6 / 1e9
    assert found.predicted_efficiency.value == pytest.approx(0.1 / foretold, rel=1e-3)
    assert found.efficiency.value == pytest.approx(0.1 / 0.12)
    assert found.error == pytest.approx(0.12 / foretold - 1, rel=1e-2)
    assert found.communication_share.value == pytest.approx(1 - 0.11 / 0.12)


def test_the_forecast_does_not_see_ddp() -> None:
    one, other = (
        parallel_times.compared(measured(ddp=ddp), "ddp", all_reduced(1)) for ddp in (0.12, 0.5)
    )
    assert one.predicted_efficiency == other.predicted_efficiency
    assert one.efficiency != other.efficiency


def test_sharding_moves_half_as_much_again() -> None:
    link: dict[str, Any] = {"parameter_bytes": 1e9, "n": 4, "byte_per_s": 1e9, "latency_s": 0.0}
    assert fully_sharded(3).seconds(**link) == pytest.approx(1.5 * all_reduced(3).seconds(**link))
    assert all_reduced(1).seconds(**link) == pytest.approx(1.5)


def test_one_process_has_nothing_to_exchange() -> None:
    link: dict[str, Any] = {"parameter_bytes": 1e9, "n": 1, "byte_per_s": 1e9, "latency_s": 0.0}
    assert all_reduced(1).seconds(**link) == 0
    assert efficiency(alone_s=0.1, together_s=0.1) == 1


def test_who_waits_for_the_slowest_waits_longer_than_the_median() -> None:
    times = np.random.default_rng(0).exponential(1.0, (2, 500)) + 1
    assert parallel_times.slowest_of(list(times), seed=0) > np.median(times)


def test_the_sizes_of_the_link_are_not_those_of_the_model() -> None:
    buckets = _buckets(3_249_664)
    assert sum(buckets) == 3_249_664
    used = [n for n in LINK_BYTES if _is_other(n, buckets)]
    assert len(used) >= 3
    assert all(n not in (*buckets, sum(buckets)) for n in used)
    assert sum(_buckets(100 << 20)) == 100 << 20


def test_two_processes_end_with_equal_weights() -> None:
    """torchrun, gloo, DDP and FSDP2 for real, on a model of a few thousand weights."""
    options = EXPERIMENTS["data_parallel"].read(
        {
            "processes": 2,
            "rounds": 2,
            "steps": 3,
            "n_layers": 1,
            "d_model": 16,
            "batch_size": 2,
            "context_tokens": 16,
            "claimed_efficiency": 0.9,
            "claimed_processes": 64,
        }
    )
    with reporting("data_parallel") as report:
        result = data_parallel.run(options, report)
    assert result["replicas_equal"] == {"2": True}
    assert [row["id"] for row in result["rows"]] == ["alone-1", "apart-2", "ddp-2", "fsdp-2"]
    assert result["rows"][0]["efficiency"]["value"] == 1
    found = {one["claim"]: one for one in result["findings"]}
    assert found["scaling_efficiency"]["verdict"] == "cannot tell"


@pytest.mark.parametrize(
    ("stated", "of", "verdict", "said"),
    [
        (0.95, None, "cannot tell", "does not say of how many"),
        (0.95, 64, "cannot tell", "nothing follows for more"),
        (0.95, 2, "implausible", "goes to the exchange"),
        (0.7, 2, "consistent", "goes to the exchange"),
        (None, None, "cannot tell", "goes to the exchange"),
    ],
)
def test_a_claim_is_judged_only_of_processes_that_were_measured(
    stated: float | None, of: int | None, verdict: str, said: str
) -> None:
    found = _claim_finding({"value": 0.1, "low": 0.05, "high": 0.15}, stated, of)
    assert found.verdict == verdict
    assert said in str(found.why)


def test_an_exchange_within_the_noise_has_no_share() -> None:
    found = _claim_finding({"value": -0.12, "low": -0.23, "high": 0.07}, 0.7, 2)
    assert "not told apart from nothing" in str(found.why)
    assert "-0.12" not in str(found.why)


def test_a_crowded_machine_judges_no_claim() -> None:
    share = {"value": 0.1, "low": 0.05, "high": 0.15}
    assert _claim_finding(share, 0.95, 2, contention=0.14).verdict == "implausible"
    crowded = _claim_finding(share, 0.95, 2, contention=0.16)
    assert crowded.verdict == "cannot tell"
    assert "too low" in str(crowded.why)


def _claim_finding(
    share: dict[str, float],
    stated: float | None,
    of: int | None,
    *,
    contention: float | None = None,
) -> LabFinding:
    options = EXPERIMENTS["data_parallel"].read(
        {"claimed_efficiency": stated, "claimed_processes": of}
    )
    efficiency = {"value": 0.7, "low": 0.66, "high": 0.74}
    with reporting("data_parallel") as report:
        outcome = Outcome("data_parallel", options, report)
        outcome.row(
            "ddp-2",
            kind_of="ddp",
            processes=2,
            efficiency=efficiency,
            predicted_efficiency=efficiency,
            error=0.0,
            communication_share=share,
        )
        parallel_findings.conclude(outcome, options, contention=contention)
    assert bool(outcome.levers) == (contention is None or contention <= 0.15)
    return outcome.findings[0]
