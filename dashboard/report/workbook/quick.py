"""A worksheet that asks XlsxWriter once about each set of functions, not about each formula."""

import re
from functools import cache
from typing import ClassVar, Final

_FUNCTION: Final = re.compile(r"[A-Za-z][\w.]*\(")


@cache
def quick_sheet() -> type:
    """XlsxWriter's worksheet, with the thirty searches that it makes in every formula (for
    functions newer than the file format, which want a prefix) left out where they find nothing:
    half the time of a workbook of nine thousand formulas.
    """
    from xlsxwriter.worksheet import Worksheet

    class QuickSheet(Worksheet):  # type: ignore[misc]
        _plain: ClassVar[dict[tuple[str, ...], bool]] = {}

        def _prepare_formula(self, formula: str, expand_future_functions: bool = False) -> str:
            names = (str(expand_future_functions), *_FUNCTION.findall(formula))
            if names not in self._plain:
                called = "".join(f"{name})" for name in names[1:])
                prepared = super()._prepare_formula(f"={called}", expand_future_functions)
                self._plain[names] = prepared == called
            if self._plain[names] and formula[:1] == "=" and formula[-1:] != "}":
                return formula[1:]
            return str(super()._prepare_formula(formula, expand_future_functions))

    return QuickSheet
