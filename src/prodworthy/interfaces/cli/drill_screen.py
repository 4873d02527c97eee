"""What the verbs of drills show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

from prodworthy.interfaces.cli import screen

if TYPE_CHECKING:
    from prodworthy.assurance.drills.drill import Drill
    from prodworthy.assurance.drills.results import Result
    from prodworthy.assurance.drills.running import Ran
    from prodworthy.operations.acts import Drilled

_SECOND = 1_000_000
_SAID = {"passed": "pass", "failed": "FAIL", "incomplete": "incomplete"}


def telling(quiet: bool) -> Callable[[str], None]:
    """Shows how a run goes on, as it does; with `quiet` on standard error, where the result alone is wanted."""

    def tell(words: str) -> None:
        if words and quiet:
            screen.note(words)
        elif words:
            typer.echo(f"  {words} …")

    return tell


def print_ran(ran: Ran) -> None:
    """How a run ended: in one line, and what was observed."""
    drilled = ran.drilled
    number = f"  record #{ran.number}" if ran.number else ""
    screen.line(f"  {_outcome(drilled)}{number}")
    screen.line(f"  {drilled.detail}")
    screen.pairs(((name, f"{value:,}") for name, value in drilled.observations.items()), indent="    ")


def print_drills(drills: Iterable[Drill], results: Sequence[Result]) -> None:
    """Each drill with what there is to know before it is run, and its last result on each workload."""
    for drill in drills:
        screen.line(f"{drill.name}  {', '.join(drill.criteria)}")
        screen.pairs(
            (("proves", drill.proves), ("traffic", drill.traffic), ("takes", drill.takes), ("cleans up", drill.cleans)),
            indent="  ",
        )
        mine = [result for result in results if result.drilled.drill == drill.name]
        for result in mine:
            when = f"{screen.moment(result.at)} by {result.actor}  record #{result.number}"
            screen.line(f"  last on {result.target}: {_outcome(result.drilled)}  {when}")
        if not mine:
            screen.line("  last: never")
        screen.line("")
    screen.line("Run one: prodworthy drill run DRILL -w WORKLOAD")


def shown(drills: Iterable[Drill], results: Sequence[Result]) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [
        {
            "name": drill.name,
            "criteria": drill.criteria,
            "proves": drill.proves,
            "traffic": drill.traffic,
            "takes": drill.takes,
            "steps": drill.steps,
            "observes": drill.observes,
            "cleans": drill.cleans,
            "bound_seconds": drill.bound,
            "last": [result for result in results if result.drilled.drill == drill.name],
        }
        for drill in drills
    ]


def _outcome(drilled: Drilled) -> str:
    timed = f": {drilled.duration / _SECOND:.2f} s (bound {drilled.bound / _SECOND:g} s)" if drilled.duration else ""
    return f"{_SAID.get(drilled.outcome, drilled.outcome)}{timed}"
