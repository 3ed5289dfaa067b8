"""Every row of the cited data has a name that a reader understands, in both languages."""

import pytest

from costmodel import facts
from costmodel.money import programme
from dashboard.components import facts as tables
from dashboard.language import use_language
from dashboard.terms import counted_kind, fact_label, region_label, role_label


@pytest.mark.parametrize("file", facts.FACT_FILES)
def test_every_quantity_has_a_label_in_both_languages(file: str) -> None:
    for _, quantity in facts.facts_of(file):
        assert "_" not in fact_label(quantity)
        with use_language("zh"):
            assert any("一" <= c <= "鿿" for c in fact_label(quantity)), quantity


def test_every_fact_file_is_a_table_of_the_sources_page() -> None:
    assert set(tables.FILES) == set(facts.FACT_FILES)


def test_every_choice_of_the_programme_has_a_label() -> None:
    for region in programme.regions():
        assert region_label(region) == region
        with use_language("zh"):
            assert region_label(region) != region
        for role in programme.roles(region):
            assert "_" not in role_label(role)
    for kind in programme.kinds():
        assert kind in counted_kind(kind)
        with use_language("zh"):
            assert kind not in counted_kind(kind)
