"""Verbs of drills: list, run."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import By, Json, Tenant, act, flags, home, opened, target
from prodworthy.interfaces.cli.together import together

if TYPE_CHECKING:
    from prodworthy.assurance.drills.drill import Drill
    from prodworthy.assurance.drills.run import Terms

app = typer.Typer(help="Drills: what controls promise, executed through the front door.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="DRILL", help="One of `prodworthy drill list`.")]
Workload = Annotated[str, typer.Option("--workload", "-w", help="WORKLOAD, or TENANT/WORKLOAD.")]
Bound = Annotated[float | None, typer.Option("--bound", min=0, help="Seconds allowed.", show_default="the drill's")]
Rate = Annotated[int | None, typer.Option("--rate", min=1, max=100, help="Requests per second.", show_default="10")]
Streams = Annotated[int | None, typer.Option("--streams", min=0, max=64, help="Streams held open.", show_default="4")]
Protocol = Annotated[
    str, typer.Option("--protocol", help="As the journal names it.", show_default="what the last exchange spoke")
]
StopLive = Annotated[bool, typer.Option("--stop-live-traffic", help="Run it although users are there.")]


class Chosen(NamedTuple):
    """What may be chosen for a run."""

    bound: Bound = None
    rate: Rate = None
    streams: Streams = None
    protocol: Protocol = ""
    stop_live_traffic: StopLive = False


@app.command("list")
def list_drills(tenant: Tenant = None, json: Json = False) -> None:
    """List every drill: what it proves, what it does to traffic, and how it ended last on each workload."""
    from prodworthy.assurance.drills.catalogue import discover
    from prodworthy.assurance.drills.results import last_results
    from prodworthy.interfaces.cli.drill_screen import print_drills, shown

    drills = discover()
    with opened() as store:
        results = last_results(store, tenant)
    if json:
        screen.as_json(shown(drills.values(), results))
    else:
        print_drills(drills.values(), results)


@app.command()
@together
def run(name: Name, workload: Workload, chosen: Chosen, by: By = "", json: Json = False) -> None:
    """Run a drill and record how it ended. Exit code 0 passed, 1 failed, 2 incomplete."""
    from prodworthy.assurance.drills.outcome import EXIT_CODES, INCOMPLETE, PASSED
    from prodworthy.assurance.drills.running import prepared, run_drill
    from prodworthy.interfaces.cli.drill_screen import print_ran, telling
    from prodworthy.interfaces.drilling import installation

    drill = _found(name)
    terms = _terms(drill, chosen)
    with opened() as store, _ended_politely():
        one = prepared(installation(home(), store, flags()), target(workload), act(by).actor, terms)
        one.say = telling(quiet=json)
        ran = run_drill(drill, one)
    if json:
        screen.as_json({"workload": str(one.target), "number": ran.number, "drilled": ran.drilled})
    else:
        print_ran(ran)
    if ran.unrecorded:
        screen.note(f"NOT RECORDED, so it counts for nothing: {ran.unrecorded}")
    outcome = INCOMPLETE if ran.unrecorded and ran.drilled.outcome == PASSED else ran.drilled.outcome
    raise typer.Exit(EXIT_CODES[outcome])


def _found(name: str) -> Drill:
    from prodworthy.assurance.drills.catalogue import discover

    drills = discover()
    if name not in drills:
        raise typer.BadParameter(f"there is no such drill; there are: {', '.join(drills)}", param_hint="DRILL")
    return drills[name]


def _terms(drill: Drill, chosen: Chosen) -> Terms:
    """The terms of the run. Raises BadParameter for what makes no difference to this drill."""
    import msgspec

    from prodworthy.assurance.drills.run import Terms
    from prodworthy.assurance.drills.speech import SPEECHES

    given = chosen._asdict().items()
    said = {option: value for option, value in given if value not in (None, "") and value is not False}
    for option in sorted(said.keys() - drill.options - {"protocol"}):
        raise typer.BadParameter(f"{drill.name} has no such option", param_hint=f"--{option.replace('_', '-')}")
    if chosen.protocol and chosen.protocol not in SPEECHES:
        raise typer.BadParameter(f"give one of {', '.join(SPEECHES)}", param_hint="--protocol")
    if chosen.bound is not None and not 0 < chosen.bound <= drill.bound:
        raise typer.BadParameter(f"give more than 0 and at most {drill.bound:g} seconds", param_hint="--bound")
    return msgspec.convert(said, Terms)


@contextmanager
def _ended_politely() -> Iterator[None]:
    """A request to end, or a terminal that goes away, is heard like Ctrl-C: what the drill did is undone first."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, then in before.items():
            signal.signal(number, then)
