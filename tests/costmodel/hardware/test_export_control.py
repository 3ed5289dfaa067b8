"""The export table: golden answers for known accelerators, and what it cannot tell."""

import pytest

from costmodel import facts
from costmodel.hardware import accelerators
from costmodel.hardware.export_control import (
    computed_tpp,
    export_reading,
    rules_read,
    total_processing_performance,
)


@pytest.mark.parametrize(
    ("chip", "tpp", "status"),
    [
        ("A100 80GB SXM", 4_992, "case_by_case"),
        ("H100 SXM 80GB", 15_832, "case_by_case"),
        ("H800 SXM 80GB", 15_832, "case_by_case"),
        ("H200 SXM 141GB", 15_832, "case_by_case"),
        ("MI325X", 20_912, "case_by_case"),
        ("B200 SXM", 36_000, "presumption_of_denial"),
        ("H20 96GB", 2_368, "uncontrolled"),
    ],
)
@pytest.mark.parametrize("destination", ["CN", "MO"])
def test_the_table_in_china_and_macau(chip: str, tpp: float, status: str, destination: str) -> None:
    reading = export_reading(accelerators.find(chip), destination=destination)
    assert (reading.tpp, reading.status) == (tpp, status)


def test_total_processing_performance_is_the_largest_over_the_precisions() -> None:
    """On record as such, and again from the dense peaks."""
    for name in accelerators.names():
        chip = accelerators.find(name)
        fact = total_processing_performance(chip)
        if fact is not None:
            assert computed_tpp(chip) == pytest.approx(fact.value, rel=2e-3), name


def test_every_accelerator_is_free_where_no_group_asks_for_a_licence() -> None:
    for name in accelerators.names():
        reading = export_reading(accelerators.find(name), destination="US", parent="FR")
        assert reading.status == "uncontrolled"


def test_a_parent_in_china_counts_like_the_destination_but_without_the_review() -> None:
    h100 = accelerators.find("H100 SXM 80GB")
    assert export_reading(h100, destination="SG").status == "uncontrolled"
    assert export_reading(h100, destination="SG", parent="CN").status == "presumption_of_denial"
    assert export_reading(h100, destination="CN", parent="US").status == "case_by_case"


def test_an_embargoed_destination_is_denied_what_china_may_ask_for() -> None:
    h100 = accelerators.find("H100 SXM 80GB")
    assert export_reading(h100, destination="RU").status == "presumption_of_denial"
    assert export_reading(h100, destination="AE").status == "case_by_case"


def test_between_the_thresholds_the_die_area_decides_and_its_lack_is_said() -> None:
    a10 = export_reading(accelerators.find("A10"), destination="CN")
    assert a10.status is None
    assert "die area of A10 is not on record" in str(a10.missing)
    assert export_reading(accelerators.find("L4"), destination="CN").entry == "3A090.a"
    assert export_reading(accelerators.find("V100 SXM2 32GB"), destination="CN").entry == "none"


def test_a_chip_made_in_china_is_not_decided_by_the_table() -> None:
    reading = export_reading(accelerators.find("Ascend 910B"), destination="CN")
    assert reading.status is None
    assert "no export from the United States" in str(reading.missing)


def test_the_letters_to_the_maker_of_the_h20_are_said() -> None:
    notes = export_reading(accelerators.find("H20 96GB"), destination="CN").notes
    assert any("told in 2025 to ask for a licence" in str(note) for note in notes)


def test_every_reading_says_that_it_is_no_advice_and_of_when() -> None:
    for name in accelerators.names():
        for destination in ("CN", "US", "RU"):
            reading = export_reading(accelerators.find(name), destination=destination)
            assert "not legal advice" in str(reading.notes[-1])
            assert reading.as_of == rules_read() >= "2026-11"
            assert (reading.status is None) == (reading.missing is not None)


def test_the_thresholds_are_those_that_the_laws_on_record_write() -> None:
    laws = {law.id: law.threshold_value for law in facts.regulations()}
    rules = {key: fact.value for key, fact in facts.facts_of("export_rules").items()}
    a, b = laws["us-ear-3a090a-2023"], laws["us-ear-3a090b-2023"]
    assert f"{rules['3A090.a', 'tpp_alone']:g}" in a
    assert f"{rules['3A090.a', 'tpp_with_density']:g}" in a
    assert f"{rules['3A090.a', 'performance_density']:g}" in a
    for quantity in ("tpp_wide", "tpp_narrow", "density_wide", "density_narrow"):
        assert f"{rules['3A090.b', quantity]:g}" in b
    review = laws["us-bis-licence-review-2026-01"].replace(",", "")
    assert f"{rules['case-by-case review', 'tpp']:g}" in review
    assert f"{rules['case-by-case review', 'dram_bandwidth'] / 1e9:g} GB/s" in review
    outbound = laws["us-outbound-1e23-1e25"]
    assert "1e23 (notifiable) / 1e25 (prohibited)" in outbound
    assert rules["outbound investment", "notifiable_flop"] == 1e23
    assert rules["outbound investment", "prohibited_flop"] == 1e25
