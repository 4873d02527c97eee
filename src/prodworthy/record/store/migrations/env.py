"""Runs the migration steps on the connection, and in the transaction, that `migrate` hands over."""

from __future__ import annotations

from alembic import context

from prodworthy.record.store.tables import metadata

# SQLite's statements about tables are transactional too, once a transaction is open: all steps apply, or none
context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
