"""Verbs for workload keys: issue, rotate, revoke, list."""

from __future__ import annotations

import enum
import time
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import By, Json, Named, act, opened, target
from prodworthy.interfaces.cli.together import together

if TYPE_CHECKING:
    from prodworthy.operations.keys.keys import Issued

app = typer.Typer(help="Workload keys: shown once, stored hashed.", no_args_is_help=True)


class Class(enum.StrEnum):
    """Classes of traffic that people may ask keys for."""

    TEST = "test"
    LIVE = "live"


Scopes = Annotated[
    list[str] | None,
    typer.Option("--scope", help="An operation the key opens: chat, respond, embed, predict, read. Repeatable."),
]
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="The key's id, the part between the underscores.")]
Days = Annotated[float | None, typer.Option("--days", help="Days until the key expires; without, it does not.")]
Traffic = Annotated[
    Class, typer.Option("--traffic", help="Whose: synthetic, or of real users; live opens what the stage opens.")
]
Overlap = Annotated[float, typer.Option("--overlap", help="Seconds that the old key stays valid.")]

_DAY = 86_400_000_000_000
_MOST_DAYS = 3650


class Terms(NamedTuple):
    """What is asked of a new key."""

    scope: Scopes = None
    days: Days = None
    traffic: Traffic = Class.TEST


@app.command()
@together
def issue(workload: Named, terms: Terms, by: By = "", json: Json = False) -> None:
    """Make a key. It is shown now and never again."""
    from prodworthy.operations.keys.keys import issue as make
    from prodworthy.policy.core.exchange import Operation

    acting, days = act(by), terms.days
    if days is not None and not 0 <= days <= _MOST_DAYS:
        raise typer.BadParameter(f"give 0 to {_MOST_DAYS} days", param_hint="--days")
    expires = acting.at + round(days * _DAY) if days is not None else None
    scopes = terms.scope or [operation.value for operation in Operation]
    with opened() as store:
        issued = make(store, target(workload), scopes, acting, expires_at=expires, traffic=terms.traffic.value)
    _print_issued(issued, json)


@app.command()
def rotate(workload: Named, key: KeyId, overlap: Overlap = 3600.0, by: By = "", json: Json = False) -> None:
    """Replace a key by a new one; the old one stays valid for the overlap."""
    from prodworthy.operations.keys.keys import rotate as replace

    with opened() as store:
        issued = replace(store, target(workload), key, act(by), overlap)
    _print_issued(issued, json)


@app.command()
def revoke(workload: Named, key: KeyId, by: By = "", json: Json = False) -> None:
    """Take a key out of force, in every process at once."""
    from prodworthy.operations.keys.keys import revoke as withdraw

    with opened() as store:
        withdraw(store, target(workload), key, act(by))
    screen.as_json({"revoked": key}) if json else typer.echo(f"Key {key} is revoked.")


@app.command("list")
def list_keys(workload: Named, json: Json = False) -> None:
    """List a workload's keys; the keys themselves cannot be shown."""
    from prodworthy.operations.keys.keys import listed

    with opened() as store:
        found = listed(store, target(workload))
    if json:
        screen.as_json(found)
        return
    now = time.time_ns()
    header = ("KEY", "TRAFFIC", "SCOPES", "ISSUED", "BY", "IN FORCE", "EXPIRES")
    rows = (
        (
            k.id,
            k.traffic,
            ",".join(k.scopes),
            screen.moment(k.issued_at),
            k.issued_by,
            "yes" if k.in_force(now) else "no",
            screen.moment(k.expires_at) or "never",
        )
        for k in found
    )
    screen.table(header, rows)


def _print_issued(issued: Issued, json: bool) -> None:
    if json:
        screen.as_json(issued)
        return
    typer.echo(issued.key)
    whose = "" if issued.traffic == "test" else f" for {issued.traffic} traffic"
    screen.note(f"Key {issued.id} opens {', '.join(issued.scopes)}{whose}. Keep it now: it cannot be shown again.")
    if issued.note:
        screen.note(issued.note)
