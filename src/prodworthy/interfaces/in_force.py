"""A workload as it is in force now, compiled as gateways compile it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from prodworthy.operations.acts import Target
from prodworthy.operations.errors import OperationRefused
from prodworthy.operations.roster.roster import workload
from prodworthy.operations.snapshot.compiling import CannotCompile, compile_workload
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.operations.tuning.calibrations import calibrations_of
from prodworthy.policy.controls.contract import Control
from prodworthy.record.store.database import Store


def in_force(store: Store, catalogue: Mapping[str, Control], target: Target) -> Workload:
    """The workload as its newest manifest says, with its calibrations.

    Raises UnknownWorkload, OperationRefused, StoreFault.
    """
    newest = workload(store, target)
    with store.connect() as connection:
        learned = calibrations_of(connection, target)
    try:
        compiled = compile_workload(newest.text, newest.version, catalogue)
        return msgspec.structs.replace(compiled, calibrations=learned)
    except CannotCompile as fault:
        text = f"{target} version {newest.version} is not in force: {fault}; apply a manifest that fits this version"
        raise OperationRefused(text) from None
