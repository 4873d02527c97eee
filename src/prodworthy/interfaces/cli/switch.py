"""Verbs of the kill switch: kill, restore."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import By, Json, Named, act, flags, opened_unmigrated, target, text

if TYPE_CHECKING:
    from prodworthy.operations.acts import Act, Target

Reason = Annotated[str, typer.Option("--reason", help="Why; it is recorded with your name and the time.")]


def kill(workload: Named, reason: Reason, by: By = "", json: Json = False) -> None:
    """Switch a workload off: new exchanges are refused, running ones end. Works without the database, by a file."""
    place, acting, why = target(workload), act(by), text(reason)
    raised = _raise_flag(place, why, acting)
    from prodworthy.operations.errors import OperationRefused
    from prodworthy.operations.killswitch.switch import kill as switch_off

    try:
        with opened_unmigrated() as store:
            done = switch_off(store, flags(), place, why, acting)
    except OperationRefused:
        if raised:
            flags().lower(place.tenant, place.workload)
        raise
    if json:
        screen.as_json({"workload": str(place), "killed": done})
        return
    already = " It was off already." if done.already else ""
    where = "" if done.how == "database" else " The database is away: this was written to a file and is obeyed as well."
    typer.echo(f"{place} is off.{already}{where} Back on: prodworthy restore {workload} --reason …")


def _raise_flag(place: Target, reason: str, acting: Act) -> bool:
    """Raise the flag file before anything slow is done: gateways of this machine obey it while the database is opened.

    False if nothing was raised: there is a flag already, or none can be. Then the database alone must do.
    """
    from prodworthy.operations.killswitch.flag_text import write_flag_text
    from prodworthy.record.faults import FlagsUnreadable
    from prodworthy.record.store.flags import flag_name

    try:
        standing = flags()
        if not reason.strip() or flag_name(place.tenant, place.workload) in standing.read():
            return False
        standing.raise_flag(place.tenant, place.workload, write_flag_text(reason, acting))
    except (FlagsUnreadable, OSError, ValueError):
        return False
    return True


def restore(workload: Named, reason: Reason, by: By = "", json: Json = False) -> None:
    """Switch a workload on again."""
    from prodworthy.operations.killswitch.switch import restore as switch_on

    place = target(workload)
    with opened_unmigrated() as store:
        done = switch_on(store, flags(), place, text(reason), act(by))
    if json:
        screen.as_json({"workload": str(place), "restored": done})
    else:
        typer.echo(f"{place} is on again." if done.cleared else f"{place} was not off.")
