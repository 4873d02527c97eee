"""PSF-1.5: the system prompt stays apart from data: nobody speaks in its name, and it does not leak into answers."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Annotated, cast

import msgspec
from msgspec import Meta

from prodworthy.policy.controls.contract import Case, Control, Point, Stand, varied
from prodworthy.policy.core.exchange import Answer, Exchange
from prodworthy.policy.core.facts import Facts, Finding, Suspicion
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Edit, Outcome, Redact, Verdict

OVERRIDES = frozenset({"delimiter", "extraction"})
"""Kinds of injection that speak in the system's name, or ask for what the system said."""


class OnLeak(enum.StrEnum):
    """What follows when the answer repeats the system prompt: the answer is refused, or the copied words cut out."""

    BLOCK = "block"
    CUT = "cut"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`canaries` are strings of the system prompt that no answer may hold.

    `false_positives` is the share of benign texts that may be taken for an attempt to cross the boundary.
    """

    canaries: Annotated[tuple[Annotated[str, Meta(min_length=8, max_length=200)], ...], Meta(max_length=20)] = ()
    on_leak: OnLeak = OnLeak.BLOCK
    false_positives: Annotated[float, Meta(ge=0.0001, le=0.2)] = 0.01


def decide(subject: Exchange | None, facts: Facts, settings: Settings) -> Verdict:
    """Block a request that speaks in the system's name or asks for its prompt."""
    for suspicion in cast("Iterable[Suspicion]", facts["injection"]):
        if suspicion.kind in OVERRIDES and suspicion.rarity <= settings.false_positives:
            return Block(f"The text in {suspicion.part} reaches for the system prompt.", Code.INJECTION)
    return ALLOW


def decide_answer(subject: Answer | None, facts: Facts, settings: Settings) -> Verdict:
    """Block an answer that repeats the system prompt, or cut the words that do."""
    found = cast("tuple[Finding, ...]", facts["leak"])
    if not found:
        return ALLOW
    if settings.on_leak is OnLeak.BLOCK:
        return Block("The answer repeats the system prompt.", Code.PROMPT_LEAK)
    edits = tuple(Edit(leak.part, leak.start, leak.end, "[withheld]") for leak in found)
    return Redact(edits, "Words of the system prompt were cut out.")


_LEAK = {"leak": (Finding("choices.0.content", 0, 40, "system_prompt"),)}
_AT_ANSWER = Point.RESPONSE

CONTROL = Control(
    criterion="PSF-1.5",
    title="system-prompt boundary",
    stands=(
        Stand(Point.REQUEST, decide, needs=lambda settings: frozenset({"injection"})),
        Stand(Point.RESPONSE, decide_answer, needs=lambda settings: frozenset({"leak"})),
    ),
    settings=Settings,
    declared=True,
    alternatives=lambda settings: varied(settings, "on_leak", OnLeak),
    cases=(
        Case("an ordinary question passes", None, {"injection": ()}, Outcome.ALLOW),
        Case(
            "a demand for the system prompt is blocked",
            None,
            {"injection": (Suspicion("messages.0.content", "user", 0.001, "extraction"),)},
            Outcome.BLOCK,
            code=Code.INJECTION,
        ),
        Case("an ordinary answer passes", None, {"leak": ()}, Outcome.ALLOW, point=_AT_ANSWER),
        Case("a leak is blocked", None, _LEAK, Outcome.BLOCK, Settings(), Code.PROMPT_LEAK, _AT_ANSWER),
        Case("a leak can be cut out", None, _LEAK, Outcome.REDACT, Settings(on_leak=OnLeak.CUT), None, _AT_ANSWER),
        Case("an answer nobody read is blocked", None, {}, Outcome.BLOCK, Settings(), Code.CANNOT_DECIDE, _AT_ANSWER),
    ),
)
