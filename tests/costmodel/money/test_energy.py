"""Power at the meter and carbon of a grid, each from its cited row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel import facts
from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.money import energy
from tests.refusals import outcome


def test_power_at_the_meter_is_the_product_of_its_steps() -> None:
    """Cottier et al. 2024, arXiv:2405.21015: H100, (10.2 kW / 8) / 0.7 kW servers, 0.75 drawn,
    PUE 1.25 gives 1.20 kW for each.
    """
    ratio = 10.2 / 8 / 0.7
    kw = energy.kw_per_accelerator(
        board_power_w=700, server_power_ratio=ratio, mean_draw_share=0.75, pue=1.25
    )
    assert kw == pytest.approx(1.20, abs=0.005)


def test_servers_of_a_generation_have_their_own_ratio() -> None:
    own = energy.server_power_ratio(accelerators.find("A100 80GB SXM"))
    assert own.subject == "ampere"
    assert own.range.low < 6.5 / 8 / 0.4 < own.range.high
    assert energy.server_power_ratio(accelerators.find("B200 SXM")).subject == "other"


@pytest.mark.parametrize("name", ["China", "中国", "CN", "cn", "CHN", " china "])
def test_a_region_is_found_by_name_in_either_language_or_code(name: str) -> None:
    assert energy.find_region(name).name == "China"


def test_every_region_has_a_carbon_intensity_and_is_found_by_its_name() -> None:
    for region in energy.regions():
        assert 0 < energy.carbon_intensity(region.name).value < 2
        assert energy.find_region(region.name) == region


def test_no_two_countries_share_a_code() -> None:
    codes = [c for r in energy.regions() if r.level == "country" for c in (r.iso, r.iso2)]
    assert all(codes)
    assert len(codes) == len(set(codes))


def test_without_a_region_the_range_spans_the_grids() -> None:
    wide = energy.carbon_intensity(None).range
    values = [
        fact.value
        for (_, quantity), fact in facts.facts_of("grid").items()
        if quantity == "carbon_kg_co2e_per_kwh"
    ]
    inside = [wide.low <= value <= wide.high for value in values]
    assert sum(inside) / len(inside) > 0.75


@pytest.mark.parametrize("name", ["Narnia", "", "x" * 5000])
def test_an_unknown_region_is_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        energy.find_region(name)
    assert caught.value.field == "region"


@given(st.text(max_size=20))
def test_any_text_is_a_region_or_a_refusal(text: str) -> None:
    found = outcome(lambda: energy.find_region(text))
    if isinstance(found, InputError):
        assert found.field == "region"
    else:
        assert found in energy.regions()
