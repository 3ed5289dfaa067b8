"""The workbook as it is written: its sheets, formulas, names, styles, and what a text may do."""

import io
import re
import time
import warnings
import zipfile
from typing import Any, Final

import openpyxl
import pandas as pd
import pytest
from openpyxl.formula import Tokenizer
from openpyxl.utils.cell import coordinate_to_tuple

from dashboard import deal as deals
from dashboard.language import use_language
from dashboard.report.workbook import to_xlsx
from dashboard.report.workbook.about.cover import SHEETS
from dashboard.report.workbook.venture.timeline import FIRST
from tests.dashboard.report.workbook.hostile import EVIL, LONG, hostile
from tests.dashboard.report.workbook.office import (
    Opened,
    case,
    opened,
    sample_book,
    sample_case,
)

SAMPLE: Final = "example-startup"
SAMPLES: Final = (SAMPLE, "glm-130b", "deepseek-v3")
#: Functions that Excel of 2007 and LibreOffice know alike; none of them is volatile.
KNOWN: Final = frozenset(
    {
        "ABS(", "AND(", "COUNT(", "COUNTIF(", "EXP(", "IF(", "IFERROR(", "INDEX(", "INT(",
        "IRR(", "ISERROR(", "ISNUMBER(", "LEN(", "LN(", "MATCH(", "MAX(", "MIN(", "NOT(", "OR(",
        "ROUND(", "ROW(", "SQRT(", "SUM(", "SUMPRODUCT(", "TRIM(",
    }
)  # fmt: skip
#: Numbers that may stand in a formula: signs, exponents, months of a year, percent.
LITERALS: Final = frozenset({"0", "1", "2", "12", "100"})
FIRST_VIEW_SECONDS: Final = 4
#: An accelerator whose rent nobody quotes.
UNPRICED: Final = "MI325X"


@pytest.fixture(scope="module")
def book() -> Opened:
    return opened(sample_book(SAMPLE))


@pytest.fixture(scope="module")
def styled() -> Any:
    """The same by openpyxl, which knows styles and validations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(io.BytesIO(sample_book(SAMPLE)))


def test_the_sheets_stand_in_their_order_in_both_languages() -> None:
    english, chinese = opened(sample_book(SAMPLE)), opened(sample_book(SAMPLE, "zh"))
    assert list(english.sheets) == list(chinese.sheets) == list(SHEETS)
    assert english.of("Cash_24m", "A1") == "Cash by month"
    assert chinese.of("Cash_24m", "A1") != "Cash by month"


@pytest.mark.parametrize("deal_id", SAMPLES)
def test_formulas_use_known_functions_and_no_numbers_of_their_own(deal_id: str) -> None:
    functions, numbers = set(), set()
    texts = {re.sub(r"\d+", "0", formula): formula for formula in cells_of(deal_id).values()}
    for formula in texts.values():
        for token in Tokenizer(formula).items:
            if token.type == "FUNC" and token.subtype == "OPEN":
                functions.add(token.value)
            if token.type == "OPERAND" and token.subtype == "NUMBER":
                numbers.add(token.value)
    assert functions <= KNOWN
    assert numbers <= LITERALS


def cells_of(deal_id: str) -> dict[tuple[str, str], str]:
    return opened(sample_book(deal_id)).formulas()


def test_the_same_row_has_the_same_formula_in_every_month(book: Opened) -> None:
    """Relative to its own column: only the letters of the column differ."""
    patterns: dict[int, set[str]] = {}
    for (sheet, cell), formula in book.formulas().items():
        row, column = coordinate_to_tuple(cell)
        if sheet == "Cash_24m" and column > FIRST:
            patterns.setdefault(row, set()).add(re.sub(r"\b[A-Z]{1,2}\$", "C$", formula))
    assert len(patterns) > 30
    assert all(len(found) == 1 for found in patterns.values())


@pytest.mark.parametrize("deal_id", SAMPLES)
def test_every_formula_has_a_stored_value(deal_id: str) -> None:
    found = opened(sample_book(deal_id))
    assert all(
        held.value is not None or held.formula == "" or '""' in (held.formula or "")
        for cells in found.sheets.values()
        for held in cells.values()
        if held.formula is not None
    )


def test_other_programs_read_the_stored_numbers() -> None:
    frame = pd.read_excel(io.BytesIO(sample_book(SAMPLE)), sheet_name="Cash_24m", header=None,
                          engine="calamine")  # fmt: skip
    row = frame[frame[0] == "Cash at the start of the month"].iloc[0]
    case_ = sample_case(SAMPLE)
    assert case_.answer is not None
    assert row[5] == pytest.approx(case_.answer.result.middle.flow.cash_usd[1])


def test_inputs_are_blue_and_formulas_black(book: Opened, styled: Any) -> None:
    sheet, row = styled["Inputs"], book.row("cash_usd")
    assert sheet.cell(row, 3).font.color.rgb == "FF0000FF"
    assert sheet.cell(row, 5).font.color.rgb == "FF000000"
    level = styled["Checklist"][book.place("level_TEC_03")[1]]
    assert level.font.color.rgb == "FF0000FF"


def test_names_are_no_cells_and_point_at_cells_of_their_own(book: Opened) -> None:
    assert {"cash_usd", "usd_per_gpu_hour", "level_TEC_03", "model_ok"} <= set(book.names)
    for name in book.names:
        assert not re.fullmatch(r"[A-Za-z]{1,3}\d+|[RrCc]\d*([RrCc]\d*)?", name), name
        assert re.fullmatch(r"[A-Za-z_][\w.]*", name), name
    single = [reference for reference in book.names.values() if ":" not in reference]
    assert len(single) == len(set(single))
    for reference in single:
        sheet, cell = reference.split("!")
        assert sheet in book.sheets
        coordinate_to_tuple(cell.replace("$", ""))


def test_levels_and_statuses_take_what_there_is(book: Opened, styled: Any) -> None:
    rules = styled["Checklist"].data_validations.dataValidation
    sources = {rule.formula1 for rule in rules}
    assert sources == {'"0,1,2,3,4"', "status_names"}
    row = book.row("usd_per_gpu_hour")
    rules = styled["Inputs"].data_validations.dataValidation
    rule = next(r for r in rules if str(r.sqref) == f"C{row}")
    assert (rule.type, float(rule.formula1), float(rule.formula2)) == ("decimal", 1e-4, 1e6)


def test_there_are_native_charts_with_titles() -> None:
    with zipfile.ZipFile(io.BytesIO(sample_book(SAMPLE, "zh"))) as archive:
        charts = [archive.read(n).decode() for n in archive.namelist() if "charts/chart" in n]
    assert len(charts) >= 6
    assert all("<c:title>" in chart for chart in charts)
    assert not [n for n in archive.namelist() if "vba" in n.lower() or "externalLink" in n]


def test_equal_cases_give_equal_bytes() -> None:
    first = sample_book(SAMPLE)
    time.sleep(2.1)  # a clock inside the archive would have moved on
    assert to_xlsx(sample_case(SAMPLE)) == first
    with use_language("zh"):
        assert to_xlsx(sample_case(SAMPLE, "zh")) == sample_book(SAMPLE, "zh")


def test_a_workbook_takes_no_more_than_a_look() -> None:
    found = sample_case(SAMPLE)
    started = time.perf_counter()
    to_xlsx(found)
    assert time.perf_counter() - started < FIRST_VIEW_SECONDS


# --- what a deal may lack ------------------------------------------------------------------------


def test_an_empty_deal_says_on_each_sheet_what_is_missing() -> None:
    empty = opened(to_xlsx(case(deals.from_mapping({"assay": 1, "name": "Nothing"}))))
    for name in ("Cost", "Serving", "Cash_24m", "Scenarios", "Returns", "Waterfall"):
        assert not [c for s, c in empty.formulas() if s == name], name
        assert str(empty.of(name, "A2")).endswith("."), name
    assert [c for s, c in empty.formulas() if s == "Scores"]


def test_without_an_exit_the_cash_is_followed_and_returns_say_why() -> None:
    state = deals.sample(SAMPLE).model_dump(mode="json")
    for name in ("raise_usd", "investment_usd", "post_money_usd"):
        state["finance"][name] = None
    found = opened(to_xlsx(case(deals.from_mapping(state))))
    assert [c for s, c in found.formulas() if s == "Cash_24m"]
    assert not [c for s, c in found.formulas() if s in ("Returns", "Waterfall")]
    assert "No exit is valued" in found.of("Returns", "A2")
    assert "moic" not in found.names


def test_without_a_price_there_are_hours_and_no_dollars() -> None:
    state = deals.sample(SAMPLE).model_dump(mode="json")
    state["plan"]["cluster"] = {"chip": UNPRICED, "n_accelerators": 256}
    found = opened(to_xlsx(case(deals.from_mapping(state))))
    assert {"gpu_hours", "energy_kwh", "runway_months", "model_ok"} <= set(found.names)
    assert not {"run_usd", "usd_per_gpu_hour"} & set(found.names)


# --- texts of a deal -------------------------------------------------------------------------


def test_a_text_of_a_deal_is_never_a_formula_or_a_link() -> None:
    content = to_xlsx(case(hostile()))
    ours = {re.sub(r"\d+", "0", formula) for formula in cells_of(SAMPLE).values()}
    found = {re.sub(r"\d+", "0", formula) for formula in opened(content).formulas().values()}
    assert not [f for f in found - ours if re.search("cmd|HYPERLINK|A1:A9|7 \\* 7", f)]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b'TargetMode="External"' in part for part in parts.values())
    links = [
        link
        for name, part in parts.items()
        if name.startswith("xl/worksheets/sheet")
        for link in re.findall(rb"<hyperlink [^>]*>", part)
    ]
    assert len(links) == len(SHEETS)
    assert all(re.search(rb'location="\w+!A1"', link) for link in links)


def test_texts_stand_as_they_are_but_for_what_a_cell_cannot_hold() -> None:
    found = opened(to_xlsx(case(hostile())))
    texts = {held.value for cells in found.sheets.values() for held in cells.values()}
    assert {text.replace("\x07", "") for text in EVIL} <= texts
    assert LONG in texts
    assert found.of("Cover", "A1") == EVIL[0]
