"""The freeze: a workload with an open gap in data protection or security cannot be widened until the gap closes."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection

from prodworthy.operations.acts import Target
from prodworthy.operations.roster.document import Path, dotted
from prodworthy.operations.roster.faults import Fault, ManifestRefused
from prodworthy.operations.roster.standings import standing_of
from prodworthy.operations.roster.widening import widenings
from prodworthy.policy.core.manifest import Manifest

Lines = Callable[[Path], int]
"""The line of a path in the text that is applied."""

MOST_GAPS = 5  # named in one fault; the roster has all
_LIFTED = "A waiver does not lift the freeze; an override that two people answer for does, while it holds."


def nowhere(path: Path) -> int:
    """The line of a manifest that came without its text."""
    return 0


def refuse_widening(connection: Connection, before: str, after: Manifest, at: int, line: Lines) -> None:
    """Refuse a manifest that is wider than the one in force (`before`, in JSON), where its workload is frozen at `at`.

    Raises ManifestRefused with a fault for each widening: its line, its field, and which gaps have to close first.
    """
    standing = standing_of(connection, Target(after.tenant, after.id))
    if not standing.freezes(at):
        return
    first = "; ".join(map(str, standing.freeze[:MOST_GAPS])) or "what `prodworthy show` names"
    try:
        found = list(widenings(msgspec.json.decode(before, type=Manifest), after))
    except msgspec.DecodeError:
        problem = "The manifest in force cannot be read, so nobody can say whether this one is wider."
        found = [((), problem, "Have an override seconded.")]
    why = f"To widen it, close first: {first.rstrip('.')}. {_LIFTED}"
    faults = tuple(
        Fault(line(path), dotted(path), f"{problem} The scope is frozen.", f"{remedy} {why}")
        for path, problem, remedy in found
    )
    if faults:
        raise ManifestRefused(faults, after.tenant, after.id)
