"""The options of an experiment: what each is, what it takes, and how a text becomes one."""

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from costmodel.messages import InputError, Message, check_within, shown

OptionKind: TypeAlias = Literal["count", "number", "numbers", "words", "text", "switch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option: ``count`` is whole, ``numbers`` and ``words`` are lists, a ``switch`` is on or
    off, ``text`` anything.

    ``least`` and ``most`` bound a number and every number of a list; ``choices`` are the
    words that may be written. A default of ``None`` means that it may be left out.
    """

    name: str
    kind: OptionKind
    default: Any
    title: Message
    least: float = 0.0
    most: float = math.inf
    choices: tuple[str, ...] = ()
    fewest: int = 1
    unit: str = "count"

    def read(self, value: Any) -> Any:
        """``value``, typed or parsed, as the experiment takes it. Raises ``InputError``."""
        if value is None or value == "":
            return self.default
        if self.kind in ("numbers", "words"):
            parts = re.split(r"[,，;；\s]+", value.strip()) if isinstance(value, str) else value
            if not isinstance(parts, Sequence):
                parts = [parts]
            found = list(dict.fromkeys(self._one(part) for part in parts if part != ""))
            if len(found) < self.fewest:
                raise InputError(
                    self.name,
                    "{n} are too few here; write at least {least}, with commas between",
                    n=len(found),
                    least=self.fewest,
                )
            return found
        return self._one(value)

    def _one(self, value: Any) -> Any:
        if self.kind == "switch":
            if isinstance(value, bool):
                return value
            if str(value).lower() not in ("true", "false"):
                raise InputError(self.name, "{value} is neither true nor false", value=shown(value))
            return str(value).lower() == "true"
        if self.kind in ("text", "words"):
            value = f"{value:g}" if isinstance(value, int | float) else str(value)
            if not self.choices:
                return value
            if value not in self.choices:
                raise InputError(
                    self.name,
                    "{value} is not one of the choices here; write {choices}",
                    value=shown(value),
                    choices=", ".join(self.choices),
                )
            return value
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        check_within(self.name, number, self.least, self.most)
        if self.kind == "count":
            if not number.is_integer():
                raise InputError(self.name, "{value} is not a whole number", value=number)
            return int(number)
        return int(number) if self.kind == "numbers" and number.is_integer() else number


def read(options: Sequence[Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every option, ``given`` in place of its default.

    Raises ``InputError`` that names the option; for one that is not there, with near names.
    """
    known = {option.name: option for option in options}
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=3)
            raise InputError(
                shown(name),
                "the experiment has no such option; it has: {known}",
                known=", ".join(near or sorted(known)),
            )
    return {name: option.read(given.get(name)) for name, option in known.items()}
