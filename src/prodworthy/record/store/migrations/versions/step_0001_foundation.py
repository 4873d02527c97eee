"""The first tables: roster, keys, kill switch, what people did, spool positions, days, subject keys, figures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything, and the one row of the policy revision."""
    _policy()
    _operations()
    _journal()
    _figures()


def _policy() -> None:
    revision_table = op.create_table(
        "policy_revision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(revision_table, [{"id": 1, "revision": 0}])
    op.create_table(
        "workload_version",
        sa.Column("tenant", sa.String(63), nullable=False),
        sa.Column("workload", sa.String(63), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("manifest", sa.Text, nullable=False),
        sa.Column("applied_at", sa.BigInteger, nullable=False),
        sa.Column("applied_by", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "workload", "version"),
    )
    op.create_table(
        "workload_key",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("tenant", sa.String(63), nullable=False),
        sa.Column("workload", sa.String(63), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("scopes", sa.String(300), nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.Column("issued_by", sa.String(300), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=True),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
    )
    op.create_index("workload_key_by_workload", "workload_key", ["tenant", "workload"])


def _operations() -> None:
    op.create_table(
        "killed",
        sa.Column("tenant", sa.String(63), nullable=False),
        sa.Column("workload", sa.String(63), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("killed_by", sa.String(300), nullable=False),
        sa.Column("killed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "workload"),
    )
    op.create_table(
        "operation_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("tenant", sa.String(63), nullable=False),
        sa.Column("workload", sa.String(63), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.String(300), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("operation_event_by_workload", "operation_event", ["tenant", "workload", "id"])


def _journal() -> None:
    op.create_table(
        "spool_position",
        sa.Column("spool", sa.String(100), primary_key=True),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
    )
    op.create_table("journal_day", sa.Column("day", sa.String(8), primary_key=True))
    op.create_table(
        "subject_key",
        sa.Column("tenant", sa.String(63), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "subject"),
    )


def _figures() -> None:
    counts = ("exchanges", "answered", "refused", "killed", "faults", "blocked", "redacted", "tokens_in", "tokens_out")
    op.create_table(
        "rollup",
        sa.Column("tenant", sa.String(63), nullable=False),
        sa.Column("workload", sa.String(63), nullable=False),
        sa.Column("minute", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in counts),
        sa.Column("cost", sa.Float, nullable=False),
        sa.Column("latency_sum", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "workload", "minute"),
    )
    op.create_table(
        "stray",
        sa.Column("tenant", sa.String(63), nullable=False),
        sa.Column("workload", sa.String(63), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("protocol", sa.String(40), nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("first_at", sa.BigInteger, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "workload", "reason", "fingerprint", "model"),
    )
