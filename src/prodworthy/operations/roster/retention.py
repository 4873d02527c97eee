"""How long the record of each workload is kept, as its newest manifest says."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from prodworthy.operations.roster.roster import newest_versions
from prodworthy.policy.core.manifest import Manifest, Retention
from prodworthy.record.store.database import Store


def retentions(store: Store) -> tuple[Mapping[tuple[str, str], int], int]:
    """Days by (tenant, workload), and the days for traffic of no declared workload. Raises StoreFault.

    Where another version of the types wrote the stored manifest, the longer of what its text says (as far as that can
    be read) and the default counts, so that nothing is deleted too early.
    """
    with store.connect() as connection:
        return {
            (version.target.tenant, version.target.workload): _days(version.text)
            for version in newest_versions(connection, None)
        }, Retention().days


def _days(text: str) -> int:
    try:
        return msgspec.json.decode(text, type=Manifest).retention.days
    except msgspec.DecodeError:
        return max(_said(text), Retention().days)


class _Part(msgspec.Struct, frozen=True):
    """The one field that counts here, of a manifest that is otherwise of another version."""

    retention: Retention = Retention()


def _said(text: str) -> int:
    try:
        return msgspec.json.decode(text, type=_Part).retention.days
    except msgspec.DecodeError:
        return 0
