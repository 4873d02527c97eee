"""Why an exchange was not marked, or a detector not calibrated.

TuningRefused
├── UnknownExchange       the journal does not have it
└── CalibrationRefused    there is nothing to calibrate, or too little to calibrate with
"""

from __future__ import annotations

from prodworthy.operations.errors import OperationRefused


class TuningRefused(OperationRefused):
    """Nothing was changed."""


class UnknownExchange(TuningRefused):
    """The journal has no such exchange."""


class CalibrationRefused(TuningRefused):
    """There is nothing to calibrate, or too little to calibrate with."""
