"""What each stress card does by itself, in the middle of all inputs: for the page and the memo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from costmodel.uncertainty import Draws
from costmodel.venture.explore import drivers
from costmodel.venture.explore.drivers import Outcome, Row
from costmodel.venture.inputs import VentureInputs
from costmodel.venture.stress import CARDS, stressed
from dashboard.language import amount, number

_UNITS: Final[Mapping[Outcome, str]] = {
    "moic": "ratio",
    "runway_months": "month",
    "year_3_margin": "fraction",
}
#: A smaller change is none that a person can read.
_LEAST: Final = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One card's changes, signed and in words; a dash where there is none."""

    card: str
    proof: str
    outcomes: Mapping[Outcome, str]


def each_alone(inputs: VentureInputs) -> list[Effect]:
    """Every card by itself."""
    middle = inputs.middle()
    rows: list[Row] = [{}]
    for card in CARDS:
        after = stressed(inputs, [card]).middle()
        rows.append({n: v for n, v in after.items() if not _same(v, middle.get(n))})
    found, proofs = drivers.outcomes_of(inputs, rows), drivers.proofs_of(inputs, rows)
    return [
        Effect(
            card=card,
            proof=_change(proofs, i, "month"),
            outcomes={
                outcome: _change(found[outcome], i, unit) if outcome in found else number(None)
                for outcome, unit in _UNITS.items()
            },
        )
        for i, card in enumerate(CARDS, start=1)
    ]


def _same(one: object, other: object) -> bool:
    return bool(np.array_equal(np.asarray(one), np.asarray(other)))


def _change(values: Draws, i: int, unit: str) -> str:
    before, after = float(values[0]), float(values[i])
    if not (np.isfinite(before) and np.isfinite(after)) or abs(after - before) < _LEAST:
        return number(None)
    text = amount(after - before, unit)
    return text if after < before else f"+{text}"
