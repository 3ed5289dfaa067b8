"""One way to an input of a scenario, from what the deal states."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Values = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to an input: the names it needs, its formula, and the same in Python."""

    needs: tuple[str, ...]
    formula: str
    of: Callable[[Values], float]
