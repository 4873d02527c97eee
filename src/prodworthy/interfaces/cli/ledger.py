"""Verbs for the ledger: status, prove, checkpoint, trust."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import Json, home, opened

if TYPE_CHECKING:
    from prodworthy.interfaces.ledger_status import LedgerStatus

app = typer.Typer(help="The ledger: what is sealed, and the proof of it.", no_args_is_help=True)

Exchange = Annotated[str, typer.Argument(metavar="[EXCHANGE]", help="The exchange's id, as its answer's header says.")]
Event = Annotated[int | None, typer.Option("--event", help="Prove an operation event, by its number, instead.")]
Leaf = Annotated[int | None, typer.Option("--leaf", help="Prove a leaf as it is, by its number, instead.")]
Open = Annotated[
    list[str] | None,
    typer.Option("--open", help="Field of the event to open (repeat); without it, all but persons and free text."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead.")]
Since = Annotated[
    Path | None,
    typer.Option("--since", metavar="OLD", help="File with an older checkpoint: print that this follows it."),
]


@app.command()
def status(json: Json = False) -> None:
    """Show how far the ledger has come, what waits to be sealed, and what could be lost now."""
    from prodworthy.interfaces.ledger_status import ledger_status

    with opened() as store:
        found = ledger_status(home(), store, time.time_ns())
    if json:
        screen.as_json(found)
    else:
        _print(found)


@app.command()
def prove(
    exchange: Exchange = "",
    event: Event = None,
    leaf: Leaf = None,
    opened_fields: Open = None,
    output: Output = None,
) -> None:
    """Print the proof that an exchange, an event, or a leaf is in the ledger, as JSON; it is checked before."""
    from prodworthy.interfaces.proofs import proof_of_event, proof_of_exchange, proof_of_leaf

    if (bool(exchange), event is not None, leaf is not None).count(True) != 1:
        raise typer.BadParameter("name one exchange, one event with --event, or one leaf with --leaf")
    with opened() as store:
        if leaf is not None:
            pieces, found = proof_of_leaf(home(), store, leaf)
        elif event is None:
            pieces, found = proof_of_exchange(home(), store, exchange)
        else:
            pieces, found = proof_of_event(home(), store, event, opened_fields)
    _write(pieces, output)
    leaves = ", ".join(map(str, found.leaves))
    what = f"event {event}, " if event is not None else f"{found.frames} frames of {exchange}, " if exchange else ""
    screen.note(f"Checked: {what}leaf {leaves} of {found.size} in {found.origin}. Whom to trust: ledger trust")


@app.command()
def checkpoint(since: Since = None, output: Output = None) -> None:
    """Print the signed checkpoint. Keep it elsewhere: whoever holds one notices a ledger that was put back."""
    from prodworthy.interfaces.proofs import consistency

    if since is None:
        from prodworthy.interfaces.books import books_of

        data, _ = books_of(home()).published()
        _write(data, output)
        return
    _write(consistency(home(), since.read_bytes()), output)


@app.command()
def trust(output: Output = None) -> None:
    """Print the trust policy of this ledger, public keys only. Hand it over by another way than what it shall judge."""
    from prodworthy.interfaces.books import trust_of

    _write(trust_of(home()).text(), output)


def _write(found: Any, output: Path | None) -> None:
    """Bytes as they are, anything else as JSON; to a file where one is named."""
    import json

    text = found.decode() if isinstance(found, bytes) else json.dumps(found, indent=2) + "\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
        screen.note(f"Written to {output}")


def _print(found: LedgerStatus) -> None:
    sealed = screen.age(found.checkpoint_at) if found.checkpoint_at else "never"
    waits = f"{found.segments} segments ({found.frames} frames), {found.events} events"
    since = f", the oldest since {screen.age(found.waiting_since)}" if found.waiting_since else ""
    screen.pairs(
        [
            ("ledger", found.origin),
            ("leaves", f"{found.size}, seen by the database: {found.seen}"),
            ("root", found.root),
            ("checkpoint", sealed),
            ("unsealed", waits + since),
            ("fault", found.fault),
        ]
    )
    screen.line("")
    screen.line("What could be lost now:")
    screen.pairs([(loss.where, loss.bound) for loss in found.losses], "  ")
