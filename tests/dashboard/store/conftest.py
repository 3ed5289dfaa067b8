"""The store on both databases: SQLite in a file, and a real PostgreSQL server."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import URL

from dashboard.store import engine as engines
from dashboard.store import migrate
from dashboard.store.access import User
from dashboard.store.store import Store
from tests.postgres import running_postgres

NewDatabase = Callable[[], URL]

ANA = User(issuer="https://id.test", subject="1", name="Ana", email="ana@fund.com")
BO = User(issuer="https://id.test", subject="2", name="Bo", email="bo@fund.com")
EVE = User(issuer="https://id.test", subject="3", name="Eve", email="eve@other.com")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server with one migrated database to copy."""
    with running_postgres() as address:
        template = engines.connect(engines.parsed(f"{address}template_assay"))
        _create(address, "template_assay")
        migrate.upgrade(template)
        template.dispose()
        yield address


def _create(address: str, name: str, like: str | None = None) -> None:
    server = create_engine(
        engines.parsed(f"{address}postgres"), isolation_level="AUTOCOMMIT", poolclass=None
    )
    with server.connect() as connection:
        end = f" TEMPLATE {like}" if like else ""
        connection.execute(text(f"CREATE DATABASE {name}{end}"))
    server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """Makes an empty database at each call."""
    if request.param == "sqlite":
        return lambda: make_url(f"sqlite:///{tmp_path}/{secrets.token_hex(4)}.sqlite")

    def made() -> URL:
        address: str = request.getfixturevalue("postgres")
        name = f"t{secrets.token_hex(6)}"
        _create(address, name)
        return engines.parsed(f"{address}{name}")

    return made


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    if request.param == "sqlite":
        url = make_url(f"sqlite:///{tmp_path}/assay.sqlite")
    else:
        address: str = request.getfixturevalue("postgres")
        name = f"t{secrets.token_hex(6)}"
        _create(address, name, like="template_assay")
        url = engines.parsed(f"{address}{name}")
    made = engines.connect(url)
    migrate.upgrade(made)
    yield Store(made)
    made.dispose()
