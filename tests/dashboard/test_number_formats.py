"""A number shown with a scaled unit is the number: no scale is off by a power of ten."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.units import UNITS
from dashboard.number_formats import amount

#: What each unit word stands for, in the unit of the fact.
_WORDS = {
    "en": {"T": 1e12, "B": 1e9, "M": 1e6},
    "zh": {"万亿": 1e12, "亿": 1e8, "万": 1e4},
}
_SCALED = {
    "kg_co2e": {"en": {"kg": 1, "t": 1e3, "kt": 1e6, "Mt": 1e9}, "zh": {"千克": 1, "吨": 1e3}},
    "kwh": {"en": {"kWh": 1, "MWh": 1e3, "GWh": 1e6, "TWh": 1e9}},
    "w": {"en": {"W": 1, "kW": 1e3, "MW": 1e6, "GW": 1e9, "TW": 1e12}},
    "kw": {"en": {"W": 1e-3, "kW": 1, "MW": 1e3, "GW": 1e6, "TW": 1e9}},
}
_SCALED["kg_co2e"]["zh"] |= {"百万吨": 1e9, "万吨": 1e7, "亿吨": 1e11}


def read_back(text: str, scales: dict[str, float]) -> float:
    digits, word = re.fullmatch(r"([\d.,]+)\s*(\S*).*", text).groups()  # type: ignore[union-attr]
    return float(digits.replace(",", "")) * scales[word]


@pytest.mark.parametrize("unit", sorted(_SCALED))
@given(value=st.floats(1.0, 9e11))
def test_a_physical_amount_reads_back(unit: str, value: float) -> None:
    for lang, scales in _SCALED[unit].items():
        assert read_back(amount(value, unit, lang), scales) == pytest.approx(value, rel=0.006)


@pytest.mark.parametrize("lang", ["en", "zh"])
@given(value=st.floats(1.0, 9e14))
def test_a_count_reads_back(lang: str, value: float) -> None:
    shown = amount(value, "parameter", lang)
    digits, word = re.fullmatch(r"([\d.,]+)\s*(\S*)", shown).groups()  # type: ignore[union-attr]
    scale = _WORDS[lang][word] if word else 1.0
    assert float(digits.replace(",", "")) * scale == pytest.approx(value, rel=0.006)


@pytest.mark.parametrize("unit", sorted(UNITS))
@pytest.mark.parametrize("lang", ["en", "zh"])
@given(value=st.floats(allow_nan=False) | st.integers(-(10**20), 10**20))
def test_every_unit_shows_any_number(unit: str, lang: str, value: float) -> None:
    assert amount(value, unit, lang)


def test_carbon_of_llama_is_thousands_of_tonnes() -> None:
    """8,930 t: Llama 3.1 model card; twice that is 17,900 t and not 1.79 kt."""
    assert amount(8.93e6, "kg_co2e", "en") == "8,930 t CO₂e"
    assert amount(17.86e6, "kg_co2e", "en") == "17,900 t CO₂e"
