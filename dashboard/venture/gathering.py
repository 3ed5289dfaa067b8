"""What is gathered for a scenario: numbers with their origin, and what had to be assumed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from costmodel.facts import Fact
from costmodel.messages import Message
from costmodel.uncertainty import Number, Percentiles, Range
from costmodel.venture.inputs import VentureInputs, known
from dashboard.deal import Deal
from dashboard.deal_facts import Stated


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """A scenario of a deal, gathered: its inputs, what had to be assumed (each with what to
    ask), and the checklist's expected score where anything is answered.

    ``typed`` are the inputs that the scenario states, ``stated`` those that stand in the deal,
    ``computed`` those that the cost model gave; all others are cited or neutral.
    """

    deal: Deal
    inputs: VentureInputs
    typed: frozenset[str]
    assumed: tuple[Message, ...]
    stated: frozenset[str]
    computed: frozenset[str]
    overall: float | None


@dataclass(slots=True, kw_only=True)
class Gathered:
    """The inputs found so far. ``put`` is for what the deal states, ``compute`` for what the
    cost model gives, ``cite`` for rows of the data; what is ``typed`` over them stands.
    """

    typed: Mapping[str, Range] = field(default_factory=dict)
    spans: dict[str, Range] = field(default_factory=dict)
    origins: dict[str, Fact] = field(default_factory=dict)
    assumed: list[Message] = field(default_factory=list)
    stated: set[str] = field(default_factory=set)
    computed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.spans.update(self.typed)

    def has(self, name: str) -> bool:
        """Whether there is anything for this input already."""
        return name in self.spans

    def put(self, name: str, value: float, *, assumed: bool = False) -> None:
        """A number that the deal states or that follows from what it states; ``assumed`` for
        one that stands in for what it does not.
        """
        if name in self.typed:
            return
        self.spans[name] = known(value)
        if not assumed:
            self.stated.add(name)

    def put_stated(self, name: str, entry: Stated[float] | None) -> bool:
        """An entry of the deal, where there is one."""
        if entry is None:
            return False
        self.put(name, entry.value)
        return True

    def compute(self, name: str, value: Number) -> None:
        """What the cost model gives: a number, or draws by their 90 % range."""
        if name in self.typed:
            return
        if np.ndim(value) == 0:
            self.spans[name] = known(float(np.asarray(value)))
        else:
            spread = Percentiles.of(value)
            positive = spread.p05 > 0
            self.spans[name] = (
                Range(spread.p05, spread.p95, "positive" if positive else "real")
                if spread.p05 < spread.p95
                else known(spread.p50)
            )
        self.computed.add(name)

    def cite(self, name: str, fact: Fact) -> None:
        """A row of the data."""
        self.cite_span(name, fact.range, fact)

    def cite_span(self, name: str, span: Range, fact: Fact) -> None:
        """A range that follows from a row of the data."""
        if name in self.typed:
            return
        self.spans[name] = span
        self.origins[name] = fact

    def say(self, text: Message) -> None:
        """What had to be assumed, and what to ask."""
        self.assumed.append(text)

    def value(self, name: str) -> float:
        """The middle of an input that was gathered already."""
        return self.spans[name].mid


def value_of(entry: Stated[float] | None) -> float | None:
    """The value of an entry, where there is one."""
    return None if entry is None else entry.value
