"""What other settings would have done: each control asked again, with each of its alternatives, on recorded exchanges.

Pure: what was measured comes in, and nothing of it is held beyond counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from prodworthy.assurance.tuning.report import Standing
from prodworthy.policy.controls.contract import Alternative, Configured, Point, ask, configure
from prodworthy.policy.core.facts import Facts, Finding
from prodworthy.policy.core.manifest import Mode
from prodworthy.policy.core.verdict import Outcome

Seen = Mapping[Point, tuple[object, Facts]]
"""One exchange: the subject at each point that was read again, and what was measured of it."""

IN_FORCE = "in force"


class Row(msgspec.Struct, frozen=True):
    """One setting: how many exchanges it would have blocked, held or redacted, and which share of those measured."""

    setting: str
    in_force: bool
    blocked: int
    held: int
    redacted: int
    share: float


class ControlReplay(msgspec.Struct, frozen=True):
    """One control: on how many exchanges it could be asked, how many lacked a measurement, its settings, and in how
    many exchanges each kind was found."""

    criterion: str
    title: str
    standing: Standing
    measured: int
    unmeasured: int
    rows: tuple[Row, ...]
    kinds: dict[str, int]


class Replay(msgspec.Struct, frozen=True):
    """What was replayed: of `exchanges`, the latest, `read` had content that could be read again, `answers` also a
    readable answer.

    `redacted` of these were masked before they were kept: personal data and credentials are found less often in them
    than there were. Of those without content (`not_kept`), controls had stopped `not_kept_stopped`: looser settings
    cannot be judged by them. `erased`: the key is destroyed; `unreadable`: no request of its protocol any more.
    `not_tried` says of a control why it could not be asked.
    """

    tenant: str
    workload: str
    exchanges: int
    read: int
    answers: int
    redacted: int
    not_kept: int
    not_kept_stopped: int
    erased: int
    unreadable: int
    controls: tuple[ControlReplay, ...]
    not_tried: dict[str, str]


class Trial:
    """One control, asked with each of its settings."""

    def __init__(self, stands: Sequence[Configured], standing: Standing) -> None:
        """`stands`: the control as it is set now, once for each of its points."""
        control, now = stands[0].control, stands[0].settings
        found = control.alternatives(now)
        if all(alternative.settings != now for alternative in found):
            found = (Alternative(IN_FORCE, now), *found)
        self._control, self._now, self._standing = control, now, standing
        self._needs = {asked.stand.point: asked.needs for asked in stands}
        self._tried = [(alternative, configure(control, Mode.ENFORCE, alternative.settings)) for alternative in found]
        self._outcomes = [Counter[Outcome]() for _ in found]
        self._kinds = Counter[str]()
        self._measured = self._unmeasured = 0

    def add(self, seen: Seen) -> None:
        """Ask about one more exchange; not at all where a measurement that the control needs is missing."""
        points = [point for point in self._needs if point in seen]
        if not points:
            return
        if any(not self._needs[point] <= seen[point][1].keys() for point in points):
            self._unmeasured += 1
            return
        self._measured += 1
        self._kinds.update({kind for point in points for kind in _kinds(seen[point][1], self._needs[point])})
        for outcomes, (_, stands) in zip(self._outcomes, self._tried, strict=True):
            outcomes[max((_outcome(asked, seen) for asked in stands if asked.stand.point in seen), key=_SEVERITY)] += 1

    def result(self) -> ControlReplay:
        """The counts so far. An alternative for a kind that was never found is left out."""
        return ControlReplay(
            criterion=self._control.criterion,
            title=self._control.title,
            standing=self._standing,
            measured=self._measured,
            unmeasured=self._unmeasured,
            rows=tuple(
                self._row(alternative, outcomes)
                for (alternative, _), outcomes in zip(self._tried, self._outcomes, strict=True)
                if not alternative.kind or alternative.kind in self._kinds
            ),
            kinds=dict(sorted(self._kinds.items(), key=lambda found: (-found[1], found[0]))),
        )

    def _row(self, alternative: Alternative, outcomes: Counter[Outcome]) -> Row:
        acted = outcomes.total() - outcomes[Outcome.ALLOW]
        return Row(
            setting=alternative.name,
            in_force=self._standing is not Standing.NOT_ASKED and alternative.settings == self._now,
            blocked=outcomes[Outcome.BLOCK],
            held=outcomes[Outcome.HOLD],
            redacted=outcomes[Outcome.REDACT],
            share=acted / self._measured if self._measured else 0.0,
        )


def _outcome(asked: Configured, seen: Seen) -> Outcome:
    return ask(asked, *seen[asked.stand.point]).verdict.outcome


def _kinds(facts: Facts, needs: frozenset[str]) -> set[str]:
    named = (facts[need] for need in needs)
    return {found.kind for fact in named if isinstance(fact, tuple) for found in fact if isinstance(found, Finding)}


_SEVERITY = list(Outcome).index
