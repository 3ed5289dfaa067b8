"""The store: every deal with its versions, who may do what, and the audit trail."""

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from costmodel.messages import InputError
from dashboard.deal import Deal
from dashboard.store import audit_trail, engine, members, migrate, people
from dashboard.store.access import Role, User, checked_email, may_edit
from dashboard.store.changes import Change, changes
from dashboard.store.records import (
    ConflictError,
    Draft,
    Entry,
    Listed,
    Member,
    New,
    Stored,
    Version,
    canonical,
    deal_in,
    sha256,
)
from dashboard.store.tables import DealRow, DraftRow, FreezeRow, VersionRow

_LONGEST_WHY: Final = 2_000
_LONGEST_DRAFT: Final = 200_000


def open_store(url: URL | None = None) -> "Store":
    """The store of ``url``, by default that of the environment; brought up to date if it is old.

    Raises ``InputError`` for a database that cannot be used.
    """
    return _opened(url or engine.database_url())


@lru_cache(maxsize=8)
def _opened(url: URL) -> "Store":
    made = engine.connect(url)
    migrate.upgrade(made)
    return Store(made)


class Store:
    """The deals of one database, for several people and processes at once.

    Whoever is no member of a deal learns as much as of one that does not exist. Every method
    raises ``InputError`` where a person or the database stands in the way.
    """

    def __init__(self, made: Engine) -> None:
        self.engine = made

    def person(self, email: str) -> User:
        """Whoever has this address: for those who hold the database, not for a page."""
        with self._reading() as session:
            return people.by_email(session, checked_email(email))

    def create(self, deal: Deal, *, user: User, why: str, source: bytes | None = None) -> Stored:
        """A new deal in its first version; ``user`` owns it."""
        return self.create_all([New(deal=deal, why=why, source=source)], user=user)[0]

    def create_all(self, given: Iterable[New], *, user: User) -> list[Stored]:
        """New deals in their first versions, all of them or none; ``user`` owns them."""
        with self._writing() as session:
            user_id = people.remember(session, user)
            return [_created(session, new, user, user_id) for new in given]

    def save(
        self,
        deal_id: str,
        deal: Deal,
        *,
        base: int,
        user: User,
        why: str,
        source: bytes | None = None,
        came_from: int | None = None,
    ) -> Stored:
        """A new version upon version ``base``. Raises ``ConflictError`` where another came first.

        A deal that equals its latest version is left as it is.
        """
        with self._writing() as session:
            row, role = _for(session, deal_id, user, lock=True)
            if not may_edit(role):
                raise _read_only(role)
            latest = _version(session, deal_id, row.head)
            if row.head != base:
                raise ConflictError(_stored(row, deal_in(latest.content), latest, role))
            if canonical(deal) == latest.content and source in (None, latest.source):
                return _stored(row, deal, latest, role)
            version = _write(
                session, row, deal, user=user, why=why, source=source, came_from=came_from
            )
            return _stored(row, deal, version, role)

    def load(self, deal_id: str, *, user: User, number: int | None = None) -> Stored:
        """A deal in its latest version, or in version ``number``."""
        with self._reading() as session:
            row, role = _for(session, deal_id, user)
            found = _version(session, deal_id, number or row.head)
            frozen = session.get(FreezeRow, (deal_id, found.number))
            return _stored(row, deal_in(found.content), found, role, frozen)

    def source_of(self, deal_id: str, *, user: User, number: int | None = None) -> bytes | None:
        """The bytes of the file that a version came from; ``None`` where it came from none."""
        with self._reading() as session:
            row, _ = _for(session, deal_id, user)
            return _version(session, deal_id, number or row.head).source

    def head(self, deal_id: str, *, user: User) -> int:
        """The number of the latest version."""
        with self._reading() as session:
            return _for(session, deal_id, user)[0].head

    def listed(self, user: User, *, archived: bool = False) -> list[Listed]:
        """The deals that ``user`` may read, the latest changed first."""
        with self._reading() as session:
            roles = members.roles_of(session, user)
            if not roles:
                return []
            rows = session.execute(
                select(DealRow, VersionRow.author)
                .join(
                    VersionRow,
                    (VersionRow.deal_id == DealRow.id) & (VersionRow.number == DealRow.head),
                )
                .where(DealRow.id.in_(roles), DealRow.archived_at.is_not(None) == archived)
                .order_by(DealRow.changed_at.desc(), DealRow.id)
            )
            return [
                Listed(
                    deal_id=row.id,
                    name=row.name,
                    head=row.head,
                    created_at=row.created_at,
                    changed_at=row.changed_at,
                    author=author,
                    role=roles[row.id],
                    is_archived=archived,
                )
                for row, author in rows
            ]

    def history(self, deal_id: str, *, user: User) -> list[Version]:
        """Every version, the latest first."""
        with self._reading() as session:
            _for(session, deal_id, user)
            freezes = {
                row.number: row
                for row in session.scalars(select(FreezeRow).where(FreezeRow.deal_id == deal_id))
            }
            rows = session.scalars(
                select(VersionRow)
                .where(VersionRow.deal_id == deal_id)
                .order_by(VersionRow.number.desc())
            )
            return [_meta(row, freezes.get(row.number)) for row in rows]

    def changed(self, deal_id: str, *, user: User, most: int) -> dict[int, list[Change]]:
        """What each of the latest ``most`` versions changed in the one before, by number."""
        with self._reading() as session:
            _for(session, deal_id, user)
            rows = session.execute(
                select(VersionRow.number, VersionRow.content)
                .where(VersionRow.deal_id == deal_id)
                .order_by(VersionRow.number.desc())
                .limit(most + 1)
            ).all()
        states = [(number, json.loads(content)) for number, content in rows]
        return {number: changes(old, new) for (number, new), (_, old) in pairwise(states)}

    def restore(self, deal_id: str, number: int, *, base: int, user: User, why: str) -> Stored:
        """Version ``number`` again, as a new version upon ``base``. Raises ``ConflictError``."""
        with self._reading() as session:
            _for(session, deal_id, user)
            old = _version(session, deal_id, number)
            deal, source = deal_in(old.content), old.source
        return self.save(
            deal_id, deal, base=base, user=user, why=why, source=source, came_from=number
        )

    def freeze(self, deal_id: str, number: int, *, user: User, note: str) -> Version:
        """Keep version ``number`` as what the committee saw, with its hash. Once."""
        with self._writing() as session:
            _, role = _for(session, deal_id, user, lock=True)
            if not may_edit(role):
                raise _read_only(role)
            version = _version(session, deal_id, number)
            if session.get(FreezeRow, (deal_id, number)) is not None:
                raise InputError("", "version {number} is frozen already", number=number)
            if sha256(version.content) != version.sha256:
                raise InputError(
                    "",
                    "version {number} is not what was saved: its hash differs. Restore a backup",
                    number=number,
                )
            row = FreezeRow(
                deal_id=deal_id,
                number=number,
                sha256=version.sha256,
                at=_now(),
                author=user.label,
                note=note.strip()[:_LONGEST_WHY],
            )
            session.add(row)
            detail = {"version": number, "sha256": version.sha256}
            audit_trail.append(session, deal_id, user, "freeze", detail, at=row.at)
            return _meta(version, row)

    def archive(self, deal_id: str, *, user: User, away: bool = True) -> None:
        """Put a deal out of the list, or back into it; nothing of it is deleted."""
        with self._writing() as session:
            row, role = _for(session, deal_id, user, lock=True)
            members.check_owner(role)
            if (row.archived_at is not None) == away:
                return
            row.archived_at = _now() if away else None
            audit_trail.append(session, deal_id, user, "archive" if away else "unarchive", {})

    def members(self, deal_id: str, *, user: User) -> list[Member]:
        """Who may read the deal, owners first."""
        with self._reading() as session:
            _for(session, deal_id, user)
            return members.of_deal(session, deal_id)

    def share(self, deal_id: str, email: str, role: str, *, user: User) -> None:
        """Give the person of this address a role, before or after they first sign in."""
        with self._writing() as session:
            _, own = _for(session, deal_id, user, lock=True)
            members.check_owner(own)
            given = members.share(session, deal_id, email, role)
            audit_trail.append(session, deal_id, user, "share", given)

    def unshare(self, deal_id: str, member_id: int, *, user: User) -> None:
        """Take a person's role; the last owner stays."""
        with self._writing() as session:
            _, own = _for(session, deal_id, user, lock=True)
            members.check_owner(own)
            taken = members.unshare(session, deal_id, member_id)
            audit_trail.append(session, deal_id, user, "unshare", taken)

    def audit(self, deal_id: str, *, user: User) -> list[Entry]:
        """The audit trail, the latest first. Raises ``InputError`` where it was tampered with."""
        with self._reading() as session:
            _for(session, deal_id, user)
            return list(reversed(audit_trail.checked(session, deal_id)))

    def put_draft(
        self, user: User, about: str, tab: str, *, base: int, typed: Mapping[str, str]
    ) -> None:
        """Keep what is typed in a tab and not saved; with nothing typed, keep nothing."""
        text = json.dumps(dict(typed), ensure_ascii=False, sort_keys=True)
        if len(text) > _LONGEST_DRAFT:
            raise InputError("", "what is typed here is too long to be kept; save it")
        with self._writing() as session:
            key = (people.remember(session, user), about, tab)
            row = session.get(DraftRow, key)
            if not typed:
                if row is not None:
                    session.delete(row)
            elif row is None:
                row = DraftRow(user_id=key[0], about=about, tab=tab, base=base)
                row.typed, row.at = text, _now()
                session.add(row)
            elif (row.base, row.typed) != (base, text):
                row.base, row.typed, row.at = base, text, _now()

    def drafts(self, user: User, about: str) -> list[Draft]:
        """What ``user`` has typed about a deal and not saved, the latest first."""
        with self._reading() as session:
            user_id = people.known(session, user)
            rows = session.scalars(
                select(DraftRow)
                .where(DraftRow.user_id == user_id, DraftRow.about == about)
                .order_by(DraftRow.at.desc())
            )
            return [
                Draft(tab=row.tab, base=row.base, typed=json.loads(row.typed), at=row.at)
                for row in rows
            ]

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with engine.explained(self.engine.url), Session(self.engine) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        # Objects are read after the end of the transaction, so they keep what they hold.
        with engine.writing(self.engine) as connection:
            session = Session(connection, expire_on_commit=False)
            try:
                yield session
                session.flush()
            except StaleDataError:
                raise InputError(
                    "", "somebody else changed this in the same moment; look at it again"
                ) from None
            finally:
                session.close()


def _for(session: Session, deal_id: str, user: User, *, lock: bool = False) -> tuple[DealRow, Role]:
    """The deal's row and the user's role; the same refusal for no deal and no role."""
    wanted = select(DealRow).where(DealRow.id == deal_id[:40])
    row = session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    role = None if row is None else members.role_of(session, deal_id, user)
    if row is None or role is None:
        raise InputError("deal", "there is no such deal; choose one from the list of deals")
    return row, role


def _version(session: Session, deal_id: str, number: int) -> VersionRow:
    found = session.get(VersionRow, (deal_id, number)) if 0 < number < 2**31 else None
    if found is None:
        raise InputError("version", "this deal has no version {number}", number=number)
    return found


def _created(session: Session, new: New, user: User, user_id: int | None) -> Stored:
    now, deal = _now(), new.deal
    deal_id = f"d{secrets.token_hex(10)}"
    row = DealRow(id=deal_id, name=deal.name, head=0, created_at=now, changed_at=now)
    session.add(row)
    session.flush()
    members.add(session, deal_id, "owner", user_id=user_id)
    audit_trail.append(session, deal_id, user, "create", {"name": deal.name}, at=now)
    version = _write(session, row, deal, user=user, why=new.why, source=new.source, at=now)
    return _stored(row, deal, version, "owner")


def _write(
    session: Session,
    row: DealRow,
    deal: Deal,
    *,
    user: User,
    why: str,
    source: bytes | None,
    came_from: int | None = None,
    at: datetime | None = None,
) -> VersionRow:
    at = at or _now()
    content = canonical(deal)
    row.head += 1
    row.name, row.changed_at = deal.name, at
    version = VersionRow(
        deal_id=row.id,
        number=row.head,
        content=content,
        sha256=sha256(content),
        source=source,
        at=at,
        author=user.label,
        why=why.strip()[:_LONGEST_WHY],
        came_from=came_from,
    )
    session.add(version)
    detail = {"version": row.head, "sha256": version.sha256}
    if came_from is not None:
        detail["restores"] = came_from
    audit_trail.append(session, row.id, user, "save", detail, at=at)
    session.flush()
    return version


def _stored(
    row: DealRow, deal: Deal, version: VersionRow, role: Role, frozen: FreezeRow | None = None
) -> Stored:
    return Stored(
        deal_id=row.id,
        deal=deal,
        version=_meta(version, frozen),
        head=row.head,
        role=role,
        is_archived=row.archived_at is not None,
    )


def _meta(row: VersionRow, frozen: FreezeRow | None) -> Version:
    return Version(
        number=row.number,
        at=row.at,
        author=row.author,
        why=row.why,
        sha256=row.sha256,
        came_from=row.came_from,
        frozen_at=frozen.at if frozen else None,
        frozen_by=frozen.author if frozen else None,
        frozen_note=frozen.note if frozen else None,
    )


def _read_only(role: Role) -> InputError:
    return InputError(
        "", "you may read this deal and not change it (your role: {role}); ask an owner", role=role
    )


def _now() -> datetime:
    return datetime.now(UTC)
