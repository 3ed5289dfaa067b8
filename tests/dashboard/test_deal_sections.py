"""The numbers beside plan and claims: typed, with their evidence, refused with the remedy."""

import pytest

from costmodel.messages import InputError
from costmodel.units import UNITS
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.deal_facts import Amount, Measured, Stated
from dashboard.deal_sections import SECTIONS, Finance, label_and_unit
from dashboard.language import catalogue

PATHS = [
    f"{section}.{name}"
    for section, kind in SECTIONS.items()
    for name, field in kind.model_fields.items()
    if field.title
]


def deal(text: str) -> Deal:
    return deals.loads(f"assay: 1\nname: X\n{text}\n")


def refusal(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        deal(text)
    return caught.value


def test_a_bare_number_is_claimed() -> None:
    cash = deal("finance: {cash_usd: 20e6}").finance.cash_usd
    assert cash is not None
    assert (cash.value, cash.known) == (20e6, "claimed")


def test_an_entry_says_how_well_it_is_known_and_where_it_stands() -> None:
    cash = deal(
        "finance: {cash_usd: {value: 2e7, status: documented, source: bank, date: 2026-11-01}}"
    ).finance.cash_usd
    assert cash == Amount(value=2e7, status="documented", source="bank", date="2026-11-01")
    assert cash.known == "documented"


@pytest.mark.parametrize(
    ("sample", "status", "known"),
    [
        ("analyst", None, "verified"),
        ("company", None, "documented"),
        ("analyst", "claimed", "claimed"),
        ("company", "verified", "documented"),
        (None, None, "claimed"),
        (None, "documented", "documented"),
    ],
)
def test_who_chose_the_sample_says_how_well_a_measurement_is_known(
    sample: str | None, status: str | None, known: str
) -> None:
    measured = Measured[float].model_validate({"value": 0.1, "sample": sample, "status": status})
    assert measured.known == known


def test_a_missing_number_is_none() -> None:
    assert deal("finance: {cash_usd: null}").finance == Finance()
    assert deal("").finance.cash_usd is None


@pytest.mark.parametrize("given", ["20e6", "{value: 2e7, date: 2026}", "{value: 0, source: x}"])
def test_a_section_survives_writing_and_reading(given: str) -> None:
    read = deal(f"finance: {{cash_usd: {given}}}\nmeasurements: {{uptime: 0.999}}")
    assert deals.loads(deals.dumps(read)) == read


def test_a_bare_number_is_written_bare() -> None:
    assert "cash_usd: 20000000.0" in deals.dumps(deal("finance: {cash_usd: 20e6}"))


@pytest.mark.parametrize(
    ("text", "field", "says"),
    [
        ("finance: {cash: 1}", "finance.cash", "near it: cash_usd"),
        ("finance: {cash_usd: {valu: 1}}", "finance.cash_usd.valu", "near it: value"),
        ("finance: {cash_usd: {}}", "finance.cash_usd.value", "missing"),
        ("finance: {cash_usd: true}", "finance.cash_usd", "not a number"),
        ("finance: {cash_usd: '20 m'}", "finance.cash_usd", "not a number"),
        ("finance: {cash_usd: -1}", "finance.cash_usd", "less than zero"),
        ("finance: {cash_usd: 1e60}", "finance.cash_usd", "out of all proportion"),
        ("finance: {cash_usd: .nan}", "finance.cash_usd", "not a number"),
        ("finance: {cash_usd: {value: 1, status: sure}}", "finance.cash_usd.status", "documented"),
        ("finance: {required_exit_percentile: 95}", "finance.required_exit_percentile", "0.45"),
        ("finance: {forecasts: [{plan: 1}]}", "finance.forecasts.0.actual", "missing"),
        (
            "operations: {compute_spend_usd: {aws: {value: 1, stats: x}}}",
            "operations.compute_spend_usd.aws.stats",
            "near it: status",
        ),
        (
            "operations: {releases: [{announced: soon, actual: 2026-01}]}",
            "operations.releases.0.announced",
            "cannot stand here",
        ),
        ("measurements: {uptime: 99.9}", "measurements.uptime", "a share"),
        ("measurements: {uptime: {value: 1, sample: us}}", "measurements.uptime.sample", "analyst"),
        (
            "documents: {has_safety_framework: maybe}",
            "documents.has_safety_framework",
            "cannot stand",
        ),
        ("markt: {}", "markt", "near it: market"),
    ],
)
def test_a_slip_is_refused_with_its_path_and_the_remedy(text: str, field: str, says: str) -> None:
    error = refusal(text)
    assert error.field == field
    assert says in str(error.message)


@pytest.mark.parametrize("path", PATHS)
def test_every_entry_has_a_name_in_both_languages_and_a_unit(path: str) -> None:
    label, unit = label_and_unit(path)
    assert catalogue()[label]
    assert unit in UNITS or unit == ""


def test_a_date_may_be_a_year_a_month_or_a_day() -> None:
    for text in ("2026", "2026-11", "2026-11-03"):
        read = Stated[float].model_validate({"value": 1.0, "date": text})
        assert read.date == text
    read_by_yaml = deal("finance: {cash_usd: {value: 1, date: 2026-11-03}}").finance.cash_usd
    assert read_by_yaml is not None
    assert read_by_yaml.date == "2026-11-03"
