"""The composition of a gateway process: every part made from the settings, and handed to whoever needs it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from prodworthy import __version__
from prodworthy.gateway.following import Follower
from prodworthy.gateway.limits.lease import Lessee
from prodworthy.gateway.pipeline.runtime import Runtime, assemble
from prodworthy.gateway.providers.vendor import Vendor
from prodworthy.interfaces.means import equipment_of, vendors_of
from prodworthy.interfaces.settings import Home
from prodworthy.policy.controls.catalogue import discover
from prodworthy.record.journal.spool import Spool
from prodworthy.record.store.database import open_store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.vault import Vault, read_or_create_key


class Parts(msgspec.Struct, frozen=True):
    """What a gateway process runs on."""

    runtime: Runtime
    follower: Follower
    vendors: Mapping[str, Vendor]


def compose(home: Home, number: int) -> Parts:
    """Make the parts of gateway `number` (from 0). Raises SettingsFault, RecordFault, OSError."""
    settings = home.settings.gateway
    vendors = vendors_of(home.settings)
    spool = Spool(home.spool, f"gateway{number}", __version__)
    vault = Vault(read_or_create_key(home.master_key))
    runtime = assemble(spool, vault, Lessee(home.broker, number, settings.processes), settings.lease)
    means = (vendors, equipment_of(home.settings))
    follower = Follower(open_store(home.store_url), Flags(home.kill), discover(), means)
    return Parts(runtime, follower, vendors)
