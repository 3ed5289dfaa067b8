"""Which cases are like a deal: nearest first, with reasons, and honestly none."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import deal as deals
from dashboard.cases import library
from dashboard.cases.comparables import FEATURES, comparables
from dashboard.deal import Deal
from tests.dashboard.samples import PUBLISHED


def deal(**sections: Any) -> Deal:
    return deals.from_mapping({"assay": 1, "name": "A deal", **sections})


def maker(**company: Any) -> Deal:
    return deal(
        company={"stage": "growth", "sector": "general", "country": "CN", **company},
        profile={"trains_from_scratch": True},
        plan={"model": {"params": 456e9}},
        finance={"raise_usd": 1.5e9},
    )


def test_the_twin_of_a_case_is_nearest_and_at_no_distance() -> None:
    """A Chinese maker of 456B parameters with $1.5 billion is MiniMax but for the name."""
    found = comparables(maker(), library.cases())
    nearest = found.companies[0]
    assert nearest.case.id == "minimax"
    assert nearest.distance < 0.02
    assert nearest.known_share == 1
    assert len(nearest.alike) == len(FEATURES)
    assert not nearest.differs
    assert found.not_stated == ()


@pytest.mark.parametrize("deal_id", PUBLISHED)
def test_a_deal_is_not_compared_with_itself(deal_id: str) -> None:
    sample = deals.sample(deal_id)
    found = comparables(sample, library.cases())
    assert found.itself
    told = {each.case.id for each in (*found.companies, *found.runs)}
    assert told.isdisjoint(case.id for case in found.itself)
    assert all(each.case.run is None or each.case.run.run_id != sample.published_run
               for each in found.runs)  # fmt: skip


def test_near_cases_come_nearest_first_with_a_reason_each() -> None:
    for deal_id in deals.samples():
        found = comparables(deals.sample(deal_id), library.cases())
        for near in (found.companies, found.runs):
            assert [each.distance for each in near] == sorted(each.distance for each in near)
            assert all(each.alike for each in near)


def test_a_deal_that_says_nothing_is_compared_with_nothing() -> None:
    found = comparables(deal(), library.cases())
    assert not found.companies
    assert found.beyond is None
    assert found.not_stated == FEATURES
    assert "Too little is known" in str(found.said)


def test_where_no_case_is_near_it_is_said() -> None:
    farm = deal(
        company={"stage": "seed", "sector": "agriculture", "country": "BR"},
        profile={"trains_from_scratch": False},
        finance={"raise_usd": 1e6},
    )
    found = comparables(farm, library.cases())
    assert not found.companies
    assert "No near case" in str(found.said)
    assert found.beyond is not None
    assert found.beyond.differs


def test_what_is_not_known_of_a_case_makes_it_no_nearer() -> None:
    """Adept tells no size: it lies farther from a deal than one that tells the same size."""
    found = comparables(maker(country="US"), library.cases(), most=50)
    inflection = next(each for each in found.companies if each.case.id == "inflection")
    assert inflection.known_share < 1
    assert inflection.distance > 0


def test_a_country_may_be_written_in_any_way() -> None:
    near = [
        [each.case.id for each in comparables(maker(country=word), library.cases()).companies]
        for word in ("CN", "China", "中国", "CHN")
    ]
    assert near[0] == near[1] == near[2] == near[3]


@settings(deadline=None)
@given(
    size=st.floats(1e6, 1e14),
    usd=st.floats(1, 1e13),
    stage=st.sampled_from(["seed", "series_a", "growth", "", "other"]),
    sector=st.sampled_from(["health", "general", "", "unheard of"]),
    scratch=st.booleans(),
)
def test_every_distance_lies_between_alike_and_apart(
    size: float, usd: float, stage: str, sector: str, scratch: bool
) -> None:
    one = deal(
        company={"stage": stage, "sector": sector, "country": "XX"},
        profile={"trains_from_scratch": scratch},
        plan={"model": {"params": size}},
        finance={"raise_usd": usd},
    )
    found = comparables(one, library.cases(), most=99)
    for each in (*found.companies, *found.runs):
        assert 0 <= each.distance <= 1
        assert 0.5 <= each.known_share <= 1
