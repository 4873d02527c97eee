"""Verbs for tuning controls: report, replay, mark; calibrate stands beside."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from prodworthy.interfaces.cli import calibrate, screen
from prodworthy.interfaces.cli.installation import By, Json, Named, act, home, opened, target, text
from prodworthy.interfaces.cli.progress import telling

app = typer.Typer(help="Controls on real traffic: what they did, and what they would do.", no_args_is_help=True)
app.command()(calibrate.calibrate)
app.command()(calibrate.uncalibrate)

Days = Annotated[int, typer.Option("--days", min=1, max=400, help="How many days to look back.")]
Most = Annotated[int, typer.Option("--most", min=1, max=20_000, help="How many exchanges: the latest.")]
Exchange = Annotated[str, typer.Argument(metavar="EXCHANGE", help="The exchange's id, as its answer's header says.")]
Benign = Annotated[bool, typer.Option("--benign", help="Nothing was wrong with it.")]
Attack = Annotated[bool, typer.Option("--attack", help="It was an attack.")]


@app.command()
def report(workload: Named, days: Days = 7, json: Json = False) -> None:
    """Show what each control did: how often, on which share of the traffic, why, how often wrongly, and examples."""
    from prodworthy.interfaces.cli.controls_screen import print_report
    from prodworthy.interfaces.controls_report import Window
    from prodworthy.interfaces.explained import report_of

    with opened() as store:
        found = report_of(home(), store, target(workload), Window(days, time.time_ns()))
    if json:
        screen.as_json(found)
    else:
        print_report(found)


@app.command()
def replay(workload: Named, days: Days = 30, most: Most = 1_000, json: Json = False) -> None:
    """Show what other settings of each control would have done with recorded traffic, where its content is kept."""
    from prodworthy.interfaces.cli.replay_screen import print_replay
    from prodworthy.interfaces.controls_report import Window
    from prodworthy.interfaces.replayed import replay_of

    with opened() as store:
        window = Window(days, time.time_ns(), most)
        found = replay_of(home(), store, target(workload), window, telling("exchanges"))
    if json:
        screen.as_json(found)
    else:
        print_replay(found)


@app.command()
def mark(exchange: Exchange, benign: Benign = False, attack: Attack = False, by: By = "", json: Json = False) -> None:
    """Say what an exchange was, so that the report measures errors instead of bounding them. The last word counts."""
    from prodworthy.operations.tuning.marks import mark as record

    if benign == attack:
        raise typer.BadParameter("say either --benign or --attack", param_hint="--benign / --attack")
    with opened() as store:
        place, done = record(store, text(exchange), attack, act(by))
    if json:
        screen.as_json({"workload": str(place), "marked": done})
    else:
        typer.echo(f"{done.exchange} of {place} is marked as {'an attack' if attack else 'benign'}")
