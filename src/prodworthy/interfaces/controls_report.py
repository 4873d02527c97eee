"""The report of what a workload's controls did, read from the journal and from the manifest in force."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import msgspec

from prodworthy.assurance.tuning.folding import Folding
from prodworthy.assurance.tuning.report import ControlsReport
from prodworthy.assurance.tuning.trend import trend
from prodworthy.interfaces.in_force import in_force
from prodworthy.operations.acts import Target
from prodworthy.operations.tuning.marks import marks
from prodworthy.policy.controls.contract import Control
from prodworthy.record.journal.latest import latest, samples
from prodworthy.record.journal.read import Selection
from prodworthy.record.store.database import Store

DAY = 86_400 * 1_000_000_000


class Window(msgspec.Struct, frozen=True):
    """Exchanges of the `days` before `now` (Unix nanoseconds), the latest `most` of them."""

    days: int
    now: int
    most: int = 50_000

    def selection(self, target: Target) -> Selection:
        """The exchanges of one workload in this window, as the journal is asked for them."""
        return Selection(target.tenant, target.workload, max(0, self.now - self.days * DAY), self.now)


def read_report(store: Store, catalogue: Mapping[str, Control], target: Target, window: Window) -> ControlsReport:
    """What the controls did. Examples come without excerpts.

    Raises UnknownWorkload, OperationRefused for a manifest that this version cannot read, StoreFault.
    """
    compiled = in_force(store, catalogue, target)
    asked = {c.control.criterion: c for configured in compiled.controls.values() for c in configured}
    selection = window.selection(target)
    folding = Folding(catalogue, asked, marks(store, target))
    records = latest(store, selection)
    for record in itertools.islice(records, window.most):
        folding.add(record)
    whole = next(records, None) is None
    since = selection.since if whole else folding.oldest
    sampled = list(samples(store, selection))
    for sample in reversed(sampled):
        if sample.at >= since:
            folding.add_sample(sample)
    return ControlsReport(
        tenant=target.tenant,
        workload=target.workload,
        since=since,
        until=window.now,
        exchanges=folding.exchanges,
        whole=whole,
        controls=folding.figures(),
        quality=trend(sampled),
    )
