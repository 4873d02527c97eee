"""PSF-1.2: a request keeps to its workload's input contract: size and scope of text, signature of features."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from prodworthy.policy.controls.contract import Case, Control, Point, Stand
from prodworthy.policy.core.exchange import Call, Exchange, Operation, Passage, Tensor
from prodworthy.policy.core.facts import Facts
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Outcome, Verdict

Count = Annotated[int, Meta(ge=1, le=100_000_000)]
Words = tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...]


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One input of a classical model. In `shape`, -1 stands for any length; `minimum` and `maximum` bound each value,
    `categories` lists the only values allowed."""

    name: Annotated[str, Meta(max_length=200)]
    datatype: Annotated[str, Meta(max_length=20)]
    shape: tuple[int, ...] = (-1,)
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str | int | bool, ...] = ()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds on text, words that a request must or must not carry, and the features of a classical model.

    `in_scope`: at least one of these words stands in the last message of the user; `off_scope`: none of them does.
    """

    characters: Count = 2_000_000
    passages: Count = 5_000
    answer_tokens: Count | None = None
    tools: bool = True
    in_scope: Words = ()
    off_scope: Words = ()
    features: tuple[Feature, ...] = ()


def decide(subject: Exchange, facts: Facts, settings: Settings) -> Verdict:
    """Block with the first rule that the request breaks; the reason names the place and the bound, never the value."""
    call = subject.call
    fault = _text_fault(call, settings) or _scope_fault(call, settings)
    if not fault and settings.features and call.operation is Operation.PREDICT:
        tensors = _as_declared(call.tensors, settings.features) if subject.protocol == "mlflow" else call.tensors
        fault = _feature_fault(tensors, settings.features)
    return Block(fault, Code.CONTRACT_VIOLATION) if fault else ALLOW


def _text_fault(call: Call, settings: Settings) -> str:
    if call.size > settings.characters and call.characters > settings.characters:
        return f"The request has {call.characters} characters of text; the contract allows {settings.characters}."
    if len(call.passages) > settings.passages:
        return f"The request has {len(call.passages)} passages; the contract allows {settings.passages}."
    if settings.answer_tokens is not None and call.max_tokens > settings.answer_tokens:
        return f"The request asks for {call.max_tokens} answer tokens; the contract allows {settings.answer_tokens}."
    if call.tools and not settings.tools:
        return "The request offers tools to the model; the contract allows none."
    return ""


def _scope_fault(call: Call, settings: Settings) -> str:
    if not (settings.in_scope or settings.off_scope):
        return ""
    text = next((p.text for p in reversed(call.passages) if p.role == "user"), "").casefold()
    words = set(_WORD.findall(text))
    if settings.off_scope and any(_mentions(text, words, term) for term in settings.off_scope):
        return "The request is about a subject that the contract excludes."
    if settings.in_scope and not any(_mentions(text, words, term) for term in settings.in_scope):
        return "The request is about none of the subjects that the contract allows."
    return ""


_WORD = re.compile(r"\w+")


def _mentions(text: str, words: set[str], term: str) -> bool:
    """One word is matched whole; a phrase as it stands."""
    folded = term.casefold()
    return folded in words or (" " in folded and folded in text)


def _as_declared(tensors: tuple[Tensor, ...], features: tuple[Feature, ...]) -> tuple[Tensor, ...]:
    """MLflow's JSON does not tell 3 from 3.0: whole numbers stand for floats where floats are declared."""
    floats = {feature.name for feature in features if feature.datatype == "FP64"}
    return tuple(
        msgspec.structs.replace(tensor, datatype="FP64")
        if tensor.datatype == "INT64" and tensor.name in floats
        else tensor
        for tensor in tensors
    )


def _feature_fault(tensors: tuple[Tensor, ...], features: tuple[Feature, ...]) -> str:
    """The first rule that the features break, "" if they keep to the signature."""
    given = {tensor.name: tensor for tensor in tensors}
    known = {feature.name for feature in features}
    for name in given.keys() - known:
        return f"Input {name[:80]!r} is not in the model's signature."
    for feature in features:
        tensor = given.get(feature.name)
        fault = _tensor_fault(tensor, feature) if tensor else f"Input {feature.name!r} is missing."
        if fault:
            return fault
    return ""


def _tensor_fault(tensor: Tensor, feature: Feature) -> str:
    where = f"Input {feature.name!r}"
    if tensor.datatype != feature.datatype:
        return f"{where} must have datatype {feature.datatype}."
    if len(tensor.shape) != len(feature.shape) or any(
        want not in (-1, got) for want, got in zip(feature.shape, tensor.shape, strict=True)
    ):
        return f"{where} must have shape {list(feature.shape)}."
    if feature.minimum is None and feature.maximum is None and not feature.categories:
        return ""
    if tensor.values is None:
        return f"{where} has bounds, and its values cannot be read in this encoding."
    for index, value in enumerate(tensor.values):
        if not _within(value, feature):
            return f"{where}, value {index}, is outside its declared range or categories."
    return ""


def _within(value: Any, feature: Feature) -> bool:
    if feature.categories:
        return value in feature.categories
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return False
    low = feature.minimum is None or value >= feature.minimum
    return low and (feature.maximum is None or value <= feature.maximum)


def _chat(text: str, **more: Any) -> Exchange:
    call = Call(Operation.CHAT, size=len(text), passages=(Passage("messages.0.content", "user", text),), **more)
    return Exchange("", "default", "example", "example@1", "production", "openai-chat", "", "", 0, call)


def _prediction(datatype: str, shape: tuple[int, ...], *values: Any) -> Exchange:
    call = Call(Operation.PREDICT, tensors=(Tensor("age", datatype, shape, values),))
    return Exchange("", "default", "example", "example@1", "production", "open-inference", "", "", 0, call)


_AGE = Settings(features=(Feature("age", "FP64", (-1,), 0.0, 120.0),))
_BLOCKED = (Outcome.BLOCK, Code.CONTRACT_VIOLATION)

CONTROL = Control(
    criterion="PSF-1.2",
    title="input contract",
    stands=(Stand(Point.REQUEST, decide),),
    settings=Settings,
    cases=(
        Case("an ordinary question passes", _chat("How do I reset my password?"), {}, Outcome.ALLOW, Settings()),
        Case("too much text is refused", _chat("x" * 11), {}, _BLOCKED[0], Settings(characters=10), _BLOCKED[1]),
        Case(
            "tools are refused where none are allowed",
            _chat("hi", tools=("shell",)),
            {},
            _BLOCKED[0],
            Settings(tools=False),
            _BLOCKED[1],
        ),
        Case(
            "too long an answer is refused",
            _chat("hi", max_tokens=900),
            {},
            _BLOCKED[0],
            Settings(answer_tokens=800),
            _BLOCKED[1],
        ),
        Case(
            "an excluded subject is refused",
            _chat("Give me legal advice."),
            {},
            _BLOCKED[0],
            Settings(off_scope=("legal advice",)),
            _BLOCKED[1],
        ),
        Case(
            "a subject that is not listed is refused",
            _chat("Tell me a joke."),
            {},
            _BLOCKED[0],
            Settings(in_scope=("invoice", "refund")),
            _BLOCKED[1],
        ),
        Case(
            "a listed subject passes",
            _chat("Where is my REFUND?"),
            {},
            Outcome.ALLOW,
            Settings(in_scope=("invoice", "refund")),
        ),
        Case("features in range pass", _prediction("FP64", (2,), 3.0, 99.5), {}, Outcome.ALLOW, _AGE),
        Case("a feature out of range is refused", _prediction("FP64", (1,), 130.0), {}, _BLOCKED[0], _AGE, _BLOCKED[1]),
        Case("a feature of another type is refused", _prediction("INT64", (1,), 7), {}, _BLOCKED[0], _AGE, _BLOCKED[1]),
        Case(
            "a feature of another shape is refused",
            _prediction("FP64", (1, 1), 7.0),
            {},
            *_BLOCKED[:1],
            _AGE,
            _BLOCKED[1],
        ),
    ),
)
