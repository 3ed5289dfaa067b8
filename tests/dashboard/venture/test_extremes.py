"""Odd plans give an answer and no warning: every figure is a number or never, in every part."""

import math
from typing import Any

import numpy as np
import pytest

from costmodel.venture import scenario
from costmodel.venture.explore import comparison, drivers
from costmodel.venture.explore.break_even import break_even_map
from costmodel.venture.explore.lever import splits
from costmodel.venture.explore.reverse import reverse
from costmodel.venture.stress import CARDS, stressed
from dashboard.venture.figures import figures
from tests.costmodel.venture.plans import sample, uncertain

ODD: list[dict[str, Any]] = [
    {},
    {"raise_usd": 0.0, "cash_usd": 0.0},
    {"paid_tokens_per_month": 0.0},
    {"price_usd_per_million_tokens": 0.0},
    {"people_usd_per_month": 0.0, "other_usd_per_month": 0.0, "final_run_usd": 0.0},
    {"price_fall_per_year": -0.2},
    {"cost_fall_per_year": -0.5},
    {"growth_per_month": -0.5},
    {"growth_per_month": 10.0},
    {"exit_multiple": 0.0},
    {"holding_years": 0.25},
    {"holding_years": 20.0},
    {"research_scale": 0.0},
    {"market_scale": 0.0},
    {"preference_multiple": 0.0},
    {"post_money_usd": 1e12},
    {"free_share": 100.0},
    {"raise_probability": 0.0},
    {"past_slip": 20.0},
    {"months_to_proof": 240.0},
    {"pro_rata_share": 1.0, "later_dilution_1": 0.2},
    {"earlier_preferences_usd": 1e9},
    {"debt_at_exit_usd": 1e12},
    {"seats": 1e6, "seat_usd_per_month": 20.0, "seat_cost_usd_per_month": 5.0},
    {"cny_cost_share": 1.0, "cny_revenue_share": 1.0, "fx_multiple_per_year": 0.9},
]


@pytest.mark.parametrize("changed", ODD, ids=lambda plan: ",".join(plan) or "as planned")
def test_an_odd_plan_has_an_answer_in_every_part(changed: dict[str, Any]) -> None:
    inputs = sample(**changed)
    with np.errstate(all="raise", under="ignore"):
        for one in (inputs, stressed(inputs, CARDS)):
            result = scenario.answer(one, seed=0, n_draws=60)
            for figure in figures(one, result).values():
                assert not any(math.isnan(v) for v in (figure.p05, figure.p50, figure.p95)), figure
        drivers.tornados(inputs)
        drivers.two_way_tables(inputs)
        splits(inputs, [0.2, 0.5])
        reverse(inputs, target_moic=3.0)
        comparison.explained(inputs, stressed(inputs, CARDS))
        break_even_map(inputs)


@pytest.mark.parametrize("certain", [True, False])
def test_certain_and_uncertain_parts_of_a_plan_go_together(certain: bool) -> None:
    inputs = stressed(sample() if certain else uncertain(), CARDS)
    result = scenario.answer(inputs, seed=0, n_draws=50)
    flow = result.worlds.flow
    shapes = {a.shape for a in (flow.revenue_usd, flow.spent_usd, *flow.costs.values())}
    assert len(shapes) == 1
    assert figures(inputs, result)
