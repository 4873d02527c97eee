"""The verbs that have to do with evidence: the standard, what people state, and what is proven."""

from __future__ import annotations

import typer

from prodworthy.interfaces.cli import assess, audit, ledger, standard, statements, verify


def add_to(app: typer.Typer) -> None:
    """Add them, in the order in which they are used."""
    app.command()(assess.assess)
    app.command()(statements.attest)
    app.command()(statements.exempt)
    app.command()(statements.waive)
    app.command()(statements.override)
    app.command()(statements.second)
    app.command()(statements.withdraw)
    app.command("statements")(statements.listed)
    app.add_typer(ledger.app, name="ledger")
    app.add_typer(audit.app, name="audit")
    app.command()(verify.verify)
    app.add_typer(standard.app, name="standard")
