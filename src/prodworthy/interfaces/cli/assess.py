"""The verb assess: what the evidence says of a workload, now or on any day before."""

from __future__ import annotations

import datetime
import time
from typing import Annotated

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import Json, Named, home, opened, target

AsOf = Annotated[str, typer.Option("--as-of", metavar="DATE", help="What was known at the end of that day (UTC).")]
Of = Annotated[str, typer.Option("--control", metavar="CRITERION", help="One control, down to its leaves.")]
DAY = 86_400 * 10**9
EARLIEST = 2000
"""The year before which there was nothing of this kind to record."""


def assess(workload: Named, as_of: AsOf = "", control: Of = "", json: Json = False) -> None:
    """Compute the stage, what holds it back, and what to do next, from evidence alone.

    What happened until now is sealed first; with --as-of, nothing is sealed or written.
    """
    from prodworthy.assurance.stages.known import report_of
    from prodworthy.interfaces.cli.assess_screen import print_control, print_report
    from prodworthy.interfaces.sealing import declare_now, seal_now, vault_of
    from prodworthy.interfaces.standards import load_standard
    from prodworthy.operations.roster.roster import workload as on_roster
    from prodworthy.policy.standard.standard import NotInStandard

    at = _end_of(as_of) if as_of else 0
    standard, place = load_standard(), target(workload)
    if control:
        try:
            standard.criterion(control)
        except NotInStandard as fault:
            raise typer.BadParameter(str(fault), param_hint="--control") from None
    with opened() as store:
        on_roster(store, place)
        if not as_of:
            vault_of(home())  # without its key nothing can be sealed: say so before anything is written
            declare_now(home(), store, place)
            seal_now(home(), store)
        report = report_of(store, vault_of(home()), standard, place, at or time.time_ns())
    chosen = next((one for one in report.controls if one.criterion == control), None)
    if json:
        plain = report.plain()
        screen.as_json(plain if chosen is None else next(c for c in plain["controls"] if c["criterion"] == control))
    elif chosen is not None:
        print_control(report, chosen)
    else:
        print_report(report, standard)


def _end_of(day: str) -> int:
    """The last nanosecond of a day as 2026-03-03, or now, if that is today. Raises typer.BadParameter."""
    try:
        start = datetime.datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise typer.BadParameter("write a day as 2026-03-03", param_hint="--as-of") from None
    now = time.time_ns()
    begun = int(start.timestamp()) * 10**9
    if start.year < EARLIEST or begun > now:
        raise typer.BadParameter(f"{day} has no record: give a day from {EARLIEST} until today", param_hint="--as-of")
    return min(begun + DAY - 1, now)
