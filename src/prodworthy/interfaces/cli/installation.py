"""What a verb works on: the home folder's store and flags, and the person who acts."""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from prodworthy.interfaces.settings import Home
    from prodworthy.operations.acts import Act, Target
    from prodworthy.record.store.database import Store
    from prodworthy.record.store.flags import Flags

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
By = Annotated[str, typer.Option("--by", help="The person who acts.", show_default="PRODWORTHY_ACTOR, else you")]
Tenant = Annotated[str | None, typer.Option("--tenant", help="Only this tenant.")]
Named = Annotated[str, typer.Argument(metavar="WORKLOAD", help="WORKLOAD, or TENANT/WORKLOAD.")]


def home() -> Home:
    """The home folder and its settings. Raises SettingsFault."""
    from prodworthy.interfaces.settings import load_home

    return load_home()


@contextmanager
def opened() -> Iterator[Store]:
    """The store, migrated. Raises StoreFault."""
    from prodworthy.record.store.database import open_store
    from prodworthy.record.store.migrate import migrate

    place = home()
    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = open_store(place.store_url)
    try:
        migrate(store)
        yield store
    finally:
        store.close()


@contextmanager
def opened_unmigrated() -> Iterator[Store]:
    """The store as it is, for what has to work when it is away: connecting is left to whoever uses it."""
    from prodworthy.interfaces.away import open_or_away

    store = open_or_away(home().store_url)
    try:
        yield store
    finally:
        store.close()


def flags() -> Flags:
    """The kill flags. Raises FlagsUnreadable."""
    from prodworthy.record.store.flags import Flags

    return Flags(home().kill)


def target(named: str) -> Target:
    """`workload` or `tenant/workload`."""
    from prodworthy.operations.acts import Target

    said = text(named)
    tenant, slash, workload = said.partition("/")
    return Target(tenant, workload) if slash else Target("default", said)


def act(by: str) -> Act:
    """A person acting now: the one named, else PRODWORTHY_ACTOR, else the user of this machine."""
    from prodworthy.operations.acts import Act

    return Act(text(by or os.environ.get("PRODWORTHY_ACTOR") or getpass.getuser()), time.time_ns())


def text(given: str) -> str:
    """What was typed, as text that can be stored: bytes that are no UTF-8 are replaced."""
    return given.encode("utf-8", "replace").decode()
