"""What everything that enters as text is made of: strict reading, texts of bounded length."""

from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field

#: How a part of a file is read: keys that are not known and numbers that are not finite are
#: refused, and nothing changes it afterwards.
STRICT: Final = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _written_out(given: object) -> object:
    """YAML reads 2026-10-30 as a date; the file means what is written."""
    if isinstance(given, datetime):
        return given.isoformat()
    return given.isoformat() if isinstance(given, date) else given


LongText = Annotated[str, Field(max_length=20_000)]
ShortText = Annotated[str, Field(max_length=500), BeforeValidator(_written_out)]
Localised = LongText | dict[Literal["en", "zh"], LongText]
