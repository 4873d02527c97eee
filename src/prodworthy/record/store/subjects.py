"""The keys under which content is stored: one for each subject and period, wrapped by the master key.

A subject is an end user of one tenant, and its period a month; exchanges without an end user share a subject of their
workload for each day. The name of a key is `<subject>-<period>`: destroying every row of a subject erases what was kept
of that person, everywhere, backups included; destroying the rows of old periods does the same at the end of retention.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, select, tuple_

from prodworthy.record.faults import ContentErased
from prodworthy.record.store.tables import subject_key
from prodworthy.record.store.upsert import insert_or_ignore
from prodworthy.record.store.vault import KEY_BYTES, Vault, place, seal, unseal

MOST_CACHED = 4096
_PER_QUERY = 300
Named = tuple[str, str]  # tenant, name of the key


class SubjectKeys:
    """Finds and creates subjects' keys. For one thread.

    Every use reads the row: a key that was destroyed is not used any more, whatever a process remembers.
    """

    def __init__(self, vault: Vault) -> None:
        """Nothing is read yet."""
        self._vault = vault
        self._unwrapped: OrderedDict[tuple[str, str, bytes], AESGCM] = OrderedDict()

    def name(self, tenant: str, workload: str, subject: str, day: str) -> str:
        """The name of the key for content of `day` (`YYYYMMDD`); `subject` is "" where there is no end user."""
        if subject:
            return f"{subject}-{day[:6]}"
        return f"{self._vault.anonymous(tenant, workload, day)}-{day}"

    def gather(self, connection: Connection, wanted: Iterable[Named], now: int) -> dict[Named, AESGCM]:
        """The keys of all (tenant, name) `wanted`; those that do not exist are created in this transaction."""
        missing = sorted(set(wanted))
        found = self._read(connection, missing)
        fresh = [pair for pair in missing if pair not in found]
        if fresh:
            rows = [
                {"tenant": tenant, "subject": name, "wrapped": self._new(tenant, name), "created_at": now}
                for tenant, name in fresh
            ]
            insert_or_ignore(connection, subject_key, rows)
            # somebody else may have created one of them first: what stands in the table counts
            found |= self._read(connection, fresh)
        return found

    def find(self, connection: Connection, tenant: str, name: str) -> AESGCM:
        """One key. Raises ContentErased when it was destroyed."""
        found = self._read(connection, [(tenant, name)])
        if not found:
            raise ContentErased("the key of this content was destroyed")
        return found[tenant, name]

    def _read(self, connection: Connection, pairs: list[Named]) -> dict[Named, AESGCM]:
        found: dict[Named, AESGCM] = {}
        columns = (subject_key.c.tenant, subject_key.c.subject, subject_key.c.wrapped)
        for start in range(0, len(pairs), _PER_QUERY):
            some = pairs[start : start + _PER_QUERY]
            query = select(*columns).where(tuple_(subject_key.c.tenant, subject_key.c.subject).in_(some))
            for tenant, name, wrapped in connection.execute(query):
                found[tenant, name] = self._unwrap(tenant, name, bytes(wrapped))
        return found

    def _unwrap(self, tenant: str, name: str, wrapped: bytes) -> AESGCM:
        cached = self._unwrapped.get((tenant, name, wrapped))
        if cached is None:
            cached = AESGCM(self._vault.unwrap(wrapped, _label(tenant, name)))
            self._unwrapped[tenant, name, wrapped] = cached
            if len(self._unwrapped) > MOST_CACHED:
                self._unwrapped.popitem(last=False)
        return cached

    def _new(self, tenant: str, name: str) -> bytes:
        return self._vault.wrap(os.urandom(KEY_BYTES), _label(tenant, name))


def seal_content(key: AESGCM, name: str, plain: bytes, associated: bytes) -> bytes:
    """Content as the journal stores it: the name of its key (one byte of length before it), then the sealed content."""
    label = name.encode("ascii")
    return bytes((len(label),)) + label + seal(key, plain, associated)


def key_name(stored: bytes) -> str:
    """The name of the key that opens a stored content. Raises ContentErased if there is none."""
    try:
        return stored[1 : 1 + stored[0]].decode("ascii")
    except (IndexError, UnicodeDecodeError):
        raise ContentErased("the stored content is damaged") from None


def open_content(key: AESGCM, stored: bytes, associated: bytes) -> bytes:
    """Open what `seal_content` made. Raises ContentErased."""
    return unseal(key, stored[1 + stored[0] :], associated)


def _label(tenant: str, name: str) -> bytes:
    return place(tenant, name, "subject key")
