"""The whole extension API: a control is one value in one file, and this is what it is made of."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from prodworthy.policy.core.events import Decided
from prodworthy.policy.core.facts import Facts
from prodworthy.policy.core.manifest import Mode
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Allow, Block, Outcome, Verdict

T = TypeVar("T")


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


NOTHING: frozenset[str] = frozenset()


class Case(msgspec.Struct, frozen=True):
    """One promise of a control: on this subject with these facts and settings, this outcome (and code, if blocked).

    `point` is where it is asked, None for the first of the control's stands.
    """

    promise: str
    subject: Any
    facts: dict[str, Any]
    outcome: Outcome
    settings: Any = NoSettings()
    code: Code | None = None
    point: Point | None = None


class Stand(msgspec.Struct, frozen=True):
    """One point at which a control is asked.

    `decide` is pure: (subject, facts, settings) to verdict. `needs` names the facts without which it cannot decide.
    `whole` says whether its verdict can depend on all of an answer, which is then held until it is complete. Where it
    is False, the verdict on a text must follow from what is found in it, place by place: a stream is decided on piece
    by piece, and its verdict is the most severe of them.
    """

    point: Point
    decide: Callable[[Any, Facts, Any], Verdict]
    needs: Callable[[Any], frozenset[str]] = lambda settings: NOTHING
    whole: Callable[[Any], bool] = lambda settings: False


class Alternative(msgspec.Struct, frozen=True):
    """Other settings of a control, to be tried on recorded traffic; measured is the same, only the verdict may differ.

    One with a `kind` is worth telling only where that kind was found.
    """

    name: str
    settings: Any
    kind: str = ""


def varied(settings: Any, field: str, values: Iterable[Any]) -> tuple[Alternative, ...]:
    """These settings, once with each value of one field."""
    return tuple(Alternative(f"{field}: {value}", replace(settings, **{field: value})) for value in values)


class Control(msgspec.Struct, frozen=True):
    """A control as a value.

    `always`: the control acts whatever a manifest says; it can be neither observed nor switched off.
    `declared`: it reads content, so it is asked only where the manifest names it or sets a profile.
    `applies` says whether these settings ask for anything at all: a control that is not asked is not recorded.
    `alternatives` to given settings are what an owner may consider instead.
    """

    criterion: str
    title: str
    stands: tuple[Stand, ...]
    settings: type[msgspec.Struct] = NoSettings
    applies: Callable[[Any], bool] = lambda settings: True
    always: bool = False
    declared: bool = False
    alternatives: Callable[[Any], tuple[Alternative, ...]] = lambda settings: ()
    cases: tuple[Case, ...] = ()


class Decision(msgspec.Struct, frozen=True):
    """What a configured control said: the verdict, whether it acts, and the record of it."""

    verdict: Verdict
    acts: bool
    record: Decided


class Configured(msgspec.Struct, frozen=True):
    """A control at one of its points, as one workload's manifest sets it.

    `passed` is its plain pass, shared between exchanges because it is the most frequent value of all.
    """

    control: Control
    stand: Stand
    mode: Mode
    settings: Any
    needs: frozenset[str]
    passed: Decision


def configure(control: Control, mode: Mode, settings: object) -> tuple[Configured, ...]:
    """The control with these settings, once for each point at which it stands."""
    passed = Decision(ALLOW, False, Decided(control.criterion, Outcome.ALLOW.value, mode.value))
    return tuple(Configured(control, stand, mode, settings, stand.needs(settings), passed) for stand in control.stands)


def settings_of(configured: Iterable[Configured], kind: type[T]) -> T | None:
    """The settings of this type, None where no control has them."""
    return next((c.settings for c in configured if isinstance(c.settings, kind)), None)


def ask(configured: Configured, subject: object, facts: Facts) -> Decision:
    """Ask one control for its verdict. A missing fact blocks: no answer is never a pass."""
    if configured.needs <= facts.keys():
        verdict = configured.stand.decide(subject, facts, configured.settings)
        if verdict is ALLOW:
            return configured.passed
    else:
        criterion = configured.control.criterion
        missing = ", ".join(sorted(configured.needs - facts.keys()))
        verdict = Block(f"{criterion} could not decide: no measurement of {missing}.", Code.CANNOT_DECIDE)
    enforced = configured.mode is Mode.ENFORCE
    code = verdict.code.value if isinstance(verdict, Block) else ""
    record = Decided(configured.control.criterion, verdict.outcome.value, configured.mode.value, verdict.reason, code)
    return Decision(verdict, enforced and not isinstance(verdict, Allow), record)
