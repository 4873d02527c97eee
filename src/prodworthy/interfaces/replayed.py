"""What other settings would have done with recorded traffic, as this installation can measure it."""

from __future__ import annotations

import itertools

from prodworthy.assurance.tuning.replay import Replay
from prodworthy.interfaces.controls_report import Window
from prodworthy.interfaces.in_force import in_force
from prodworthy.interfaces.means import equipment_of, vault_of
from prodworthy.interfaces.recalled import Archive
from prodworthy.interfaces.replay import Progress, replay
from prodworthy.interfaces.settings import Home
from prodworthy.interfaces.tried import tried
from prodworthy.operations.acts import Target
from prodworthy.policy.controls.catalogue import discover
from prodworthy.record.journal.latest import latest
from prodworthy.record.store.database import Store


def replay_of(home: Home, store: Store, target: Target, window: Window, progress: Progress) -> Replay:
    """What each setting would have done with the latest exchanges of the window.

    Raises UnknownWorkload, OperationRefused, SettingsFault, RecordFault.
    """
    catalogue = discover()
    workload = in_force(store, catalogue, target)
    records = list(itertools.islice(latest(store, window.selection(target)), window.most))
    vault = vault_of(home) if any(record.content for record in records) else None
    equipment = equipment_of(home.settings)
    return replay(Archive(store, vault, workload), tried(workload, catalogue, equipment), records, progress)
