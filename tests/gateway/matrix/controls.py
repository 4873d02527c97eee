"""The controls that read content, each with the settings that lead it to every verdict it can give."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, NamedTuple

from prodworthy.policy.controls.input_governance.injection import INDIRECT


class Effect(enum.Enum):
    """What must be seen from outside."""

    PASSES = "nothing is changed"
    EDITED = "the word is gone, the rest is there"
    STOPPED = "the caller is refused and sees nothing of the word"
    REPLACED = "the safe answer stands in the answer's place"
    KEPT_EDITED = "nothing is changed, and what is kept does not hold the word"
    KEPT_NOTHING = "nothing is changed, and nothing is kept"
    TOLD = "nothing is changed, and the record says that nobody could measure"


OUTCOMES = ("allow", "redact", "hold", "block", "crashed", "late")
REQUEST, ANSWER = "request", "answer"


class Variant(NamedTuple):
    """One way to an outcome: settings by criterion, whose word the text holds (or whose detector fails), what follows.

    `recorded` is the outcome on record; `roles` the provenances of text for which it holds, None for all.
    """

    controls: Mapping[str, Mapping[str, Any]]
    fact: str
    effect: Effect
    code: str = ""
    recorded: str = ""
    roles: frozenset[str] | None = None
    manifest: Mapping[str, Any] = {}


Variants = Mapping[tuple[str, str], tuple[Variant, ...]]

_UNDECIDED = ("cannot_decide", "block")


def _fails(controls: Mapping[str, Mapping[str, Any]], *facts: str, code: str = "cannot_decide") -> tuple[Variant, ...]:
    return tuple(Variant(controls, fact, Effect.STOPPED, code, "block") for fact in facts)


def _read(direction: str, criterion: str, fact: str, *more_facts: str, **by_outcome: Any) -> Variants:
    """A control in one direction: how it allows and fails, and the verdicts that its settings lead to."""
    plain: Mapping[str, Mapping[str, Any]] = {criterion: {}}
    asked: dict[str, tuple[Variant, ...]] = {
        "allow": (Variant(plain, fact, Effect.PASSES, "", "allow"),),
        "crashed": _fails(plain, fact, *more_facts),
        "late": _fails(plain, fact, *more_facts),
        **by_outcome,
    }
    return {(direction, outcome): variants for outcome, variants in asked.items()}


def _edits(criterion: str, fact: str, **settings: Any) -> tuple[Variant, ...]:
    return (Variant({criterion: settings}, fact, Effect.EDITED, "", "redact"),)


def _stops(criterion: str, fact: str, code: str, **settings: Any) -> tuple[Variant, ...]:
    return (Variant({criterion: settings}, fact, Effect.STOPPED, code, "hold" if code == "held" else "block"),)


_WITHHELD = Variant(
    {"PSF-1.1": {"on_indirect": "withhold"}}, "injection", Effect.EDITED, "", "redact", frozenset(INDIRECT)
)
_SCHEMA = {"PSF-2.1": {"schema": {"type": "object"}, "ask_model": False}}
_KEPT = {"retention": {"content": "full"}}


def _record(direction: str) -> Variants:
    """PSF-1.3 in one direction."""

    def each(effect: Effect, recorded: str) -> tuple[Variant, ...]:
        facts = ("personal_data", "secrets")
        return tuple(Variant({"PSF-1.3": {}}, fact, effect, "", recorded, manifest=_KEPT) for fact in facts)

    return {
        (direction, "allow"): each(Effect.KEPT_EDITED, "allow"),
        (direction, "redact"): each(Effect.KEPT_EDITED, "redact"),
        (direction, "crashed"): each(Effect.KEPT_NOTHING, "block"),
        (direction, "late"): each(Effect.KEPT_NOTHING, "block"),
    }


def _fallback() -> Variants:
    """PSF-2.2, which decides on what PSF-2.1 said."""

    def then(effect: Effect, code: str, recorded: str, **settings: Any) -> tuple[Variant, ...]:
        return (Variant({**_SCHEMA, "PSF-2.2": settings}, "schema", effect, code, recorded),)

    failed = then(Effect.STOPPED, "cannot_decide", "block")
    return {
        (ANSWER, "allow"): then(Effect.PASSES, "", "allow"),
        (ANSWER, "redact"): then(Effect.REPLACED, "", "redact", then="safe_answer", safe_answer="Ask again."),
        # the code of the control that refused is told before the fallback's own
        (ANSWER, "hold"): then(Effect.STOPPED, "output_invalid", "hold", then="person"),
        (ANSWER, "block"): then(Effect.STOPPED, "output_invalid", "block"),
        (ANSWER, "crashed"): failed,
        (ANSWER, "late"): failed,
    }


def _sampled() -> Variants:
    """PSF-2.5, which changes nothing and tells."""

    def each(effect: Effect, recorded: str) -> tuple[Variant, ...]:
        return (Variant({"PSF-2.5": {"sample": 1.0}}, "quality", effect, "", recorded),)

    return {
        (ANSWER, "allow"): each(Effect.PASSES, "allow"),
        (ANSWER, "block"): each(Effect.PASSES, "block"),
        (ANSWER, "crashed"): each(Effect.TOLD, ""),
        (ANSWER, "late"): each(Effect.TOLD, ""),
    }


def _contract(criterion: str, fact: str, code: str, settings: Mapping[str, Any]) -> Variants:
    """A control that judges the complete answer."""
    controls = {criterion: settings}
    return {
        (ANSWER, "allow"): (Variant(controls, fact, Effect.PASSES, "", "allow"),),
        (ANSWER, "block"): (Variant(controls, fact, Effect.STOPPED, code, "block"),),
        (ANSWER, "crashed"): _fails(controls, fact),
        (ANSWER, "late"): _fails(controls, fact),
    }


def _in_answers(criterion: str, fact: str, code: str, masked: str) -> Variants:
    """A control that masks or blocks in answers where `in_answer` says so."""
    asked = _read(
        ANSWER,
        criterion,
        fact,
        redact=_edits(criterion, fact, in_answer=masked),
        block=_stops(criterion, fact, code, in_answer="block"),
    )
    plain = {criterion: {"in_answer": masked}}
    failed = {(ANSWER, outcome): _fails(plain, fact) for outcome in ("crashed", "late")}
    return {**asked, **failed, (ANSWER, "allow"): (Variant(plain, fact, Effect.PASSES, "", "allow"),)}


CONTROLS: Mapping[str, Variants] = {
    "PSF-1.1": _read(
        REQUEST,
        "PSF-1.1",
        "injection",
        "hidden",
        redact=(*_edits("PSF-1.1", "hidden"), _WITHHELD),
        hold=_stops("PSF-1.1", "injection", "held", on_direct="hold", on_indirect="hold"),
        block=_stops("PSF-1.1", "injection", "injection"),
    ),
    "PSF-1.3": {**_record(REQUEST), **_record(ANSWER)},
    "PSF-1.5": {
        **_read(REQUEST, "PSF-1.5", "injection", block=_stops("PSF-1.5", "injection", "injection")),
        **_read(
            ANSWER,
            "PSF-1.5",
            "leak",
            redact=_edits("PSF-1.5", "leak", on_leak="cut"),
            block=_stops("PSF-1.5", "leak", "prompt_leak"),
        ),
    },
    "PSF-2.1": _contract("PSF-2.1", "schema", "output_invalid", _SCHEMA["PSF-2.1"]),
    "PSF-2.2": _fallback(),
    "PSF-2.3": _contract("PSF-2.3", "grounding", "output_invalid", {}),
    "PSF-2.4": _read(
        ANSWER,
        "PSF-2.4",
        "unsafe_output",
        redact=_edits("PSF-2.4", "unsafe_output"),
        block=_stops("PSF-2.4", "unsafe_output", "unsafe_output", on_unsafe="block"),
    ),
    "PSF-2.5": _sampled(),
    "PSF-3.1": {
        **_read(
            REQUEST,
            "PSF-3.1",
            "personal_data",
            redact=(
                *_edits("PSF-3.1", "personal_data"),
                *_edits("PSF-3.1", "personal_data", method="token"),
            ),
            block=_stops("PSF-3.1", "personal_data", "personal_data", method="block"),
        ),
        **_in_answers("PSF-3.1", "personal_data", "personal_data", "mask"),
    },
    "PSF-7.3": {
        **_read(
            REQUEST,
            "PSF-7.3",
            "secrets",
            redact=_edits("PSF-7.3", "secrets"),
            block=_stops("PSF-7.3", "secrets", "secret_found", in_request="block"),
        ),
        **_in_answers("PSF-7.3", "secrets", "secret_found", "mask"),
    },
}
