"""The verbs; how they end, and with which exit code, is said in `endings`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from prodworthy import __version__
from prodworthy.interfaces.cli import controls, evidence, journal, keys, ledger, serve, switch, workloads

app = typer.Typer(
    name="prodworthy",
    help="The control plane for AI in live operation: enforces controls on the request path and proves that they work.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(serve.serve)
app.command()(workloads.check)
app.command()(workloads.apply)
app.command()(workloads.roster)
app.command()(workloads.show)
app.command()(workloads.schema)
app.command()(switch.kill)
app.command()(switch.restore)
app.add_typer(keys.app, name="key")
app.add_typer(journal.app, name="journal")
app.add_typer(ledger.app, name="ledger")
app.add_typer(controls.app, name="controls")
evidence.add_to(app)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main(arguments: list[str] | None = None) -> Any:
    """Run a verb; a refusal ends with its text on standard error. Raises SystemExit."""
    from prodworthy.interfaces.cli.endings import ending

    with ending():
        return app(args=arguments, prog_name="prodworthy")
