"""Rows become deals, or say cell by cell why not; nothing is guessed in silence."""

import math
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel import facts
from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.spreadsheet import Preview, read, understand
from dashboard.spreadsheet.cells import decimals_of
from tests.dashboard.spreadsheet.books import book


def previewed(*lines: str, **mapping: str) -> Preview:
    return understand(read("\n".join(lines).encode(), "a.csv"), mapping or None)


def one(header: str, cell: str, **mapping: str) -> Preview:
    """A deal with one more column; a tab separates, so that cells may hold commas."""
    return previewed(f"Deal\t{header}", f"A\t{cell}", **mapping)


def value(preview: Preview, path: str) -> Any:
    assert not preview.problems, [str(p.message) for p in preview.problems]
    found: Any = preview.deals[0].model_dump(mode="json", exclude_defaults=True)
    if path.startswith("claims."):
        return next(
            claim["value"]
            for claim in found["claims"]
            if claim["quantity"] == path.removeprefix("claims.")
        )
    for part in path.split("."):
        found = found[part]
    return found


@pytest.mark.parametrize(
    ("header", "cell", "path", "expected"),
    [
        ("Params (B)", "7", "plan.model.params", 7e9),
        ("params", "7B", "plan.model.params", 7e9),
        ("params", "70亿", "plan.model.params", 7e9),
        ("params", "7e9", "plan.model.params", 7e9),
        ("params", "7,000,000,000", "plan.model.params", 7e9),
        ("params", "7.000.000.000", "plan.model.params", 7e9),
        ("params", "7 000 000 000", "plan.model.params", 7e9),
        ("params", "7'000'000'000", "plan.model.params", 7e9),
        ("Params (B)", "7B", "plan.model.params", 7e9),  # the cell's own unit holds
        ("参数量（亿）", "70", "plan.model.params", 7e9),
        ("参数量（亿）", "７０", "plan.model.params", 7e9),
        ("tokens (T)", "14.8", "plan.tokens", 14.8e12),
        ("tokens", "14.8T tokens", "plan.tokens", 14.8e12),
        ("Raise (USD m)", "40", "finance.raise_usd", 40e6),
        ("Raise", "$40M", "finance.raise_usd", 40e6),
        ("Raise", "40 million USD", "finance.raise_usd", 40e6),
        ("Raise (USD m)", "1,234.5", "finance.raise_usd", 1234.5e6),
        ("Raise (USD m)", "1.234,5", "finance.raise_usd", 1234.5e6),
        ("MFU", "45%", "claims.mfu", 0.45),
        ("MFU", "0.45", "claims.mfu", 0.45),
        ("MFU (%)", "45", "claims.mfu", 0.45),
        ("Runway (years)", "2", "finance.stated_runway_months", 24),
        ("# GPUs", "2,048", "plan.cluster.n_accelerators", 2048),
        ("GPU price ($/GPU-h)", "1.8 - 3.2", "plan.cluster.usd_per_gpu_hour", [1.8, 3.2]),
        ("Founded", "2019", "company.founded", 2019),
        ("Founded", "2019-05-01", "company.founded", 2019),
        ("成立时间", "2019年5月", "company.founded", 2019),
        ("from scratch", "是", "profile.trains_from_scratch", True),
        ("Precision", "BF16", "plan.precision", "bf16"),
        ("Energy (MWh)", "433.2", "claims.energy_kwh", 433_200),
        ("Carbon (t)", "24.7", "claims.kg_co2e", 24_700),
        ("Burn (USD m/month)", "-1.2", "finance.net_burn_usd_per_month", -1.2e6),
        ("Country", "=cmd|' /C calc'!A0", "company.country", "=cmd|' /C calc'!A0"),
    ],
)
def test_a_cell_is_read_in_its_unit(header: str, cell: str, path: str, expected: object) -> None:
    found = value(one(header, cell), path)
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


def test_yuan_become_dollars_at_the_rate_on_record_and_it_is_said() -> None:
    rate = facts.lookup("people", "CNY per USD", "exchange_rate").value
    preview = one("融资额（万元）", "7200")
    assert value(preview, "finance.raise_usd") == pytest.approx(72e6 / rate)
    assert "yuan per dollar" in str(preview.columns[1].remarks[0])
    assert value(one("Raise", "4000万元"), "finance.raise_usd") == pytest.approx(40e6 / rate)


@pytest.mark.parametrize(
    ("header", "cell", "says"),
    [
        ("params", "7", "7 of what"),
        ("tokens", "15", "15 of what"),
        ("Raise", "40000000", "which currency"),
        ("Raise (m)", "40", "which currency"),
        ("Raise", "¥40M", "yen or yuan"),
        ("Raise", "€40M", "not converted"),
        ("MFU", "45", "0.45 or 45%"),
        ("params", "many", "not a number"),
        ("params", "7 apples", "not a number"),
        ("Raise (USD m)", "(5)", "brackets"),
        ("Runway", "2026-11-27", "not a number"),
        ("Founded", "May", "not a year"),
        ("Date", "01/02/2026", "read one way"),
        ("Date", "2026-02-30", "no day"),
        ("from scratch", "perhaps", "neither yes nor no"),
        ("Chip", "H100", "H100"),
        ("Precision", "fp7", "fp7"),
        ("Region", "Atlantis", "Atlantis"),
        ("# GPUs", "2.5", "2.5"),
        ("MFU", "-5%", "not possible|not a fraction|write a"),
        ("params", "1" + "0" * 400, "too large"),
    ],
)
def test_what_is_not_clear_is_asked_at_its_cell(header: str, cell: str, says: str) -> None:
    preview = one(header, cell)
    assert not preview.deals
    (problem,) = preview.problems
    assert (problem.cell, problem.header) == ("B2", header)
    assert re.search(says, str(problem.message)), str(problem.message)


def test_a_mapping_names_a_column_and_its_unit() -> None:
    header = "Grösse"
    assert one(header, "7").columns[1].path is None
    for key in ("B", header):
        mapped = one(header, "7", **{key: "plan.model.params (B)"})
        assert value(mapped, "plan.model.params") == 7e9
    left = one("params", "7", B="-")
    assert left.columns[1].path is None
    assert len(left.deals) == 1
    kept = one("Params (B)", "7", B="plan.model.active_params")
    assert kept.columns[1].path == "plan.model.active_params"


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ({"Z": "plan.tokens"}, "Z"),
        ({"B": "plan.tokns"}, "plan.tokens"),
        ({"B": "plan.tokens (apples)"}, "apples"),
        ({"B": "; drop table"}, "drop"),
    ],
)
def test_a_mapping_to_what_is_not_there_is_refused(mapping: dict[str, str], named: str) -> None:
    with pytest.raises(InputError, match=named):
        one("params", "7B", **mapping)


def test_a_column_that_is_not_understood_is_shown_with_the_nearest_and_blocks_nothing() -> None:
    preview = one("Paramters (B)", "7")
    column = preview.columns[1]
    assert (column.letters, column.path, column.n_filled) == ("B", None, 1)
    assert "plan.model.params" in column.nearest
    assert len(preview.deals) == 1


def test_two_columns_of_one_field_are_both_asked_about() -> None:
    preview = previewed("Deal,Tokens (T),Training tokens (T)", "A,1,2")
    assert [p.cell for p in preview.sheet_problems] == ["B1", "C1"]
    assert preview.deals[0].plan.tokens is None


def test_the_header_may_stand_below_a_title_and_empty_rows_are_counted() -> None:
    preview = previewed(
        "Portfolio of 2026,,", ",,", "Deal,Params (B),Country", "A,7,CN", ",,", "B,8,US"
    )
    assert preview.header_row == 3
    assert [row.number for row in preview.rows] == [4, 6]
    assert any("Empty rows left out: 1" in str(remark) for remark in preview.remarks)


def test_names_are_kept_apart_and_sums_are_no_deal() -> None:
    preview = previewed("Deal,Params (B)", "A,7", "a,8", "合计,15", ",9")
    assert [deal.name for deal in preview.deals] == ["A"]
    told = {p.cell: str(p.message) for p in preview.problems}
    assert "stands already in A2" in told["A3"]
    assert "line of sums" in told["A4"]
    assert "no name" in told["A5"]


def test_a_company_names_the_deal_where_nothing_else_does() -> None:
    assert previewed("公司,参数量（亿）", "智谱,1300").deals[0].name == "智谱"
    both = previewed("项目,公司", "GLM,智谱").deals[0]
    assert (both.name, both.company.name) == ("GLM", "智谱")


def test_a_sheet_without_names_of_columns_says_so() -> None:
    preview = previewed("1,2", "3,4")
    assert preview.header_row is None
    assert not preview.deals
    assert "No row of column names" in str(preview.problems[0].message)
    assert "deal's name" in str(previewed("Params (B),Tokens (T)", "7,2").problems[0].message)


def test_a_date_of_the_figures_goes_with_each_of_them() -> None:
    deal = previewed("Deal,As of,Cash (USD m)", "A,2026-06,20").deals[0]
    assert deal.finance.cash_usd is not None
    assert (deal.finance.cash_usd.value, deal.finance.cash_usd.date) == (20e6, "2026-06")


@pytest.mark.parametrize(("from_1904", "days"), [(False, 43_586), (True, 42_124)])
def test_a_bare_number_of_days_is_the_day_of_the_files_own_calendar(
    from_1904: bool, days: int
) -> None:
    """43586 days of 1900 and 42124 of 1904 are both 1 May 2019."""
    content = book([("Deal", "Founded", "As of"), ("A", days, days)], date_1904=from_1904)
    deal = understand(read(content, "a.xlsx")).deals[0]
    assert deal.company.founded == date(2019, 5, 1).year
    assert not previewed("Deal,Founded", f"A,{days}").deals  # text has no calendar


def test_special_cells_of_a_workbook_are_named_as_in_the_sheet() -> None:
    def special(written: Any, sheet: Any) -> None:
        sheet.write_formula("B2", "=1", None, "")
        sheet.write_formula("B3", "=1/0", None, "#DIV/0!")
        sheet.merge_range("B4:B5", 7)
        sheet.write_number("C2", 0.45, written.add_format({"num_format": "0%"}))

    rows = [("Deal", "Params (B)", "MFU"), ("A",), ("B",), ("C",), ("D",)]
    preview = understand(read(book(rows, more=special), "a.xlsx"))
    told = {p.cell: str(p.message) for p in preview.problems}
    assert "without a stored value" in told["B2"]
    assert "#DIV/0!" in told["B3"]
    assert "merged with B4" in told["B5"]
    assert [deal.name for deal in preview.deals] == ["C"]


def test_an_error_in_a_column_that_is_not_used_matters_not() -> None:
    def special(_: Any, sheet: Any) -> None:
        sheet.write_formula("B2", "=1/0", None, "#DIV/0!")

    preview = understand(read(book([("Deal", "Whatever"), ("A",)], more=special), "a.xlsx"))
    assert len(preview.deals) == 1


@pytest.mark.parametrize(
    ("cells", "decimals"),
    [
        (["1,234", "5,678"], None),
        (["1.234", "12,5"], "comma"),
        (["1,234", "12.5"], "point"),
        (["1.234.567"], "comma"),
        (["1,234,567"], "point"),
        (["12,5", "12.5"], None),
        ([7.0, "x", ""], None),
    ],
)
def test_a_column_tells_its_own_decimal_mark(cells: list[Any], decimals: str | None) -> None:
    assert decimals_of(cells) == decimals


def test_a_mark_that_can_be_read_two_ways_follows_its_column_or_is_asked() -> None:
    assert value(previewed("Deal\tRaise (USD m)", "A\t1.234", "B\t12,5"), "finance.raise_usd") == (
        pytest.approx(1234e6)
    )
    asked = previewed("Deal;Raise (USD m)", "A;1.234")
    assert "thousands or decimals" in str(asked.problems[0].message)
    mixed = previewed("Deal\tRaise (USD m)", "A\t12,5", "B\t12.5")
    assert len(mixed.deals) == 2  # each is clear by itself


def test_names_from_outside_stay_text() -> None:
    names = ["=1+1", "@SUM(A1)", "<b>x</b>", "../../etc/passwd", "🚀", "-5", "+1"]
    preview = previewed("Deal\tParams (B)", *(f"{name}\t7" for name in names))
    assert [deal.name for deal in preview.deals] == names
    too_long = previewed("Deal\tParams (B)", f"{'x' * 10_000}\t7")
    assert too_long.problems[0].cell == "A2"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_bring_it_down(content: bytes) -> None:
    try:
        preview = understand(read(content, "a"))
    except InputError:
        return
    assert len(preview.deals) <= len(preview.rows)


@settings(deadline=None)
@given(
    params=st.floats(1e6, 1e15),
    tokens=st.floats(1e6, 1e16),
    name=st.text(st.characters(categories=("L", "N")), min_size=1, max_size=30),
)
def test_what_a_number_field_writes_is_read_back(params: float, tokens: float, name: str) -> None:
    content = book([("Deal", "Parameters", "Tokens"), (name, params, tokens)])
    preview = understand(read(content, "a.xlsx"))
    if not preview.deals:  # a name such as Total or 无 is asked about
        assert preview.problems
        return
    deal = preview.deals[0]
    assert math.isclose((deal.plan.model or {})["params"], params)  # type: ignore[arg-type]
    assert deal.plan.tokens == pytest.approx(tokens)
    assert deals.loads(deals.dumps(deal)) == deal
