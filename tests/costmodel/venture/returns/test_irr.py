"""The rate of return: right where there is one, and none where there is none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.venture.returns.irr import irr, xirr


@given(moic=st.floats(1e-3, 1e4), years=st.floats(0.25, 20))
def test_a_single_flow_returns_the_root_of_its_multiple(moic: float, years: float) -> None:
    wanted = moic ** (1 / years) - 1
    found = irr([(0.0, -1.0), (years, moic)])
    if -0.9999 < wanted < 1e5:
        assert found == pytest.approx(wanted, rel=1e-6, abs=1e-9)


@given(
    back=st.lists(st.tuples(st.floats(0.1, 15), st.floats(0, 100)), min_size=1, max_size=8).filter(
        lambda flows: sum(usd for _, usd in flows) > 1e-3
    )
)
def test_the_flows_are_worth_nothing_at_their_rate(back: list[tuple[float, float]]) -> None:
    flows = [(0.0, -10.0), *back]
    found = irr(flows)
    if found is not None and -0.99 < found < 1e4:
        value = sum(usd / (1 + found) ** t for t, usd in flows)
        assert value == pytest.approx(0, abs=1e-5)


def test_where_there_is_no_rate_it_says_none() -> None:
    assert irr([]) is None
    assert irr([(0.0, 5.0), (1.0, 5.0)]) is None
    assert irr([(0.0, -1.0), (1.0, float("inf"))]) is None
    # Two rates, 25 % and 400 %: neither is the return.
    assert irr([(0.0, -1.6), (1.0, 10.0), (2.0, -10.0)]) is None


def test_a_total_loss_is_a_loss_of_all() -> None:
    assert irr([(0.0, -1.0), (3.0, 0.0)]) == -1.0


def test_dated_flows_give_the_rate_of_a_spreadsheet() -> None:
    """The example of Microsoft's documentation of XIRR, which gives 37.34 %."""
    flows = [
        (date(2008, 1, 1), -10_000.0),
        (date(2008, 3, 1), 2_750.0),
        (date(2008, 10, 30), 4_250.0),
        (date(2009, 2, 15), 3_250.0),
        (date(2009, 4, 1), 2_750.0),
    ]
    assert xirr(flows) == pytest.approx(0.373362535, abs=1e-8)
    assert xirr([]) is None
