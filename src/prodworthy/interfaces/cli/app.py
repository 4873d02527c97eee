"""The verbs, and what a refusal looks like: a line on standard error that says what to do next, and an exit code.

0 done · 1 refused, or a check that failed · 2 wrong usage (as the parser has it) · 3 something is not reachable ·
130 Ctrl-C
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from prodworthy import __version__
from prodworthy.interfaces.cli import controls, evidence, journal, keys, serve, switch, workloads

REFUSED, UNREACHABLE, INTERRUPTED = 1, 3, 130

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
    from prodworthy.interfaces.settings import SettingsFault
    from prodworthy.operations.errors import OperationRefused
    from prodworthy.record.faults import RecordFault, SealingFault
    from prodworthy.record.ledger.faults import LedgerFault, LedgerLocked, LedgerUnwritable, Unreachable

    try:
        return app(args=arguments, prog_name="prodworthy")
    except (OperationRefused, SettingsFault) as refusal:
        _end(str(refusal), REFUSED)
    except SealingFault as fault:
        _end(f"{fault} ({fault.code})", REFUSED)
    except RecordFault as fault:
        _end(str(fault), UNREACHABLE)
    except LedgerFault as fault:
        away = isinstance(fault, LedgerLocked | LedgerUnwritable | Unreachable)
        _end(f"{fault} ({fault.code})", UNREACHABLE if away else REFUSED)
    except OSError as fault:
        _end(f"{fault.filename or 'the system'}: {fault.strerror or fault}; mend that, then try again", UNREACHABLE)
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _end(text: str, code: int) -> None:
    typer.echo(f"prodworthy: {text}", err=True)
    raise SystemExit(code)
