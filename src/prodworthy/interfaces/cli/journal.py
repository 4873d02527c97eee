"""Verbs for the journal: tail, show, incomplete, export."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import Json, Tenant, opened
from prodworthy.interfaces.cli.journal_screen import line_of, print_exchange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prodworthy.record.journal.records import Entry
    from prodworthy.record.store.database import Store

app = typer.Typer(help="The journal: what happened, exchange by exchange.", no_args_is_help=True)

INTERVAL = 0.3
"""Seconds between two looks for new events."""

Workload = Annotated[str | None, typer.Option("--workload", help="Only this workload.")]
Count = Annotated[int, typer.Option("--lines", "-n", min=1, max=1000, help="How many events to begin with.")]
Following = Annotated[bool, typer.Option("--follow", "-f", help="Go on with new events until Ctrl-C.")]
Age = Annotated[float, typer.Option("--age", min=0, help="Seconds that an exchange may still be running.")]
Exchange = Annotated[str, typer.Argument(metavar="EXCHANGE", help="The exchange's id, as its answer's header says.")]
Parquet = Annotated[Path, typer.Argument(metavar="FILE", help="The Parquet file to write.")]
Since = Annotated[str, typer.Option("--from", help="The first day or moment (2026-01-31, 2026-01-31T12:00Z).")]
Until = Annotated[str, typer.Option("--to", help="The day or moment before which to stop.")]


@app.command()
def tail(
    tenant: Tenant = None, workload: Workload = None, lines: Count = 50, follow: Following = False, json: Json = False
) -> None:
    """Print the latest events, oldest first. With --follow and --json, each event is one line of JSON."""
    from prodworthy.record.journal.read import tail as latest

    with opened() as store:
        found = latest(store, tenant, workload, lines)
        if follow:
            _follow(store, tenant, workload, found[0].at - 1 if found else 0, json)
        elif json:
            screen.as_json(found)
        else:
            _print(found, json)
            if not found:
                screen.note("The journal has no such event yet.")


@app.command()
def show(exchange: Exchange, json: Json = False) -> None:
    """Show one exchange: who asked what of which model, how it ended, and what each control decided."""
    from prodworthy.operations.errors import OperationRefused
    from prodworthy.record.journal.read import show as find

    with opened() as store:
        found = find(store, exchange)
    if found is None:
        text = "the journal has no such exchange: it is not recorded yet, or its retention is over; see journal tail"
        raise OperationRefused(text)
    if json:
        screen.as_json(found)
    else:
        print_exchange(found)


@app.command()
def incomplete(tenant: Tenant = None, workload: Workload = None, age: Age = 900.0, json: Json = False) -> None:
    """List exchanges that were received and never completed: their gateway died before it could record an end."""
    from prodworthy.record.journal.read import Selection
    from prodworthy.record.journal.read import incomplete as find

    with opened() as store:
        found = find(store, time.time_ns() - round(age * 1e9), Selection(tenant, workload))
    if json:
        screen.as_json(found)
        return
    for record in found:
        screen.line(f"{screen.moment(record.received_at)}  {record.workload}  {record.exchange}  never completed")
    if not found:
        screen.note(f"Every exchange that is older than {age:g} s is complete.")


@app.command()
def export(
    file: Parquet, tenant: Tenant = None, workload: Workload = None, since: Since = "", until: Until = ""
) -> None:
    """Write exchanges to a Parquet file, without their content."""
    from prodworthy.record.journal.export import export as write
    from prodworthy.record.journal.read import LATEST, Selection

    begin, end = _moment(since, "--from", 0), _moment(until, "--to", LATEST)
    screen.note("Exporting …")
    with opened() as store:
        count = write(store, file, Selection(tenant, workload, begin, end))
    typer.echo(f"{count} {'exchange' if count == 1 else 'exchanges'} in {file}")


def _follow(store: Store, tenant: str | None, workload: str | None, since: int, json: bool) -> None:
    from prodworthy.record.journal.read import Follow

    following = Follow(store, tenant, workload, since)
    while True:
        _print(following.poll(), json)
        time.sleep(INTERVAL)


def _print(found: Iterable[Entry], json: bool) -> None:
    for one in found:
        screen.as_json_line(one) if json else screen.line(line_of(one))


def _moment(said: str, option: str, otherwise: int) -> int:
    """A day or moment in Unix nanoseconds; without a zone, UTC."""
    if not said:
        return otherwise
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        text = "write a day or a moment: 2026-01-31, or 2026-01-31T12:00Z"
        raise typer.BadParameter(text, param_hint=option) from None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return min(max(0, (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000), 2**63 - 1)
