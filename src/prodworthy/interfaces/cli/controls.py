"""Verbs for tuning controls: report."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import Json, Named, opened, target

app = typer.Typer(help="Controls on real traffic: what they did, and what they would do.", no_args_is_help=True)

Days = Annotated[int, typer.Option("--days", min=1, max=400, help="How many days to look back.")]


@app.command()
def report(workload: Named, days: Days = 7, json: Json = False) -> None:
    """Show what each control did: how often, on which share of the traffic, why, and examples."""
    from prodworthy.interfaces.cli.controls_screen import print_report
    from prodworthy.interfaces.controls_report import Window, read_report
    from prodworthy.policy.controls.catalogue import discover

    with opened() as store:
        found = read_report(store, discover(), target(workload), Window(days, time.time_ns()))
    if json:
        screen.as_json(found)
    else:
        print_report(found)
