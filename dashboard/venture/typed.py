"""What is typed on the page of scenarios, as a scenario: each text read or refused by its field."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from costmodel.messages import InputError, check_known
from costmodel.uncertainty import Range
from costmodel.venture.inputs import INPUTS, known
from costmodel.venture.returns.outcomes import CASES
from costmodel.venture.stress import CARDS
from dashboard.deal_scenarios import ScenarioEntry, SwitchesEntry, span_of
from dashboard.quantities import parse_number, parse_range
from dashboard.scenario import compact

#: Before the names of switches, and of the probabilities of cases.
SWITCH: Final = "switch."
CASE: Final = "case."
#: What the page keeps beside inputs: its open part, the named scenario at hand, those beside.
PAGE: Final = ("part", "at", "beside")
STRESS: Final = "stress"
#: Written where every stress of a named scenario is taken away.
NONE: Final = "none"
YES: Final = "yes"
NO: Final = "no"
#: Switches and what each can be.
SWITCHES: Final[Mapping[str, tuple[str, ...]]] = {
    "case_level": ("plan", "history"),
    "checklist": (YES, NO),
    "participating": (NO, YES),
    "seniority": ("standard", "equal"),
    "margin_in_multiple": (NO, YES),
    "shared_factor": (YES, NO),
    "research": ("stated", "programme", "formula"),
}
_MOST_TYPED: Final = 200
_MOST_FIELDS: Final = 120


def from_query(query: Mapping[str, str]) -> dict[str, str]:
    """What a link says for this page; all else is left to others."""
    found = {name: text[:_MOST_TYPED] for name, text in query.items() if _is_field(name)}
    return dict(list(found.items())[:_MOST_FIELDS])


def entry_of(
    typed: Mapping[str, str], start: ScenarioEntry | None, *, name: str
) -> tuple[ScenarioEntry, dict[str, InputError]]:
    """The scenario at hand: what is typed over ``start``; what is refused is left out of it."""
    refused: dict[str, InputError] = {}
    inputs: dict[str, float | tuple[float, float]] = dict(start.inputs) if start else {}
    switches: dict[str, Any] = start.switches.model_dump(exclude_defaults=True) if start else {}
    cases: dict[str, float] = {str(n): p for n, p in start.cases.items()} if start else {}
    stress = list(start.stress) if start else []
    for field, text in typed.items():
        stripped = text.strip()
        try:
            if field == STRESS:
                stress = _cards(stripped)
            elif field.startswith(SWITCH):
                switches |= _switch(field.removeprefix(SWITCH), stripped, field)
            elif field.startswith(CASE):
                cases[field.removeprefix(CASE)] = _share(stripped, field)
            elif field in INPUTS:
                inputs[field] = _value(field, stripped)
        except InputError as error:
            refused[field] = InputError(field, error.message.text, **error.message.params)
    read: dict[str, Any] = {
        "name": name,
        "inputs": inputs,
        "stress": stress,
        "switches": SwitchesEntry.model_validate(switches),
        "cases": cases,
    }
    return ScenarioEntry.model_validate(read), refused


def text_of(span: Range) -> str:
    """A range as its field shows it."""
    if span.low == span.high:
        return compact(float(f"{span.low:.6g}"))
    return f"{_rounded(span.low)} - {_rounded(span.high)}"


def stress_text(cards: Sequence[str]) -> str:
    """The cards as they stand in the address."""
    return ",".join(cards) or NONE


def _rounded(value: float) -> str:
    return compact(float(f"{value:.3g}"))


def _is_field(name: str) -> bool:
    return (
        name in INPUTS
        or name in PAGE
        or name == STRESS
        or name.removeprefix(SWITCH) in SWITCHES
        or name.removeprefix(CASE) in CASES
    )


def _cards(text: str) -> list[str]:
    if text == NONE:
        return []
    cards = [card for card in text.split(",") if card]
    for card in cards:
        check_known(STRESS, card, CARDS)
    return list(dict.fromkeys(cards))


def _switch(name: str, text: str, field: str) -> dict[str, Any]:
    check_known(field, text, SWITCHES.get(name, ()))
    return {name: text == YES if text in (YES, NO) else text}


def _share(text: str, field: str) -> float:
    value = parse_number(text, field)
    if not 0 <= value <= 1:
        raise InputError(
            field, "{value} is not a share; write one from 0 to 1, 45 % as 0.45", value=value
        )
    return value


def _value(name: str, text: str) -> float | tuple[float, float]:
    """A number or a range of an input, checked as the deal file's are."""
    spec = INPUTS[name]
    try:
        one: Range | None = known(parse_number(text, name))
    except InputError:
        one = None
    span = one or parse_range(text, name, "real" if spec.kind == "real" else "positive")
    value = span.low if span.low == span.high else (span.low, span.high)
    span_of(name, value, name)
    return value
