"""Why a key operation was refused. No text ever repeats a secret.

KeyRefused
├── UnknownKey       the workload has no key of this id
├── KeyNotInForce    the key was revoked or has expired
└── KeyTermsRefused  scopes, expiry or overlap are not ones that can be granted
"""

from __future__ import annotations

from prodworthy.operations.errors import OperationRefused


class KeyRefused(OperationRefused):
    """The root of this package's refusals."""


class UnknownKey(KeyRefused):
    """The workload has no key of this id."""


class KeyNotInForce(KeyRefused):
    """The key was revoked or has expired, so that it cannot be rotated."""


class KeyTermsRefused(KeyRefused):
    """What was asked for the key cannot be granted."""
