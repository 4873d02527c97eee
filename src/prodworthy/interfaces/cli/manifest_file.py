"""A manifest's file as verbs read it, and what it lacks for a stage. Imported by a verb when it runs, not before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from prodworthy.operations.roster.document import dotted
from prodworthy.operations.roster.manifest import parse
from prodworthy.operations.roster.readiness import lacking, unproven
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.manifest import Manifest


def text_of(file: Path) -> str:
    """The file's text. Raises typer.BadParameter for one that cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as fault:
        raise typer.BadParameter(f"{file} cannot be read: {fault}") from None


def parsed(text: str) -> Manifest:
    """The manifest. Raises ManifestRefused."""
    return parse(text, discover())


def readiness(manifest: Manifest, stage: str) -> dict[str, Any]:
    """What the manifest lacks for the stage, and what it cannot show."""
    catalogue = discover()
    missing = [
        {"field": dotted(path), "problem": problem, "remedy": remedy}
        for path, problem, remedy in lacking(manifest, stage, catalogue)
    ]
    return {"name": stage, "lacking": missing, "unproven": list(unproven(manifest, stage, catalogue))}
