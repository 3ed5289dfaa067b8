"""A backup holds everything, restores on either database, and a damaged one is refused."""

import json
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.store import backup, migrate
from dashboard.store import engine as engines
from dashboard.store.store import Store
from tests.dashboard.store.conftest import ANA, BO, NewDatabase
from tests.dashboard.store.test_store import with_cash

N_SAMPLES = len(deals.samples())


def everything(store: Store) -> dict[str, Any]:
    """What people can see of a store."""
    found = {}
    for one in store.listed(ANA) + store.listed(ANA, archived=True):
        versions = store.history(one.deal_id, user=ANA)
        found[one.deal_id] = (
            one,
            versions,
            [store.load(one.deal_id, user=ANA, number=v.number).deal for v in versions],
            [store.source_of(one.deal_id, user=ANA, number=v.number) for v in versions],
            store.members(one.deal_id, user=ANA),
            store.audit(one.deal_id, user=ANA),
            store.drafts(ANA, one.deal_id),
        )
    return found


def filled(store: Store) -> None:
    for deal_id, path in deals.samples().items():
        deal, source = deals.sample(deal_id), path.read_bytes()
        store.create(deal, user=ANA, why=deal_id, source=source)
    made = store.listed(ANA)[0]
    store.save(made.deal_id, with_cash(1e6), base=1, user=ANA, why="🚀")
    store.freeze(made.deal_id, 1, user=ANA, note="committee")
    store.share(made.deal_id, "bo@fund.com", "editor", user=ANA)
    store.put_draft(ANA, made.deal_id, "t", base=2, typed={"tokens": "3T"})
    other = store.create(with_cash(5), user=ANA, why="")
    store.archive(other.deal_id, user=ANA)


def new_store(make: NewDatabase) -> Store:
    engine = engines.connect(make())
    migrate.upgrade(engine)
    return Store(engine)


def test_a_backup_restores_everything_on_either_database(
    store: Store, new_database: NewDatabase, tmp_path: Path
) -> None:
    filled(store)
    said = backup.write(store.engine, tmp_path / "b.zip")
    assert (said.n_deals, said.n_versions) == (N_SAMPLES + 1, N_SAMPLES + 2)
    assert backup.read(tmp_path / "b.zip") == said
    other = new_store(new_database)
    assert backup.restore(other.engine, tmp_path / "b.zip") == said
    assert everything(other) == everything(store)
    # It goes on from there: new people and members get numbers of their own.
    made = other.create(with_cash(7), user=BO, why="")
    other.share(made.deal_id, "eve@other.com", "viewer", user=BO)
    assert len(other.listed(BO)) == 2
    backup.write(other.engine, tmp_path / "again.zip")
    assert backup.read(tmp_path / "again.zip").n_deals == N_SAMPLES + 2
    other.engine.dispose()


def test_an_empty_database_is_all_that_is_filled_unasked(store: Store, tmp_path: Path) -> None:
    filled(store)
    backup.write(store.engine, tmp_path / "b.zip")
    made = store.create(with_cash(9), user=ANA, why="after the backup")
    with pytest.raises(InputError, match="--replace"):
        backup.restore(store.engine, tmp_path / "b.zip")
    assert store.load(made.deal_id, user=ANA).deal == with_cash(9)
    backup.restore(store.engine, tmp_path / "b.zip", replace=True)
    with pytest.raises(InputError, match="no such deal"):
        store.load(made.deal_id, user=ANA)
    assert len(store.listed(ANA)) == N_SAMPLES


def test_a_backup_is_of_one_moment_while_others_save(store: Store, tmp_path: Path) -> None:
    made = store.create(with_cash(1), user=ANA, why="")
    stop = threading.Event()

    def save() -> None:
        n = 1
        while not stop.is_set():
            store.save(made.deal_id, with_cash(n + 1), base=n, user=ANA, why=str(n))
            n += 1

    thread = threading.Thread(target=save)
    thread.start()
    try:
        for n in range(3):
            said = backup.write(store.engine, tmp_path / f"{n}.zip")
            with zipfile.ZipFile(tmp_path / f"{n}.zip") as archive:
                head = json.loads(archive.read("deals.jsonl"))["head"]
            assert said.n_versions == head
    finally:
        stop.set()
        thread.join()


def damaged(path: Path, how: str) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(parts["manifest.json"])
    if how == "a version is missing":
        lines = parts["versions.jsonl"].splitlines(keepends=True)
        parts["versions.jsonl"] = b"".join(lines[1:])
    elif how == "a figure is another":
        assert b"2788000" in parts["versions.jsonl"]
        parts["versions.jsonl"] = parts["versions.jsonl"].replace(b"2788000", b"2788001")
    elif how == "a table is gone":
        del parts["audit.jsonl"]
    elif how == "no manifest":
        del parts["manifest.json"]
    elif how == "another shape":
        manifest["tables"]["../x"] = {"rows": 0, "sha256": ""}
    elif how == "newer":
        manifest["revision"] = "9999"
    elif how == "newer format":
        manifest["assay_backup"] = 2
    if "manifest.json" in parts:
        parts["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("a version is missing", "no complete backup"),
        ("a figure is another", "no complete backup"),
        ("a table is gone", "no complete backup"),
        ("no manifest", "no complete backup"),
        ("another shape", "no complete backup"),
        ("newer", "newer Assay"),
        ("newer format", "newer Assay"),
    ],
)
def test_a_backup_that_is_not_whole_restores_nothing(
    store: Store, tmp_path: Path, how: str, said: str
) -> None:
    filled(store)
    backup.write(store.engine, tmp_path / "b.zip")
    before = everything(store)
    damaged(tmp_path / "b.zip", how)
    with pytest.raises(InputError, match=said):
        backup.restore(store.engine, tmp_path / "b.zip", replace=True)
    assert everything(store) == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip at all", None])
def test_a_file_that_is_no_backup_is_refused_by_name(
    store: Store, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "b.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"b\.zip"):
        backup.restore(store.engine, path)


def test_a_backup_cut_short_is_refused(store: Store, tmp_path: Path) -> None:
    filled(store)
    path = tmp_path / "b.zip"
    backup.write(store.engine, path)
    whole = path.read_bytes()
    for part in (len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:part])
        with pytest.raises(InputError, match="no complete backup"):
            backup.read(path)
    middle = len(whole) // 3
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :])
    with pytest.raises(InputError, match="no complete backup"):
        backup.read(path)


def test_a_backup_that_cannot_be_written_leaves_no_part_of_one(
    store: Store, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        backup.write(store.engine, tmp_path / "none" / "b.zip")
    (tmp_path / "b.zip").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        backup.write(store.engine, tmp_path / "b.zip")
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []


def test_what_was_put_in_behind_the_hashes_is_found(store: Store, tmp_path: Path) -> None:
    """A backup whose hashes fit and whose deal lacks its latest version."""
    filled(store)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE deals SET head = head + 1"))
    backup.write(store.engine, tmp_path / "b.zip")
    with pytest.raises(InputError, match="no complete backup"):
        backup.restore(store.engine, tmp_path / "b.zip", replace=True)
