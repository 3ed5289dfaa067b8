"""The database underneath: where it is, how it is opened, and what its errors mean."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from costmodel.messages import InputError, shown

#: How long a writer waits for another, in milliseconds.
_BUSY_MS: Final = 5_000
#: An option of a connection: its transaction will write.
WRITES: Final = "writes"


def database_url() -> URL:
    """``ASSAY_DATABASE_URL``, else a file in the user's data directory. Raises ``InputError``."""
    given = os.environ.get("ASSAY_DATABASE_URL")
    return parsed(given) if given else URL.create("sqlite", database=str(_usual_file()))


def parsed(given: str) -> URL:
    """A database's address. Raises ``InputError`` where it is none that Assay can use."""
    try:
        url = make_url(given)
    except ArgumentError:
        raise InputError(
            "ASSAY_DATABASE_URL",
            "{value} is not the address of a database; write postgresql://user@host/name, or "
            "sqlite:////folder/assay.sqlite",
            value=shown(
                given.rsplit("@", maxsplit=1)[-1]
            ),  # what stands before it may hold a password
        ) from None
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database:
        return url
    raise InputError(
        "ASSAY_DATABASE_URL",
        "{value} is neither PostgreSQL nor an SQLite file; write postgresql://user@host/name, or "
        "sqlite:////folder/assay.sqlite",
        value=url.get_backend_name(),
    )


def _usual_file() -> Path:
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "assay" / "assay.sqlite"


def connect(url: URL) -> Engine:
    """An engine; opens nothing yet. The folder of an SQLite file is made. Raises ``InputError``."""
    try:
        if url.get_backend_name() == "sqlite":
            path = Path(str(url.database))
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():  # deals are nobody else's business
                path.touch(mode=0o600)
            engine = create_engine(url)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    except OSError as error:
        raise InputError(
            "",
            "the database {path} cannot be made ({reason}); set ASSAY_DATABASE_URL to a place that "
            "can be written",
            path=place(url),
            reason=(error.strerror or "unknown").lower(),
        ) from None
    except NoSuchModuleError:
        raise InputError("", "this installation lacks the driver of the database") from None


def place(url: URL) -> str:
    """Where the database is, without a password."""
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string()


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # Transactions are begun below, not by the driver, which would begin them too late.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={_BUSY_MS}",
        "foreign_keys=ON",
        "journal_mode=WAL",
        "synchronous=FULL",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later can lose its turn; this one waits for it.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, all of it or nothing. Raises ``InputError``."""
    with explained(engine.url), engine.execution_options(**{WRITES: True}).begin() as connection:
        yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads one moment of the whole database, while others write."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with explained(engine.url), engine.execution_options(**options).begin() as connection:
        yield connection


@contextmanager
def explained(url: URL) -> Iterator[None]:
    """Turns what a database says of itself into a sentence: ``InputError``."""
    try:
        yield
    except DatabaseError as error:
        raise _sentence(error, url) from error


def _sentence(error: DatabaseError, url: URL) -> InputError:
    said = str(error.orig).strip()
    lower = said.lower()
    where = place(url)
    if "disk is full" in lower or "no space left" in lower or "could not extend file" in lower:
        return InputError(
            "",
            "the disk of the database {place} is full; nothing was saved, and what was there is "
            "untouched: make room and save again",
            place=where,
        )
    if "disk i/o error" in lower:
        return InputError(
            "",
            "the disk of the database {place} fails or is full; nothing was saved, and what was "
            "there is untouched: check the disk and save again",
            place=where,
        )
    if "malformed" in lower or "not a database" in lower:
        return InputError(
            "",
            "the database {place} is damaged; move that file away, then run 'assay deals restore' "
            "with your latest backup",
            place=where,
        )
    if "readonly" in lower or "read-only" in lower or "unable to open" in lower:
        return InputError(
            "",
            "the database {place} cannot be written; check who owns the file and its folder",
            place=where,
        )
    if "database is locked" in lower:
        return InputError(
            "", "another program holds the database {place}; try again in a moment", place=where
        )
    if isinstance(error, OperationalError):
        return InputError(
            "",
            "the database {place} does not answer ({reason}); check that it runs and that its "
            "address is right",
            place=where,
            reason=said.splitlines()[0][:200] if said else "",
        )
    return InputError("", "the database refused this ({reason})", reason=said[:200])
