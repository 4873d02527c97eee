"""Verbs for manifests and the roster: check, apply, roster, show, schema."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import By, Json, Named, Tenant, act, flags, opened, target

if TYPE_CHECKING:
    from prodworthy.operations.roster.faults import Fault
    from prodworthy.policy.core.manifest import Manifest

File = Annotated[Path, typer.Argument(metavar="FILE", help="A manifest, usually workload.yaml.")]


def check(file: File, json: Json = False) -> None:
    """Validate a manifest without applying it: every fault with line, field and remedy. Exit code 1 if it has any."""
    from prodworthy.operations.roster.faults import ManifestRefused
    from prodworthy.operations.roster.manifest import warnings

    try:
        manifest = _parsed(file)
    except ManifestRefused as refused:
        _faults(file, refused.faults, json)
        raise typer.Exit(1) from None
    missing = warnings(manifest)
    if json:
        screen.as_json({"valid": True, "workload": manifest.id, "faults": [], "warnings": missing})
        return
    typer.echo(f"{file}: {manifest.tenant}/{manifest.id} is valid")
    for fault in missing:
        typer.echo(f"  later: {fault.field}: {fault.problem} {fault.remedy}")


def apply(file: File, by: By = "", json: Json = False) -> None:
    """Put a manifest in force as the workload's next version."""
    from prodworthy.operations.acts import Target
    from prodworthy.operations.roster.faults import ManifestRefused
    from prodworthy.operations.roster.roster import apply as apply_manifest
    from prodworthy.operations.roster.roster import refuse

    try:
        manifest = _parsed(file)
    except ManifestRefused as refused:
        if refused.workload:
            with opened() as store:
                refuse(store, Target(refused.tenant or "default", refused.workload), refused.faults, act(by))
        _faults(file, refused.faults, json)
        raise typer.Exit(1) from None
    with opened() as store:
        applied = apply_manifest(store, manifest, act(by))
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


def _parsed(file: Path) -> Manifest:
    from prodworthy.operations.roster.manifest import parse
    from prodworthy.policy.controls.catalogue import discover

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as fault:
        raise typer.BadParameter(f"{file} cannot be read: {fault}") from None
    return parse(text, discover())


def _faults(file: Path, faults: tuple[Fault, ...], json: bool) -> None:
    if json:
        screen.as_json({"valid": False, "faults": faults, "warnings": []})
        return
    for fault in faults:
        typer.echo(f"{file}:{fault.line}: {fault.field or '(top)'}: {fault.problem} {fault.remedy}", err=True)
    count = len(faults)
    typer.echo(f"{file}: {count} {'fault' if count == 1 else 'faults'}; nothing was applied", err=True)
