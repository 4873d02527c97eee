"""What the controls did with a workload's exchanges. Values only; `folding`, beside this module, fills them.

Rates and coverage are shares from 0 to 1, times Unix nanoseconds.
"""

from __future__ import annotations

import enum

import msgspec

from prodworthy.assurance.tuning.estimate import Estimate
from prodworthy.policy.core.manifest import Mode


class Standing(enum.StrEnum):
    """How the manifest in force has a control: it acts, it only watches (and counts as not enforced), or it is not
    asked: content controls are not unless a manifest names them."""

    ENFORCED = "enforced"
    OBSERVED = "not enforced"
    NOT_ASKED = "not asked"


def standing_of(mode: Mode | None) -> Standing:
    """The standing of a control that is in this mode, or (None) not asked at all."""
    if mode is None:
        return Standing.NOT_ASKED
    return Standing.ENFORCED if mode is Mode.ENFORCE else Standing.OBSERVED


class Example(msgspec.Struct, frozen=True):
    """One exchange in which a control did not simply allow. `enforced` says whether that acted.

    `excerpt` is a short masked piece of what the control saw, "" where no content was kept.
    """

    exchange: str
    at: int
    outcome: str
    enforced: bool
    reason: str
    excerpt: str = ""


class Reason(msgspec.Struct, frozen=True):
    """Why, and how often. Places in lists are written as `*`."""

    outcome: str
    text: str
    count: int


class ControlFigures(msgspec.Struct, frozen=True):
    """One control: on how many exchanges it decided, on which share of all (`coverage`), and what.

    `enforced` counts the decisions that were made in mode enforce, whatever is declared now. `outcomes` and `rates`
    (shares of those decided on) go by allow, redact, hold, block. `estimate` is None where it decided on nothing.
    """

    criterion: str
    title: str
    standing: Standing
    decided: int
    enforced: int
    coverage: float
    outcomes: dict[str, int]
    rates: dict[str, float]
    reasons: tuple[Reason, ...]
    examples: tuple[Example, ...]
    estimate: Estimate | None = None


class Day(msgspec.Struct, frozen=True):
    """The mean quality of the answers that were sampled on one day (`2026-11-24`, UTC), and how many they were."""

    day: str
    mean: float
    count: int


class Trend(msgspec.Struct, frozen=True):
    """Sampled quality by day, oldest first.

    `fall`: by how much the last day's mean lies below the mean of all samples of the days before (negative: above);
    None where there is no day before.
    """

    days: tuple[Day, ...] = ()
    fall: float | None = None


class ControlsReport(msgspec.Struct, frozen=True):
    """What the controls of one workload did with its `exchanges` from `since` to `until`.

    `whole` is False where there were more than are counted: then `since` is when the oldest of those counted began.
    """

    tenant: str
    workload: str
    since: int
    until: int
    exchanges: int
    whole: bool
    controls: tuple[ControlFigures, ...]
    quality: Trend
