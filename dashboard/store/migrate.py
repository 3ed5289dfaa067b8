"""Brings a database to the shape of the tables that this program knows, or leaves it alone."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, text

from costmodel.messages import InputError
from dashboard.store import engine as engines

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
    return MigrationContext.configure(connection).get_current_revision()


def newest(steps: Path = _STEPS) -> str | None:
    """The last step that this program knows."""
    return _directory(steps).get_current_head()


def is_known(step: str, steps: Path = _STEPS) -> bool:
    """Whether this program knows a step."""
    return step in {script.revision for script in _directory(steps).walk_revisions()}


def _directory(steps: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(steps).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def _newer() -> InputError:
    return InputError(
        "",
        "the database was made by a newer Assay; update this one. Nothing in it was changed",
    )
