"""What the database's troubles are called, and that nothing is lost by them."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from costmodel.messages import InputError
from dashboard.store import engine as engines
from dashboard.store import migrate
from dashboard.store.store import Store, open_store
from tests.dashboard.store.conftest import ANA
from tests.dashboard.store.test_store import with_cash


def store_in(path: Path) -> Store:
    engine = engines.connect(make_url(f"sqlite:///{path}"))
    migrate.upgrade(engine)
    return Store(engine)


@pytest.mark.parametrize("given", ["nonsense", "mysql://x@y/z", "sqlite://", "", "postgresql"])
def test_an_address_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(InputError, match=r"postgresql://user@host/name"):
        engines.parsed(given)


def test_a_refusal_does_not_show_the_password() -> None:
    with pytest.raises(InputError) as refused:
        engines.parsed("mysql://me:secret@host/name")
    assert "secret" not in str(refused.value)
    url = engines.parsed("postgresql://me:secret@127.0.0.1:1/none")
    with pytest.raises(InputError, match="does not answer") as refused:
        open_store(url)
    assert "secret" not in str(refused.value)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    store_in(tmp_path / "new" / "assay.sqlite").engine.dispose()
    assert (tmp_path / "new" / "assay.sqlite").stat().st_mode & 0o077 == 0


def look_at_everything(path: Path) -> None:
    store = store_in(path)
    for deal in store.listed(ANA):
        store.history(deal.deal_id, user=ANA)


@pytest.mark.parametrize("where", ["head", "middle"])
def test_a_damaged_file_is_called_damaged(tmp_path: Path, where: str) -> None:
    path = tmp_path / "assay.sqlite"
    store = store_in(path)
    for n in range(60):
        store.create(with_cash(n), user=ANA, why="x" * 500)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.engine.dispose()
    content = bytearray(path.read_bytes())
    start = 0 if where == "head" else 4096 * 2
    content[start : start + (100 if where == "head" else len(content))] = b"\xa5" * (
        100 if where == "head" else len(content) - start
    )
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"damaged.*assay deals restore"):
        look_at_everything(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        engines.connect(make_url(f"sqlite:///{tmp_path}/file/x/assay.sqlite"))


_FULL = """
import resource, signal, sys
from pathlib import Path
from sqlalchemy import event
from costmodel.messages import InputError
from tests.dashboard.store.conftest import ANA
from tests.dashboard.store.test_engine import store_in
from tests.dashboard.store.test_store import with_cash

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
store = store_in(path)
made = store.create(with_cash(0), user=ANA, why="")
if sys.argv[2] == "bytes":
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 400_000,) * 2)
else:
    def limited(connection, _):
        connection.execute("PRAGMA max_page_count=150")
    event.listen(store.engine, "connect", limited)
    store.engine.dispose()
n = 0
try:
    while n < 3_000:
        store.save(made.deal_id, with_cash(n + 1), base=n + 1, user=ANA, why="y" * 1_900)
        n += 1
except InputError as error:
    print(n, str(error))
"""


@pytest.mark.parametrize(
    ("limit", "said"), [("pages", "is full; nothing was saved"), ("bytes", "fails or is full")]
)
def test_a_full_disk_loses_nothing_that_was_acknowledged(
    tmp_path: Path, limit: str, said: str
) -> None:
    """SQLite's own limit on pages ends as a full disk does; one on bytes fails the write."""
    path = tmp_path / "assay.sqlite"
    command = [sys.executable, "-c", _FULL, str(path), limit]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    n, sentence = done.stdout.split(" ", 1)
    assert said in sentence
    assert int(n) > 0
    store = store_in(path)
    (deal,) = store.listed(ANA)
    assert deal.head == int(n) + 1
    assert store.load(deal.deal_id, user=ANA).deal == with_cash(int(n))
    assert len(store.audit(deal.deal_id, user=ANA)) == int(n) + 2
