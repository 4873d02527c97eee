"""PSF-2.3: an answer is supported by the context that it was given, its citations lead to it, and it keeps to the
declared rules of the business."""

from __future__ import annotations

from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta

from prodworthy.policy.controls.contract import Case, Control, Point, Stand
from prodworthy.policy.core import expression
from prodworthy.policy.core.exchange import Answer, Passage
from prodworthy.policy.core.facts import Facts, Finding, Support
from prodworthy.policy.core.manifest import Line
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Outcome, Verdict


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of the business, in CEL: where `when` is true of an answer (always, if it is empty), `must` has to be.

    `answer` is the answer as JSON (null where it is none), `text` as it was written. There are no others.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
    must: Annotated[str, Meta(min_length=1, max_length=expression.LONGEST)]
    reason: Annotated[str, Meta(min_length=1, max_length=300)]
    when: Annotated[str, Meta(max_length=expression.LONGEST)] = ""

    def __post_init__(self) -> None:
        """Raises ValueError for an expression that is none, or that could cost much."""
        for field, source in (("when", self.when), ("must", self.must)):
            try:
                if source:
                    expression.checked(source)
            except ValueError as error:
                raise ValueError(f"`{field}` of rule `{self.name}`: {error}") from error


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`support`: the least share of the answer that its context must support. `context`: an answer must have had one.

    `citation`: the form of a citation, with {n} for the number of the passage, as in `[{n}]`; empty: not checked.
    `words`: strings that every answer must hold (completeness). `rules`: what must be true of every text of the answer,
    in CEL, over `answer` (its JSON, null where it is none) and `text`; a rule that comes to no verdict blocks.
    """

    support: Annotated[float, Meta(ge=0, le=1)] = 0.3
    context: bool = False
    citation: Line = ""
    words: Annotated[tuple[Line, ...], Meta(max_length=50)] = ()
    rules: Annotated[tuple[Rule, ...], Meta(max_length=20)] = ()

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
    if fault:
        return Block(f"The answer fails its semantic checks: {fault}.", Code.OUTPUT_INVALID)
    return _ruled(subject, settings.rules) if settings.rules else ALLOW


def _ruled(answer: Answer, rules: tuple[Rule, ...]) -> Verdict:
    """Block an answer that breaks a rule, or that a rule cannot judge. They see what it says, not what it calls."""
    said: dict[str, str] = {}
    for text in answer.texts:
        if text.role == "assistant" and not text.json:
            said[text.part] = said.get(text.part, "") + text.text
    name = ""
    try:
        for written in said.values():
            context = expression.context_of(written, _document(written))
            for rule in rules:
                name = rule.name
                if (not rule.when or expression.holds(rule.when, context)) and not expression.holds(rule.must, context):
                    return Block(f"The answer breaks the rule {rule.name}: {rule.reason}", Code.OUTPUT_INVALID)
    except expression.Undecided as error:
        return Block(f"The rules could not be decided ({name or 'all of them'}): {error}.", Code.CANNOT_DECIDE)
    return ALLOW


def _document(written: str) -> Any:
    try:
        return msgspec.json.decode(written)
    except (ValueError, RecursionError):
        return None


_GOOD, _BAD = {"grounding": Support(True, 0.8)}, {"grounding": Support(True, 0.1)}
_CITED = {"grounding": Support(True, 0.8, (), (Finding("choices.0.content", 3, 6, "bad_citation"),))}
_NONE = {"grounding": Support(False)}
_RULES = Settings(
    rules=(
        Rule("refund-limit", "answer.refund <= 100.0", "a refund is at most 100", when="answer != null"),
        Rule("no-promises", "!text.contains('guaranteed')", "nothing is guaranteed"),
    )
)
_OFFER = Answer(texts=(Passage("choices.0.content", "assistant", '{"refund": 80}'),))
_LAVISH = Answer(texts=(Passage("choices.0.content", "assistant", '{"refund": 800}'),))
_UNSAID = Answer(texts=(Passage("choices.0.content", "assistant", '{"note": "paid"}'),))
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
        Case("an answer within the rules of the business passes", _OFFER, _NONE, Outcome.ALLOW, _RULES),
        Case("an answer that breaks a rule is blocked", _LAVISH, _NONE, Outcome.BLOCK, _RULES, Code.OUTPUT_INVALID),
        Case(
            "an answer that a rule cannot judge is blocked", _UNSAID, _NONE, Outcome.BLOCK, _RULES, Code.CANNOT_DECIDE
        ),
        Case("an answer nobody compared is blocked", None, {}, Outcome.BLOCK, Settings(), Code.CANNOT_DECIDE),
    ),
)
