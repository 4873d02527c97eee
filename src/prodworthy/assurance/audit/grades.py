"""The three grades of evidence on one criterion: enforced on traffic, exercised by a drill, attested by a person.

They are measured here, each for itself, and never added together.
"""

from __future__ import annotations

from dataclasses import dataclass

from prodworthy.assurance.audit.view import DAY, Statement, View, day_start, leaves_of
from prodworthy.policy.core.evidence import LIVE, TEST, Figures, Tally

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the traffic a control decided on, over a window.

    `traffic` is live traffic, or test traffic where there was none: that is never counted as enforced. `enforced` and
    `observed` are shares of the `released` exchanges in millionths; `decided` counts decisions by outcome in the mode
    that acts. `spanned` is the number of days from the first of these exchanges to the end of the window, `last` when
    the last of them ended.
    """

    traffic: str
    released: int
    enforced: int
    observed: int
    decided: dict[str, int]
    since: int
    until: int
    spanned: int
    last: int
    leaves: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Exercise:
    """The drill of a criterion that counts: how it ended, when, its age in whole days, and what it measured (us)."""

    drill: str
    run: str
    outcome: str
    detail: str
    at: int
    age: int
    duration: int
    bound: int
    digest: str
    leaf: int


@dataclass(frozen=True, slots=True)
class Attestation:
    """A statement in force: when it was made, until when it holds, and how many people stand behind it."""

    number: int
    at: int
    until: int
    persons: int
    document: str
    leaves: tuple[int, ...]


def coverage(view: View, criterion: str, days: int) -> Coverage | None:
    """How far a control decided on the traffic of the last `days` days; None where there was no traffic at all."""
    window, figures = view.window(days), view.figures(days)
    for traffic in (LIVE, TEST):
        total = figures.get(traffic, Figures())
        if total.released:
            tally = total.controls.get(criterion, Tally())
            since = max(day_start(window[0].day), view.at - days * DAY)
            return Coverage(
                traffic,
                total.released,
                tally.covered * MILLION // total.released,
                tally.watched * MILLION // total.released,
                dict(tally.enforced),
                since,
                view.at,
                min(days, (view.at - total.first) // DAY + 1),
                total.last,
                leaves_of(window) or (-1, -1),
            )
    return None


def unbroken(view: View, criterion: str, days: int, share: int) -> bool:
    """Whether the control was enforced on at least `share` (millionths) of each day's live traffic, for `days` days.

    The first of that traffic must be as old as that; a day without traffic breaks nothing.
    """
    window = [day.figures[LIVE] for day in view.window(days) if day.figures.get(LIVE, Figures()).released]
    if not window or view.at - min(one.first for one in window) < (days - 1) * DAY:
        return False
    return all(
        one.controls.get(criterion, Tally()).covered * MILLION >= share * one.released for one in window
    ) and not any(
        one.fields["outcome"] == "failed" and one.at > view.at - days * DAY for one in view.drilled(criterion)
    )


def exercise(view: View, criterion: str) -> Exercise | None:
    """The newest drill of a criterion that came to a conclusion; where none did, the newest that could not run."""
    drills = view.drilled(criterion)
    if not drills:
        return None
    last = next((one for one in reversed(drills) if one.fields["outcome"] != "incomplete"), drills[-1])
    fields = last.fields
    return Exercise(
        fields["drill"],
        fields["run"],
        fields["outcome"],
        fields.get("detail", ""),
        last.at,
        (view.at - last.at) // DAY,
        fields.get("duration", 0),
        fields.get("bound", 0),
        fields["digest"],
        last.leaf,
    )


def attestation(statement: Statement | None) -> Attestation | None:
    """A statement as evidence."""
    if statement is None:
        return None
    one = statement.operation
    document = str(one.fields.get("document", ""))
    return Attestation(one.number, one.at, statement.until, len(statement.persons), document, statement.leaves)


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of each grade on one criterion."""

    enforced: Coverage | None = None
    exercised: Exercise | None = None
    attested: Attestation | None = None


def found(view: View, criterion: str, days: int) -> Found:
    """Look for evidence of each grade; `days` is the window for traffic."""
    return Found(
        coverage(view, criterion, days),
        exercise(view, criterion),
        attestation(view.stated("Attested", "subject", criterion)),
    )
