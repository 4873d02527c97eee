"""The report of what controls did, with masked pieces of what they saw, as this installation can give it."""

from __future__ import annotations

from prodworthy.assurance.tuning.report import ControlsReport
from prodworthy.interfaces.controls_report import Window, read_report
from prodworthy.interfaces.excerpts import with_excerpts
from prodworthy.interfaces.in_force import in_force
from prodworthy.interfaces.means import equipment_of, vault_of
from prodworthy.interfaces.recalled import Archive
from prodworthy.interfaces.settings import Home
from prodworthy.interfaces.tried import tried
from prodworthy.operations.acts import Target
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.manifest import Keep
from prodworthy.record.store.database import Store


def report_of(home: Home, store: Store, target: Target, window: Window) -> ControlsReport:
    """The report, with excerpts where the manifest keeps content.

    Raises UnknownWorkload, OperationRefused, SettingsFault, RecordFault.
    """
    catalogue = discover()
    report = read_report(store, catalogue, target, window)
    workload = in_force(store, catalogue, target)
    if workload.manifest.retention.content is Keep.NONE or not any(each.examples for each in report.controls):
        return report
    archive = Archive(store, vault_of(home), workload)
    return with_excerpts(report, archive, tried(workload, catalogue, equipment_of(home.settings)))
