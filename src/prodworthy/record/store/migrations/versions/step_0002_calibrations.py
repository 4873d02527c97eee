"""Calibrations: what detectors learned of a workload's own traffic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "calibration",
        sa.Column("tenant", sa.String(63), nullable=False),
        sa.Column("workload", sa.String(63), nullable=False),
        sa.Column("fact", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("calibrated_at", sa.BigInteger, nullable=False),
        sa.Column("calibrated_by", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "workload", "fact"),
    )
