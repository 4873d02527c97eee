"""Verbs that let a detector learn what is ordinary in a workload, and forget it: calibrate, uncalibrate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import By, Json, Named, act, home, opened, target
from prodworthy.interfaces.cli.progress import telling

FACT = "injection"
"""The one detector that learns."""

MOST = 5_000
"""Exchanges of the journal that are read: the latest."""

From = Annotated[
    Path | None, typer.Option("--from", metavar="FILE", help='Benign texts, one JSON object a line: {"text": "…"}.')
]
Trust = Annotated[bool, typer.Option("--trust", help="All is benign that is not marked as an attack.")]


def calibrate(workload: Named, file: From = None, trust: Trust = False, by: By = "", json: Json = False) -> None:
    """Let the detector of injection learn what is ordinary here: from kept traffic, or from a file of benign texts."""
    from prodworthy.interfaces.benign import texts_of_file, texts_of_journal
    from prodworthy.interfaces.calibration import learn
    from prodworthy.interfaces.in_force import in_force
    from prodworthy.operations.tuning.calibrations import calibrate as put_in_force
    from prodworthy.policy.controls.catalogue import discover

    place = target(workload)
    with opened() as store:
        compiled = in_force(store, discover(), place)
        texts = texts_of_file(file) if file else texts_of_journal(home(), store, compiled, MOST)
        made = learn(compiled, FACT, texts, trust or file is not None, telling("texts"))
        done = put_in_force(store, place, FACT, made.learned, act(by))
    if json:
        screen.as_json({"workload": str(place), "calibrated": done, "strange": made.strange, "rate": made.rate})
        return
    counts = ", ".join(f"{count} of {role}" for role, count in sorted(done.texts.items()))
    typer.echo(f"{place}: the detector of {FACT} has learned from {sum(done.texts.values())} texts ({counts})")
    typer.echo(f"  {made.strange} of them look like attacks to it as shipped, at the accepted rate of {made.rate:.2%}")
    typer.echo(f"  See what that changes: prodworthy controls replay {workload}")


def uncalibrate(workload: Named, by: By = "", json: Json = False) -> None:
    """Let the detector of injection forget what it learned here: it measures as shipped again."""
    from prodworthy.operations.tuning.calibrations import remove

    place = target(workload)
    with opened() as store:
        done = remove(store, place, FACT, act(by))
    if json:
        screen.as_json({"workload": str(place), "removed": done})
    else:
        typer.echo(f"{place}: the detector of {FACT} measures as shipped again")
