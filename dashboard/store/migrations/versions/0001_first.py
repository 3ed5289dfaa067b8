"""The tables as they were first."""

import sqlalchemy as sa
from alembic import op

from dashboard.store.tables import Utc
from dashboard.store.written_once import forbid_changes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """People, deals with versions, freezes, members and drafts, and the audit trail."""
    op.create_table(
        "users",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("email", sa.String(320)),
        sa.Column("name", sa.String(320), nullable=False),
        sa.Column("lock", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("issuer", "subject", name="uq_users_issuer_subject"),
    )
    op.create_index("ix_users_email", "users", ["email"])
    op.create_table(
        "deals",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("head", sa.Integer, nullable=False),
        sa.Column("created_at", Utc, nullable=False),
        sa.Column("changed_at", Utc, nullable=False),
        sa.Column("archived_at", Utc),
        sa.Column("lock", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deals"),
    )
    op.create_table(
        "versions",
        sa.Column("deal_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("source", sa.LargeBinary),
        sa.Column("at", Utc, nullable=False),
        sa.Column("author", sa.String(320), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("came_from", sa.Integer),
        sa.PrimaryKeyConstraint("deal_id", "number", name="pk_versions"),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name="fk_versions_deal_id_deals"),
        sa.CheckConstraint("number >= 1", name="number"),
    )
    op.create_table(
        "freezes",
        sa.Column("deal_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.Column("author", sa.String(320), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "number", name="pk_freezes"),
        sa.ForeignKeyConstraint(
            ["deal_id", "number"],
            ["versions.deal_id", "versions.number"],
            name="fk_freezes_version",
        ),
    )
    op.create_table(
        "members",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("deal_id", sa.String(40), nullable=False),
        sa.Column("user_id", _KEY),
        sa.Column("email", sa.String(320)),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("lock", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
        sa.ForeignKeyConstraint(["deal_id"], ["deals.id"], name="fk_members_deal_id_deals"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_members_user_id_users"),
        sa.UniqueConstraint("deal_id", "user_id", name="uq_members_deal_id_user_id"),
        sa.UniqueConstraint("deal_id", "email", name="uq_members_deal_id_email"),
        sa.CheckConstraint("role IN ('owner', 'editor', 'viewer')", name="role"),
    )
    for column in ("deal_id", "user_id", "email"):
        op.create_index(f"ix_members_{column}", "members", [column])
    op.create_table(
        "drafts",
        sa.Column("user_id", _KEY, nullable=False),
        sa.Column("about", sa.String(100), nullable=False),
        sa.Column("tab", sa.String(40), nullable=False),
        sa.Column("base", sa.Integer, nullable=False),
        sa.Column("typed", sa.Text, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.Column("lock", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "about", "tab", name="pk_drafts"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_drafts_user_id_users"),
    )
    op.create_table(
        "audit",
        sa.Column("deal_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", Utc, nullable=False),
        sa.Column("author", sa.String(320), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "number", name="pk_audit"),
    )
    for table in ("versions", "freezes", "audit"):
        forbid_changes(table)
