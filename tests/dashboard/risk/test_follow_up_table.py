"""The follow-up list opens in a spreadsheet, in either language, and runs nothing there."""

import csv
import io

import pytest

from dashboard.risk.assessment import assess
from dashboard.risk.bank.loading import bank
from dashboard.risk.follow_up_table import as_csv, inert
from tests.dashboard.risk.cases import AS_OF, deal_with, metrics


@pytest.mark.parametrize(("language", "head"), [("en", "Question"), ("zh", "问题")])
def test_there_is_a_row_for_every_question_to_ask(language: str, head: str) -> None:
    found = assess(deal_with({}), metrics=metrics({}), checks=[], as_of=AS_OF)
    text = as_csv(found.follow_up, bank=bank(), language=language)
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0][0] == head
    assert [row[0] for row in rows[1:]] == [one.question for one in found.follow_up]
    assert {len(row) for row in rows} == {10}


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@x", "\t=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert inert(text) == "'" + text
