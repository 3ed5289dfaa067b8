"""The five cases: their odds add up whatever is typed, and move as the score says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.messages import InputError
from costmodel.venture.returns import outcomes


def test_typed_odds_leave_the_rest_to_the_others() -> None:
    cases = outcomes.historical_cases()
    found = outcomes.with_probabilities(cases, {"base": 0.4, "outlier": 0.1})
    by_name = {c.name: c.probability for c in found}
    assert sum(by_name.values()) == pytest.approx(1)
    assert by_name["base"] == 0.4
    assert by_name["fail"] / by_name["acquihire"] == pytest.approx(0.5 / 0.15)


@pytest.mark.parametrize(
    "typed",
    [{"base": 0.9, "good": 0.2}, dict.fromkeys(outcomes.CASES, 0.1), {"base": -0.1}],
)
def test_odds_that_are_not_one_together_are_refused(typed: dict[str, float]) -> None:
    with pytest.raises(InputError):
        outcomes.with_probabilities(outcomes.historical_cases(), typed)


@given(score=st.floats(0, 100))
def test_a_better_score_means_less_loss_and_a_higher_expectation(score: float) -> None:
    cases = outcomes.historical_cases()
    better = min(score + 5, 100)
    at = [outcomes.moved_by_checklist(cases, s) for s in (score, better)]
    assert all(sum(c.probability for c in found) == pytest.approx(1) for found in at)
    moic = [outcomes.expected(found, years=7).moic for found in at]
    assert moic[1] >= moic[0] - 1e-12


def test_without_a_score_the_odds_stand() -> None:
    cases = outcomes.historical_cases()
    found = outcomes.moved_by_checklist(cases, None)
    assert [c.probability for c in found] == pytest.approx([c.probability for c in cases])


def test_money_paid_later_counts_in_the_multiple_and_in_the_rate() -> None:
    cases = [outcomes.Case(name="base", probability=1.0, moic=2.0)]
    found = outcomes.expected(cases, years=4, later_flows=[(2.0, -1.0)])
    assert found.moic == pytest.approx(2.0)
    # -1 now, -1 after two years, 4 after four: (1 + r)^2 = (sqrt(17) - 1) / 2.
    assert found.irr == pytest.approx(((17**0.5 - 1) / 2) ** 0.5 - 1)


def test_listed_companies_are_there_for_the_reverse_question() -> None:
    assert len(outcomes.listed("revenue_multiple_per_year")) >= 4
    assert len(outcomes.listed("gross_margin")) >= 3
