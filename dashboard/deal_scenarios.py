"""Named scenarios of a deal file: what each states otherwise, and which stresses it bears."""

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field

from costmodel.messages import InputError, check_known
from costmodel.uncertainty import Range
from costmodel.venture.inputs import (
    INPUTS,
    CaseLevel,
    ResearchBasis,
    Seniority,
    check_input,
    known,
)
from costmodel.venture.returns.outcomes import CaseName
from costmodel.venture.stress import CARDS
from dashboard.architecture import unknown_key
from dashboard.quantities import make_range
from dashboard.strict import STRICT, ShortText

#: Scenarios that stand side by side.
MOST_SCENARIOS: Final = 4


class _Strict(BaseModel):
    model_config = STRICT


class SwitchesEntry(_Strict):
    """Switches that a scenario sets otherwise; see ``costmodel.venture.inputs.Switches``."""

    research: ResearchBasis | None = None
    participating: bool | None = None
    seniority: Seniority | None = None
    checklist: bool | None = None
    shared_factor: bool | None = None
    case_level: CaseLevel | None = None
    margin_in_multiple: bool | None = None


class ScenarioEntry(_Strict):
    """One scenario: inputs as a number or ``[low, high]``, stress cards, switches, and the
    probabilities of the five cases.
    """

    name: Annotated[ShortText, Field(min_length=1)]
    inputs: dict[ShortText, float | tuple[float, float]] = {}
    stress: list[ShortText] = []
    switches: SwitchesEntry = SwitchesEntry()
    cases: dict[CaseName, Annotated[float, Field(ge=0, le=1)]] = {}


def check_scenarios(entries: Sequence[ScenarioEntry]) -> None:
    """What the types cannot say. Raises ``InputError`` with the path of the field."""
    seen: set[str] = set()
    for i, entry in enumerate(entries):
        path = f"scenarios.{i}"
        if entry.name in seen:
            raise InputError(f"{path}.name", "the name stands twice; give each scenario its own")
        seen.add(entry.name)
        for name, value in entry.inputs.items():
            span_of(name, value, f"{path}.inputs.{name}")
        for card in entry.stress:
            check_known(f"{path}.stress", card, CARDS)


def span_of(name: str, value: float | tuple[float, float], path: str) -> Range:
    """An input of a scenario as a range. Raises ``InputError`` at ``path`` for an unknown name,
    with the nearest, and for a value that cannot be.
    """
    if name not in INPUTS:
        raise unknown_key(path, name, list(INPUTS))
    low, high = value if isinstance(value, tuple) else (value, value)
    kind = INPUTS[name].kind
    if low == high:
        span = known(low)
    elif kind == "real" or low <= 0:
        span = make_range(low, high, path, "real")
    else:
        as_share: Literal["fraction", "positive"] = "positive"
        if kind == "fraction" and high < 1:
            as_share = "fraction"
        span = make_range(low, high, path, as_share)
    try:
        check_input(name, span)
    except InputError as error:
        raise InputError(path, error.message.text, **error.message.params) from None
    return span
