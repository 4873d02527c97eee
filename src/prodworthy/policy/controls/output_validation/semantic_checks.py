"""PSF-2.3: an answer is supported by the context that it was given, its citations lead to it, and it keeps to the
declared rules of the business."""

from __future__ import annotations

from typing import Annotated, cast

import msgspec
from msgspec import Meta

from prodworthy.policy.controls.contract import Case, Control, Point, Stand
from prodworthy.policy.core.exchange import Answer
from prodworthy.policy.core.facts import Facts, Finding, Support
from prodworthy.policy.core.manifest import Line
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Outcome, Verdict


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`support`: the least share of the answer that its context must support. `context`: an answer must have had one.

    `citation`: the form of a citation, with {n} for the number of the passage, as in `[{n}]`; empty: not checked.
    `words`: strings that every answer must hold (completeness).
    """

    support: Annotated[float, Meta(ge=0, le=1)] = 0.3
    context: bool = False
    citation: Line = ""
    words: Annotated[tuple[Line, ...], Meta(max_length=50)] = ()

    def __post_init__(self) -> None:
        """Raises ValueError for a citation without its number."""
        if self.citation and "{n}" not in self.citation:
            raise ValueError("`citation` must hold {n}, the place of the passage's number")


def decide(subject: Answer, facts: Facts, settings: Settings) -> Verdict:
    """Block an answer that lacks support, cites wrongly or leaves out what it must say."""
    support = cast("Support", facts["grounding"])
    fault = ""
    if not support.measured:
        fault = "it was given no context" if settings.context else ""
    elif support.score < settings.support:
        fault = f"its context supports {support.score:.2f} of it; {settings.support:.2f} is asked"
    elif support.bad_citations:
        fault = f"{len(support.bad_citations)} citations do not lead to a passage that supports them"
    if not fault and settings.words:
        said = "\n".join(text.text for text in subject.texts if text.role == "assistant").casefold()
        missing = [word for word in settings.words if word.casefold() not in said]
        fault = f"it lacks {len(missing)} of the words that it must hold" if missing else ""
    return Block(f"The answer fails its semantic checks: {fault}.", Code.OUTPUT_INVALID) if fault else ALLOW


_GOOD, _BAD = {"grounding": Support(True, 0.8)}, {"grounding": Support(True, 0.1)}
_CITED = {"grounding": Support(True, 0.8, (), (Finding("choices.0.content", 3, 6, "bad_citation"),))}
_NONE = {"grounding": Support(False)}
_INVALID = (Outcome.BLOCK, Settings(), Code.OUTPUT_INVALID)

CONTROL = Control(
    criterion="PSF-2.3",
    title="semantic checks",
    stands=(
        Stand(
            Point.RESPONSE,
            decide,
            needs=lambda settings: frozenset({"grounding"}),
            whole=lambda settings: True,
        ),
    ),
    settings=Settings,
    declared=True,
    cases=(
        Case("a supported answer passes", None, _GOOD, Outcome.ALLOW),
        Case("an unsupported answer is blocked", None, _BAD, *_INVALID),
        Case("a false citation is blocked", None, _CITED, *_INVALID),
        Case("an answer that needed no context passes", None, _NONE, Outcome.ALLOW),
        Case(
            "an answer without its context can be blocked",
            None,
            _NONE,
            Outcome.BLOCK,
            Settings(context=True),
            Code.OUTPUT_INVALID,
        ),
        Case(
            "an answer that leaves out what it must say is blocked",
            Answer(),
            _GOOD,
            Outcome.BLOCK,
            Settings(words=("not legal advice",)),
            Code.OUTPUT_INVALID,
        ),
        Case("an answer nobody compared is blocked", None, {}, Outcome.BLOCK, Settings(), Code.CANNOT_DECIDE),
    ),
)
