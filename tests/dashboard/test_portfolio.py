"""The portfolio says of each deal what its own pages say, and its exports open again."""

import csv
import io
import zipfile
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from costmodel.uncertainty import Percentiles
from dashboard import deal as deals
from dashboard import findings
from dashboard.deal import Deal
from dashboard.language import use_language
from dashboard.portfolio import SEVERITY, Line, line_of, lines
from dashboard.portfolio_export import cells, headers, to_csv, to_xlsx, why_not
from dashboard.risk.assessment import assess
from dashboard.risk.cross_checks import cross_checks
from dashboard.risk.metrics import basis_of, compute_metrics
from dashboard.spreadsheet import read, understand

DAY: Final = date(2026, 11, 27)
EVIL: Final = ("=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "'=x", "''", "\u6570=1", "<b>", "🚀")


def deal(name: str, **sections: Any) -> Deal:
    return deals.from_mapping({"assay": 1, "name": name, **sections})


def named(name: str, **changes: Any) -> Line:
    """A row that nothing had to be computed for."""
    known: dict[str, Any] = {
        "name": name, "company": "", "stage": "growth", "sector": "general", "country": "US",
        "params": 7e9, "tokens": 2e12, "usd": Percentiles(p05=1e5, p50=2e5, p95=4e5),
        "worst": "stretched", "counts": {"stretched": 1, "consistent": 2}, "score": 55.5,
        "score_low": 30.0, "score_high": 80.0, "verdict": "proceed", "n_open_p0": 3, "n_flags": 0,
        "runway_months": 14.0, "why_not": (),
    }  # fmt: skip
    return Line(**known | changes)


# --- the rows ----------------------------------------------------------------------------------


@pytest.mark.parametrize("deal_id", ["deepseek-v3", "glm-130b"])
def test_a_row_says_what_the_deals_own_pages_say(deal_id: str) -> None:
    sample = deals.sample(deal_id)
    line = line_of(sample, as_of=DAY)
    evaluation = findings.evaluate(sample, language="en")
    basis = basis_of(sample)
    assessed = assess(sample, metrics=compute_metrics(basis), checks=cross_checks(basis), as_of=DAY)
    assert evaluation.estimate.usd is not None
    assert line.usd == Percentiles.of(evaluation.estimate.usd)
    assert sum(line.counts.values()) == len(evaluation.findings)
    worst = max((f.verdict for f in evaluation.findings), key=SEVERITY.index)
    assert line.worst == worst
    assert assessed.scores.overall is not None
    assert line.score == assessed.scores.overall.expected
    assert (line.verdict, line.n_open_p0) == (
        assessed.verdict.name,
        len(assessed.verdict.open_p0),
    )
    assert line.why_not == ()


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({}, "plan.tokens"),
        ({"plan": {"tokens": 1e12}}, "plan.model"),
        ({"plan": {"tokens": 1e12, "model": {"params": 7e9}, "cluster": {"chip": "H100"}}}, "H100"),
        ({"plan": {"tokens": -1, "model": {"params": 7e9}}}, "plan.tokens"),
    ],
)
def test_a_deal_that_cannot_be_estimated_keeps_its_row_with_the_reason(
    sections: dict[str, Any], says: str
) -> None:
    line = line_of(deal("Half", **sections), as_of=DAY)
    assert line.usd is None
    assert line.worst is None
    assert says in why_not(line)
    assert line.score is not None  # the checklist asks all the same


def test_a_stated_runway_is_taken_and_none_is_made_up() -> None:
    told = line_of(deal("A", finance={"stated_runway_months": 9}), as_of=DAY)
    assert told.runway_months == 9
    assert line_of(deal("A"), as_of=DAY).runway_months is None


def test_rows_come_one_by_one_in_the_order_of_the_deals() -> None:
    made = lines((deal(name) for name in ("B", "A")), as_of=DAY)
    assert next(made).name == "B"
    assert next(made).name == "A"


# --- the exports -------------------------------------------------------------------------------


def table_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_was_stated_comes_back_through_the_import(lang: str) -> None:
    table = [named(name, company="智谱", country="CN") for name in EVIL]
    nothing: dict[str, Any] = dict.fromkeys(
        ("params", "tokens", "usd", "worst", "score", "runway_months")
    )
    table.append(named("Nothing stated", stage="", sector="", country="", counts={}, **nothing))
    with use_language(lang):
        exports = {"p.csv": to_csv(table), "p.xlsx": to_xlsx(table, as_of=DAY)}
    for name, content in exports.items():
        preview = understand(read(content, name))
        assert not preview.problems, [(p.cell, str(p.message)) for p in preview.problems]
        assert [found.name for found in preview.deals] == [line.name for line in table], name
        for found, line in zip(preview.deals, table, strict=True):
            size = (found.plan.model or {}).get("params")
            assert (size, found.plan.tokens) == (line.params, line.tokens)
            company = found.company
            assert (company.stage, company.sector, company.country, company.name) == (
                line.stage, line.sector, line.country, line.company,
            )  # fmt: skip
            runway = found.finance.stated_runway_months
            assert (None if runway is None else runway.value) == line.runway_months
            assert not found.claims  # what was computed is no claim


@given(
    st.lists(
        st.text(
            st.characters(exclude_categories=("Cs", "Cc", "Z"), codec="utf-8"),
            min_size=1,
            max_size=40,
        ),
        min_size=1,
        max_size=5,
        unique_by=str.casefold,
    )
)
@settings(max_examples=40, deadline=None)  # fmt: skip
def test_any_name_comes_back_or_is_asked_about(names: list[str]) -> None:
    table = [named(name) for name in names]
    for file, content in (("p.csv", to_csv(table)), ("p.xlsx", to_xlsx(table, as_of=DAY))):
        preview = understand(read(content, file))
        assert len(preview.rows) == len(table)
        for row, line in zip(preview.rows, table, strict=True):
            assert row.problems or (row.deal is not None and row.deal.name == line.name)


def test_no_cell_of_the_csv_begins_like_a_formula() -> None:
    content = to_csv([named(name, sector=name, country=name) for name in EVIL])
    assert content.startswith(b"\xef\xbb\xbf")
    for row in table_of(content):
        for cell in row:
            assert not cell or cell[0] not in "=+@\t\r", cell
            assert not cell.startswith("-") or cell.lstrip("-").replace(".", "").isdigit()


def test_texts_of_the_workbook_are_texts_and_numbers_numbers() -> None:
    content = to_xlsx([named(name) for name in EVIL], as_of=DAY)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 'state="frozen"' in sheet
    assert "<autoFilter" in sheet
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == list(EVIL)
    at = headers().index("Estimated cost, median P50 ($)")
    assert [row[at] for row in rows[1:]] == [2e5] * len(EVIL)


def test_the_language_of_an_export_is_the_readers() -> None:
    line = named("A", worst="impossible")
    with use_language("zh"):
        text = to_csv([line]).decode("utf-8-sig")
        told = cells(line)
    assert "参数量（个）" in text
    assert "不可能" in text
    assert len(told) == len(headers())


def test_equal_rows_give_equal_bytes() -> None:
    table = [named("A"), named("B")]
    assert to_csv(table) == to_csv(table)
    assert to_xlsx(table, as_of=DAY) == to_xlsx(table, as_of=DAY)


def test_an_empty_portfolio_is_a_header() -> None:
    assert table_of(to_csv([])) == [list(headers())]
    assert read(to_xlsx([], as_of=DAY), "p.xlsx").rows[0] == headers()
