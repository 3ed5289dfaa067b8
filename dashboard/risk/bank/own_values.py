"""A fund's own values of parameters as a file: the Risk page writes it, page and command line
read it.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, Field, ValidationError

from costmodel.messages import InputError, shown
from dashboard.deal_errors import first_error
from dashboard.risk.bank.parameters import Override
from dashboard.strict import STRICT, ShortText

#: No fund has set so many values that its file is larger.
MOST_BYTES: Final = 1_000_000


class _Row(BaseModel):
    model_config = STRICT

    id: ShortText
    value: Annotated[float, Field(strict=True)] | None
    by: ShortText
    date: ShortText
    reason: ShortText


class _File(BaseModel):
    model_config = STRICT

    overrides: tuple[_Row, ...]


def written(history: Iterable[Override]) -> bytes:
    """The overrides in the order in which they were made, as JSON."""
    rows = [asdict(one) for one in history]
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def read(path: Path, *, field: str) -> tuple[Override, ...]:
    """The overrides of a file. Raises ``InputError`` as ``parsed`` does, or where there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(
            field,
            "{path} cannot be read ({reason}); give a file that the Risk page wrote",
            path=shown(str(path)),
            reason=error.strerror or type(error).__name__,
        ) from None
    return parsed(content, field=field)


def parsed(content: bytes, *, field: str) -> tuple[Override, ...]:
    """The overrides that ``written`` wrote, to be checked against the bank by ``Parameters``.

    Raises ``InputError`` for what is no such file, with the place in it.
    """
    try:
        loaded = json.loads(content) if len(content) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        loaded = None
    if not isinstance(loaded, list):
        raise InputError(
            field, "this is no file of own values; download one from the Risk page and change it"
        )
    whole = {"overrides": loaded}
    try:
        rows = _File.model_validate(whole).overrides
    except ValidationError as error:
        raise first_error(error, _File, whole) from None
    for place, row in enumerate(rows):
        _check_day(row.date, f"overrides.{place}.date")
    return tuple(Override(**row.model_dump()) for row in rows)


def _check_day(text: str, field: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise InputError(
            field, "{value} is not a day; write it as 2026-11-27", value=shown(text)
        ) from None
