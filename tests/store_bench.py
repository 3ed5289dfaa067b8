"""The store under load and under SIGKILL: ``python -m tests.store_bench [load] [kills]``.

``load``: 50 simulated users at once against PostgreSQL and 10 against SQLite, on this machine.
``kills``: 1,000 saves killed in the middle, 20 times, and migrations killed as they run.
"""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from pathlib import Path

import numpy as np
from sqlalchemy import create_engine, text

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.store import engine as engines
from dashboard.store import migrate
from dashboard.store.access import User
from dashboard.store.changes import merged
from dashboard.store.records import ConflictError, Stored, state_of
from dashboard.store.store import Store
from tests.postgres import running_postgres

#: Users of one process share its interpreter, as those of one app process do.
_USERS_PER_PROCESS = 10
#: So many colleagues share a deal, on which they do a third of their work.
_TEAM = 5
_SHARED_WORK = 0.3
#: A person looks, thinks and types between two saves, and before they choose in a conflict.
_THINK_S = (0.5, 1.5)


@dataclass
class Worked:
    """What a group of users did: seconds of each save, acknowledged whys, and troubles."""

    save_s: list[float] = field(default_factory=list)
    whys: list[str] = field(default_factory=list)
    n_conflicts: int = 0
    troubles: list[str] = field(default_factory=list)


def user(number: int) -> User:
    """One of the simulated users."""
    return User(issuer="load", subject=str(number), name=f"u{number}", email=f"u{number}@x.test")


def _work(
    url: str, number: int, shared: str, seconds: float, done: Worked, started: Barrier
) -> None:
    """One user: lists, opens, types, saves; on a conflict puts both changes together. They all
    begin at once, when each has opened a deal.
    """
    store, me, chance = _store(url), user(number), random.Random(number)
    lock = threading.Lock()
    try:
        own = store.create(deals.sample("glm-130b"), user=me, why="").deal_id
        store.load(shared, user=me)
        started.wait()
        end, n = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            time.sleep(chance.uniform(*_THINK_S))
            deal_id = shared if chance.random() < _SHARED_WORK else own
            store.listed(me)
            opened = store.load(deal_id, user=me)
            store.put_draft(me, deal_id, "tab", base=opened.head, typed={"tokens": f"{n}B"})
            why = f"{number}:{n}"
            mine = _answered(opened.deal, f"{number}", n)
            base = opened
            for _ in range(20):
                refused, save_s = _timed_save(store, deal_id, mine, base.head, me, why)
                with lock:
                    done.save_s.append(save_s)
                    done.n_conflicts += refused is not None
                if refused is None:
                    with lock:
                        done.whys.append(f"{deal_id} {why}")
                    break
                time.sleep(chance.uniform(*_THINK_S))
                states = (state_of(base.deal), state_of(refused.deal), state_of(mine))
                mine, base = deals.from_mapping(merged(*states)), refused
            store.put_draft(me, deal_id, "tab", base=0, typed={})
            n += 1
    except InputError as error:
        done.troubles.append(str(error))


def _timed_save(
    store: Store, deal_id: str, mine: Deal, base: int, me: User, why: str
) -> tuple[Stored | None, float]:
    """What stood in the way of the save, and its seconds."""
    start = time.perf_counter()
    try:
        store.save(deal_id, mine, base=base, user=me, why=why)
    except ConflictError as conflict:
        return conflict.current, time.perf_counter() - start
    return None, time.perf_counter() - start


def _answered(deal: Deal, who: str, n: int) -> Deal:
    """The deal with one answer more of this user's, which nobody else gives."""
    claim = {"id": f"u{who}", "quantity": "usd", "value": 1.0 + n}
    others = [c for c in deal.claims if c.id != f"u{who}"]
    entry = type(deal.claims[0]) if deal.claims else deals.ClaimEntry
    return deal.model_copy(update={"claims": [*others, entry.model_validate(claim)]})


def _store(url: str) -> Store:
    made = engines.connect(engines.parsed(url))
    return Store(made)


def _group(
    url: str,
    shared: dict[int, str],
    seconds: float,
    out: "multiprocessing.Queue[Worked]",
    started: Barrier,
) -> None:
    done = Worked()
    threads = [
        threading.Thread(target=_work, args=(url, number, deal_id, seconds, done, started))
        for number, deal_id in shared.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out.put(done)


def load(url: str, n_users: int, seconds: float) -> Worked:
    """``n_users`` at once for ``seconds``, in teams that share a deal; checks that every
    acknowledged save is there.
    """
    engine = engines.connect(engines.parsed(url))
    migrate.upgrade(engine)
    store = Store(engine)
    shared = {}
    for number in range(n_users):
        first = number - number % _TEAM
        if number == first:
            made = store.create(deals.sample("glm-130b"), user=user(number), why="")
            shared[number] = made.deal_id
        else:
            store.share(shared[first], f"u{number}@x.test", "editor", user=user(first))
            shared[number] = shared[first]
    context = multiprocessing.get_context("spawn")
    out: multiprocessing.Queue[Worked] = context.Queue()
    started = context.Barrier(n_users)
    groups = [
        range(start, min(start + _USERS_PER_PROCESS, n_users))
        for start in range(0, n_users, _USERS_PER_PROCESS)
    ]
    processes = [
        context.Process(
            target=_group, args=(url, {n: shared[n] for n in group}, seconds, out, started)
        )
        for group in groups
    ]
    for process in processes:
        process.start()
    total = Worked()
    for _ in processes:
        done = out.get()
        total.save_s += done.save_s
        total.whys += done.whys
        total.n_conflicts += done.n_conflicts
        total.troubles += done.troubles
    for process in processes:
        process.join()
    stored = set()
    for number in range(n_users):
        for one in store.listed(user(number)):
            versions = store.history(one.deal_id, user=user(number))
            stored |= {f"{one.deal_id} {v.why}" for v in versions}
            numbers = [v.number for v in versions]
            assert numbers == list(range(len(numbers), 0, -1)), "a version is missing"
    lost = set(total.whys) - stored
    total.troubles += [f"lost: {one}" for one in sorted(lost)]
    for number, deal_id in shared.items():
        wrote = any(why.startswith(f"{deal_id} {number}:") for why in total.whys)
        kept = {claim.id for claim in store.load(deal_id, user=user(number)).deal.claims}
        if wrote and f"u{number}" not in kept:
            total.troubles.append(f"overwritten: user {number}")
    engine.dispose()
    return total


_SAVES = """
import sys
from tests.store_bench import _answered, _store, user
from dashboard import deal as deals
store = _store(sys.argv[1])
deal_id, n = sys.argv[2], int(sys.argv[3])
base = store.load(deal_id, user=user(0))
head, deal = base.head, base.deal
for i in range(n):
    deal = _answered(deal, "0", head)
    head = store.save(deal_id, deal, base=head, user=user(0), why=str(head)).head
    print(head, flush=True)
"""

_MIGRATES = """
import sys
from tests.store_bench import engines, migrate
migrate.upgrade(engines.connect(engines.parsed(sys.argv[1])))
"""


def killed_saves(url: str, rounds: int, n_saves: int, seed: int = 0) -> list[int]:
    """Saves killed at a random moment, again and again; how many each round had acknowledged.

    Raises ``AssertionError`` where an acknowledged save is gone or the history has a gap.
    """
    engine = engines.connect(engines.parsed(url))
    migrate.upgrade(engine)
    store, chance = Store(engine), random.Random(seed)
    deal_id = store.create(deals.sample("glm-130b"), user=user(0), why="").deal_id
    found = []
    for _ in range(rounds):
        before = store.head(deal_id, user=user(0))
        wanted = chance.randrange(1, max(2, n_saves - 1))
        acknowledged = _killed_after(
            [sys.executable, "-c", _SAVES, url, deal_id, str(n_saves)], wanted
        )
        head = store.head(deal_id, user=user(0))
        last = acknowledged[-1] if acknowledged else before
        # The save under way may have been committed and not told; none that was told is gone.
        assert last <= head <= last + 1, f"told {last}, found {head}"
        versions = store.history(deal_id, user=user(0))
        assert [v.number for v in versions] == list(range(head, 0, -1))
        assert store.load(deal_id, user=user(0)).version.number == head
        store.audit(deal_id, user=user(0))
        found.append(len(acknowledged))
    engine.dispose()
    return found


def _killed_after(command: list[str], wanted: int) -> list[int]:
    """Run until that many lines were read, then SIGKILL; every line that came out."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(int(line))
            if len(lines) == wanted:
                process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.returncode == -signal.SIGKILL, "it ended before it was killed"
    return lines


def killed_migrations(new_url: Callable[[], str], rounds: int, seed: int = 0) -> list[str | None]:
    """Migrations killed at a random moment: the step that each database then stood at, which is
    none or the last; it opens afterwards.
    """
    chance, found = random.Random(seed), []
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", _MIGRATES, new_url()], check=True)
    whole_s = time.monotonic() - start
    for _ in range(rounds):
        url = new_url()
        process = subprocess.Popen([sys.executable, "-c", _MIGRATES, url])
        time.sleep(whole_s * chance.uniform(0.4, 1.0))
        process.kill()
        process.wait()
        engine = engines.connect(engines.parsed(url))
        with engine.connect() as connection:
            stands = migrate.revision(connection)
        assert stands in (None, migrate.newest()), stands
        migrate.upgrade(engine)
        Store(engine).create(deals.sample("glm-130b"), user=user(0), why="")
        engine.dispose()
        found.append(stands)
    return found


def new_postgres_database(address: str) -> str:
    """The address of an empty database on the server."""
    name = f"b{random.SystemRandom().randrange(10**9)}"
    server = create_engine(engines.parsed(f"{address}postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return f"{address}{name}"


def _print_load(name: str, n_users: int, bar_ms: float, done: Worked, seconds: float) -> None:
    p50, p95 = np.percentile(done.save_s, (50, 95)) * 1e3
    print(
        f"{name}, {n_users} users, {seconds:.0f} s: {len(done.whys)} saves, "
        f"{done.n_conflicts} conflicts put together, {len(done.troubles)} errors or losses; "
        f"a save {p50:.0f} ms, 95th percentile {p95:.0f} ms (bar {bar_ms:.0f} ms)"
    )
    for one in done.troubles[:10]:
        print(f"  {one}")


def main(names: Sequence[str]) -> None:
    """The figures that were asked for, or those named."""
    seconds = float(os.environ.get("SECONDS", "30"))
    with running_postgres() as address, tempfile.TemporaryDirectory() as folder:
        count = iter(range(10**6))

        def file_url() -> str:
            return f"sqlite:///{Path(folder) / f'{next(count)}.sqlite'}"

        def server_url() -> str:
            return new_postgres_database(address)

        if not names or "load" in names:
            done = load(server_url(), 50, seconds)
            _print_load("PostgreSQL", 50, 300, done, seconds)
            _print_load("SQLite", 10, 800, load(file_url(), 10, seconds), seconds)
        if not names or "kills" in names:
            for name, new in (("SQLite", file_url), ("PostgreSQL", server_url)):
                acknowledged = killed_saves(new(), 20, 1_000)
                print(f"{name}: 20 of 20 kills in 1,000 saves lost nothing; told: {acknowledged}")
                stands = killed_migrations(new, 20)
                print(f"{name}: 20 migrations killed; done {sum(s is not None for s in stands)}")


if __name__ == "__main__":
    main(sys.argv[1:])
