"""Evidence: what is sealed in the ledger, what it comes to, and where each workload stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the class of traffic to keys (those that exist are for test traffic), and create the tables."""
    op.add_column("workload_key", sa.Column("traffic", sa.String(8), nullable=False, server_default="test"))
    _segments()
    _ledger()
    op.create_table(
        "evidence_day",
        *_place(),
        sa.Column("day", sa.String(8), nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
        sa.Column("first_leaf", sa.BigInteger, nullable=False),
        sa.Column("last_leaf", sa.BigInteger, nullable=False),
        sa.Column("leaves", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "workload", "day"),
    )
    op.create_table(
        "standing",
        *_place(),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("frozen", sa.Integer, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("assessed_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "workload"),
    )
    op.create_table(
        "user_seen",
        *_place(),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("month", sa.String(6), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "workload", "subject"),
    )


def _place() -> tuple[sa.Column[str], sa.Column[str]]:
    return sa.Column("tenant", sa.String(63), nullable=False), sa.Column("workload", sa.String(63), nullable=False)


def _segments() -> None:
    op.create_table(
        "journal_segment",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        *_place(),
        sa.Column("gateway", sa.String(40), nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("figures", sa.Text, nullable=False),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
        sa.Column("leaf", sa.BigInteger, nullable=True),
    )
    op.create_index("journal_segment_by_leaf", "journal_segment", ["leaf", "tenant", "workload"])
    op.create_index("journal_segment_by_workload", "journal_segment", ["tenant", "workload", "gateway", "last"])


def _ledger() -> None:
    op.create_table(
        "operation_leaf",
        sa.Column("event", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("leaf", sa.BigInteger, nullable=False),
        sa.Column("salt", sa.LargeBinary(32), nullable=False),
    )
    op.create_table(
        "ledger_chain",
        *_place(),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("leaf", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "workload"),
    )
    op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
    )
