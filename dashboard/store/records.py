"""What the store hands out: plain values, cut off from the database."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from costmodel.messages import InputError
from dashboard import deal as deals
from dashboard.deal import Deal
from dashboard.language import N_
from dashboard.store.access import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One saved state: who, when, why; ``came_from`` is the version that it restores."""

    number: int
    at: datetime
    author: str
    why: str
    sha256: str
    came_from: int | None
    frozen_at: datetime | None
    frozen_by: str | None
    frozen_note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A deal to be stored; ``source`` are the bytes of its file where they alone give it again."""

    deal: Deal
    why: str
    source: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A deal as it stands in one of its versions, and what the reader may do with it."""

    deal_id: str
    deal: Deal
    version: Version
    head: int
    role: Role
    is_archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A line of the list of deals."""

    deal_id: str
    name: str
    head: int
    created_at: datetime
    changed_at: datetime
    author: str
    role: Role
    is_archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who may read or edit a deal; ``email`` is ``None`` for the local user."""

    member_id: int
    name: str
    email: str | None
    role: Role
    has_signed_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of the audit trail."""

    number: int
    at: datetime
    author: str
    action: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody typed in one tab and has not saved, over version ``base`` of what it is
    about.
    """

    tab: str
    base: int
    typed: Mapping[str, str]
    at: datetime


class ConflictError(InputError):
    """Somebody else saved first; ``current`` is what stands now."""

    def __init__(self, current: Stored) -> None:
        super().__init__(
            "",
            N_(
                "{author} has saved version {number} of this deal since you opened it; nothing was "
                "written over it: compare the two, then choose"
            ),
            author=current.version.author,
            number=current.version.number,
        )
        self.current = current


def state_of(deal: Deal) -> dict[str, Any]:
    """The deal as plain JSON, without what was left at its default."""
    return {"assay": deal.assay, **deal.model_dump(mode="json", exclude_defaults=True)}


def canonical(deal: Deal) -> str:
    """The deal as the text that is hashed: JSON with sorted keys."""
    return json.dumps(state_of(deal), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def deal_in(content: str) -> Deal:
    """The deal of a version; one that an older Assay saved is brought up to date on reading."""
    return deals.from_mapping(json.loads(content))
