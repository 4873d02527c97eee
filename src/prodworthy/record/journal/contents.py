"""Opens what was kept of an exchange's content, as long as its key exists."""

from __future__ import annotations

from sqlalchemy import select

from prodworthy.record.faults import ContentErased
from prodworthy.record.journal.days import day_exists, day_of, day_table
from prodworthy.record.store.database import Store
from prodworthy.record.store.subjects import SubjectKeys, key_name, open_content
from prodworthy.record.store.vault import Vault, place


def content(store: Store, vault: Vault, exchange: str, tenant: str | None = None) -> dict[str, bytes]:
    """What was kept, by kind of event: `Received` the request's body, `Completed` the answer's. {} if nothing was.

    Raises:
        ContentErased: something was kept and can no longer be opened, because its key was destroyed.
        StoreFault: the database.
    """
    day = day_of(exchange, 0)
    table = day_table(day)
    keys = SubjectKeys(vault)
    with store.connect() as connection:
        if not exchange or not day_exists(connection, day):
            return {}
        query = select(table.c.tenant, table.c.kind, table.c.content)
        query = query.where(table.c.exchange == exchange, table.c.content.is_not(None))
        if tenant is not None:
            query = query.where(table.c.tenant == tenant)
        opened: dict[str, bytes] = {}
        for owner, kind, stored in connection.execute(query):
            key = keys.find(connection, owner, key_name(bytes(stored)))
            opened[kind] = open_content(key, bytes(stored), place(owner, exchange, kind))
        return opened


__all__ = ["ContentErased", "content"]
