"""Verbs for auditors' packs: audit pack."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.installation import By, act, home, opened, target, text
from prodworthy.interfaces.cli.together import together

app = typer.Typer(help="Audit packs: evidence that verifies without us.", no_args_is_help=True)

PACK = Path("pack.zip")
DAY = 86_400 * 10**9

Of = Annotated[str, typer.Argument(metavar="[WORKLOAD]", help="WORKLOAD, or TENANT/WORKLOAD.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write.")]


class Period(NamedTuple):
    """From and until which day."""

    since: Annotated[
        str, typer.Option("--from", metavar="DAY", help="Evidence sealed from that day (UTC) on; else from the first.")
    ] = ""
    until: Annotated[str, typer.Option("--to", metavar="DAY", help="What was known at the end of that day.")] = ""


class For(NamedTuple):
    """For whom it is made."""

    tenant: Annotated[str, typer.Option("--tenant", help="All workloads of this tenant.")] = ""
    names_for: Annotated[str, typer.Option("--names-for", metavar="NAME", help="Name people, to this person.")] = ""
    role: Annotated[str, typer.Option("--role", help="The role in which that person reads names.")] = ""
    held: Annotated[
        Path | None, typer.Option("--held", metavar="CHECKPOINT", help="A checkpoint that the reader holds.")
    ] = None
    pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Print the report, where Chromium is here.")] = True


@app.callback()
def _audit() -> None:
    pass


@app.command()
@together
def pack(period: Period, reader: For, workload: Of = "", output: Output = PACK, by: By = "") -> None:
    """Write an audit pack: statements, proofs, assessments and reports, in one file that verifies offline."""
    from prodworthy.assurance.audit.pack.faults import PackFault
    from prodworthy.interfaces.packs import Asked, Means, make_pack
    from prodworthy.interfaces.printing import browser, print_page
    from prodworthy.interfaces.verifier import told
    from prodworthy.operations.packs.asking import asked_for

    since, until = _day(period.since, "--from"), _day(period.until, "--to")
    with opened() as store:
        targets = asked_for(store, target(workload) if workload else None, text(reader.tenant) or None)
        at = until + DAY - 1 if until else 0
        asked = Asked(targets, since, at, text(reader.names_for), text(reader.role), _size(reader.held))
        means = Means(home(), store, print_page if reader.pdf else lambda page: None, told())
        try:
            manifest = make_pack(means, asked, act(by), output)
        except PackFault as fault:
            screen.note(f"prodworthy: {fault} ({fault.code})")
            raise typer.Exit(1) from None
    statements = sum(one.statements for one in manifest.chains)
    screen.line(f"{output}: {len(targets)} workloads, {statements} statements, {len(manifest.files)} files")
    if reader.pdf and browser() is None:
        screen.note("No PDF: Chromium is not on this machine. reports/report.html prints from any browser.")
    screen.note("Verify it: prodworthy verify. Hand the trust policy over by another way: prodworthy ledger trust")


def _day(said: str, option: str) -> int:
    """The first nanosecond of a day as 2026-03-03, 0 for none. Raises typer.BadParameter."""
    if not said:
        return 0
    try:
        start = datetime.datetime.strptime(said, "%Y-%m-%d").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise typer.BadParameter("write a day as 2026-03-03", param_hint=option) from None
    return int(start.timestamp()) * 10**9


def _size(held: Path | None) -> int:
    """The size that a checkpoint states, 0 without one. Raises OSError, Malformed."""
    from prodworthy.record.ledger.checkpoint import parse_checkpoint
    from prodworthy.record.ledger.note import parse_note

    return parse_checkpoint(parse_note(held.read_bytes()).text).size if held is not None else 0
