"""PSF-2.2: an answer that broke its contract is retried, then replaced by the declared fallback or refused.

Which of these happens is decided here; the pipeline does it. Retries that succeed leave an `allow` with its reason.
"""

from __future__ import annotations

import enum
from typing import Annotated, cast

import msgspec
from msgspec import Meta

from prodworthy.policy.controls.contract import Case, Control, Point
from prodworthy.policy.core.exchange import Answer
from prodworthy.policy.core.facts import Attempted, Facts
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Allow, Block, Edit, Outcome, Redact, Verdict

WHOLE_ANSWER = "*"
"""The part name of an edit that replaces the whole answer."""


class Then(enum.StrEnum):
    """What follows when the retries are used up."""

    REFUSE = "refuse"
    SAFE_ANSWER = "safe_answer"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`retries` further attempts at the vendor, then `then`; `safe_answer` is the text that replaces the answer."""

    retries: Annotated[int, Meta(ge=0, le=3)] = 1
    then: Then = Then.REFUSE
    safe_answer: Annotated[str, Meta(max_length=20_000)] = ""


def decide(subject: Answer | None, facts: Facts, settings: Settings) -> Verdict:
    """Allow a good answer; else replace the whole of it by the safe answer, or block."""
    attempted = cast("Attempted", facts["attempted"])
    if not attempted.fault:
        return Allow(f"Answered on attempt {attempted.count}.") if attempted.count > 1 else ALLOW
    if settings.then is Then.SAFE_ANSWER:
        edit = Edit(WHOLE_ANSWER, 0, 0, settings.safe_answer)
        return Redact((edit,), f"Replaced by the safe answer after {attempted.count} attempts.")
    return Block(f"No valid answer after {attempted.count} attempts: {attempted.fault}", Code.OUTPUT_INVALID)


def may_retry(attempted: Attempted, settings: Settings) -> bool:
    """Whether another attempt at the vendor is due."""
    return bool(attempted.fault) and attempted.count <= settings.retries


CONTROL = Control(
    criterion="PSF-2.2",
    title="defined fallback",
    point=Point.RESPONSE,
    needs=frozenset({"attempted"}),
    decide=decide,
    settings=Settings,
    lookback=lambda settings: None if settings.then is Then.SAFE_ANSWER else 0,
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
    ),
)
