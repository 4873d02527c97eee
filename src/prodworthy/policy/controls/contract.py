"""The whole extension API: a control is one value in one file, and this is what it is made of."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable
from typing import Any

import msgspec

from prodworthy.policy.core.events import Decided
from prodworthy.policy.core.facts import Facts
from prodworthy.policy.core.manifest import Mode
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Allow, Block, Outcome, Verdict


class Point(enum.StrEnum):
    """Where a control stands. Not every criterion stands in traffic."""

    REQUEST = "request"
    RESPONSE = "response"
    TOOL_CALL = "tool_call"
    RETRIEVAL = "retrieval"
    PREDICTION = "prediction"
    ROUTE = "route"
    RECORD = "record"
    RELEASE = "release"
    SCHEDULE = "schedule"
    ATTEST = "attest"


class NoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For a control that has nothing to set."""


class Case(msgspec.Struct, frozen=True):
    """One promise of a control: on this subject with these facts and settings, this outcome (and code, if blocked)."""

    promise: str
    subject: Any
    facts: dict[str, Any]
    outcome: Outcome
    settings: Any = NoSettings()
    code: Code | None = None


class Control(msgspec.Struct, frozen=True):
    """A control as a value.

    `always`: the control acts whatever a manifest says; it can be neither observed nor switched off.

    `decide` is pure: (subject, facts, settings) to verdict; `needs` names facts without which it cannot decide.
    `applies` says whether these settings ask for anything at all: a control that is not asked is not recorded.
    `lookback` says, for a control at RESPONSE, how many characters of the answer's end its verdict can still depend on:
    None for the whole answer, which is then held until it is complete; 0 for a control that never delays an answer.
    """

    criterion: str
    title: str
    point: Point
    decide: Callable[[Any, Facts, Any], Verdict]
    needs: frozenset[str] = frozenset()
    settings: type[msgspec.Struct] = NoSettings
    applies: Callable[[Any], bool] = lambda settings: True
    lookback: Callable[[Any], int | None] = lambda settings: 0
    always: bool = False
    cases: tuple[Case, ...] = ()


class Configured(msgspec.Struct, frozen=True):
    """A control as one workload's manifest sets it."""

    control: Control
    mode: Mode
    settings: Any


class Decision(msgspec.Struct, frozen=True):
    """What a configured control said: the verdict, whether it acts, and the record of it."""

    verdict: Verdict
    acts: bool
    record: Decided


def ask(configured: Configured, subject: object, facts: Facts) -> Decision:
    """Ask one control for its verdict. A missing fact blocks: no answer is never a pass."""
    control = configured.control
    if control.needs <= facts.keys():
        verdict = control.decide(subject, facts, configured.settings)
    else:
        missing = ", ".join(sorted(control.needs - facts.keys()))
        verdict = Block(f"{control.criterion} could not decide: no measurement of {missing}.", Code.CANNOT_DECIDE)
    if verdict is ALLOW:
        return _allowed(control.criterion, configured.mode)
    enforced = configured.mode is Mode.ENFORCE
    code = verdict.code.value if isinstance(verdict, Block) else ""
    record = Decided(control.criterion, verdict.outcome.value, configured.mode.value, verdict.reason, code)
    return Decision(verdict, enforced and not isinstance(verdict, Allow), record)


@functools.lru_cache(maxsize=256)
def _allowed(criterion: str, mode: Mode) -> Decision:
    """A plain pass, shared between exchanges because it is the most frequent value of all."""
    return Decision(ALLOW, False, Decided(criterion, Outcome.ALLOW.value, mode.value))
