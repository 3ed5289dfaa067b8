"""Tornado, correlations, tables and the break-even map: slices of the same model."""

import numpy as np
import pytest

from costmodel.venture import scenario
from costmodel.venture.explore import drivers
from costmodel.venture.explore.break_even import break_even_map
from costmodel.venture.inputs import VentureInputs
from tests.costmodel.venture.plans import sample, still, uncertain


def grown() -> VentureInputs:
    """A company large enough that its later rounds leave something at the exit."""
    return uncertain(paid_tokens_per_month=2e12)


def test_a_row_is_the_scenario_with_that_input_changed() -> None:
    inputs = uncertain()
    rows = [{}, {"research_multiple": 9.0}, {"exit_multiple": 3.0, "holding_years": 4.0}]
    found = drivers.outcomes_of(inputs, rows)
    for i, row in enumerate(rows):
        alone = scenario.run(inputs, {**inputs.middle(), **row}, months=36)
        assert alone.returns is not None
        assert found["moic"][i] == pytest.approx(alone.returns.moic)
        assert found["year_3_margin"][i] == pytest.approx(alone.year_3_margin)


def test_bars_are_sorted_and_span_what_they_say() -> None:
    for outcome, tornado in drivers.tornados(grown()).items():
        spans = [bar.span for bar in tornado.bars]
        assert spans == sorted(spans, reverse=True)
        assert spans[0] > 0
        for bar in tornado.bars:
            assert bar.low < bar.high, (outcome, bar)
    names = [bar.name for bar in drivers.tornados(uncertain())["runway_months"].bars]
    assert names[0] in ("months_between_models", "research_multiple")
    assert "exit_multiple" not in names


def test_what_is_known_has_no_bar() -> None:
    assert all(not t.bars for t in drivers.tornados(sample()).values())


def test_the_tornado_is_exact_where_the_outcome_is_a_power() -> None:
    inputs = uncertain(paid_tokens_per_month=2e12, preference_multiple=0.0)
    bars = {b.name: b for b in drivers.tornados(inputs)["moic"].bars}
    bar = bars["exit_multiple"]
    assert bar.at_high / bar.at_low == pytest.approx(bar.high / bar.low)


def test_what_drives_the_worlds_correlates_with_them() -> None:
    result = scenario.answer(uncertain(), seed=0, n_draws=2_000)
    rho = drivers.rank_correlations(result, "runway_months")
    assert next(iter(rho)) in ("months_between_models", "research_multiple")
    assert rho["research_multiple"] < -0.3 < 0.3 < rho["months_between_models"]
    assert all(-1 <= value <= 1 for value in rho.values())


def test_tables_go_the_way_they_should() -> None:
    tables = {t.name: t for t in drivers.two_way_tables(grown())}
    runway = tables["raise_by_rent"].cells
    assert (np.diff(runway, axis=0) >= 0).all()
    assert (np.diff(runway, axis=1) <= 0).all()
    margin = tables["price_by_cost"].cells
    assert (np.diff(margin, axis=0) < 0).all()
    assert (np.diff(margin, axis=1) > 0).all()
    moic = tables["exit_by_dilution"].cells
    assert (np.diff(moic, axis=0) >= 0).all()
    assert (np.diff(moic, axis=1) <= 1e-9).all()
    assert set(tables) == {"raise_by_rent", "price_by_cost", "exit_by_dilution"}
    assert drivers.two_way_tables(still()) == ()


def test_the_map_leaves_nothing_on_its_line_and_knows_where_the_company_is() -> None:
    inputs = sample(price_usd_per_million_tokens=2.5)
    found = break_even_map(inputs)
    assert found is not None
    assert found.now == pytest.approx((15e9, 2.5))
    assert found.in_a_year[1] == pytest.approx(1.25)
    carried = np.isfinite(found.line_tokens)
    assert carried.any()
    for price, tokens in zip(found.prices[carried], found.line_tokens[carried], strict=True):
        at_price = found.usd[:, np.searchsorted(found.prices, price)]
        left = np.interp(np.log(tokens), np.log(found.tokens), at_price)
        if found.tokens[0] < tokens < found.tokens[-1]:
            assert abs(left) < 0.05 * np.ptp(at_price)
    assert break_even_map(still()) is None
