"""What an answer in dollars depends on: uncertain inputs with their ranges and origins."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from costmodel.facts import Fact
from costmodel.hardware.calibration import EfficiencyPrior
from costmodel.hardware.efficiency import LayoutEfficiency
from costmodel.hardware.goodput import ModelledGoodput
from costmodel.messages import Message
from costmodel.money.prices import PriceRange
from costmodel.uncertainty import Number, Spread

#: Where an assumption comes from: the user's own figure (``None``) or something cited.
Origin: TypeAlias = Fact | EfficiencyPrior | LayoutEfficiency | ModelledGoodput | PriceRange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One uncertain input: its 90 % range, unit, and where it comes from."""

    name: str
    range: Spread
    unit: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The assumptions of an answer, and what is to be said beside it."""

    assumptions: tuple[Assumption, ...]
    warnings: tuple[Message, ...]

    def medians(self) -> dict[str, Number]:
        """The median of every assumption, for a scalar answer."""
        return {a.name: a.range.mid for a in self.assumptions}

    def draw(self, rng: np.random.Generator, n: int) -> dict[str, Number]:
        """``n`` worlds: one array of draws per assumption, index ``i`` the same world in all."""
        return {a.name: a.range.draw(rng, n) for a in self.assumptions}
