"""Nine stresses: each hurts, any go together, and their order does not matter."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from costmodel.messages import InputError
from costmodel.uncertainty import Range
from costmodel.venture import scenario
from costmodel.venture.stress import CARDS, stressed
from tests.costmodel.venture.plans import sample, uncertain


def test_there_are_nine() -> None:
    assert len(CARDS) == 9


@pytest.mark.parametrize("card", CARDS)
def test_every_card_makes_something_worse_and_nothing_better(card: str) -> None:
    base = sample(cash_usd=1e6, final_run_usd=6e6, months_to_proof=6.0)
    hit = stressed(base, [card])
    before, after = (scenario.run(i, i.middle(), months=60) for i in (base, hit))
    worse = [
        float(np.asarray(after.runway_months)) - float(np.asarray(before.runway_months)),
        float(np.asarray(before.proof_months)) - float(np.asarray(after.proof_months)),
        float(after.flow.cash_usd[20] - before.flow.cash_usd[20]),
    ]
    assert any(change < 0 for change in worse)
    if card != "chip_cutoff":  # nothing is bought meanwhile; the proof comes later
        assert all(change <= 1e-9 for change in worse)


def test_the_order_of_the_cards_does_not_matter() -> None:
    base = uncertain()
    chosen = ["key_people", "eu_threshold", "compute_rise", "top_customer"]
    spans = [stressed(base, order).spans() for order in permutations(chosen)]
    assert all(one == spans[0] for one in spans)
    one_by_one = base
    for card in reversed(chosen):
        one_by_one = stressed(one_by_one, [card])
    for name, span in one_by_one.spans().items():
        assert (span.low, span.high) == pytest.approx((spans[0][name].low, spans[0][name].high)), (
            name
        )


def test_a_card_counts_once_however_often_it_is_named() -> None:
    assert stressed(sample(), ["compute_rise"] * 3).spans()["compute_price_shock"].low == 1.4


def test_no_card_leaves_everything_as_it_is() -> None:
    base = uncertain()
    assert stressed(base, []).spans() == base.spans()


def test_an_unknown_card_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="compute_rise"):
        stressed(sample(), ["compute_rises"])


def test_all_cards_together_are_at_least_as_bad_as_each() -> None:
    base = sample(cash_usd=1e6)

    def lasts(cards: Any) -> float:
        return scenario.answer(stressed(base, cards), seed=0, n_draws=400).p_lasts_to_proof

    assert lasts(CARDS) <= min(lasts([card]) for card in CARDS) + 1e-9


def test_the_largest_customer_is_the_deals_own() -> None:
    base = uncertain(top_customer_share=Range(0.5, 0.6, "fraction"))
    lost = stressed(base, ["top_customer"]).spans()["lost_revenue_share"]
    assert (lost.low, lost.high) == pytest.approx((0.5, 0.6))
