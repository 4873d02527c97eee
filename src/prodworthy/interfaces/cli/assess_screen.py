"""A report as a terminal shows it: the stage and why, the domains, what to do next; and one control with its leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prodworthy.assurance.audit.ladder import PILOT
from prodworthy.interfaces.cli import screen

if TYPE_CHECKING:
    from prodworthy.assurance.audit.assessing import Assessment
    from prodworthy.assurance.audit.reporting import Report
    from prodworthy.policy.standard.standard import Standard

MOST_STEPS = 10


def print_report(report: Report, standard: Standard) -> None:
    """All of it on one screen."""
    names = {one.id: one.name for one in standard.document.stage}
    screen.line(f"{report.tenant}/{report.workload} on {screen.moment(report.at)}")
    for text in _stage(report, names):
        screen.line(f"  {text}")
    marks = [f"{one.domain} {_tenths(one.tenths)}{'' if one.ready else ' !'}" for one in report.domains]
    screen.line(f"  {'  '.join(marks)}")
    counts = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in _states(report))
    screen.line(f"  {len(report.controls)} controls: {counts}")
    for one in report.contradictions:
        screen.line(f"  ! {one.text}")
    for missing in report.incomplete:
        screen.line(f"  ! the record itself is incomplete: {missing}")
    for ending in report.expiring:
        said = f"{ending.criterion} {ending.grade} until {screen.moment(ending.at)}"
        screen.line(f"  ! expires soon: {said}: {ending.step}")
    if report.next:
        screen.line("  Next, by effect")
        for number, need in enumerate(report.next[:MOST_STEPS], 1):
            screen.line(f"    {number:>2} {need.text}")
            screen.line(f"       {need.step}")
        if len(report.next) > MOST_STEPS:
            screen.line(f"       and {len(report.next) - MOST_STEPS} more: --json")
    named = report.workload if report.tenant == "default" else f"{report.tenant}/{report.workload}"
    screen.line(f"  One control with its evidence: prodworthy assess {named} --control PSF-6.4")


def print_control(report: Report, one: Assessment) -> None:
    """One control: its state, each grade of evidence, and the leaves of the ledger behind it."""
    seen = one.evidence
    screen.line(f"{one.criterion} {one.title}: {one.state.replace('_', ' ')}, level {one.level} of 5")
    rows = [
        ("required", ", and ".join(one.required)),
        ("met", ", and ".join(one.met) or "none"),
        ("missing", one.gap),
        ("next", one.step),
        ("mode", one.mode),
    ]
    if seen.enforced is not None:
        got = seen.enforced
        shares = f"enforced on {got.enforced / 10_000:.2f} %, observed on {got.observed / 10_000:.2f} %"
        rows.append(
            (f"{got.traffic} traffic", f"{shares} of {got.released} exchanges since {screen.moment(got.since)}")
        )
    if seen.exercised is not None:
        drill = seen.exercised
        took = f", {drill.duration / 1_000_000:.3f} s (bound {drill.bound / 1_000_000:g} s)" if drill.duration else ""
        rows.append(("exercised", f"{drill.drill} {drill.outcome} on {screen.moment(drill.at)}{took}"))
        rows.append(("", drill.detail))
    if seen.attested is not None:
        said = seen.attested
        until = f"until {screen.moment(said.until)} by {said.persons} person(s)"
        rows.append(("attested", f"statement {said.number} of {screen.moment(said.at)}, {until}"))
    if one.waiver is not None:
        rows.append(("waived", f"until {screen.moment(one.waiver.until)}: {one.waiver.compensating}"))
    if one.exempt is not None:
        rows.append(("does not apply", f"until {screen.moment(one.exempt.until)}: {one.exempt.reason}"))
    rows += [
        ("method", one.method),
        ("frame", one.frame),
        ("control", one.control_digest),
        ("standard", one.standard),
        ("leaves", ", ".join(f"#{leaf}" for leaf in one.leaves)),
    ]
    screen.pairs(rows, indent="  ")
    if one.leaves:
        screen.line(f"  Prove a leaf: prodworthy ledger prove --leaf {one.leaves[-1]}")


def _stage(report: Report, names: dict[str, str]) -> Iterator[str]:
    standing = report.standing
    frozen = (
        f" · frozen: {report.freeze.why}"
        if report.freeze.frozen and standing.stage == PILOT and not standing.override
        else ""
    )
    yield f"Stage {names[standing.stage]}{frozen}"
    if standing.override is not None:
        until = screen.moment(standing.override.until)
        yield f"Overridden to {names[standing.override.stage]} until {until}: {standing.override.reason}"
    moved = standing.movement
    if moved is not None and moved.kind == "StageWarned":
        falls = f"falls to {names[report.earned]} on {screen.moment(moved.fields['falls_at'])}"
        yield f"The evidence gives {names[report.earned]} only: unless more comes, the stage {falls}"
    elif moved is not None and moved.fields["before"] == moved.fields["after"]:
        yield "The evidence is there again; the warning ends within seconds while serving"
    elif moved is not None:
        yield f"The evidence gives {names[report.earned]}; the change is recorded within seconds while serving"
    if standing.falls_at and moved is None:
        yield f"Falls to {names[standing.falls_to]} on {screen.moment(standing.falls_at)} unless evidence comes"
    if report.held_by is not None:
        yield f"Held back by question {report.held_by.number}, {report.held_by.question}"
        yield f"  {report.held_by.why}"


def _states(report: Report) -> list[tuple[str, int]]:
    found: dict[str, int] = {}
    for one in report.controls:
        found[one.state] = found.get(one.state, 0) + 1
    return sorted(found.items(), key=lambda pair: -pair[1])


def _tenths(value: int) -> str:
    return f"{value // 10}.{value % 10}"
