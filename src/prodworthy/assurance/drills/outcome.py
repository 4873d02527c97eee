"""How a drill ends. What could not be executed is incomplete: never a pass, never a failure of the control."""

from __future__ import annotations

PASSED, FAILED, INCOMPLETE = "passed", "failed", "incomplete"

EXIT_CODES = {PASSED: 0, FAILED: 1, INCOMPLETE: 2}
"""Of the verb that runs a drill."""


class Failed(Exception):
    """What the drill exercised did not hold; the text says where, for a person."""


class Incomplete(Exception):
    """The drill could not be executed, or not to its end; the text says why, and what to do."""
