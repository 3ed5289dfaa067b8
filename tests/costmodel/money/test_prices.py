"""A rental price is what dated quotes span, and never another chip's."""

from datetime import date

import pytest

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import accelerators
from costmodel.messages import InputError
from costmodel.money import prices
from costmodel.money.prices import RUN_PRICE_TYPES
from costmodel.uncertainty import Range, Sample

QUOTED = sorted({q.chip for q in prices.quotes() if q.price_type in RUN_PRICE_TYPES})


@pytest.mark.parametrize("chip", QUOTED)
def test_a_range_lies_among_its_quotes_or_around_a_few(chip: str) -> None:
    price = prices.rental_price(chip)
    values = [q.usd_per_gpu_hour for q in price.quotes]
    assert all(q.chip == chip for q in price.quotes)
    assert price.oldest <= price.newest
    if len(values) < 3:
        assert isinstance(price.range, Range)
        assert price.range.low < min(values)
        assert price.range.high > max(values)
    else:
        assert isinstance(price.range, Sample)
        assert min(values) <= price.range.low <= price.range.mid <= price.range.high <= max(values)


@pytest.mark.parametrize("chip", QUOTED)
def test_one_quote_speaks_for_one_contract_and_is_recent(chip: str) -> None:
    price = prices.rental_price(chip)
    contracts = [(q.provider, q.price_type) for q in price.quotes]
    assert len(contracts) == len(set(contracts))
    years = facts.lookup("assumptions", "any run", "price_years").value
    assert int(price.newest[:4]) - int(price.oldest[:4]) <= years


def test_spot_prices_are_no_price_of_a_run_of_weeks() -> None:
    assert all(q.price_type != "spot" for q in prices.rental_price("H100 SXM 80GB").quotes)
    assert any(q.price_type == "spot" for q in prices.quotes())


@pytest.mark.parametrize("chip", ["A800 80GB SXM", "no such chip", ""])
def test_without_a_quote_nothing_stands_in(chip: str) -> None:
    with pytest.raises(FactError, match="give the dollars per accelerator-hour"):
        prices.rental_price(chip)


def test_every_quoted_chip_is_one_of_ours() -> None:
    assert {q.chip for q in prices.quotes()} <= set(accelerators.names())


def test_the_most_quoted_chip_is_quoted_by_most_providers() -> None:
    providers = {
        chip: {q.provider for q in prices.quotes() if q.chip == chip and q.price_type != "spot"}
        for chip in QUOTED
    }
    assert len(providers[prices.most_quoted_chip()]) == max(map(len, providers.values()))


def test_an_h100_costs_what_markets_asked() -> None:
    """Epoch AI's collection: medians 4.76, 3.49, 2.99 $ in 2023-25, from 1.98 to 12.29."""
    price = prices.rental_price("H100 SXM 80GB").range
    assert 1 < price.low < price.mid < price.high < 15
    assert 1.5 < price.mid < 8


# --- offers and their age ---------------------------------------------------------------------

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("chip", QUOTED)
def test_an_offer_is_as_old_as_its_date(chip: str) -> None:
    limit = prices.old_after_days().value
    for offer in prices.rental_offers(chip, as_of=TODAY):
        assert offer.age_days == (TODAY - prices.first_day(offer.quote.as_of)).days >= 0
        assert offer.is_old == (offer.age_days > limit)


def test_offers_are_by_provider_and_contract_cheapest_first() -> None:
    offers = prices.rental_offers("H100 SXM 80GB", as_of=TODAY)
    contracts = [(o.quote.provider, o.quote.price_type) for o in offers]
    assert len(contracts) == len(set(contracts)) > 10
    assert {"on_demand", "spot"} <= {kind for _, kind in contracts}
    rents = [o.quote.usd_per_gpu_hour for o in offers]
    assert rents == sorted(rents)


def test_no_offer_is_known_before_its_day() -> None:
    early = prices.rental_offers("H100 SXM 80GB", as_of=date(2024, 1, 1))
    assert early
    assert all(offer.quote.as_of <= "2024-01-01" for offer in early)
    assert prices.rental_offers("H100 SXM 80GB", as_of=date(2017, 1, 1)) == ()


def test_a_date_by_year_or_month_counts_from_its_first_day() -> None:
    assert prices.first_day("2025") == date(2025, 1, 1)
    assert prices.first_day("2025-06") == date(2025, 6, 1)
    assert prices.first_day("2025-06-30") == date(2025, 6, 30)


def test_old_prices_are_warned_of_and_new_ones_are_not() -> None:
    price = prices.rental_price("H100 SXM 80GB")
    warning = prices.old_prices(price, as_of=TODAY)
    assert warning is not None
    assert price.newest in str(warning)
    assert prices.old_prices(price, as_of=prices.first_day(price.oldest)) is None


def test_spot_and_providers_can_be_asked_for() -> None:
    spot = prices.rental_price("H100 SXM 80GB", price_types=["spot"])
    assert {q.price_type for q in spot.quotes} == {"spot"}
    assert spot.range.mid < prices.rental_price("H100 SXM 80GB").range.mid
    aws = prices.rental_price("H100 SXM 80GB", providers=["AWS"])
    assert {q.provider for q in aws.quotes} == {"AWS"}


@pytest.mark.parametrize(
    ("field", "chosen", "near"),
    [("price_types", "reserved", "reserved_1yr"), ("providers", "Lamda", "Lambda")],
)
def test_an_unknown_contract_or_provider_is_refused_with_near_ones(
    field: str, chosen: str, near: str
) -> None:
    asked = {field: [chosen]}
    with pytest.raises(InputError, match=near) as caught:
        prices.rental_price(
            "H100 SXM 80GB",
            price_types=asked.get("price_types", RUN_PRICE_TYPES),
            providers=asked.get("providers"),
        )
    assert caught.value.field == field


def test_rent_says_where_little_or_nothing_is_on_record() -> None:
    plenty, nothing_said = prices.rent("H100 SXM 80GB")
    assert plenty == prices.rental_price("H100 SXM 80GB")
    assert nothing_said is None
    none, said = prices.rent("Cambricon MLU370-X8")
    assert none is None
    assert "dollars are left out" in str(said)
    quoted = {q.chip for q in prices.quotes() if q.price_type != "spot"}
    thin = next(chip for chip in sorted(quoted) if prices.rental_price(chip).is_thin)
    price, said = prices.rent(thin)
    assert price is not None
    assert "widened by judgement" in str(said)
