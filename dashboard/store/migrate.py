"""Brings a database to the shape of the tables that this program knows, or leaves it alone.

Alembic takes the steps. It is loaded only where one is missing: mostly none is, and it would
make every start of the app slower.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from costmodel.messages import InputError
from dashboard.store import engine as engines

#: Its ``versions`` hold one file a step, named by the step: ``0001_first.py``.
_STEPS: Final = Path(__file__).with_name("migrations")
#: One migration at a time, whoever starts it (PostgreSQL; SQLite has one writer anyway).
_LOCK: Final = 4_611_230_117


def upgrade(engine: Engine, steps: Path = _STEPS) -> None:
    """All steps that are missing, in one transaction: after a failure nothing has changed.

    Raises ``InputError`` for a database of a newer program.
    """
    with engines.explained(engine.url), engine.connect() as connection:
        if revision(connection) == newest(steps):
            return
    with engines.writing(engine) as connection:
        wait_for_turn(connection)
        upgrade_to(connection, "head", steps)


def upgrade_to(connection: Connection, target: str, steps: Path = _STEPS) -> None:
    """The steps up to ``target`` inside the caller's transaction. Raises ``InputError``."""
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, target)
    except CommandError:
        raise _newer() from None


def wait_for_turn(connection: Connection) -> None:
    """Until no other program changes the shape of the tables."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def revision(connection: Connection) -> str | None:
    """Which step the database has reached; ``None`` for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def newest(steps: Path = _STEPS) -> str | None:
    """The last step that this program knows."""
    return max(_known(steps), default=None)


def is_known(step: str, steps: Path = _STEPS) -> bool:
    """Whether this program knows a step."""
    return step in _known(steps)


def _known(steps: Path) -> set[str]:
    return {file.stem.partition("_")[0] for file in (steps / "versions").glob("[0-9]*_*.py")}


def _newer() -> InputError:
    return InputError(
        "",
        "the database was made by a newer Assay; update this one. Nothing in it was changed",
    )
