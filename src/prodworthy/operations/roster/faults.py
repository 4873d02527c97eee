"""What is wrong with a manifest, said so that its author can put it right."""

from __future__ import annotations

import msgspec

from prodworthy.operations.errors import OperationRefused

MOST_FAULTS = 100  # more than anyone mends in one go; keeps an error and its record bounded


class Fault(msgspec.Struct, frozen=True, order=True):
    """One fault: the line (from 1; 0 where no single line is meant), the dotted field, the problem, the remedy."""

    line: int
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """One line of text, as an editor or a build log shows it."""
        place = f"line {self.line}" if self.line else "manifest"
        return f"{place}: {self.field or '(top)'}: {self.problem} {self.remedy}"


class ManifestRefused(OperationRefused):
    """A manifest that cannot be applied, with every fault found (at most `MOST_FAULTS`), in order of line.

    `tenant` and `workload` say whose manifest it is as far as that could be read ("" where it could not), so that the
    roster can show the refusal.
    """

    def __init__(self, faults: tuple[Fault, ...], tenant: str = "", workload: str = "") -> None:
        """Keep the faults, sorted and bounded."""
        ordered = sorted(set(faults))
        if len(ordered) > MOST_FAULTS:
            more = Fault(0, "", "There are more faults.", "Correct these first, then check again.")
            ordered = [*ordered[:MOST_FAULTS], more]
        self.faults = tuple(ordered)
        self.tenant = tenant
        self.workload = workload
        super().__init__("\n".join(str(fault) for fault in self.faults))
