"""A rental price is what dated quotes span, and never another chip's."""

import pytest

from costmodel import facts
from costmodel.facts import FactError
from costmodel.hardware import accelerators
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
