"""The band covers most worlds, shares an optimism, and says what the weights do to a score."""

import numpy as np
import pytest

from dashboard.risk.assessment import Assessment, assess
from dashboard.risk.bank.loading import bank
from dashboard.risk.bank.parameters import Override
from dashboard.risk.scores.band import rank_stability, ranks, weight_stability
from tests.dashboard.risk.cases import AS_OF, ASKED, Answers, chosen, deal_with, every

NUMBERS = dict(bank().parameters())


def override(parameter: str, value: float) -> Override:
    return Override(id=parameter, value=value, by="x", date="x", reason="x")


def assessed(answers: Answers, seed: int = 1) -> Assessment:
    return assess(deal_with(answers), metrics={}, checks=[], as_of=AS_OF, seed=seed)


def test_ranks_are_even_and_correlated_as_asked() -> None:
    drawn = ranks(np.random.default_rng(0), n=40_000, n_questions=3, rho=0.5)
    assert drawn.mean(axis=0) == pytest.approx(0.5, abs=0.02)
    assert np.quantile(drawn, [0.1, 0.9]) == pytest.approx([0.1, 0.9], abs=0.02)
    # of ranks, what a correlation of 0.5 between normals leaves: 6 / pi x asin(0.25)
    expected = 6 / np.pi * np.arcsin(0.25)
    correlations = np.array(np.corrcoef(drawn.T))[np.triu_indices(3, 1)]
    assert correlations == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("status", ["assumed", "claimed", "documented", "verified"])
def test_the_band_lies_within_the_outer_bounds(status: str) -> None:
    found = assessed(every(3, status))
    assert found.band is not None
    assert found.scores.overall is not None
    assert found.scores.overall.low < found.band.p10 < found.band.p50 < found.band.p90
    assert found.band.p90 < found.scores.overall.high
    for area, band in found.bands.items():
        score = found.scores.areas[area].score
        assert score.low < band.p10 < band.p90 < score.high


def test_better_evidence_makes_a_narrower_band() -> None:
    widths = []
    for status in ("claimed", "documented", "verified"):
        band = assessed(every(3, status)).band
        assert band is not None
        widths.append(band.p90 - band.p10)
    assert widths == sorted(widths, reverse=True)


def test_a_shared_optimism_widens_the_band() -> None:
    """Independent items would cancel out."""
    answers = every(3, "documented")
    shared = assessed(answers).band
    alone = assess(
        deal_with(answers), metrics={}, checks=[], as_of=AS_OF,
        parameters=bank().parameters([override("optimism_rho", 0.0)]),
    ).band  # fmt: skip
    assert shared is not None
    assert alone is not None
    assert shared.p90 - shared.p10 > 2 * (alone.p90 - alone.p10)


def test_a_level_without_doubt_has_no_width() -> None:
    sure = [override("down_verified", 0.0), override("up_verified", 0.0)]
    found = assess(
        deal_with(every(2, "verified")),
        metrics={},
        checks=[],
        as_of=AS_OF,
        parameters=bank().parameters(sure),
    )
    assert found.band is not None
    assert (found.band.p10, found.band.p90) == pytest.approx((50, 50))


def test_a_seed_gives_the_same_worlds_and_another_nearly_the_same_band() -> None:
    answers = every(3, "documented")
    first, again, other = (assessed(answers, seed).band for seed in (1, 1, 2))
    assert first == again
    assert first is not None
    assert other is not None
    assert (other.p10, other.p90) == pytest.approx((first.p10, first.p90), abs=1)


def test_an_answer_in_one_area_leaves_the_bands_of_the_others() -> None:
    before = assessed(every(3, "documented"))
    away = {"status": "not_applicable", "na_reason": "x", "second_reader": "y"}
    for answer in ({"level": 0, "status": "verified"}, away):
        after = assessed(every(3, "documented", CMP_01=answer))
        assert {a for a in before.bands if before.bands[a] != after.bands[a]} == {"compute"}


def test_equal_areas_do_not_care_about_their_weights() -> None:
    found = assessed(every(3, "verified")).stability
    assert found is not None
    assert (found.low, found.high) == pytest.approx((75, 75))


def test_changed_weights_move_the_score_about_its_value() -> None:
    answers = every(3, "verified") | chosen(1, "verified", lambda i: i.startswith("DAT"))
    found = assessed(answers)
    assert found.stability is not None
    assert found.scores.overall is not None
    assert found.stability.low < found.scores.overall.expected < found.stability.high
    assert found.stability.weakest["data"] > 0.8
    assert sum(found.stability.weakest.values()) == pytest.approx(1)


def test_a_deal_that_is_better_everywhere_is_ahead_under_all_weights() -> None:
    good, bad = (assessed(every(level, "verified")).scores for level in (3, 2))
    assert rank_stability(good, bad, NUMBERS) == 1


def test_deals_that_are_strong_in_different_areas_may_change_places() -> None:
    full = every(3, "verified")
    one, other = (
        assessed(full | {i: {"level": 1, "status": "verified"} for i in ASKED if i[:3] == area})
        for area in ("CMP", "ETH")
    )
    stable = rank_stability(one.scores, other.scores, NUMBERS)
    assert stable is not None
    assert 0.3 < stable < 1


def test_deals_with_other_areas_have_no_common_rank() -> None:
    away = {"status": "not_applicable", "na_reason": "x", "second_reader": "y"}
    full = every(3, "verified")
    part = full | {i: away for i in ASKED if bank().areas[i] == "tech"}
    assert rank_stability(assessed(full).scores, assessed(part).scores, NUMBERS) is None
    nothing = assessed(dict.fromkeys(ASKED, away)).scores
    assert weight_stability(nothing, NUMBERS) is None
