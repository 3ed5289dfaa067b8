"""How inputs of a scenario follow from what the deal states, as formulas.

The gathering of a scenario works them out once; each way it may have taken is a formula with
what Python makes of it. A way is taken where its figures are stated and it gives the input that
the scenario has. Where none does, the input stands as a number.
"""

import math
import re
from collections.abc import Collection, Mapping
from typing import Final

from dashboard.report.workbook.inputs.way import Values
from dashboard.report.workbook.inputs.ways import WAYS

#: As close as two sums of the same figures come.
_CLOSE: Final = 1e-9
_NAME: Final = re.compile(r"[a-z]\w+")


def way_to(
    name: str, values: Values, *, stated: Collection[str], taken: Mapping[str, str]
) -> str | None:
    """The formula of the first way to this input that holds, with its equals sign.

    ``stated`` are the figures that the deal states and the constants there are. A way that
    would lead back to itself through those ``taken`` already is none.
    """
    for way in WAYS.get(name, ()):
        if not set(way.needs) <= set(stated) or leads_back(name, way.formula, taken):
            continue
        try:
            found = way.of(values)
        except (ZeroDivisionError, KeyError, ValueError):
            continue
        if math.isclose(found, values[name], rel_tol=_CLOSE, abs_tol=_CLOSE):
            return f"={way.formula}"
    return None


def leads_back(name: str, formula: str, taken: Mapping[str, str]) -> bool:
    """Whether a formula for this input would read the input itself, through other formulas."""
    seen: set[str] = set()
    waiting = set(_NAME.findall(formula))
    while waiting:
        one = waiting.pop()
        if one == name:
            return True
        if one not in seen and one in taken:
            waiting |= set(_NAME.findall(taken[one]))
        seen.add(one)
    return False
