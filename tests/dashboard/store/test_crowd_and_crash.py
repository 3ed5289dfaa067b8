"""Many at once, and SIGKILL in the middle: a short round of ``python -m tests.store_bench``."""

from tests.dashboard.store.conftest import NewDatabase
from tests.store_bench import killed_migrations, killed_saves, load


def test_users_at_once_lose_no_save_and_get_no_error(new_database: NewDatabase) -> None:
    url = new_database().render_as_string(hide_password=False)
    done = load(url, n_users=6, seconds=4)
    assert done.troubles == []
    assert len(done.whys) >= 6


def test_a_save_that_was_acknowledged_outlives_a_kill(new_database: NewDatabase) -> None:
    url = new_database().render_as_string(hide_password=False)
    assert len(killed_saves(url, rounds=2, n_saves=60)) == 2


def test_a_migration_that_is_killed_is_done_or_not_begun(new_database: NewDatabase) -> None:
    found = killed_migrations(
        lambda: new_database().render_as_string(hide_password=False), rounds=2
    )
    assert len(found) == 2
