"""People as the database knows them: remembered when they first do something."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.store.access import User
from dashboard.store.tables import MemberRow, UserRow

#: The issuer of somebody who has not signed in yet and is known by the address alone.
UNSEEN: Final = ""


def by_email(session: Session, email: str) -> User:
    """The person of an address, for whoever holds the database: signed in once, or not yet."""
    rows = select(UserRow).where(UserRow.email == email).order_by(UserRow.id.desc())
    row = session.scalars(rows).first()
    if row is None:
        return User(issuer=UNSEEN, subject=email, name=email, email=email)
    return User(issuer=row.issuer, subject=row.subject, name=row.name, email=email)


def known(session: Session, user: User) -> int | None:
    """The user's number; ``None`` before they first did something."""
    return session.scalars(
        select(UserRow.id).where(UserRow.issuer == user.issuer, UserRow.subject == user.subject)
    ).one_or_none()


def all_known(session: Session, user: User) -> list[int]:
    """The user's number, and that under which their address waits for them."""
    is_them = (UserRow.issuer == user.issuer) & (UserRow.subject == user.subject)
    if user.email:
        is_them |= (UserRow.issuer == UNSEEN) & (UserRow.email == user.email)
    return list(session.scalars(select(UserRow.id).where(is_them)))


def remember(session: Session, user: User) -> int:
    """The user's number, made where there is none; roles waiting for their address are theirs."""
    row = session.scalars(
        select(UserRow).where(UserRow.issuer == user.issuer, UserRow.subject == user.subject)
    ).one_or_none()
    if row is None and user.email:
        # Somebody gave this address deals before its owner first signed in.
        row = session.scalars(
            select(UserRow).where(UserRow.issuer == UNSEEN, UserRow.email == user.email)
        ).one_or_none()
        if row is not None:
            row.issuer, row.subject, row.name = user.issuer, user.subject, user.name
    if row is None:
        row = UserRow(issuer=user.issuer, subject=user.subject, name=user.name, email=user.email)
        session.add(row)
        session.flush()
    elif (row.name, row.email) != (user.name, user.email):
        row.name, row.email = user.name, user.email
    if user.email:
        waiting = select(MemberRow).where(
            MemberRow.email == user.email, MemberRow.user_id.is_(None)
        )
        for member in session.scalars(waiting):
            mine = select(MemberRow).where(
                MemberRow.deal_id == member.deal_id, MemberRow.user_id == row.id
            )
            if session.scalars(mine).first() is None:
                member.user_id = row.id
    return row.id
