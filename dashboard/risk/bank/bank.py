"""The question bank as a value: the frame, the questions and every number in them."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from costmodel.facts import FactError
from costmodel.messages import InputError, Text
from dashboard.risk.bank.expressions import Expression
from dashboard.risk.bank.parameters import Override, Parameter, Parameters
from dashboard.risk.bank.schema import (
    Autofill,
    CrossCheckRow,
    Dated,
    Frame,
    Framework,
    MetricRow,
    Named,
    Question,
)
from dashboard.risk.bank.sectors import Sector


class BankError(FactError):
    """A row of the question bank that cannot be used: file, row and remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """The question bank. ``areas`` says which area a question belongs to.

    ``questions`` are those that every company is asked and, after ``of_sector``, those of
    its sector behind them; ``sectors`` what each sector adds.
    """

    frame: Frame
    questions: Mapping[str, Question]
    areas: Mapping[str, str]
    metrics: Mapping[str, MetricRow]
    cross_checks: Mapping[str, CrossCheckRow]
    frameworks: Mapping[str, Framework]
    defaults: Mapping[str, Parameter]
    sectors: Mapping[str, Sector]
    sector: Sector | None = None

    def of_sector(self, sector_id: str | None) -> "Bank":
        """The bank with the questions of a sector; without one, as it is."""
        sector = None if sector_id is None else self.sectors[sector_id]
        if sector is None or not sector.questions:
            return self
        concerns = [
            row.model_copy(update={"questions": [*row.questions, *sector.concerns.get(row.id, ())]})
            for row in self.frame.concerns
        ]
        return replace(
            self,
            frame=self.frame.model_copy(update={"concerns": concerns}),
            questions={**self.questions, **sector.questions},
            areas={**self.areas, **sector.areas},
            sector=sector,
        )

    def every_question(self) -> Mapping[str, Question]:
        """The questions of every sector too."""
        found = dict(self.questions)
        for sector in self.sectors.values():
            found |= sector.questions
        return found

    def parameters(self, history: Iterable[Override] = ()) -> Parameters:
        """The bank's numbers, with a fund's overrides.

        Raises ``InputError`` for an override that cannot be, and for thresholds that no longer
        run one way.
        """
        version = f"{self.frame.version}/{self.frame.as_of}"
        found = Parameters(self.defaults, bank=version, history=history)
        if found.overridden():
            for question in self.every_question().values():
                self._check_order(question, found)
        return found

    def _check_order(self, question: Question, parameters: Parameters) -> None:
        fill = question.autofill
        if fill is None or in_order(fill, level_thresholds(fill, parameters, question.id)):
            return
        raise InputError(
            f"overrides.{question.id}",
            "the thresholds of {question} no longer run one way: {values}; change the others too",
            question=question.id,
            values=", ".join(f"{v:g}" for v in level_thresholds(fill, parameters, question.id)),
        )

    def name(self, kind: str, row_id: str) -> Text:
        """The name of an area, a stage, a status, a respondent ... in both languages."""
        rows: list[Named] = getattr(self.frame, kind)
        return next(row.name for row in rows if row.id == row_id)

    def days(self, kind: str, row_id: str) -> int | None:
        """How many days a kind of evidence, or of close-out, lasts; ``None`` without an end."""
        rows: list[Dated] = getattr(self.frame, kind)
        return next((row.days for row in rows if row.id == row_id), None)

    def limits(
        self, check_id: str, parameters: Mapping[str, float]
    ) -> tuple[float | None, float | None]:
        """Between what a cross-check's value should lie; ``None``: no limit on that side."""
        row = self.cross_checks[check_id]
        low, high = (
            parameters.get(f"{check_id}.{end}", _limit(given, parameters))
            for end, given in (("low", row.low), ("high", row.high))
        )
        return low, high


def level_thresholds(fill: Autofill, parameters: Mapping[str, float], question: str) -> list[float]:
    """The thresholds of the levels 1 to 4 with these parameters; a fund may have set its own."""
    found = []
    for level, threshold in enumerate(fill.thresholds, start=1):
        if isinstance(threshold, Expression):
            found.append(_limit(threshold, parameters) or 0.0)
        else:
            found.append(parameters.get(f"{question}.{level}", threshold))
    return found


def in_order(fill: Autofill, thresholds: Sequence[float]) -> bool:
    """Whether the thresholds run one way: up where more is better, else down."""
    steps = itertools.pairwise(thresholds)
    return all((b >= a) if fill.better == "higher" else (b <= a) for a, b in steps)


def _limit(given: float | Expression | None, parameters: Mapping[str, float]) -> float | None:
    if not isinstance(given, Expression):
        return given
    value = given.evaluate({}, parameters).value
    return float(value) if isinstance(value, float) else None
