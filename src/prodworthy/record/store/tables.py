"""The tables, the same on SQLite and PostgreSQL. Everything carries its tenant; times are Unix nanoseconds (UTC).

Journal days are tables of their own (`journal_20261123`), made on demand by `journal_day_table`: dropping a day is then
one statement on either database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

metadata = MetaData()

# one row: grows with every change that gateways must learn of
revision = Table(
    "policy_revision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("revision", BigInteger, nullable=False),
)

# every version of every manifest that was ever applied; the newest version is in force
workload_version = Table(
    "workload_version",
    metadata,
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("manifest", Text, nullable=False),
    Column("applied_at", BigInteger, nullable=False),
    Column("applied_by", String(300), nullable=False),
    PrimaryKeyConstraint("tenant", "workload", "version"),
)

# workload keys: the secret itself is never here, only its SHA-256 (secrets are 256 random bits)
workload_key = Table(
    "workload_key",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("scopes", String(300), nullable=False),
    Column("traffic", String(8), nullable=False, server_default="test"),
    Column("issued_at", BigInteger, nullable=False),
    Column("issued_by", String(300), nullable=False),
    Column("expires_at", BigInteger, nullable=True),
    Column("revoked_at", BigInteger, nullable=True),
    Index("workload_key_by_workload", "tenant", "workload"),
)

# the kill switch: a row for each workload that is off now
killed = Table(
    "killed",
    metadata,
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("reason", String(300), nullable=False),
    Column("killed_by", String(300), nullable=False),
    Column("killed_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "workload"),
)

# what a detector learned of a workload's own traffic: figures in JSON that only the detector reads, never a text
calibration = Table(
    "calibration",
    metadata,
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("fact", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("calibrated_at", BigInteger, nullable=False),
    Column("calibrated_by", String(300), nullable=False),
    PrimaryKeyConstraint("tenant", "workload", "fact"),
)

# what people did: Applied, ApplyRefused, KeyIssued, KeyRevoked, Killed, Restored ... append-only
operation_event = Table(
    "operation_event",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(300), nullable=False),
    Column("body", Text, nullable=False),
    Index("operation_event_by_workload", "tenant", "workload", "id"),
)

# how far each spool file has been taken into the journal; written in the transaction that writes the rows
spool_position = Table(
    "spool_position",
    metadata,
    Column("spool", String(100), primary_key=True),
    Column("offset", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
)

# which journal days exist
journal_day = Table(
    "journal_day",
    metadata,
    Column("day", String(8), primary_key=True),
)

# per-subject content keys, each wrapped by the master key; destroying a row erases what it sealed
subject_key = Table(
    "subject_key",
    metadata,
    Column("tenant", String(63), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "subject"),
)

# live figures and token budgets: one row per workload and minute, added to as the journal is written
rollup = Table(
    "rollup",
    metadata,
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("minute", BigInteger, nullable=False),
    Column("exchanges", BigInteger, nullable=False),
    Column("answered", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("killed", BigInteger, nullable=False),
    Column("faults", BigInteger, nullable=False),
    Column("blocked", BigInteger, nullable=False),
    Column("redacted", BigInteger, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
    Column("cost", Float, nullable=False),
    Column("latency_sum", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "workload", "minute"),
)

# traffic that nobody declared, one row per workload (or none), reason, key fingerprint and model
stray = Table(
    "stray",
    metadata,
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("model", String(200), nullable=False),
    Column("protocol", String(40), nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "workload", "reason", "fingerprint", "model"),
)


# what one batch of the recorder took of one workload from one gateway: frames, and what they come to; see
# record/journal/segments.py. `leaf` is the ledger index of the statement that seals it, NULL until then
journal_segment = Table(
    "journal_segment",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("gateway", String(40), nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("figures", Text, nullable=False),
    Column("taken_at", BigInteger, nullable=False),
    Column("leaf", BigInteger, nullable=True),
    Index("journal_segment_by_leaf", "leaf", "tenant", "workload"),
    Index("journal_segment_by_workload", "tenant", "workload", "gateway", "last"),
)

# the statement that commits to an operation event, and the salt with which the event can be shown to belong to it
operation_leaf = Table(
    "operation_leaf",
    metadata,
    Column("event", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", BigInteger, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
)

# the last statement of each workload in the ledger: the next one names it, so that none can be left out unseen
ledger_chain = Table(
    "ledger_chain",
    metadata,
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("leaf", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "workload"),
)

# one row: the head of the ledger that this database has seen
ledger_head = Table(
    "ledger_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
)

# what the sealed figures of a workload come to by day (UTC, of the end of the exchanges): JSON, policy/core/evidence.py
evidence_day = Table(
    "evidence_day",
    metadata,
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("day", String(8), nullable=False),
    Column("figures", Text, nullable=False),
    Column("first_leaf", BigInteger, nullable=False),
    Column("last_leaf", BigInteger, nullable=False),
    Column("leaves", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "workload", "day"),
)

# what was last judged of each workload: the stage in force, the report (JSON) behind it, and when it is judged again
standing = Table(
    "standing",
    metadata,
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("frozen", Integer, nullable=False),
    Column("scope", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("report", Text, nullable=False),
    Column("assessed_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "workload"),
)

# the end users (keyed hashes) whose live traffic a workload has served, by month (`YYYYMM`) of the last time
user_seen = Table(
    "user_seen",
    metadata,
    Column("tenant", String(63), nullable=False),
    Column("workload", String(63), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("month", String(6), nullable=False),
    PrimaryKeyConstraint("tenant", "workload", "subject"),
)


def journal_day_table(day: str, into: MetaData) -> Table:
    """The table of one journal day (`YYYYMMDD`): every frame of that day's exchanges, once each.

    `exchange` is empty for events that belong to none. `body` is the event in msgpack as it was spooled, with its
    content (if any) sealed under the subject's key; `cost` is in US dollars, NULL where no price is known.
    """
    return Table(
        f"journal_{day}",
        into,
        Column("gateway", String(40), nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("tenant", String(63), nullable=False),
        Column("workload", String(63), nullable=False),
        Column("exchange", String(40), nullable=False),
        Column("kind", String(20), nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("cost", Float, nullable=True),
        Column("content", LargeBinary, nullable=True),
        Column("body", LargeBinary, nullable=False),
        PrimaryKeyConstraint("gateway", "sequence"),
        Index(f"journal_{day}_by_exchange", "exchange"),
        Index(f"journal_{day}_by_workload", "tenant", "workload", "at"),
    )
