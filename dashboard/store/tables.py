"""The tables of the store, one class each.

Content, audit entries and freezes are written once: triggers of the database refuse to
change or delete them. What is edited carries a ``lock`` counter, so that of two writers who
read the same row one is refused.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuses a moment without a time zone."""
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment without a time zone"
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every table shares: names of constraints that a migration can address."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UserRow(Base):
    """Somebody who signed in, known by the provider's issuer and subject."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(500))
    email: Mapped[str | None] = mapped_column(String(320), index=True)
    name: Mapped[str] = mapped_column(String(320))
    lock: Mapped[int] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("issuer", "subject"),)
    __mapper_args__ = {"version_id_col": lock}  # noqa: RUF012 -- read by SQLAlchemy


class DealRow(Base):
    """A deal: its name now, and which of its versions is the latest."""

    __tablename__ = "deals"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    head: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Utc)
    changed_at: Mapped[datetime] = mapped_column(Utc)
    archived_at: Mapped[datetime | None] = mapped_column(Utc)
    lock: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": lock}  # noqa: RUF012


class VersionRow(Base):
    """One saved state of a deal. Written once.

    ``content`` is canonical JSON and ``sha256`` its hash; ``source`` holds the bytes of the
    file that the version came from, where it came from one.
    """

    __tablename__ = "versions"

    deal_id: Mapped[str] = mapped_column(ForeignKey("deals.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    source: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(Utc)
    author: Mapped[str] = mapped_column(String(320))
    why: Mapped[str] = mapped_column(Text)
    came_from: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("number >= 1", name="number"),)


class FreezeRow(Base):
    """A version frozen for the committee, with the hash that it had then. Written once."""

    __tablename__ = "freezes"

    deal_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Utc)
    author: Mapped[str] = mapped_column(String(320))
    note: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        ForeignKeyConstraint(
            ["deal_id", "number"],
            ["versions.deal_id", "versions.number"],
            name="fk_freezes_version",
        ),
    )


class MemberRow(Base):
    """Who may do what with a deal; by e-mail address until that person signs in."""

    __tablename__ = "members"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    deal_id: Mapped[str] = mapped_column(ForeignKey("deals.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    email: Mapped[str | None] = mapped_column(String(320), index=True)
    role: Mapped[str] = mapped_column(String(10))
    lock: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("deal_id", "user_id"),
        UniqueConstraint("deal_id", "email"),
        CheckConstraint("role IN ('owner', 'editor', 'viewer')", name="role"),
    )
    __mapper_args__ = {"version_id_col": lock}  # noqa: RUF012


class DraftRow(Base):
    """What somebody has typed and not saved in one browser tab, about a stored deal or a sample."""

    __tablename__ = "drafts"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    about: Mapped[str] = mapped_column(String(100), primary_key=True)
    tab: Mapped[str] = mapped_column(String(40), primary_key=True)
    base: Mapped[int] = mapped_column(Integer)
    typed: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Utc)
    lock: Mapped[int] = mapped_column(Integer)

    __mapper_args__ = {"version_id_col": lock}  # noqa: RUF012


class AuditRow(Base):
    """What was done with a deal, by whom. Written once; each entry holds the hash of the one
    before it, so that a gap or a change shows.
    """

    __tablename__ = "audit"

    deal_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc)
    author: Mapped[str] = mapped_column(String(320))
    action: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))


def tables() -> list[Table]:
    """Every table, those that others refer to first."""
    return Base.metadata.sorted_tables
