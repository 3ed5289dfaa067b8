"""Days as people write them on the command line."""

from datetime import UTC, date, datetime

from costmodel.messages import InputError, shown


def today() -> date:
    """The day in UTC, so that two offices agree on it."""
    return datetime.now(UTC).date()


def parse_day(text: str, *, field: str) -> date:
    """The day written. Raises ``InputError`` at ``field`` for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(
            field, "{value} is not a day; write it as 2026-11-27", value=shown(text)
        ) from None
