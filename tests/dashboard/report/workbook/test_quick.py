"""Formulas come out as XlsxWriter itself writes them."""

import pytest
from xlsxwriter.worksheet import Worksheet

from dashboard.report.workbook.quick import quick_sheet

FORMULAS = [
    "=SUM(A1:A3)*IF(B2>0,B2,0)",
    "=UNIQUE(A1:A9)",
    "=SUM(SORT(A1:A9))",
    "=XLOOKUP(A1,B:B,C:C)+MAX(1,2)",
    "=_xlfn.IFS(A1>1,2)",
    "{=SUM(A1:A3)}",
    "=LOG10(A1)&\"SORT(\"",
    "SUM(A1:A3)",
    "=A1",
    "=MAXIFS(A:A,B:B,1)",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("expand", [False, True])
def test_a_formula_is_prepared_as_ever(*, formula: str, expand: bool) -> None:
    theirs = Worksheet()._prepare_formula(formula, expand)
    ours = quick_sheet()()
    assert [ours._prepare_formula(formula, expand) for _ in range(2)] == [theirs, theirs]
