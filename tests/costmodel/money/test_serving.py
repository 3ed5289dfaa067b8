"""What serving costs adds up, moves the right way, and says what cannot be done."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.money import serving
from costmodel.money.serving import ServingEstimate, ServingInputs, estimate, inputs_for
from costmodel.money.serving_margin import fleet
from costmodel.uncertainty import Percentiles, Range
from costmodel.workload import hf_config
from costmodel.workload.serving_load import ServingLoad, WeightFormat, serving_load
from tests.costmodel.workload.configs import PUBLISHED

N = 100_000


def load(
    name: str = "Llama-3 70B",
    weights: WeightFormat = "fp8",
    *,
    input_tokens: int = 1000,
    output_tokens: int = 300,
) -> ServingLoad:
    return serving_load(
        hf_config.read(PUBLISHED[name]),
        weights=weights,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
    )


def inputs(
    asked: ServingLoad | None = None,
    chip: str = "H100 SXM 80GB",
    bound_s: float = 0.05,
    n: int | None = None,
    given_ranges: Mapping[str, Range] | None = None,
) -> ServingInputs:
    return inputs_for(
        asked or load(),
        accelerators.find(chip),
        bound_s=bound_s,
        n_accelerators=n,
        given=given_ranges,
    )


def at_medians(found: ServingInputs, **stated: float) -> ServingEstimate:
    return estimate(found, {**found.medians(), **stated})


def usd(value: object) -> float:
    assert isinstance(value, float)
    return value


# --- the bill ---------------------------------------------------------------------------------


def test_a_replica_that_is_never_idle_earns_its_rent_back_at_cost() -> None:
    """Tokens of one second at their price are the rent of that second, with overhead."""
    found = at_medians(inputs(), mean_over_peak=1.0, headroom=1.0, usd_per_gpu_hour=2.0)
    rent = found.inputs.replica.n_accelerators * 2.0 / 3600
    overhead = 1 + found.values["overhead_share"]
    assert found.utilization == 1.0
    assert usd(found.usd_per_request) * found.requests_per_s == pytest.approx(rent * overhead)


def test_idle_time_is_paid_for() -> None:
    busy, idle = (at_medians(inputs(), mean_over_peak=share) for share in (0.8, 0.4))
    assert usd(idle.output_usd_per_million) == pytest.approx(2 * usd(busy.output_usd_per_million))
    assert usd(idle.input_usd_per_million) == pytest.approx(2 * usd(busy.input_usd_per_million))


def test_the_batch_keeps_the_bound_and_the_memory() -> None:
    found = at_medians(inputs())
    assert found.token_s <= 0.05 * (1 + 1e-6)
    assert found.memory.free >= -1.0
    assert found.batch > 1
    assert found.share_missed == 0


@given(st.floats(0.02, 0.5), st.floats(1.0, 5.0))
@settings(deadline=None, max_examples=40)
def test_more_patience_never_costs_more(bound: float, factor: float) -> None:
    tight, loose = (at_medians(inputs(bound_s=b, n=4)) for b in (bound, bound * factor))
    assert usd(loose.usd_per_request) <= usd(tight.usd_per_request) * (1 + 1e-6)


def test_written_tokens_cost_more_than_tokens_read() -> None:
    found = at_medians(inputs())
    assert usd(found.output_usd_per_million) > usd(found.input_usd_per_million)


@pytest.mark.parametrize("name", ["Llama-3 8B", "Llama-3 70B"])
def test_a_narrower_format_is_a_lever(name: str) -> None:
    """Eight bits hold and read half, and Hopper's products run twice as fast."""
    wide = at_medians(inputs(load(name, "bf16"), n=4))
    narrow = at_medians(inputs(replace(load(name, "fp8"), cache="bf16"), n=4))
    assert narrow.memory.weights < wide.memory.weights
    assert usd(narrow.usd_per_request) < usd(wide.usd_per_request)


def test_a_read_prefix_costs_nothing_again() -> None:
    plain = at_medians(inputs())
    cached = at_medians(inputs(given_ranges={"cached_input_share": Range(0.5, 0.5, "fraction")}))
    assert usd(cached.input_usd_per_million) == pytest.approx(usd(plain.input_usd_per_million) / 2)


def test_more_rent_costs_more() -> None:
    cheap, dear = (at_medians(inputs(), usd_per_gpu_hour=price) for price in (1.0, 3.0))
    assert usd(dear.usd_per_request) == pytest.approx(3 * usd(cheap.usd_per_request))


def test_deepseeks_service_is_met_within_a_factor_of_two() -> None:
    """DeepSeek 2025: $87,072 a day at $2 an hour for 608B tokens read (56.3 % from the
    cache) and 168B written, so $0.112 per million tokens of both kinds; at 20-22 tokens a
    second, lengths 4384 and 1210. Their idle accelerators went to training, so the fleet
    here follows the traffic.
    """
    asked = load("DeepSeek-V3", input_tokens=4384, output_tokens=1210)
    found = inputs(asked, "H800 SXM 80GB", bound_s=1 / 21, n=128)
    bill = at_medians(
        found,
        usd_per_gpu_hour=2.0,
        cached_input_share=0.563,
        mean_over_peak=1.0,
        headroom=1.0,
        overhead_share=0.0,
    )
    per_million = usd(bill.usd_per_request) / (4384 + 1210) * 1e6
    assert 0.5 < per_million / 0.112 < 2


# --- draws --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Llama-3 8B", "Llama-3 70B", "Mixtral 8x7B"])
def test_the_median_of_the_draws_is_near_the_medians(name: str) -> None:
    found = inputs(load(name))
    draws = estimate(found, found.draw(np.random.default_rng(0), N))
    assert draws.output_usd_per_million is not None
    middle = Percentiles.of(draws.output_usd_per_million)
    single = usd(at_medians(found).output_usd_per_million)
    assert middle.p50 == pytest.approx(single, rel=0.35)
    assert middle.p05 < single < middle.p95


def test_every_world_adds_up() -> None:
    found = inputs()
    draws = estimate(found, found.draw(np.random.default_rng(0), N))
    held = draws.memory
    total = np.asarray(held.weights + held.cache + held.reserve + held.free)
    np.testing.assert_allclose(total, found.replica.memory_bytes)
    assert np.all(np.asarray(draws.batch) >= 1)
    kept = (np.asarray(draws.token_s) <= found.bound_s * (1 + 1e-6)) & (held.free > -1.0)
    assert kept.mean() == pytest.approx(1 - draws.share_missed)


def test_worlds_without_room_are_said() -> None:
    """Llama-3 70B in eight bits on one H200 takes half of it: not so with a reserve drawn wide."""
    wide = {"memory_reserve_share": Range(0.1, 0.8, "fraction")}
    found = inputs(chip="H200 SXM 141GB", n=1, bound_s=10.0, given_ranges=wide)
    draws = estimate(found, found.draw(np.random.default_rng(0), 10_000))
    room = 141e9 * (1 - np.asarray(draws.values["memory_reserve_share"]))
    assert draws.share_missed == pytest.approx((room < 72.7e9).mean(), abs=0.01)
    assert "does not fit in memory" in str(draws.warnings[-1])


def test_worlds_that_miss_the_bound_are_said() -> None:
    found = inputs(load("Llama-3 8B"), bound_s=0.006)
    draws = estimate(found, found.draw(np.random.default_rng(0), 10_000))
    assert 0 < draws.share_missed < 0.6
    assert any("longer than" in str(message) for message in draws.warnings)
    patient = inputs(load("Llama-3 8B"), bound_s=10.0)
    calm = estimate(patient, patient.draw(np.random.default_rng(0), 10_000))
    assert calm.warnings == patient.warnings


# --- the replica ----------------------------------------------------------------------------------


def test_the_replica_holds_the_model_and_the_cheapest_size_is_taken() -> None:
    chosen = inputs()
    with pytest.raises(InputError, match="to spare"):
        inputs(n=1)
    busy = {n: float(n / at_medians(inputs(n=n)).requests_per_s) for n in (2, 4, 8)}
    assert chosen.replica.n_accelerators == min(busy, key=lambda n: busy[n])


def test_a_small_traffic_is_not_given_a_large_replica() -> None:
    asked = load("DeepSeek-V3", input_tokens=4384, output_tokens=1210)
    chip = accelerators.find("H800 SXM 80GB")
    sizes = []
    for traffic in (1e3, 1e9):
        found = inputs_for(asked, chip, bound_s=0.05, requests_per_day=traffic)
        sizes.append(found.replica.n_accelerators)
    assert sizes[0] < sizes[1]
    least = inputs_for(asked, chip, bound_s=0.05, requests_per_day=1e3)
    whole = fleet(at_medians(least), requests_per_day=1e3)
    assert whole.n_accelerators == least.replica.n_accelerators


def test_a_model_that_fits_nowhere_is_refused_with_its_bytes() -> None:
    huge = replace(load("Llama-3.1 405B", "fp32").model, n_layers=9000)
    asked = replace(load(), model=huge)
    with pytest.raises(InputError, match=r"needs .* bytes, and 256 x L40S have .* to spare"):
        inputs(asked, "L40S", bound_s=10.0)
    with pytest.raises(InputError) as caught:
        inputs(load("Llama-3 70B", "bf16"), n=1)
    assert caught.value.field == "n_accelerators"
    assert "choose a narrower format" in str(caught.value)


def test_a_bound_that_nobody_meets_is_refused_with_the_time_that_can_be_met() -> None:
    with pytest.raises(
        InputError, match=r"one request at a time takes 0\.\d+ s on \d+ x"
    ) as caught:
        inputs(bound_s=0.001)
    assert caught.value.field == "bound_s"
    reachable = float(str(caught.value).split("takes ")[1].split(" s")[0])
    assert inputs(bound_s=reachable * 1.01).replica.n_accelerators >= 1


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_a_bound_or_a_traffic_that_cannot_be_is_refused(bad: float) -> None:
    with pytest.raises(InputError) as caught:
        inputs(bound_s=bad)
    assert caught.value.field == "bound_s"
    with pytest.raises(InputError, match="requests_per_day"):
        inputs_for(load(), accelerators.find("H100 SXM 80GB"), bound_s=0.05, requests_per_day=bad)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("memory_efficiency", Range(1.1, 1.1)),
        ("headroom", Range(0.5, 0.9)),
        ("cached_input_share", Range(1.0, 1.0, "fraction")),
        ("usd_per_gpu_hour", Range(1e7, 1e7)),
    ],
)
def test_an_override_that_cannot_be_is_refused(name: str, bad: Range) -> None:
    with pytest.raises(InputError, match="write a value from") as caught:
        inputs(given_ranges={name: bad})
    assert caught.value.field == name


def test_every_assumption_is_cited_or_stated() -> None:
    found = inputs(given_ranges={"headroom": Range(1.2, 1.2)})
    uncited = {a.name for a in found.assumptions if a.origin is None}
    assert uncited == {"headroom", "cached_input_share"}
    assert {a.name for a in found.assumptions} == set(serving.LIMITS)


def test_without_a_price_everything_but_dollars_is_answered() -> None:
    found = inputs(load("Llama-3 8B", "bf16"), "Cambricon MLU370-X8", bound_s=1.0)
    answer = at_medians(found)
    assert answer.output_usd_per_million is None
    assert answer.usd_per_request is None
    assert fleet(answer, requests_per_day=1e6).usd_per_month is None
    assert fleet(answer, requests_per_day=1e6).n_accelerators >= 1
    assert any("No rental price" in str(message) for message in found.warnings)


def test_doubtful_hardware_is_said() -> None:
    a100 = inputs(load("Llama-3 8B", "fp8"), "A100 80GB SXM")
    assert any("products run at 16 bits" in str(m) for m in a100.warnings)
    h800 = inputs(load("Llama-3 70B", "fp8"), "H800 SXM 80GB", n=4)
    assert any("link bandwidth" in str(m) for m in h800.warnings)
    wide = inputs(load("Llama-3.1 405B", "fp8"), n=16)
    assert any("more than one server" in str(m) for m in wide.warnings)


def test_one_accelerator_needs_no_link_and_several_do() -> None:
    chips = facts.facts_of("accelerators")
    lone = next(
        name
        for name in accelerators.names()
        if (name, "intranode_bandwidth_byte_per_s") not in chips
        and (name, "memory_bandwidth_byte_per_s") in chips
        and chips[name, "memory_bytes"].value > 2e10
        and (name, "peak_bf16_flop_per_s") in chips
    )
    small = load("Llama-3 8B", "int4")
    assert inputs(small, lone, bound_s=10.0).replica.n_accelerators == 1
    with pytest.raises(FactError, match="intranode_bandwidth_byte_per_s"):
        inputs(small, lone, bound_s=10.0, n=2)


def test_a_chip_without_memory_bandwidth_is_an_error_not_a_guess() -> None:
    lone = "H100 PCIe 80GB"
    found = accelerators.find(lone)
    ghost = replace(found, name="H101")
    with pytest.raises(FactError, match="H101"):
        inputs_for(load("Llama-3 8B"), ghost, bound_s=0.05)
