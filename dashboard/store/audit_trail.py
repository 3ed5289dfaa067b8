"""The audit trail of a deal: a chain of entries, each with the hash of the one before."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from costmodel.messages import InputError
from dashboard.store.access import User
from dashboard.store.records import Entry, sha256
from dashboard.store.tables import AuditRow


def append(
    session: Session,
    deal_id: str,
    user: User,
    action: str,
    detail: Mapping[str, Any],
    *,
    at: datetime | None = None,
) -> None:
    """One more entry; the caller holds the deal's row, so entries come one at a time."""
    last = session.scalars(
        select(AuditRow)
        .where(AuditRow.deal_id == deal_id)
        .order_by(AuditRow.number.desc())
        .limit(1)
    ).one_or_none()
    row = AuditRow(
        deal_id=deal_id,
        number=1 if last is None else last.number + 1,
        at=at or datetime.now(UTC),
        author=user.label,
        action=action,
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True),
        previous="" if last is None else last.sha256,
    )
    row.sha256 = digest(row)
    session.add(row)
    session.flush()


def digest(row: AuditRow) -> str:
    """The hash of an entry, that of the entry before it included."""
    said = [row.deal_id, row.number, row.at.isoformat(), row.author, row.action, row.detail]
    return sha256(json.dumps([*said, row.previous], ensure_ascii=False))


def checked(session: Session, deal_id: str) -> list[Entry]:
    """Every entry in order. Raises ``InputError`` where one was changed or is gone."""
    rows = session.scalars(
        select(AuditRow).where(AuditRow.deal_id == deal_id).order_by(AuditRow.number)
    )
    found, previous = [], ""
    for place, row in enumerate(rows, start=1):
        if row.number != place or row.previous != previous or digest(row) != row.sha256:
            raise InputError(
                "",
                "the audit trail was changed by hand at entry {number}; restore a backup",
                number=place,
            )
        previous = row.sha256
        found.append(
            Entry(
                number=row.number,
                at=row.at,
                author=row.author,
                action=row.action,
                detail=json.loads(row.detail),
            )
        )
    return found
