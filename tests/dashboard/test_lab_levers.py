"""A lever moves a bill the way that it was measured, with both doubts in the range."""

import pytest

from costmodel.uncertainty import Percentiles
from dashboard.lab_levers import bill_lines, lever_lines, moved

USD = Percentiles(p05=1e6, p50=2e6, p95=4e6)


def lever(name: str, value: float, low: float | None, high: float | None) -> dict[str, object]:
    why = {"text": "Why", "params": {}}
    return {"name": name, "value": value, "low": low, "high": high, "unit": "ratio", "why": why}


def test_a_slower_step_costs_so_many_times_more() -> None:
    found = moved(lever("private_step_slowdown_mlp", 4.0, 3.0, 5.0), USD)
    assert found == Percentiles(p05=3e6, p50=8e6, p95=20e6)


def test_half_the_efficiency_costs_twice_as_much() -> None:
    found = moved(lever("data_parallel_efficiency", 0.5, 0.4, 0.8), USD)
    assert found is not None
    assert (found.p05, found.p50, found.p95) == pytest.approx((1.25e6, 4e6, 10e6))


def test_what_is_about_no_training_time_moves_no_bill() -> None:
    result = {"levers": [lever("serving_speedup_int8", 1.2, None, None)]}
    assert moved(result["levers"][0], USD) is None
    assert bill_lines(result, "A deal", USD) == []
    assert lever_lines(result) == ["1.2 · Why"]


def test_a_deal_without_a_price_has_no_bill_to_move() -> None:
    result = {"levers": [lever("private_step_slowdown_mlp", 4.0, 3.0, 5.0)]}
    assert bill_lines(result, "A deal", None) == []
    assert "costs" not in bill_lines(result, "A deal", USD)[0]
    assert "$2M" in bill_lines(result, "A deal", USD)[0]
