"""Where drills run: this home's store and flags, its gateways' port, its files, and what its processes show."""

from __future__ import annotations

from prodworthy.assurance.drills.run import Installation, Page
from prodworthy.interfaces.settings import Home
from prodworthy.interfaces.written_files import written_files
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags

_GATEWAY_PAGES = ("/health", "/version", "/v2", "/v2/health/ready", "/v1/models", "/metrics")
_CONTROL_PAGES = ("/health", "/metrics")
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, nothing listens on it


def installation(home: Home, store: Store, flags: Flags) -> Installation:
    """The installation of a home folder, as drills see it."""
    gateway, control = home.settings.gateway, home.settings.control
    door, back = _reached(gateway.host), _reached(control.host)
    pages = [Page(door, gateway.port, path) for path in _GATEWAY_PAGES]
    pages += [Page(back, control.port, path) for path in _CONTROL_PAGES]
    return Installation(
        store,
        flags,
        (door, gateway.port),
        {name: vendor.api for name, vendor in home.settings.vendors.items()},
        lambda: written_files(home),
        tuple(pages),
    )


def _reached(host: str) -> str:
    """Where to connect for what listens there."""
    return _EVERYWHERE.get(host, host)
