"""How one check is judged: two sides, the limits between, and what is said of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from costmodel.messages import Amount, Message, Part
from costmodel.uncertainty import Percentiles
from dashboard.risk.bank.loading import bank
from dashboard.risk.cross_checks.cross_check import CrossCheck, Outcome
from dashboard.risk.metrics.basis import Basis
from dashboard.risk.metrics.reading import Reading

#: What the arithmetic of the computer may add to a value that lies on its limit.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What two claims say of the same thing.

    ``value`` is their ratio or difference, with the 90% range where a side of it is of the
    cost model; ``arithmetic`` shows both sides, ``ask`` is what to ask where they differ.
    """

    value: Percentiles
    arithmetic: Message
    ask: Message


Comparison: TypeAlias = Callable[[Reading], Compared | None]


def compared(value: float | Percentiles, text: Message, ask: Message) -> Compared:
    """Both sides, from a plain value or one with a range."""
    spread = value if isinstance(value, Percentiles) else Percentiles.of(value)
    return Compared(value=spread, arithmetic=text, ask=ask)


def sums(text: str, **amounts: tuple[float, str]) -> Message:
    """A sentence whose places are amounts with their units."""
    params: dict[str, Part] = {name: Amount(*amount) for name, amount in amounts.items()}
    return Message(text, params)


def judged(check_id: str, compare: Comparison, basis: Basis) -> CrossCheck:
    """The check on one deal.

    It fails only where the whole 90% range lies outside the limits: the doubt of the cost
    model contradicts nobody. Without both sides it cannot tell, and says what is missing.
    """
    low, high = bank().limits(check_id, basis.parameters)
    unit = bank().cross_checks[check_id].unit
    reading = Reading(basis)
    found = compare(reading)
    inputs = tuple(reading.inputs)
    if found is None:
        return CrossCheck(
            id=check_id,
            outcome="cannot tell",
            value=None,
            low=low,
            high=high,
            unit=unit,
            inputs=inputs,
            missing=tuple(reading.missing),
        )
    below = low is not None and found.value.p95 < low - _ROUNDING
    above = high is not None and found.value.p05 > high + _ROUNDING
    outcome: Outcome = "fails" if below or above else "holds"
    return CrossCheck(
        id=check_id,
        outcome=outcome,
        value=found.value.p50,
        low=low,
        high=high,
        unit=unit,
        inputs=inputs,
        arithmetic=found.arithmetic,
        ask=found.ask if outcome == "fails" else None,
    )
