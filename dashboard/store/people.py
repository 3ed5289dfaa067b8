"""People as the database knows them: remembered when they first do something."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.store.access import User
from dashboard.store.tables import MemberRow, UserRow


def known(session: Session, user: User) -> int | None:
    """The user's number; ``None`` before they first did something."""
    return session.scalars(
        select(UserRow.id).where(UserRow.issuer == user.issuer, UserRow.subject == user.subject)
    ).one_or_none()


def remember(session: Session, user: User) -> int:
    """The user's number, made where there is none; roles waiting for their address are theirs."""
    row = session.scalars(
        select(UserRow).where(UserRow.issuer == user.issuer, UserRow.subject == user.subject)
    ).one_or_none()
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
