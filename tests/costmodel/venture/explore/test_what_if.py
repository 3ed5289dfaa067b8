"""The reverse question, differences explained, and technology against market."""

import numpy as np
import pytest

from costmodel.venture import scenario
from costmodel.venture.explore import comparison, drivers
from costmodel.venture.explore.lever import planned_share, splits
from costmodel.venture.explore.reverse import reverse
from costmodel.venture.inputs import Switches, known, with_ranges
from costmodel.venture.stress import CARDS, stressed
from tests.costmodel.venture.plans import sample, still, uncertain


@pytest.mark.parametrize("target", [1.5, 3.0, 10.0])
def test_what_is_needed_returns_the_target(target: float) -> None:
    inputs = uncertain(paid_tokens_per_month=1e12)
    found = reverse(inputs, target_moic=target)
    assert found is not None
    by_name = {n.name: n for n in found.needed}
    for name in ("growth_per_month", "price_usd_per_million_tokens"):
        value = by_name[name].value
        assert value is not None
        moic = drivers.outcomes_of(inputs, [{name: value}])["moic"][0]
        assert moic == pytest.approx(target, rel=1e-3)


def test_the_exit_that_is_needed_is_that_of_the_share_where_no_preference_binds() -> None:
    inputs = uncertain(raise_usd=15e6)
    found = reverse(inputs, target_moic=10.0)
    assert found is not None
    assert found.growth_multiple is not None
    assert found.growth_multiple > 0
    owned = 0.125 * 0.82 * 0.97
    assert found.required_exit_usd == pytest.approx(10 * 15e6 / owned, rel=1e-3)


def test_what_cannot_be_is_none() -> None:
    found = reverse(uncertain(), target_moic=1e6)
    assert found is not None
    assert {n.value for n in found.needed if n.name == "gross_margin"} == {None}
    assert reverse(still(), target_moic=3.0) is None


@pytest.mark.parametrize("n", [1, 3, 9])
def test_the_parts_sum_to_the_difference(n: int) -> None:
    base = uncertain()
    changes = {
        "raise_usd": 55e6,
        "research_multiple": 3.0,
        "price_usd_per_million_tokens": 1.5,
        "exit_multiple": 9.0,
        "people_usd_per_month": 1.1e6,
        "other_usd_per_month": 0.1e6,
        "post_money_usd": 150e6,
        "growth_per_month": 0.15,
        "free_share": 0.6,
    }
    chosen = dict(list(changes.items())[:n])
    other = with_ranges(base, {name: known(v) for name, v in chosen.items()})
    found = comparison.explained(base, other)
    assert set(comparison.differences(base, other)) == set(chosen)
    for outcome, one in found.items():
        assert sum(p.part for p in one.parts) == pytest.approx(
            one.after - one.before, rel=1e-9, abs=1e-12
        ), outcome
        ends = (
            drivers.outcomes_of(base, [{}])[outcome][0],
            drivers.outcomes_of(other, [{}])[outcome][0],
        )
        assert (one.before, one.after) == pytest.approx(ends)


def test_equal_scenarios_have_nothing_to_explain() -> None:
    for one in comparison.explained(uncertain(), uncertain()).values():
        assert one.parts == ()
        assert one.before == one.after


def test_a_switch_has_its_part() -> None:
    base = sample(raise_usd=40e6, investment_usd=15e6)
    other = type(base)(
        assumptions=base.assumptions, warnings=(), switches=Switches(participating=True)
    )
    found = comparison.explained(base, other)["moic"]
    (part,) = found.parts
    assert part.name == comparison.OTHER
    assert part.part == pytest.approx(found.after - found.before)


def test_a_stress_explains_itself() -> None:
    base = uncertain()
    found = comparison.explained(base, stressed(base, CARDS))["runway_months"]
    assert sum(p.part for p in found.parts) == pytest.approx(found.after - found.before)


def test_more_research_brings_the_proof_forward_and_less_market_growth() -> None:
    inputs = sample(market_usd_per_month=0.5e6, investment_usd=15e6)
    planned = planned_share(inputs)
    assert planned == pytest.approx(0.8)
    found = splits(inputs, [0.5, 0.8, 0.95])
    assert found is not None
    proofs = [s.proof_months for s in found]
    assert proofs == sorted(proofs, reverse=True)
    usual = scenario.run(inputs, inputs.middle(), months=36)
    assert found[1].proof_months == pytest.approx(usual.proof_months)
    assert usual.returns is not None
    assert found[1].moic == pytest.approx(usual.returns.moic)
    assert splits(sample(), [0.5]) is None


def test_a_split_moves_no_money_in_the_first_month() -> None:
    from costmodel.venture import cash
    from costmodel.venture.explore.lever import scales

    inputs = sample(market_usd_per_month=0.3e6)
    values = inputs.middle()
    moved = {**values, **scales(0.9, planned_share(inputs) or 0.0)}
    a, b = (cash.cash_flow(v, inputs.switches, months=2) for v in (values, moved))
    assert np.asarray(b.spent_usd)[0] == pytest.approx(np.asarray(a.spent_usd)[0])
