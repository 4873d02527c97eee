"""Verbs for manifests and the roster: check, apply, roster, show, schema."""

from __future__ import annotations

import enum
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import By, Json, Named, Tenant, act, flags, opened, target

if TYPE_CHECKING:
    from prodworthy.operations.roster.faults import Fault


class Stage(enum.StrEnum):
    """The stages that a manifest can be checked for."""

    PILOT = "pilot"
    PRODUCTION = "production"
    SCALED = "scaled"


StageNamed = Annotated[Stage | None, typer.Option("--stage", help="Say what it lacks for this stage.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A manifest, usually workload.yaml.")]


def check(file: File, stage: StageNamed = None, json: Json = False) -> None:
    """Validate a manifest without applying it: every fault with line, field and remedy. Exit code 1 if it has any.

    With --stage, also say what it lacks for that stage, as far as a manifest alone can tell; exit code 1 if anything.
    """
    from prodworthy.interfaces.cli.manifest_file import parsed, readiness, text_of
    from prodworthy.operations.roster.faults import ManifestRefused
    from prodworthy.operations.roster.manifest import warnings

    try:
        manifest = parsed(text_of(file))
    except ManifestRefused as refused:
        _faults(file, refused.faults, json)
        raise typer.Exit(1) from None
    missing = warnings(manifest)
    found = None if stage is None else readiness(manifest, stage.value.capitalize())
    if json:
        said = {} if found is None else {"stage": found}
        screen.as_json({"valid": True, "workload": manifest.id, "faults": [], "warnings": missing, **said})
    else:
        typer.echo(f"{file}: {manifest.tenant}/{manifest.id} is valid")
        if found is None:
            for fault in missing:
                typer.echo(f"  later: {fault.field}: {fault.problem} {fault.remedy}")
        else:
            _print_readiness(found)
    if found is not None and found["lacking"]:
        raise typer.Exit(1)


def apply(file: File, by: By = "", json: Json = False) -> None:
    """Put a manifest in force as the workload's next version."""
    from prodworthy.interfaces.cli.manifest_file import parsed, text_of
    from prodworthy.operations.acts import Target
    from prodworthy.operations.roster.faults import ManifestRefused
    from prodworthy.operations.roster.manifest import lines_of
    from prodworthy.operations.roster.roster import apply as apply_manifest
    from prodworthy.operations.roster.roster import refuse

    text = text_of(file)
    try:
        manifest = parsed(text)
        with opened() as store:
            applied = apply_manifest(store, manifest, act(by), lines_of(text))
    except ManifestRefused as refused:
        if refused.workload:
            with opened() as store:
                refuse(store, Target(refused.tenant or "default", refused.workload), refused.faults, act(by))
        _faults(file, refused.faults, json)
        raise typer.Exit(1) from None
    if json:
        screen.as_json({"tenant": manifest.tenant, "workload": manifest.id, "applied": applied})
    elif applied.changed:
        typer.echo(f"{manifest.tenant}/{manifest.id} version {applied.version} is in force")
        screen.pairs([("changed", ", ".join(applied.changed[:12]))], indent="  ")
    else:
        typer.echo(f"{manifest.tenant}/{manifest.id} version {applied.version} was in force already; nothing changed")


def roster(tenant: Tenant = None, json: Json = False) -> None:
    """List every workload with its owner, live rate and kill state, and the traffic that nobody declared."""
    from prodworthy.interfaces.cli.roster_screen import print_roster
    from prodworthy.operations.roster.listing import listing

    with opened() as store:
        found = listing(store, flags(), time.time_ns(), tenant)
    if json:
        screen.as_json(found)
        return
    print_roster(found)


def show(workload: Named, json: Json = False) -> None:
    """Show one workload: its record, its keys' state, its live figures, its last changes."""
    from prodworthy.interfaces.cli.roster_screen import print_record
    from prodworthy.interfaces.workload_record import read_record

    now = time.time_ns()
    with opened() as store:
        found = read_record(store, flags(), target(workload), now)
    if json:
        screen.as_json(found)
        return
    print_record(found, now)


def schema(json: Json = False) -> None:
    """Print the JSON Schema of manifests, for editors."""
    from prodworthy.operations.roster.schema import schema as manifest_schema
    from prodworthy.policy.controls.catalogue import discover

    screen.as_json(manifest_schema(discover()))


def _print_readiness(found: dict[str, Any]) -> None:
    for fault in found["lacking"]:
        typer.echo(f"  lacks for {found['name']}: {fault['field']}: {fault['problem']} {fault['remedy']}")
    if not found["lacking"]:
        typer.echo(f"  nothing is missing for {found['name']} as far as a manifest can tell")
    typer.echo("  to be proven by evidence:")
    for sentence in found["unproven"]:
        typer.echo(f"    {sentence}")


def _faults(file: Path, faults: tuple[Fault, ...], json: bool) -> None:
    if json:
        screen.as_json({"valid": False, "faults": faults, "warnings": []})
        return
    for fault in faults:
        typer.echo(f"{file}:{fault.line}: {fault.field or '(top)'}: {fault.problem} {fault.remedy}", err=True)
    count = len(faults)
    typer.echo(f"{file}: {count} {'fault' if count == 1 else 'faults'}; nothing was applied", err=True)
