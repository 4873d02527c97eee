"""Making an audit pack of this installation, into a file that appears when it is whole."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from prodworthy import __version__
from prodworthy.assurance.audit.pack.form import Manifest, NamesFor
from prodworthy.assurance.audit.verifying.verdicts import Telling
from prodworthy.assurance.packing.making import Print
from prodworthy.assurance.packing.sources import Wanted
from prodworthy.interfaces.pack_parts import maker, pseudonym
from prodworthy.interfaces.sealing import seal_now
from prodworthy.interfaces.settings import Home
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.packs.asking import open_names
from prodworthy.record.store.database import Store


class Asked(NamedTuple):
    """What a pack is asked to hold: workloads, and what was sealed from `since` until `at` (Unix ns; 0: from the first,
    until now). `names_for` and `role`: to whom it names people, "" for nobody. `held`: the size of a checkpoint that
    whoever gets it holds, 0 for none.
    """

    targets: tuple[Target, ...]
    since: int = 0
    at: int = 0
    names_for: str = ""
    role: str = ""
    held: int = 0


class Means(NamedTuple):
    """What it is made with: the home folder, the store, how a page is printed, and who is told how far it has come."""

    home: Home
    store: Store
    printing: Print
    tell: Telling


def make_pack(means: Means, asked: Asked, act: Act, output: Path) -> Manifest:
    """Write a pack to `output`.

    Raises:
        PackFault: there is nothing to pack, or too much.
        NobodyNamed: a person without a role, or a role without a person.
        SettingsFault, StoreFault, LedgerFault, SealingFault, OSError: what it needs is not there.
    """
    names = None
    if asked.names_for or asked.role:
        event = open_names(means.store, asked.names_for, asked.role, asked.targets, act)
        names = NamesFor(asked.names_for, asked.role, event)
    seal_now(means.home, means.store)
    now = time.time_ns()
    wanted = Wanted(
        places=tuple((target.tenant, target.workload) for target in asked.targets),
        since=asked.since,
        at=min(asked.at or now, now),
        made_at=now,
        made_by=pseudonym(means.home, act.actor),
        version=__version__,
        names_for=names,
        held=(asked.held,) if asked.held else (),
    )
    made = maker(means.home, means.store, names is not None, means.printing)
    descriptor, beside = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}-")
    with os.fdopen(descriptor, "w+b") as file:
        try:
            manifest = made.make(file, wanted, means.tell)
            file.flush()
            os.replace(beside, output)
        finally:
            Path(beside).unlink(missing_ok=True)
    return manifest
