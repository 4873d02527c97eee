"""What a control says: a closed set of four verdicts, always with a reason."""

from __future__ import annotations

import enum

import msgspec

from prodworthy.policy.core.refusal import Code


class Outcome(enum.StrEnum):
    """The four verdicts by name, least severe first."""

    ALLOW = "allow"
    REDACT = "redact"
    HOLD = "hold"
    BLOCK = "block"


class Edit(msgspec.Struct, frozen=True):
    """Replace the characters `[start, end)` of one part's text; offsets count code points from 0."""

    part: str
    start: int
    end: int
    replacement: str


class Allow(msgspec.Struct, frozen=True):
    """The subject may pass unchanged."""

    reason: str = ""
    outcome = Outcome.ALLOW


class Redact(msgspec.Struct, frozen=True):
    """The subject may pass once the edits are applied."""

    edits: tuple[Edit, ...]
    reason: str
    outcome = Outcome.REDACT


class Hold(msgspec.Struct, frozen=True):
    """The subject waits for a person."""

    reason: str
    outcome = Outcome.HOLD


class Block(msgspec.Struct, frozen=True):
    """The subject does not pass. `retry_after` is in seconds, 0 when waiting does not help."""

    reason: str
    code: Code
    retry_after: float = 0.0
    outcome = Outcome.BLOCK


Verdict = Allow | Redact | Hold | Block
ALLOW = Allow()
