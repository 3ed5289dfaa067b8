"""Levers change one thing in the same worlds, and what cannot be done says why."""

from dataclasses import replace

import numpy as np
import pytest

from costmodel import facts
from costmodel.hardware import accelerators
from costmodel.money import prices
from costmodel.money.serving_levers import Lever, Service, fastest_memory, levers
from costmodel.money.serving_margin import TokenPrices, fleet, gross_margin, price_for_margin
from costmodel.uncertainty import Range
from costmodel.workload import hf_config
from costmodel.workload.serving_load import WeightFormat, serving_load
from tests.costmodel.workload.configs import PUBLISHED

N = 2_000


def service(
    weights: WeightFormat = "bf16", *, chip: str = "H100 SXM 80GB", n: int | None = None
) -> Service:
    return Service(
        load=serving_load(
            hf_config.read(PUBLISHED["Llama-3 70B"]),
            weights=weights,
            input_tokens=1000,
            output_tokens=300,
        ),
        chip=accelerators.find(chip),
        bound_s=0.05,
        requests_per_day=1e6,
        n_accelerators=n,
    )


def pulled(asked: Service, other: str | None = "H200 SXM 141GB") -> dict[str, Lever]:
    chip = None if other is None else accelerators.find(other)
    return {lever.name: lever for lever in levers(asked, other_chip=chip, seed=0, n_draws=N)}


def test_each_lever_changes_one_thing() -> None:
    found = pulled(service())
    assert list(found) == ["as planned", "fp8", "int4", "patience", "other chip"]
    assert found["as planned"].service == service()
    assert found["fp8"].service.load.weights == "fp8"
    assert found["patience"].service.bound_s == 2 * service().bound_s
    assert found["other chip"].service.chip.name == "H200 SXM 141GB"


def test_the_levers_stand_in_the_same_worlds() -> None:
    found = pulled(service(n=4))
    base, patient = found["as planned"].estimate, found["patience"].estimate
    whole = found["as planned"].fleet
    assert base is not None
    assert patient is not None
    assert whole is not None
    for name in base.values:
        np.testing.assert_array_equal(base.values[name], patient.values[name])
    ratio = found["patience"].bill_over(whole)
    assert ratio is not None
    assert np.all(np.asarray(ratio) <= 1 + 1e-6)  # more time per token never costs more
    assert set(np.asarray(found["as planned"].bill_over(whole))) == {1.0}


def test_only_narrower_formats_are_levers_and_the_cache_never_widens() -> None:
    assert "fp8" not in pulled(service("fp8"))
    assert pulled(service("fp8"))["int4"].service.load.cache == "fp8"
    assert "fp4" in pulled(service("fp8", chip="B200 SXM"), None)
    assert "fp4" not in pulled(service("fp8"), None)
    assert set(pulled(service("int4"), None)) == {"as planned", "patience"}


def test_a_stated_rent_is_not_that_of_another_chip() -> None:
    stated = {"usd_per_gpu_hour": Range(0.01, 0.01), "headroom": Range(1.2, 1.2)}
    asked = replace(service(), given=stated)
    other = pulled(asked)["other chip"]
    assert other.estimate is not None
    rent = np.asarray(other.estimate.values["usd_per_gpu_hour"])
    assert rent.min() > 0.5
    assert set(np.asarray(other.estimate.values["headroom"])) == {1.2}


def test_a_lever_that_cannot_be_pulled_says_why() -> None:
    refused = pulled(service("fp8"), "TPU v2")["other chip"]
    assert refused.estimate is None
    assert refused.refused is not None
    base = pulled(service("fp8"))["as planned"].fleet
    assert base is not None
    assert refused.bill_over(base) is None


def test_the_fastest_memory_is_another_chip_with_prices() -> None:
    mine = accelerators.find("H100 SXM 80GB")
    first = fastest_memory(beside=mine)
    assert first is not None
    assert not prices.rental_price(first.name).is_thin
    second = fastest_memory(beside=first)
    assert second is not None
    assert second != first

    def bandwidth(name: str) -> float:
        return facts.lookup("accelerators", name, "memory_bandwidth_byte_per_s").value

    assert bandwidth(first.name) >= bandwidth(second.name) >= bandwidth(mine.name)


@pytest.mark.parametrize("margin", [0.0, 0.5, 0.8])
def test_the_price_for_a_margin_earns_that_margin(margin: float) -> None:
    answer = service().drawn(seed=0, n_draws=N)
    whole = fleet(answer, requests_per_day=1e6)
    price = price_for_margin(answer, margin, fleet=whole)
    assert price is not None
    earned = gross_margin(answer, TokenPrices(input=price, output=price), fleet=whole)
    np.testing.assert_allclose(np.asarray(earned), margin, atol=1e-9)
