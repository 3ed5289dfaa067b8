"""Numbers that a deal states beside its plan and claims, each with how well it is known.

An entry of the deal file is a bare value, which counts as claimed, or a mapping
``{value, status, source, date}``. Missing is ``None``: nothing stands in for a number that
nobody stated.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Generic, Literal, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from dashboard.strict import STRICT

#: The statuses that a number of the deal file can have, weakest first.
StatedStatus: TypeAlias = Literal["assumed", "claimed", "documented", "verified"]
#: Who chose the sample that was measured.
Chooser: TypeAlias = Literal["analyst", "company"]

_OF_SAMPLE: Final[Mapping[Chooser, StatedStatus]] = {
    "analyst": "verified",
    "company": "documented",
}
#: Beyond it lies a slip of the keyboard: the largest are FLOP of a training run.
_MOST: Final = 1e40


def _as_text(given: object) -> object:
    """A date or a year that YAML read as such, as it was written."""
    if isinstance(given, date):
        return given.isoformat()[:10]
    return str(given) if type(given) is int and 0 < given < 10_000 else given


Text = Annotated[str, Field(max_length=500)]
#: A day, a month or a year.
When = Annotated[
    str, BeforeValidator(_as_text), Field(pattern=r"^(\d{4}(-\d{2}(-\d{2})?)?)?$", max_length=10)
]
T = TypeVar("T")


class Stated(BaseModel, Generic[T]):
    """A value that somebody stated, how well it is known, and where it stands.

    Without a ``status`` it is claimed.
    """

    model_config = STRICT

    value: T
    status: StatedStatus | None = None
    source: Text = ""
    date: When = ""

    @property
    def known(self) -> StatedStatus:
        """How well the value is known."""
        return self.status or "claimed"

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: object) -> object:
        """A bare value is an entry that says no more."""
        return given if isinstance(given, Mapping | Stated) else {"value": given}

    @model_serializer(mode="wrap")
    def _short(self, write: SerializerFunctionWrapHandler) -> Any:
        """An entry that says no more is written bare."""
        written = write(self)
        return written["value"] if set(written) == {"value"} else written


class Measured(Stated[T], Generic[T]):
    """A value that somebody measured; ``sample`` says who chose what was measured.

    Measured on the analyst's own choice it is verified, on the company's documented; a
    stated ``status`` can only be weaker. ``run`` is the id of the lab run, if it was one.
    """

    sample: Chooser | None = None
    run: Text = ""

    @property
    def known(self) -> StatedStatus:
        """How well the value is known: by who chose the sample, and by what is stated."""
        if self.sample is None:
            return self.status or "claimed"
        by_sample = _OF_SAMPLE[self.sample]
        return min(by_sample, self.status or by_sample, key=_STRENGTH.index)


_STRENGTH: Final[tuple[StatedStatus, ...]] = ("assumed", "claimed", "documented", "verified")

_Amount = Annotated[float, Field(strict=True, ge=0, le=_MOST)]
_Share = Annotated[float, Field(strict=True, ge=0, le=1)]
_Signed = Annotated[float, Field(strict=True, ge=-_MOST, le=_MOST)]
_YesNo = Annotated[bool, Field(strict=True)]

Amount: TypeAlias = Stated[_Amount]
Share: TypeAlias = Stated[_Share]
Signed: TypeAlias = Stated[_Signed]
YesNo: TypeAlias = Stated[_YesNo]
Words: TypeAlias = Stated[Text]
MeasuredAmount: TypeAlias = Measured[_Amount]
MeasuredShare: TypeAlias = Measured[_Share]
MeasuredSigned: TypeAlias = Measured[_Signed]


def stated(label: str, unit: str = "") -> Any:
    """An optional entry of a section: what it is called, and the unit of its value."""
    return Field(default=None, title=label, json_schema_extra={"unit": unit})
