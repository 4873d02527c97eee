"""PSF-2.2: an answer that broke its contract is retried, then replaced by the declared fallback or refused.

Which of these happens is decided here; the pipeline does it. Retries that succeed leave an `allow` with its reason.
"""

from __future__ import annotations

import enum
from typing import Annotated, cast

import msgspec
from msgspec import Meta

from prodworthy.policy.controls.contract import Case, Control, Point, Stand
from prodworthy.policy.core.exchange import Answer, Finish
from prodworthy.policy.core.facts import Attempted, Facts
from prodworthy.policy.core.manifest import Line
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Allow, Block, Edit, Hold, Outcome, Redact, Verdict

WHOLE_ANSWER = "*"
"""The part name of an edit that replaces the whole answer."""


class Then(enum.StrEnum):
    """What follows when the retries are used up: refuse, the declared safe answer, another declared model, a person."""

    REFUSE = "refuse"
    SAFE_ANSWER = "safe_answer"
    OTHER_MODEL = "other_model"
    PERSON = "person"


class State(enum.StrEnum):
    """A state in which every protocol can end an answer."""

    REFUSED = "refused"
    TRUNCATED = "truncated"
    EMPTY = "empty"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`retries` further attempts at the vendor, then `then`.

    `safe_answer` is the text that replaces the answer, `other_model` the name of the declared model that is asked once
    instead. `invalid`: states in which an answer counts as invalid too: the model refused, was cut off at its length,
    or said nothing.
    """

    retries: Annotated[int, Meta(ge=0, le=3)] = 1
    then: Then = Then.REFUSE
    safe_answer: Annotated[str, Meta(max_length=20_000)] = ""
    other_model: Line = ""
    invalid: tuple[State, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError where the other model is not named."""
        if (self.then is Then.OTHER_MODEL) != bool(self.other_model):
            raise ValueError("`then: other_model` and `other_model` (a name from `models`) go together")

    @property
    def whole(self) -> bool:
        """Whether the answer must be complete before any of it is released."""
        return self.then in (Then.SAFE_ANSWER, Then.OTHER_MODEL) or bool(self.invalid)


def fault_of(answer: Answer, settings: Settings) -> str:
    """What is wrong with the state in which an answer ended, "" if nothing that the manifest minds."""
    if State.REFUSED in settings.invalid and (answer.refusal or answer.finish is Finish.REFUSAL):
        return "The model refused."
    if State.TRUNCATED in settings.invalid and answer.finish in (Finish.LENGTH, Finish.CUT):
        return "The answer was cut off."
    if State.EMPTY in settings.invalid and answer.finish is not Finish.TOOL:
        said = any(text.text.strip() for text in answer.texts if text.role == "assistant")
        return "" if said else "The answer is empty."
    return ""


def decide(subject: Answer | None, facts: Facts, settings: Settings) -> Verdict:
    """Allow a good answer; else replace the whole of it by the safe answer, hold it for a person, or block."""
    attempted = cast("Attempted", facts["attempted"])
    if not attempted.fault:
        return Allow(f"Answered on attempt {attempted.count}.") if attempted.count > 1 else ALLOW
    if settings.then is Then.SAFE_ANSWER:
        edit = Edit(WHOLE_ANSWER, 0, 0, settings.safe_answer)
        return Redact((edit,), f"Replaced by the safe answer after {attempted.count} attempts.")
    if settings.then is Then.PERSON:
        return Hold(f"No valid answer after {attempted.count} attempts; a person has to answer.")
    return Block(f"No valid answer after {attempted.count} attempts: {attempted.fault}", Code.OUTPUT_INVALID)


def next_model(attempted: Attempted, settings: Settings) -> str | None:
    """Which model is asked next: "" the same again, a name another one, None nobody."""
    if not attempted.fault or attempted.count > settings.retries + 1:
        return None
    if attempted.count <= settings.retries:
        return ""
    return settings.other_model or None


CONTROL = Control(
    criterion="PSF-2.2",
    title="defined fallback",
    stands=(
        Stand(
            Point.RESPONSE,
            decide,
            needs=lambda settings: frozenset({"attempted"}),
            whole=lambda settings: settings.whole,
        ),
    ),
    settings=Settings,
    cases=(
        Case("a good first answer passes", None, {"attempted": Attempted(1)}, Outcome.ALLOW, Settings()),
        Case("a good second answer passes", None, {"attempted": Attempted(2)}, Outcome.ALLOW, Settings()),
        Case(
            "a bad answer is refused by default",
            None,
            {"attempted": Attempted(2, "off schema")},
            Outcome.BLOCK,
            Settings(),
            Code.OUTPUT_INVALID,
        ),
        Case(
            "a declared safe answer takes a bad one's place",
            None,
            {"attempted": Attempted(2, "off schema")},
            Outcome.REDACT,
            Settings(then=Then.SAFE_ANSWER, safe_answer="{}"),
        ),
        Case(
            "a bad answer can wait for a person",
            None,
            {"attempted": Attempted(2, "off schema")},
            Outcome.HOLD,
            Settings(then=Then.PERSON),
        ),
    ),
)
