"""One metric's look at the basis: it notes what was read and what was missing."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from costmodel.facts import Fact
from costmodel.messages import Message
from costmodel.uncertainty import Percentiles
from dashboard.deal_facts import Stated
from dashboard.deal_sections import entry, label_and_unit
from dashboard.risk.answers.evidence import EvidenceStatus
from dashboard.risk.metrics.basis import NO_PRICE, Basis, over
from dashboard.risk.metrics.metric import Metric, MetricInput, MetricValue


@dataclass(frozen=True, slots=True)
class Spread:
    """A value of the cost model with its 90% range; the value is the median."""

    percentiles: Percentiles


Found: TypeAlias = MetricValue | Spread | None
Formula: TypeAlias = "Callable[[Reading], Found]"


@dataclass(slots=True)
class Reading:
    """Reads the inputs of one metric or check, and keeps what it read and what it lacked."""

    basis: Basis
    inputs: list[MetricInput] = field(default_factory=list)
    missing: list[Message] = field(default_factory=list)

    def optional(self, path: str) -> float | None:
        """The number stated at ``section.name``, noted as an input where there is one."""
        found = self._entry(path)
        if found is None:
            return None
        value = found.value
        assert not isinstance(value, str | bool)
        return float(value)

    def number(self, path: str) -> float | None:
        """The number stated at ``section.name``; without one it is noted as missing."""
        value = self.optional(path)
        if value is None:
            self.lacks(path)
        return value

    def numbers(self, *paths: str) -> tuple[float, ...] | None:
        """The numbers at these paths, if all are stated; what is not is noted."""
        found = [self.number(path) for path in paths]
        known = tuple(value for value in found if value is not None)
        return known if len(known) == len(found) else None

    def words(self, path: str) -> str | None:
        """The text stated at ``section.name``; nothing is noted without one."""
        found = self._entry(path)
        return None if found is None else str(found.value)

    def yes_or_no(self, path: str) -> bool | None:
        """Whether it is so, as stated; without an entry it is noted as missing."""
        found = self._entry(path)
        if found is None:
            self.lacks(path)
            return None
        return bool(found.value)

    def counted(self, path: str, value: float, unit: str) -> None:
        """Note a number made of a list of the deal, which is as claimed."""
        self._add(path, value, unit, "claimed", "")

    def listed(self, path: str, entries: Mapping[str, Stated[float]], unit: str) -> None:
        """Note the entries of a mapping as inputs."""
        for name, found in entries.items():
            self._note(f"{path}.{name}", found, unit)

    def claim(self, quantity: str, unit: str) -> float | None:
        """The first claim of this quantity, noted as an input where there is one."""
        found = self.basis.claims.get(quantity)
        if found is None:
            return None
        self.inputs.append(
            MetricInput(
                name=f"claims.{found.id}",
                value=found.value,
                unit=unit,
                status=found.status,
                source=found.source,
            )
        )
        return found.value

    def planned(self, name: str, value: MetricValue, unit: str) -> None:
        """Note a field of the plan as an input."""
        self._add(f"plan.{name}", value, unit, self.basis.deal.plan.status, "plan")

    def modelled(self, name: str, value: float, unit: str) -> None:
        """Note a figure of the cost model: as well known as the plan that it is of."""
        self._add(name, value, unit, self.basis.plan_status, "cost model")

    def fact(self, fact: Fact) -> None:
        """Note a cited fact, which is nobody's claim: as good as a document."""
        self._add(fact.quantity, fact.value, fact.unit, "documented", fact.source.title)

    def parameter(self, name: str) -> float:
        """A number of the bank, noted as an input: it is the reader's own, no claim."""
        held = self.basis.parameters.in_force(name)
        source = held.parameter.source if held.override is None else held.override.by
        self._add(name, held.value, held.parameter.unit, "documented", source)
        return held.value

    def estimated(self, spread: Percentiles | None, name: str, unit: str) -> Percentiles | None:
        """A figure of the estimate, noted as an input; else why there is no estimate."""
        if spread is None:
            if self.basis.estimate is None:
                self.lacking(self.basis.refusal)
            else:
                self.lacking(NO_PRICE)
            return None
        self.modelled(name, spread.p50, unit)
        return spread

    def ratio(self, above: float, below: float, path: str) -> float | None:
        """``above / below``; a zero or a result beyond all numbers is noted by ``path``."""
        value = above / below if below else math.inf
        if math.isfinite(value):
            return value
        self.lacking(
            Message(
                "{field} is zero, and nothing can be divided by it; correct it.", {"field": path}
            )
        )
        return None

    def over(self, value: float, below: Percentiles, path: str) -> Found:
        """``value`` over an outcome, with its range where the outcome has one."""
        if below.p05 == below.p95:
            return self.ratio(value, below.p50, path)
        return Spread(over(value, below))

    def lacks(self, path: str) -> None:
        """Note that the entry at ``path`` is missing."""
        label, _ = label_and_unit(path)
        self.lacking(
            Message(
                "{what} is missing; write {field} in the deal file.",
                {"what": Message(label), "field": path},
            )
        )

    def lacking(self, sentence: Message) -> None:
        """Note what is missing, in a sentence of its own."""
        if sentence not in self.missing:
            self.missing.append(sentence)

    def metric(self, metric_id: str, found: Found) -> Metric:
        """The metric of what the formula found. Without a value only what is missing counts."""
        value = found.percentiles.p50 if isinstance(found, Spread) else found
        return Metric(
            id=metric_id,
            value=value,
            inputs=tuple(self.inputs),
            missing=tuple(self.missing) if value is None else (),
            spread=found.percentiles if isinstance(found, Spread) else None,
        )

    def _entry(self, path: str) -> Stated[float] | Stated[bool] | Stated[str] | None:
        section, name = path.split(".")
        found = entry(getattr(self.basis.deal, section), name)
        if found is not None:
            self._note(path, found, label_and_unit(path)[1])
        return found

    def _note(
        self, path: str, found: Stated[float] | Stated[bool] | Stated[str], unit: str
    ) -> None:
        source = ", ".join(part for part in (found.source, found.date) if part)
        self._add(path, found.value, unit, found.known, source)

    def _add(
        self, name: str, value: MetricValue, unit: str, status: EvidenceStatus, source: str
    ) -> None:
        noted = MetricInput(name=name, value=value, unit=unit, status=status, source=source)
        if noted not in self.inputs:
            self.inputs.append(noted)


def as_stated(path: str) -> Formula:
    """The formula of a metric that is stated or measured as it is."""
    return lambda read: read.number(path)


def share_of(part: str, whole: str) -> Formula:
    """The formula of a metric that is one stated number over another."""

    def formula(read: Reading) -> Found:
        found = read.numbers(part, whole)
        return None if found is None else read.ratio(found[0], found[1], whole)

    return formula
