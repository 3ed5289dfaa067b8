"""A backup: one file with everything, taken while others work, checked before it is restored.

A ZIP of one file of JSON lines for each table and a manifest with their hashes, the same for
SQLite and PostgreSQL: what was saved on one restores on the other.
"""

import base64
import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Table, func, select, text
from sqlalchemy.orm import Session

from costmodel.messages import InputError
from dashboard.store import audit_trail, engine, migrate
from dashboard.store.records import sha256
from dashboard.store.tables import Utc, tables

_FORMAT: Final = 1
_MANIFEST: Final = "manifest.json"
_BATCH: Final = 500
#: What reading a damaged ZIP, or lines that are not ours, can raise.
_UNREADABLE: Final = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    EOFError,
    OSError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
#: No line of a backup is longer; a deal may have 1 MB and its source as much again.
_LONGEST_LINE: Final = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What a backup holds."""

    made_at: datetime
    revision: str
    n_deals: int
    n_versions: int


def write(made: Engine, path: Path) -> Backup:
    """Everything as of one moment, into ``path``: complete, or not there. Raises ``InputError``."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            found = _write(made, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise InputError(
            "",
            "the backup {path} cannot be written ({reason}); choose another place",
            path=str(path),
            reason=(error.strerror or "unknown").lower(),
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return found


def read(path: Path) -> Backup:
    """What a backup holds, every hash checked. Raises ``InputError``."""
    with _opened(path) as archive:
        manifest = _manifest(archive, path)
        for name in manifest["tables"]:
            for _ in _rows(archive, name, manifest, path):
                pass
        return _summary(manifest)


def restore(made: Engine, path: Path, *, replace: bool = False) -> Backup:
    """Put the backup in the place of an empty database; of a full one with ``replace``.

    In one transaction: after a failure everything is as it was. Raises ``InputError``.
    """
    found = read(path)
    with _opened(path) as archive, engine.writing(made) as connection:
        manifest = _manifest(archive, path)
        migrate.wait_for_turn(connection)
        if not replace and _holds_deals(connection):
            raise InputError(
                "",
                "the database {place} holds deals; add --replace to put the backup in their place "
                "(a backup of them is made first)",
                place=engine.place(made.url),
            )
        _drop(connection)
        migrate.upgrade_to(connection, manifest["revision"])
        _fill(connection, archive, manifest, path)
        migrate.upgrade_to(connection, "head")
        _check(connection, path)
    return found


def _write(made: Engine, file: Any) -> Backup:
    with (
        engine.snapshot(made) as connection,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
    ):
        manifest: dict[str, Any] = {
            "assay_backup": _FORMAT,
            "revision": migrate.revision(connection),
            "made_at": datetime.now(UTC).isoformat(),
            "tables": {},
        }
        for table in tables():
            digest, n = hashlib.sha256(), 0
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as out:
                for row in connection.execute(select(table).order_by(*table.primary_key)):
                    line = (json.dumps(_plain(row._mapping), ensure_ascii=False) + "\n").encode()
                    digest.update(line)
                    out.write(line)
                    n += 1
            manifest["tables"][table.name] = {"rows": n, "sha256": digest.hexdigest()}
        archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
        return _summary(manifest)


def _plain(row: Any) -> dict[str, Any]:
    """A row as JSON: moments in ISO 8601, bytes in base64 under a key that says so."""
    plain: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, datetime):
            plain[name] = value.isoformat()
        elif isinstance(value, bytes):
            plain[name] = {"base64": base64.b64encode(value).decode()}
        else:
            plain[name] = value
    return plain


def _summary(manifest: dict[str, Any]) -> Backup:
    return Backup(
        made_at=datetime.fromisoformat(manifest["made_at"]),
        revision=manifest["revision"],
        n_deals=manifest["tables"]["deals"]["rows"],
        n_versions=manifest["tables"]["versions"]["rows"],
    )


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except OSError as error:
        raise InputError(
            "",
            "{path} cannot be read ({reason}); give the path of a backup",
            path=str(path),
            reason=(error.strerror or "unknown").lower(),
        ) from None
    except zipfile.BadZipFile:
        raise _damaged(path) from None


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    try:
        if archive.getinfo(_MANIFEST).file_size > _LONGEST_LINE:
            raise _damaged(path)
        manifest: dict[str, Any] = json.loads(archive.read(_MANIFEST))
        version, revision = int(manifest["assay_backup"]), str(manifest["revision"])
        datetime.fromisoformat(manifest["made_at"])
        held = set(manifest["tables"])
    except _UNREADABLE as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(path) from None
    if version > _FORMAT or not migrate.is_known(revision):
        raise InputError(
            "",
            "the backup {path} was made by a newer Assay; update this one, then restore it",
            path=str(path),
        )
    if not {"deals", "versions"} <= held <= {table.name for table in tables()}:
        raise _damaged(path)
    return manifest


def _rows(
    archive: zipfile.ZipFile, name: str, manifest: dict[str, Any], path: Path
) -> Iterator[dict[str, Any]]:
    """The rows of one table; at the end the hash must be that of the manifest."""
    digest, n = hashlib.sha256(), 0
    try:
        with archive.open(f"{name}.jsonl") as file:
            while line := file.readline(_LONGEST_LINE):
                digest.update(line)
                n += 1
                row = json.loads(line)
                for key, value in row.items():
                    if isinstance(value, dict):
                        row[key] = base64.b64decode(value["base64"])
                if name == "versions" and sha256(row["content"]) != row["sha256"]:
                    raise _damaged(path)
                yield row
        said = manifest["tables"][name]
        if (n, digest.hexdigest()) != (said["rows"], said["sha256"]):
            raise _damaged(path)
    except _UNREADABLE as error:
        if isinstance(error, InputError):
            raise
        raise _damaged(path) from None


def _damaged(path: Path) -> InputError:
    return InputError(
        "",
        "{path} is no complete backup of Assay: a part is missing or was changed; take another "
        "backup. The database was left as it is",
        path=str(path),
    )


def is_empty(made: Engine) -> bool:
    """Whether the database holds no deal of anybody."""
    with engine.snapshot(made) as connection:
        return not _holds_deals(connection)


def _holds_deals(connection: Connection) -> bool:
    if not connection.dialect.has_table(connection, "deals"):
        return False
    n = connection.execute(text("SELECT COUNT(*) FROM deals")).scalar_one()
    return bool(n)


def _drop(connection: Connection) -> None:
    """Every table of ours, those that refer to others first."""
    for name in (*(table.name for table in reversed(tables())), "alembic_version"):
        connection.execute(text(f"DROP TABLE IF EXISTS {name}"))


def _fill(
    connection: Connection, archive: zipfile.ZipFile, manifest: dict[str, Any], path: Path
) -> None:
    found = MetaData()
    moments = {
        (table.name, column.name)
        for table in tables()
        for column in table.columns
        if isinstance(column.type, Utc)
    }
    for name in (table.name for table in tables()):
        if name not in manifest["tables"]:
            continue
        table = Table(name, found, autoload_with=connection)
        for column in table.columns:
            if (name, column.name) in moments:
                column.type = Utc()
        batch: list[dict[str, Any]] = []
        for row in _rows(archive, name, manifest, path):
            for key, value in row.items():
                if (name, key) in moments and value is not None:
                    row[key] = datetime.fromisoformat(value)
            batch.append(row)
            if len(batch) == _BATCH:
                connection.execute(table.insert(), batch)
                batch = []
        if batch:
            connection.execute(table.insert(), batch)
        if connection.dialect.name == "postgresql" and name in ("users", "members"):
            last = connection.execute(select(func.max(table.c.id))).scalar()
            sequence = func.pg_get_serial_sequence(name, "id")
            connection.execute(select(func.setval(sequence, last or 1, last is not None)))


def _check(connection: Connection, path: Path) -> None:
    """Every deal has its latest version, and every audit trail is whole."""
    orphans = connection.execute(
        text(
            "SELECT COUNT(*) FROM deals WHERE NOT EXISTS (SELECT 1 FROM versions "
            "WHERE versions.deal_id = deals.id AND versions.number = deals.head)"
        )
    ).scalar_one()
    if orphans:
        raise _damaged(path)
    with Session(connection) as session:
        for (deal_id,) in connection.execute(text("SELECT id FROM deals")):
            audit_trail.checked(session, deal_id)
