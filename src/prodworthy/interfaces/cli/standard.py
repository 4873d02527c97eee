"""Verbs for the standard: show one entry, list the criteria. It is in the package, so they need no installation."""

from __future__ import annotations

from typing import Annotated

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import Json, text

app = typer.Typer(help="The standard: what is asked for, and what counts as evidence.", no_args_is_help=True)

Entry = Annotated[str, typer.Argument(metavar="ID", help="A criterion (PSF-3.2), a domain (PSF-3) or a topic.")]


@app.command()
def show(entry: Entry, json: Json = False) -> None:
    """Show an entry: its text and whose words it is, the evidence it needs by tier, its control, its mappings."""
    from prodworthy.interfaces.cli.standard_screen import print_criterion, print_overview
    from prodworthy.interfaces.standards import Described, describe, load_standard
    from prodworthy.policy.standard.standard import NotInStandard

    named = text(entry).strip()
    try:
        found = describe(named if named.islower() and named.isalpha() else named.upper())
    except NotInStandard as fault:
        typer.echo(f"prodworthy: {fault} List them: prodworthy standard list", err=True)
        raise typer.Exit(1) from None
    standard = load_standard()
    if json:
        screen.as_json({"publication": standard.publication, "digest": standard.digest, "entry": found})
    elif isinstance(found, Described):
        print_criterion(found, standard)
    else:
        print_overview(found, standard)


@app.command("list")
def list_criteria(json: Json = False) -> None:
    """List the forty criteria: whose words they are, which evidence shows them, whether this version has a control."""
    from prodworthy.interfaces.cli.standard_screen import print_criteria
    from prodworthy.interfaces.standards import describe_all, load_standard

    standard = load_standard()
    found = describe_all()
    if json:
        screen.as_json(
            {
                "publication": standard.publication,
                "digest": standard.digest,
                "domains": standard.domains,
                "topics": standard.document.topic,
                "criteria": [
                    {"criterion": each.criterion, "required": each.required, "control": each.control} for each in found
                ],
                "frameworks": standard.frameworks,
            }
        )
        return
    print_criteria(found, standard)
