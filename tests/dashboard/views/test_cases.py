"""The case library's page: comparables, rates with their bias beside them, each case."""

import pytest

from dashboard import deal as deals
from dashboard.cases import library
from dashboard.deal import dumps
from tests.dashboard.views.test_views import opened, words


@pytest.mark.parametrize(("lang", "said"), [("en", "picked by hand"), ("zh", "人工挑选")])
def test_rates_and_their_bias_stand_in_one_box(lang: str, said: str) -> None:
    app = opened("cases", lang=lang)
    assert not app.exception
    assert any(said in warning.value for warning in app.warning)
    assert "49% – 65%" in words(app)


def test_a_link_opens_one_case_with_its_sources() -> None:
    app = opened("cases", lang="en", case_case="light-year")
    text = words(app)
    assert "#### Light Year" in text
    assert "tmtpost.com" in text
    assert "classed by what investors got" in text


def test_a_case_that_is_not_there_gives_the_first() -> None:
    app = opened("cases", lang="en", case_case="nowhere", case_outcome="nothing")
    assert not app.exception


def test_filters_narrow_the_table_and_the_choice() -> None:
    app = opened("cases", lang="en", case_outcome="good")
    assert "#### MosaicML" in words(app)
    table = app.dataframe[0].value
    assert list(table["Case"]) == ["MosaicML"]


def test_what_is_from_memory_is_marked() -> None:
    text = words(opened("cases", lang="en", case_case="zero-one-ai"))
    assert "from memory" in text
    assert "to be confirmed at" in text.replace("\\", "")


def test_a_deal_without_a_near_case_is_told_so() -> None:
    farm = deals.from_mapping(
        {
            "assay": 1,
            "name": "Farm",
            "company": {"stage": "seed", "sector": "agriculture", "country": "BR"},
            "profile": {"trains_from_scratch": False},
            "plan": {"model": {"params": 1e9}, "tokens": 1e10},
        }
    )
    from dashboard.scenario import Scenario

    link = Scenario(deal_id="", own=deals.loads(dumps(farm)), typed={}).to_query()
    app = opened("cases", lang="en", **link)
    assert any("No near" in info.value for info in app.info)


def test_every_case_can_be_read_in_both_languages() -> None:
    for lang in ("en", "zh"):
        app = opened("cases", lang=lang)
        box = next(box for box in app.selectbox if str(box.key).startswith("cases:case"))
        assert len(box.options) == len(library.cases())
