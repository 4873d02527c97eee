"""What controls did, as a terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prodworthy.interfaces.cli import screen

if TYPE_CHECKING:
    from prodworthy.assurance.tuning.estimate import Estimate
    from prodworthy.assurance.tuning.report import ControlFigures, ControlsReport, Example, Trend

_HEADER = ("CONTROL", "TITLE", "STANDING", "DECIDED", "COVERAGE", "ALLOW", "REDACT", "HOLD", "BLOCK")


def print_report(found: ControlsReport) -> None:
    """All controls in a table, then of each that did more than allow: why, and examples; last the trend of quality."""
    period = f"{screen.moment(found.since)} to {screen.moment(found.until)}"
    screen.line(f"{found.tenant}/{found.workload}  {found.exchanges} exchanges, {period}")
    if not found.whole:
        screen.line(f"  There were more; counted are the latest {found.exchanges}.")
    screen.table(_HEADER, (_row(control) for control in found.controls))
    for control in found.controls:
        if control.reasons:
            _print_control(control)
    _print_quality(found.quality)


def share(part: float) -> str:
    """A share from 0 to 1 in percent, with what matters of small ones."""
    percent = part * 100
    if 0 < percent < 1:
        return f"{percent:.2g} %"
    return f"{percent:.1f} %"


def _row(control: ControlFigures) -> tuple[str, ...]:
    counted = [
        f"{count} ({share(control.rates[outcome])})" if outcome != "allow" and count else str(count)
        for outcome, count in control.outcomes.items()
    ]
    standing = control.standing.value
    if not control.decided:
        return control.criterion, control.title, standing, "0", "-", "-", "-", "-", "-"
    return control.criterion, control.title, standing, str(control.decided), share(control.coverage), *counted


def _print_control(control: ControlFigures) -> None:
    screen.line("")
    screen.line(f"{control.criterion} {control.title} ({control.standing.value})")
    if control.estimate is not None:
        for said in _errors(control.estimate):
            screen.line(f"  {said}")
    for reason in control.reasons:
        screen.line(f"  {reason.count} x {reason.outcome}: {reason.text}")
    for example in control.examples:
        _print_example(example)


def _errors(found: Estimate) -> Iterator[str]:
    """How often it stopped wrongly, as far as that is known."""
    marks, declared = found.marks, found.declared
    if found.at_most and found.wrongly is not None and found.low is not None and found.high is not None:
        looked_at = marks.stopped_benign + marks.stopped_attacks
        yield (
            f"about {share(found.wrongly)} of exchanges stopped wrongly ({share(found.low)} to {share(found.high)}): "
            f"of {looked_at} stopped and marked, {marks.stopped_benign} were benign"
        )
    elif found.at_most:
        yield (
            f"at most {share(found.at_most)} of exchanges stopped wrongly: that many were stopped, and nobody has said "
            "which of them were benign (prodworthy controls mark EXCHANGE --benign, or --attack)"
        )
    if declared is not None:
        yield f"accepted by its settings: {share(declared)} of benign texts, as far as its calibration holds"
        if marks.passed_attacks or marks.stopped_attacks:
            yield f"of {marks.passed_attacks + marks.stopped_attacks} marked as attacks, {marks.passed_attacks} passed"


def _print_example(example: Example) -> None:
    acted = "" if example.enforced else ", not enforced"
    screen.line(f"  e.g. {screen.moment(example.at)}  {example.exchange}  {example.outcome}{acted}: {example.reason}")
    if example.excerpt:
        screen.line(f"       {example.excerpt}")


def _print_quality(trend: Trend) -> None:
    if not trend.days:
        return
    screen.line("")
    screen.line("Sampled quality by day (PSF-2.5)")
    for day in trend.days:
        screen.line(f"  {day.day}  {day.mean:.2f} of {day.count}")
    if trend.fall is not None:
        said = f"{abs(trend.fall):.2f} {'below' if trend.fall > 0 else 'above'}"
        screen.line(f"  The last day lies {said} the mean of the days before.")
