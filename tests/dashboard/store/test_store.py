"""Versions, roles, drafts and the audit trail, on SQLite and on PostgreSQL."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.store.access import User
from dashboard.store.changes import Change
from dashboard.store.records import ConflictError, New, canonical
from dashboard.store.store import Store
from tests.dashboard.store.conftest import ANA, BO, EVE


def pitch(**fields: Any) -> Deal:
    return deals.from_mapping({"assay": 1, "name": "Pitch", **fields})


def with_cash(usd: float) -> Deal:
    return pitch(finance={"cash_usd": usd})


def test_every_save_is_a_version_with_who_when_and_why(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="first call")
    store.save(made.deal_id, with_cash(2e6), base=1, user=ANA, why="bank statement")
    latest, first = store.history(made.deal_id, user=ANA)
    assert (first.number, first.author, first.why) == (1, "ana@fund.com", "first call")
    assert (latest.number, latest.why) == (2, "bank statement")
    assert first.at < latest.at
    assert store.load(made.deal_id, user=ANA, number=1).deal == with_cash(1e6)
    assert store.load(made.deal_id, user=ANA).deal == with_cash(2e6)


def test_each_version_tells_what_it_changed_in_the_one_before(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    for base, usd in ((1, 2e6), (2, 3e6)):
        store.save(made.deal_id, with_cash(usd), base=base, user=ANA, why="")
    path = ("finance", "cash_usd")
    second, third = (Change(path=path, before=n * 1e6, after=(n + 1) * 1e6) for n in (1, 2))
    every = store.changed(made.deal_id, user=ANA, most=9)
    assert every == {2: [second], 3: [third]}  # the first version changed nothing
    assert store.changed(made.deal_id, user=ANA, most=1) == {3: [third]}
    with pytest.raises(InputError, match="no such deal"):
        store.changed(made.deal_id, user=BO, most=9)


def test_many_new_deals_are_stored_together_or_not_at_all(store: Store) -> None:
    def given(end: bool) -> Iterator[New]:
        yield New(deal=pitch(), why="from a sheet")
        if end:
            raise InputError("", "the disk is full")
        yield New(deal=pitch(), why="from a sheet")

    with pytest.raises(InputError, match="the disk is full"):
        store.create_all(given(end=True), user=ANA)
    assert store.listed(ANA) == []
    made = store.create_all(given(end=False), user=ANA)
    assert {one.deal_id for one in made} == {one.deal_id for one in store.listed(ANA)}
    assert len(made) == 2


@pytest.mark.parametrize("deal_id", deals.samples())
def test_a_deal_comes_back_as_it_was(store: Store, deal_id: str) -> None:
    deal = deals.sample(deal_id)
    made = store.create(deal, user=ANA, why="")
    assert store.load(made.deal_id, user=ANA).deal == deal


def test_what_has_not_changed_is_no_new_version(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    again = store.save(made.deal_id, with_cash(1e6), base=1, user=ANA, why="click")
    assert again.version.number == 1
    assert len(store.history(made.deal_id, user=ANA)) == 1


def test_the_second_of_two_savers_is_shown_what_stands_and_loses_nothing(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    store.save(made.deal_id, with_cash(2e6), base=1, user=ANA, why="mine first")
    with pytest.raises(ConflictError) as refused:
        store.save(made.deal_id, with_cash(3e6), base=1, user=ANA, why="mine second")
    assert refused.value.current.deal == with_cash(2e6)
    assert refused.value.current.version.number == 2
    assert store.load(made.deal_id, user=ANA).deal == with_cash(2e6)
    store.save(made.deal_id, with_cash(3e6), base=2, user=ANA, why="seen, and mine")
    assert store.load(made.deal_id, user=ANA).deal == with_cash(3e6)


def test_of_many_savers_at_once_every_acknowledged_save_is_a_version(store: Store) -> None:
    made = store.create(with_cash(1), user=ANA, why="")
    acknowledged: list[float] = []
    lock = threading.Lock()

    def work(worker: int) -> None:
        for n in range(5):
            usd = 1e3 * (worker + 1) + n
            base = store.head(made.deal_id, user=ANA)
            try:
                store.save(made.deal_id, with_cash(usd), base=base, user=ANA, why=str(usd))
            except ConflictError:
                continue
            with lock:
                acknowledged.append(usd)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whys = [v.why for v in store.history(made.deal_id, user=ANA) if v.why]
    assert sorted(whys) == sorted(map(str, acknowledged))
    numbers = [v.number for v in store.history(made.deal_id, user=ANA)]
    assert numbers == list(range(len(acknowledged) + 1, 0, -1))


def test_yesterdays_version_is_restored_as_a_new_one(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    store.save(made.deal_id, with_cash(2e6), base=1, user=ANA, why="a mistake")
    back = store.restore(made.deal_id, 1, base=2, user=ANA, why="the statement was another's")
    assert (back.version.number, back.version.came_from) == (3, 1)
    assert store.load(made.deal_id, user=ANA).deal == with_cash(1e6)
    assert store.load(made.deal_id, user=ANA, number=2).deal == with_cash(2e6)
    with pytest.raises(InputError, match="no version 9"):
        store.restore(made.deal_id, 9, base=3, user=ANA, why="")


def test_a_frozen_version_keeps_its_hash(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    frozen = store.freeze(made.deal_id, 1, user=ANA, note="committee of May")
    assert frozen.frozen_by == "ana@fund.com"
    assert frozen.sha256 == made.version.sha256
    store.save(made.deal_id, with_cash(2e6), base=1, user=ANA, why="later")
    assert store.history(made.deal_id, user=ANA)[1].frozen_note == "committee of May"
    with pytest.raises(InputError, match="frozen already"):
        store.freeze(made.deal_id, 1, user=ANA, note="again")


def test_nobody_else_learns_that_a_deal_is_there(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    attempts: tuple[Callable[[str], object], ...] = (
        lambda d: store.load(d, user=EVE),
        lambda d: store.history(d, user=EVE),
        lambda d: store.audit(d, user=EVE),
        lambda d: store.members(d, user=EVE),
        lambda d: store.save(d, with_cash(0.5), base=1, user=EVE, why=""),
        lambda d: store.restore(d, 1, base=1, user=EVE, why=""),
        lambda d: store.freeze(d, 1, user=EVE, note=""),
        lambda d: store.archive(d, user=EVE),
        lambda d: store.share(d, "eve@other.com", "owner", user=EVE),
        lambda d: store.unshare(d, 1, user=EVE),
        lambda d: store.source_of(d, user=EVE),
        lambda d: store.head(d, user=EVE),
    )
    for attempt in attempts:
        said = []
        for deal_id in (made.deal_id, "dffffffffffffffffffff"):
            with pytest.raises(InputError) as refused:
                attempt(deal_id)
            said.append((refused.value.field, str(refused.value)))
        assert said[0] == said[1]
    assert store.listed(EVE) == []


def test_roles_say_what_somebody_may_do(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    store.share(made.deal_id, " Bo@Fund.com ", "viewer", user=ANA)  # before Bo ever signed in
    assert [one.role for one in store.listed(BO)] == ["viewer"]
    with pytest.raises(InputError, match="may read this deal"):
        store.save(made.deal_id, with_cash(2e6), base=1, user=BO, why="")
    store.put_draft(
        BO, made.deal_id, "t", base=1, typed={"tokens": "1T"}
    )  # Bo is known from now on
    store.share(made.deal_id, "bo@fund.com", "editor", user=ANA)
    store.save(made.deal_id, with_cash(2e6), base=1, user=BO, why="as editor")
    with pytest.raises(InputError, match="an owner"):
        store.share(made.deal_id, "eve@other.com", "viewer", user=BO)
    assert [(m.email, m.role, m.has_signed_in) for m in store.members(made.deal_id, user=BO)] == [
        ("ana@fund.com", "owner", True),
        ("bo@fund.com", "editor", True),
    ]
    bo = store.members(made.deal_id, user=ANA)[1]
    store.unshare(made.deal_id, bo.member_id, user=ANA)
    assert store.listed(BO) == []


def test_an_address_given_away_opens_nothing_to_the_next_who_has_it(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    store.share(made.deal_id, "bo@fund.com", "viewer", user=ANA)
    store.put_draft(
        BO, "x", "t", base=0, typed={}
    )  # Bo has signed in: the role is Bo's, not the address's
    successor = type(BO)(issuer=BO.issuer, subject="9", name="Bob", email="bo@fund.com")
    assert store.listed(successor) == []
    assert len(store.listed(BO)) == 1


def test_a_deal_stored_for_an_address_is_theirs_from_the_first_sign_in(store: Store) -> None:
    made = store.create(with_cash(1e6), user=store.person("ana@fund.com"), why="imported for Ana")
    assert [one.deal_id for one in store.listed(ANA)] == [made.deal_id]
    assert store.listed(BO) == []
    store.save(made.deal_id, with_cash(2e6), base=1, user=ANA, why="first thing")
    assert [(m.email, m.role) for m in store.members(made.deal_id, user=ANA)] == [
        ("ana@fund.com", "owner")
    ]
    unverified = User(issuer=ANA.issuer, subject="7", name="Not Ana", email=None)
    assert store.listed(unverified) == []


def test_the_last_owner_stays(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    ana = store.members(made.deal_id, user=ANA)[0]
    with pytest.raises(InputError, match="at least one owner"):
        store.unshare(made.deal_id, ana.member_id, user=ANA)
    with pytest.raises(InputError, match="at least one owner"):
        store.share(made.deal_id, "ana@fund.com", "viewer", user=ANA)
    with pytest.raises(InputError, match="not an e-mail address"):
        store.share(made.deal_id, "nobody", "viewer", user=ANA)
    with pytest.raises(InputError, match="no role"):
        store.share(made.deal_id, "bo@fund.com", "king", user=ANA)


def test_a_deal_put_away_comes_back_whole(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    store.archive(made.deal_id, user=ANA)
    assert store.listed(ANA) == []
    assert [one.deal_id for one in store.listed(ANA, archived=True)] == [made.deal_id]
    store.archive(made.deal_id, user=ANA, away=False)
    assert store.load(made.deal_id, user=ANA).deal == with_cash(1e6)


def test_a_draft_is_of_one_person_one_deal_and_one_tab(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    assert store.drafts(ANA, made.deal_id) == []
    store.put_draft(ANA, made.deal_id, "one", base=1, typed={"tokens": "2T"})
    store.put_draft(ANA, made.deal_id, "two", base=1, typed={"tokens": "9T"})
    store.put_draft(ANA, made.deal_id, "one", base=1, typed={"tokens": "3T", "chip": "H100"})
    first, second = store.drafts(ANA, made.deal_id)
    assert (first.tab, first.typed) == ("one", {"tokens": "3T", "chip": "H100"})
    assert (second.tab, second.typed, second.base) == ("two", {"tokens": "9T"}, 1)
    assert store.drafts(BO, made.deal_id) == []
    assert store.drafts(ANA, "deepseek-v3") == []
    store.put_draft(ANA, made.deal_id, "one", base=1, typed={})
    assert [draft.tab for draft in store.drafts(ANA, made.deal_id)] == ["two"]


def test_the_audit_trail_says_who_did_what(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    store.share(made.deal_id, "bo@fund.com", "editor", user=ANA)
    store.save(made.deal_id, with_cash(2e6), base=1, user=BO, why="")
    store.freeze(made.deal_id, 2, user=BO, note="")
    store.restore(made.deal_id, 1, base=2, user=ANA, why="")
    store.archive(made.deal_id, user=ANA)
    trail = [(e.author, e.action) for e in reversed(store.audit(made.deal_id, user=ANA))]
    assert trail == [
        ("ana@fund.com", "create"),
        ("ana@fund.com", "save"),
        ("ana@fund.com", "share"),
        ("bo@fund.com", "save"),
        ("bo@fund.com", "freeze"),
        ("ana@fund.com", "save"),
        ("ana@fund.com", "archive"),
    ]


@pytest.mark.parametrize("table", ["versions", "freezes", "audit"])
@pytest.mark.parametrize("change", ["UPDATE {table} SET author = 'x'", "DELETE FROM {table}"])
def test_the_database_refuses_to_change_what_is_written_once(
    store: Store, table: str, change: str
) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    store.freeze(made.deal_id, 1, user=ANA, note="")
    with pytest.raises(DatabaseError, match="written once"), store.engine.begin() as connection:
        connection.execute(text(change.format(table=table)))


def test_an_entry_changed_behind_the_stores_back_is_found(store: Store) -> None:
    made = store.create(with_cash(1e6), user=ANA, why="")
    store.share(made.deal_id, "bo@fund.com", "editor", user=ANA)
    with store.engine.begin() as connection:
        if store.engine.dialect.name == "sqlite":
            connection.execute(text("DROP TRIGGER audit_no_update"))
        else:
            connection.execute(text("DROP TRIGGER audit_written_once ON audit"))
        connection.execute(text("UPDATE audit SET author = 'eve' WHERE number = 2"))
    with pytest.raises(InputError, match="changed by hand at entry 2"):
        store.audit(made.deal_id, user=ANA)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a/b\\c",
        "<script>alert(1)</script>",
        "🚀 智谱 عربي",
        "'; DROP TABLE deals; --",
        "=cmd()",
        "x" * 200,
    ],
)
def test_any_name_is_kept_as_it_is(store: Store, name: str) -> None:
    made = store.create(pitch().model_copy(update={"name": name}), user=ANA, why=name)
    assert store.load(made.deal_id, user=ANA).deal.name == name
    assert store.listed(ANA)[0].name == name


def test_a_version_of_an_id_that_is_none_is_not_found(store: Store) -> None:
    for deal_id in ("", "../x", "d" * 10_000, "deepseek-v3"):
        with pytest.raises(InputError, match="no such deal"):
            store.load(deal_id, user=ANA)
    made = store.create(pitch(), user=ANA, why="")
    for number in (-1, 2, 10**30):
        with pytest.raises(InputError, match="no version"):
            store.load(made.deal_id, user=ANA, number=number)


def test_the_hash_depends_on_the_deal_alone() -> None:
    one = pitch(profile={"a": True, "b": False}, finance={"cash_usd": 1e6})
    other = pitch(finance={"cash_usd": 1_000_000}, profile={"b": False, "a": True})
    assert canonical(one) == canonical(other)
    assert canonical(one) != canonical(with_cash(1e6))
