"""What other settings would have done, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.controls_screen import share

if TYPE_CHECKING:
    from prodworthy.assurance.tuning.replay import ControlReplay, Replay

_HEADER = ("", "SETTING", "BLOCKED", "HELD", "REDACTED", "SHARE")
_NOTHING = """\
No content is kept of these exchanges, so nothing can be measured again. To change that, write
`retention: {content: full}` in the manifest (and `controls: {PSF-1.3: {}}` to keep it masked), apply it, and replay
once there is traffic."""


def print_replay(found: Replay) -> None:
    """What was replayed, then a table for each control."""
    screen.line(f"{found.tenant}/{found.workload}  {found.read} of {found.exchanges} exchanges replayed")
    for note in _notes(found):
        screen.line(f"  {note}")
    if found.read:
        for control in found.controls:
            _print_control(control)
        for criterion, why in found.not_tried.items():
            screen.line("")
            screen.line(f"{criterion} was not tried: {why}")
    elif found.exchanges:
        for line in _NOTHING.splitlines():
            screen.line(line)


def _notes(found: Replay) -> Iterator[str]:
    """What has to be known to read the tables rightly."""
    if found.read:
        yield f"{found.answers} of them with their answers, as these were released: what controls took out is not seen."
    if found.redacted:
        yield f"{found.redacted} were masked before they were kept (PSF-1.3): more personal data and secrets came in."
    if found.not_kept:
        stopped = f", of which controls had stopped {found.not_kept_stopped}" if found.not_kept_stopped else ""
        yield f"{found.not_kept} without content{stopped}."
    if found.erased:
        yield f"{found.erased} whose key is destroyed."
    if found.unreadable:
        yield f"{found.unreadable} that cannot be read again."


def _print_control(control: ControlReplay) -> None:
    screen.line("")
    unmeasured = f", {control.unmeasured} could not be measured" if control.unmeasured else ""
    screen.line(
        f"{control.criterion} {control.title} ({control.standing.value}), on {control.measured} exchanges{unmeasured}"
    )
    screen.table(
        _HEADER,
        (
            ("*" if r.in_force else "", r.setting, str(r.blocked), str(r.held), str(r.redacted), share(r.share))
            for r in control.rows
        ),
    )
    if control.kinds:
        screen.line("  found: " + ", ".join(f"{kind} in {count}" for kind, count in control.kinds.items()))
