"""Who may do what with a deal."""

from typing import Any

from sqlalchemy import ColumnElement, Result, or_, select
from sqlalchemy.orm import Session

from costmodel.messages import InputError
from dashboard.store import people
from dashboard.store.access import ROLES, Role, User, checked_email, checked_role, may_share
from dashboard.store.records import Member
from dashboard.store.tables import MemberRow, UserRow


def role_of(session: Session, deal_id: str, user: User) -> Role | None:
    """The user's role in a deal; ``None`` for none."""
    return roles_of(session, user, deal_id=deal_id).get(deal_id)


def roles_of(session: Session, user: User, *, deal_id: str | None = None) -> dict[str, Role]:
    """The user's role by deal. An address counts until its owner has signed in once."""
    is_mine: list[ColumnElement[bool]] = [MemberRow.user_id.in_(people.all_known(session, user))]
    if user.email:
        is_mine.append((MemberRow.email == user.email) & MemberRow.user_id.is_(None))
    wanted = select(MemberRow.deal_id, MemberRow.role).where(or_(*is_mine))
    if deal_id is not None:
        wanted = wanted.where(MemberRow.deal_id == deal_id)
    found: dict[str, Role] = {}
    for of_deal, text in session.execute(wanted):
        role = checked_role(text)
        if of_deal not in found or ROLES.index(role) < ROLES.index(found[of_deal]):
            found[of_deal] = role
    return found


def check_owner(role: Role) -> None:
    """Refuse whoever does not own the deal."""
    if not may_share(role):
        raise InputError(
            "", "an owner of the deal alone may do this (your role: {role})", role=role
        )


def add(
    session: Session,
    deal_id: str,
    role: Role,
    *,
    user_id: int | None = None,
    email: str | None = None,
) -> None:
    """One more member."""
    session.add(MemberRow(deal_id=deal_id, user_id=user_id, email=email, role=role))
    session.flush()


def of_deal(session: Session, deal_id: str) -> list[Member]:
    """Every member, owners first."""
    # The outer join leaves no user where nobody signed in; the types do not say so.
    rows: Result[Any, Any] = session.execute(
        select(MemberRow, UserRow)
        .outerjoin(UserRow, UserRow.id == MemberRow.user_id)
        .where(MemberRow.deal_id == deal_id)
    )
    found = [
        Member(
            member_id=row.id,
            name=row.email or "" if user is None else user.name,
            email=row.email if user is None else user.email or row.email,
            role=checked_role(row.role),
            has_signed_in=user is not None,
        )
        for row, user in rows
    ]
    return sorted(found, key=lambda m: (ROLES.index(m.role), m.email or m.name, m.member_id))


def share(session: Session, deal_id: str, email: str, role: str) -> dict[str, Any]:
    """Give the person of an address a role, in place of the one they had."""
    address, wanted = checked_email(email), checked_role(role)
    user = session.scalars(select(UserRow).where(UserRow.email == address)).first()
    is_theirs = MemberRow.email == address
    if user is not None:
        is_theirs = or_(is_theirs, MemberRow.user_id == user.id)
    row = session.scalars(select(MemberRow).where(MemberRow.deal_id == deal_id, is_theirs)).first()
    if row is None:
        add(session, deal_id, wanted, user_id=user.id if user else None, email=address)
    else:
        if row.role == "owner" and wanted != "owner":
            _check_another_owner(session, deal_id, row.id)
        row.role = wanted
    return {"email": address, "role": wanted}


def unshare(session: Session, deal_id: str, member_id: int) -> dict[str, Any]:
    """Take a person's role."""
    row = session.get(MemberRow, member_id)
    if row is None or row.deal_id != deal_id:
        raise InputError("", "this person has no role in the deal any more")
    if row.role == "owner":
        _check_another_owner(session, deal_id, row.id)
    person = session.get(UserRow, row.user_id) if row.user_id is not None else None
    known_as = person.email or person.name if person is not None else row.email
    detail = {"email": known_as, "role": row.role}
    session.delete(row)
    return detail


def _check_another_owner(session: Session, deal_id: str, member_id: int) -> None:
    others = select(MemberRow).where(
        MemberRow.deal_id == deal_id, MemberRow.role == "owner", MemberRow.id != member_id
    )
    if session.scalars(others).first() is None:
        raise InputError("", "a deal keeps at least one owner; name another one first")
