"""The ladder's stages, and what the last assessment says of a workload: where it stands, its caps, what holds it there.

A stage is computed from evidence, never declared. A workload that nobody assessed is in Experiment.
"""

from __future__ import annotations

import msgspec

EXPERIMENT, PILOT, PRODUCTION, SCALED = "Experiment", "Pilot", "Production", "Scaled"
STAGES = (EXPERIMENT, PILOT, PRODUCTION, SCALED)
"""The stages, lowest first."""


class Scope(msgspec.Struct, frozen=True):
    """The caps of a Pilot; None where something is not bounded.

    `users`: most distinct end users; `rate`: so many requests in so many milliseconds; `tools` and `classes` (of data):
    the only ones.
    """

    users: int | None = None
    rate: tuple[int, int] | None = None
    tools: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None


UNBOUNDED = Scope()


class Gap(msgspec.Struct, frozen=True):
    """What is missing, of a criterion where it is one's, and what to do next."""

    criterion: str
    text: str
    next: str = ""

    def __str__(self) -> str:
        """One line of text: what is missing, and the step in brackets."""
        named = self.text.startswith(self.criterion)
        said = self.text if named else f"{self.criterion}: {self.text}"
        return f"{said.rstrip('.')} ({self.next.rstrip('.')})" if self.next else said


class Override(msgspec.Struct, frozen=True):
    """People put the workload at this stage until a time (Unix nanoseconds), whatever is proven."""

    stage: str
    until: int
    reason: str = ""


class Assessed(msgspec.Struct, frozen=True):
    """Where a workload stands. `held_by` says what keeps it from the next stage, `gaps` what is open, `freeze` which
    gaps keep its scope from being widened."""

    stage: str = EXPERIMENT
    frozen: bool = False
    scope: Scope = UNBOUNDED
    held_by: str = "not assessed yet"
    gaps: tuple[Gap, ...] = ()
    freeze: tuple[Gap, ...] = ()
    override: Override | None = None
    assessed_at: int = 0

    def overridden(self, now: int) -> bool:
        """Whether people put it at this stage, and that holds at `now` (Unix nanoseconds)."""
        return self.override is not None and self.override.stage == self.stage and now < self.override.until

    def freezes(self, now: int) -> bool:
        """Whether its scope must not be widened at `now` (Unix nanoseconds): an override in force lifts that."""
        return self.frozen and not self.overridden(now)


NEVER_ASSESSED = Assessed()
