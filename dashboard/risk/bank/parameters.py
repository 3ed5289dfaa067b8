"""The numbers of the question bank that a fund may set for itself, each with its story.

A parameter is a threshold of a rule (``p.mfu_implausible``), the threshold of a level
(``CMP-01.3``) or a constant of the scoring. An override never replaces the default silently:
both stay, with who set it, when and why.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from typing import Final, Literal, TypeAlias

from costmodel.messages import Amount, InputError, Part, Text, check_known, check_within
from costmodel.units import UNITS

Confidence: TypeAlias = Literal["high", "medium", "low"]

#: Units whose numbers lie between nothing and the whole.
_SHARES: Final = frozenset({"fraction"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number of the bank, in ``unit``, with its date, its source and how sure it is.

    A fund's own value lies from ``least`` to ``most``, where those are given; a fraction
    always from 0 to 1.
    """

    id: str
    value: float
    unit: str
    as_of: str
    source: str
    confidence: Confidence
    name: Text
    note: str = ""
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A fund's own value for a parameter; ``None`` goes back to the default.

    ``date`` is an ISO date. Overrides are kept in the order in which they were made.
    """

    id: str
    value: float | None
    by: str
    date: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A parameter with the override that holds, if one does."""

    parameter: Parameter
    override: Override | None

    @property
    def value(self) -> float:
        """The number that counts."""
        if self.override is None or self.override.value is None:
            return self.parameter.value
        return self.override.value

    @property
    def as_part(self) -> Part:
        """The number as a sentence shows it, with its unit where that has a word."""
        return Amount(self.value, self.parameter.unit) if self._has_word else self.value

    @property
    def _has_word(self) -> bool:
        return self.parameter.unit in UNITS and self.parameter.unit not in ("count", "day", "month")


class Parameters(Mapping[str, float]):
    """Every number of the bank by id, with a fund's overrides applied.

    ``version`` says which bank, how many overrides and, by a hash, which: two runs of one
    version use the same numbers.
    """

    def __init__(
        self, defaults: Mapping[str, Parameter], *, bank: str, history: Iterable[Override] = ()
    ) -> None:
        self.history = tuple(history)
        self.version = f"{bank}+{_version(self.history)}"
        self._defaults = defaults
        last: dict[str, Override] = {}
        for i, override in enumerate(self.history):
            _check(override, defaults, f"overrides.{i}")
            last[override.id] = override
        self._last = {i: o for i, o in last.items() if o.value is not None}
        self._values = {i: p.value for i, p in defaults.items()} | {
            i: o.value for i, o in self._last.items() if o.value is not None
        }

    def __getitem__(self, parameter_id: str) -> float:
        return self._values[parameter_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def values_in_force(self) -> dict[str, float]:
        """The numbers as a plain dictionary, which is read a thousand times for one score."""
        return dict(self._values)

    def in_force(self, parameter_id: str) -> InForce:
        """The parameter with its default, its source and the override that holds."""
        return InForce(
            parameter=self._defaults[parameter_id], override=self._last.get(parameter_id)
        )

    def overridden(self) -> tuple[InForce, ...]:
        """The parameters whose default does not hold."""
        return tuple(self.in_force(i) for i in self._last)

    def fill(self, text: Text) -> Text:
        """The text with its ``{parameter}`` places filled."""
        if "{" not in text.en:
            return text
        named = {i: self.in_force(i).as_part for i in self._values if f"{{{i}}}" in text.en}
        return Text(text.en, text.zh, named)


def _version(history: tuple[Override, ...]) -> str:
    if not history:
        return "0"
    said = json.dumps([astuple(one) for one in history])
    return f"{len(history)}.{hashlib.sha256(said.encode()).hexdigest()[:8]}"


def _check(override: Override, defaults: Mapping[str, Parameter], field: str) -> None:
    check_known(f"{field}.id", override.id, defaults)
    if override.value is not None:
        if not math.isfinite(override.value):
            raise InputError(f"{field}.value", "{value} is not finite", value=str(override.value))
        default = defaults[override.id]
        share = default.unit in _SHARES
        least, most = (0.0, 1.0) if share else (default.least, default.most)
        if least is not None and most is not None:
            check_within(f"{field}.value", override.value, least, most)
    for name in ("by", "date", "reason"):
        if not getattr(override, name).strip():
            raise InputError(
                f"{field}.{name}", "an override says who set it, when and why; add what is missing"
            )
