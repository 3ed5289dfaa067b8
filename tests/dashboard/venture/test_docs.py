"""The page of the docs: its worked example says what it says, and it names every input."""

import re
from pathlib import Path

import numpy as np
import pytest

from costmodel.venture import cash, runway
from costmodel.venture.inputs import INPUTS
from costmodel.venture.stress import CARDS
from dashboard import deal as deals
from dashboard.deal_sections import SECTIONS
from dashboard.venture.answering import Sources, gather

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "scenarios.md").read_text("utf-8")


def example() -> deals.Deal:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return deals.loads(found[1])


@pytest.mark.parametrize(
    ("name", "months", "year_5"),
    [
        ("Plan", 13, 5.6e6),
        ("Multiple of ten", 7, 5.6e6),
        ("Rents up", 11, 5.6e6),
        ("Price falls", 13, 0.1e6),
    ],
)
def test_the_worked_example_says_what_the_page_says(name: str, months: int, year_5: float) -> None:
    given = example()
    entry = next(e for e in given.scenarios if e.name == name)
    base = gather(Sources(deal=given, evaluation=None), entry)
    flow = cash.cash_flow(base.inputs.middle(), base.inputs.switches, months=60)
    assert runway.runway_months(flow) == months
    assert float(np.sum(flow.revenue_usd[48:60])) == pytest.approx(year_5, abs=0.05e6)


def test_the_page_names_every_input_and_card() -> None:
    for name in (*INPUTS, *CARDS):
        assert f"`{name}`" in PAGE, name


def test_the_deal_file_page_names_every_entry_of_the_sections() -> None:
    page = (DOCS / "deal-file.md").read_text("utf-8")
    for section, kind in SECTIONS.items():
        for name, field in kind.model_fields.items():
            if field.title:
                assert f"`{name}`" in page, f"{section}.{name}"
