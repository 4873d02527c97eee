"""Why a kill or a restore did not happen, or only in part.

SwitchRefused
├── ReasonMissing      no reason was given
├── KillFailed         neither the database nor the file could be written: the workload is NOT off
└── RestoreIncomplete  the workload stays off: the store or the file could not be cleared
"""

from __future__ import annotations

from prodworthy.operations.errors import OperationRefused


class SwitchRefused(OperationRefused):
    """The root of this package's refusals."""


class ReasonMissing(SwitchRefused):
    """A kill or a restore needs a reason."""


class KillFailed(SwitchRefused):
    """Neither the database nor the flag file could be written: the workload is not off."""


class RestoreIncomplete(SwitchRefused):
    """The workload stays off, because what holds it off could not be cleared."""
