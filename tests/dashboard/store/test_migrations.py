"""The shape of the tables: brought up to date whole, or not at all."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from costmodel.messages import InputError
from dashboard.store import engine as engines
from dashboard.store import migrate
from dashboard.store.store import Store
from dashboard.store.tables import Base
from tests.dashboard.store.conftest import ANA, NewDatabase
from tests.dashboard.store.test_store import with_cash

STEPS = Path(migrate.__file__).with_name("migrations")

_NEXT = '''
"""A step that ends half-way."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("half", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("UPDATE deals SET name = 'lost'")
    {end}
'''


def with_a_next_step(folder: Path, end: str) -> Path:
    steps = folder / "migrations"
    shutil.copytree(STEPS, steps)
    before = migrate.newest()
    (steps / "versions" / "0002_next.py").write_text(_NEXT.format(before=before, end=end).strip())
    return steps


def test_the_files_are_named_by_the_steps_in_them() -> None:
    """Which step is the last is read from the names; Alembic reads the files themselves."""
    known = ScriptDirectory(STEPS)
    assert known.get_current_head() == migrate.newest()
    assert all(migrate.is_known(script.revision) for script in known.walk_revisions())
    assert not migrate.is_known("9999")


def test_an_up_to_date_database_is_opened_without_alembic(tmp_path: Path) -> None:
    """It would make every start of the app slower."""
    program = (
        "import sys; from sqlalchemy import make_url; from dashboard.store.store import open_store;"
        "open_store(make_url(sys.argv[1])); print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", program, f"sqlite:///{tmp_path}/assay.sqlite"]
    shown = [
        subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        for _ in range(2)
    ]
    assert shown == ["True", "False"]


def test_the_steps_end_in_the_tables_that_the_code_knows(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_step_that_fails_half_way_leaves_everything_as_it_was(
    store: Store, tmp_path: Path
) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    steps = with_a_next_step(tmp_path, end="raise RuntimeError('half-way')")
    with pytest.raises(RuntimeError, match="half-way"):
        migrate.upgrade(store.engine, steps)
    with store.engine.connect() as connection:
        assert migrate.revision(connection) == migrate.newest()
        assert "half" not in inspect(connection).get_table_names()
    assert store.load(made.deal_id, user=ANA).deal == with_cash(1e6)
    assert store.listed(ANA)[0].name == "Pitch"
    store.save(made.deal_id, with_cash(2e6), base=1, user=ANA, why="it still works")


def test_a_database_of_a_newer_program_is_left_alone(store: Store, tmp_path: Path) -> None:
    migrate.upgrade(store.engine, with_a_next_step(tmp_path, end="pass"))
    with pytest.raises(InputError, match="newer Assay"):
        migrate.upgrade(store.engine)
    with store.engine.connect() as connection:
        assert migrate.revision(connection) == "0002"
        assert connection.execute(text("SELECT COUNT(*) FROM half")).scalar_one() == 0


def test_two_programs_that_start_at_once_make_the_tables_once(new_database: NewDatabase) -> None:
    url = new_database()
    failures: list[BaseException] = []

    def start() -> None:
        engine = engines.connect(url)
        try:
            migrate.upgrade(engine)
        except BaseException as error:  # noqa: BLE001 -- shown below
            failures.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
