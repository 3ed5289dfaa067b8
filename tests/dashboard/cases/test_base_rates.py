"""Rates are right, and never without what is wrong with them."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from dashboard.case_output import cases_json, cases_text
from dashboard.cases import library
from dashboard.cases.base_rates import BaseRates, base_rates, wilson
from dashboard.cases.library import CLOSED, chosen


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_scipys(counted: tuple[int, int]) -> None:
    n, n_of = counted
    theirs = binomtest(n, n_of).proportion_ci(0.90, method="wilson")
    assert wilson(n, n_of) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_nothing_gives_no_share() -> None:
    assert wilson(0, 0) == (None, None)
    found = base_rates(chosen(library.cases(), outcome="open"))
    assert found.n_closed == 0
    assert all(rate.share is None for rate in found.rates)
    assert "Nothing can be counted" in str(found.warning)


def test_counts_are_those_of_the_closed_companies() -> None:
    cases = library.cases()
    found = base_rates(cases)
    assert found.n_closed == sum(case.closed for case in cases)
    assert found.n_open == len(chosen(cases, outcome="open"))
    assert sum(rate.n for rate in found.rates) == found.n_closed
    assert sum(band.rate.n for band in found.bands) == found.n_closed
    assert [rate.outcomes for rate in found.rates] == [(outcome,) for outcome in CLOSED]


def test_runs_and_open_cases_do_not_count() -> None:
    cases = library.cases()
    closed = [case for case in cases if case.closed]
    alone, all_of_them = base_rates(closed), base_rates(cases)
    assert alone.rates == all_of_them.rates


def test_every_band_has_the_historical_rate_with_its_source() -> None:
    """Correlation Ventures: below the money two thirds, in the update of 2023 nearly half; one
    to five times 25 %, five to ten times 6 %, above ten 4 %.
    """
    bands = base_rates(library.cases()).bands
    assert [(band.low, band.high) for band in bands] == [
        (0.49, 0.65),
        (0.25, 0.25),
        (0.06, 0.06),
        (0.04, 0.04),
    ]
    assert sum(band.high for band in bands) == pytest.approx(1)
    assert {band.historical.source.id for band in bands} == {"correlation-2014"}
    assert [band.updated.source.id for band in bands if band.updated] == ["correlation-2023"]


def test_rates_cannot_be_had_without_their_warning() -> None:
    cases = library.cases()
    found = base_rates(cases)
    assert "warning" in {field.name for field in fields(BaseRates)}
    assert "picked by hand" in str(found.warning)
    assert cases_json(cases, found, None)["base_rates"]["warning"] == str(found.warning)
    assert str(found.warning) in cases_text(cases, found, None)
