"""Verbs of what people state: attest, exempt, waive, override; second, withdraw, and the list of statements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import By, Json, Named, act, opened, target, text
from prodworthy.interfaces.cli.together import together

if TYPE_CHECKING:
    from prodworthy.operations.statements.listing import Stated
    from prodworthy.operations.statements.statements import Statement

DAY = 86_400 * 10**9
Criterion = Annotated[str, typer.Argument(metavar="CRITERION", help="For example PSF-3.4.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The statement, as it was numbered when it was made.")]
Days = Annotated[int, typer.Option("--days", min=1, help="How long it holds.")]
Reason = Annotated[str, typer.Option("--reason", help="Why. It is shown in audit packs: no personal data.")]


class Acting(NamedTuple):
    """Who acts, and how it is printed."""

    by: By = ""
    json: Json = False


class Waiver(NamedTuple):
    """How long a waiver holds, who acts, and how it is printed."""

    days: Annotated[int, typer.Option("--days", min=1, help="How long it holds, 180 at most.")] = 90
    by: By = ""
    json: Json = False


class Resting(NamedTuple):
    """How long a statement holds, what it covers, and what it rests on."""

    days: Days = 180
    scope: Annotated[str, typer.Option("--scope", help="What it covers.")] = ""
    document: Annotated[Path | None, typer.Option("--document", help="A file it rests on: its SHA-256 is kept.")] = None


@together
def attest(
    workload: Named,
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="A criterion, review, value, reuse, concentration.")
    ],
    statement: Annotated[str, typer.Option("--statement", help="What is stated. No personal data: packs show it.")],
    resting: Resting,
    acting: Acting,
) -> None:
    """State something of a criterion as a named person, for a time. It is the weakest grade of evidence."""
    from prodworthy.operations.acts import Attested

    digest = _digest(resting.document) if resting.document is not None else ""
    until = act(acting.by).at + resting.days * DAY
    _state(workload, Attested(subject, text(statement), until, text(resting.scope), digest), acting.by, acting.json)


@together
def exempt(
    workload: Named,
    criterion: Criterion,
    reason: Reason,
    acting: Acting,
    days: Days = 180,
) -> None:
    """State that a criterion does not apply. It counts as long as the record does not contradict it."""
    from prodworthy.operations.acts import NotApplied

    until = act(acting.by).at + days * DAY
    _state(workload, NotApplied(criterion, text(reason), until), acting.by, acting.json)


@together
def waive(
    workload: Named,
    criterion: Criterion,
    reason: Reason,
    compensating: Annotated[str, typer.Option("--compensating", help="What stands in for the control meanwhile.")],
    how: Waiver,
) -> None:
    """Accept for a time that a criterion is not met. It is shown as a waiver, never as a pass."""
    from prodworthy.operations.acts import Waived

    said = Waived(criterion, text(reason), text(compensating), act(how.by).at + how.days * DAY)
    _state(workload, said, how.by, how.json)


@together
def override(
    workload: Named,
    stage: Annotated[str, typer.Argument(help="experiment, pilot, production or scaled.")],
    reason: Reason,
    acting: Acting,
    hours: Annotated[int, typer.Option("--hours", min=1, help="How long it holds, 72 at most.")] = 24,
) -> None:
    """An emergency: run at a stage that is not earned. It takes effect once a second person has seconded it."""
    from prodworthy.operations.acts import Overridden

    said = Overridden(stage.lower(), text(reason), act(acting.by).at + hours * 3_600 * 10**9)
    _state(workload, said, acting.by, acting.json)


def second(workload: Named, number: Number, by: By = "", json: Json = False) -> None:
    """Stand behind somebody else's statement as well."""
    from prodworthy.operations.statements.statements import second as stand_behind

    with opened() as store:
        found = stand_behind(store, target(workload), number, act(by))
    if json:
        screen.as_json(found)
    else:
        screen.line(f"Statement {number} ({type(found.event).__name__}, by {found.actor}) is seconded.")


def withdraw(workload: Named, number: Number, reason: Reason, by: By = "", json: Json = False) -> None:
    """Take a statement back; it stays in the record, and counts no more."""
    from prodworthy.operations.statements.statements import withdraw as take_back

    with opened() as store:
        found = take_back(store, target(workload), number, text(reason), act(by))
    if json:
        screen.as_json(found)
    else:
        screen.line(f"Statement {number} ({type(found.event).__name__}, by {found.actor}) counts no more.")


def listed(workload: Named, json: Json = False) -> None:
    """What was stated of a workload, by whom, until when, and what still counts."""
    import time

    from prodworthy.operations.statements.listing import statements

    now = time.time_ns()
    with opened() as store:
        found = statements(store, target(workload), now)
    if json:
        screen.as_json(found)
        return
    if not found:
        screen.line(f"Nothing is stated of {workload}. What is missing: prodworthy assess {workload}")
        return
    header = ("NUMBER", "KIND", "OF", "BY", "SECONDED BY", "UNTIL", "COUNTS")
    screen.table(header, (_row(one) for one in found))


def _row(one: Stated) -> tuple[str, ...]:
    said = one.said
    of = getattr(said, "subject", "") or getattr(said, "criterion", "") or getattr(said, "stage", "")
    counts = "yes" if one.in_force else f"withdrawn: {one.withdrawn}" if one.withdrawn else "expired"
    others = ", ".join(one.seconded_by) or "-"
    return str(one.number), type(said).__name__, of, one.by, others, screen.moment(said.until), counts


def _state(workload: str, said: Statement, by: str, json: bool) -> None:
    """Record a statement and say how it goes on."""
    from prodworthy.interfaces.standards import load_standard
    from prodworthy.operations.acts import Overridden
    from prodworthy.operations.statements.statements import state

    place = target(workload)
    criteria = [one.id for one in load_standard().criteria]
    with opened() as store:
        number = state(store, place, said, criteria, act(by))
    if json:
        screen.as_json({"workload": str(place), "number": number, "statement": said})
        return
    screen.line(f"Statement {number} is recorded; it holds until {screen.moment(said.until)}.")
    when = (
        "It changes nothing until another person seconds it"
        if isinstance(said, Overridden)
        else "Where two people are asked for"
    )
    screen.line(f"{when}: prodworthy second {workload} {number} --by NAME")
    screen.line(f"What it comes to: prodworthy assess {workload}")


def _digest(document: Path) -> str:
    """SHA-256 of a file. Raises OSError, typer.BadParameter."""
    import hashlib

    if not document.is_file():
        raise typer.BadParameter(f"{document} is not a file", param_hint="--document")
    with document.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
