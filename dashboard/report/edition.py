"""Which version of a deal a report is of: its number, its day, and the hash of its content."""

from dataclasses import dataclass
from datetime import UTC, date
from typing import Literal, TypeAlias

from dashboard.deal import Deal
from dashboard.store.records import Entry, Stored, canonical, sha256

Status: TypeAlias = Literal["draft", "conditional", "final"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A version of a deal, as a report names it.

    ``number`` is the version in the store, ``None`` for a deal file. ``as_of`` is the day on
    which evidence is judged and prices are looked at; ``sha256`` that of the deal's canonical
    text. ``trail`` is the audit trail up to it, the oldest entry first.
    """

    deal_id: str | None
    number: int | None
    as_of: date
    author: str
    why: str
    sha256: str
    is_frozen: bool = False
    trail: tuple[Entry, ...] = ()


def of_file(deal: Deal, *, as_of: date) -> Edition:
    """The edition of a deal file or a sample."""
    return Edition(
        deal_id=None, number=None, as_of=as_of, author="", why="", sha256=sha256(canonical(deal))
    )


def of_stored(
    stored: Stored, *, as_of: date | None = None, trail: tuple[Entry, ...] = ()
) -> Edition:
    """The edition of a stored version, as of its day in UTC unless another is given: so that
    the same version gives the same report whenever it is made.
    """
    version = stored.version
    return Edition(
        deal_id=stored.deal_id,
        number=version.number,
        as_of=as_of or version.at.astimezone(UTC).date(),
        author=version.author,
        why=version.why,
        sha256=version.sha256,
        is_frozen=version.frozen_at is not None,
        trail=tuple(e for e in trail if e.at <= (version.frozen_at or version.at)),
    )
