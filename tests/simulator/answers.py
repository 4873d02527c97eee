"""What the simulated vendor says: a text from the prompt, JSON from a schema, tool calls, vectors. Pure and
deterministic.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from .script import Call, Say

VOCABULARY = [
    "river",
    "stone",
    "lamp",
    "north",
    "quiet",
    "copper",
    "meadow",
    "seven",
    "window",
    "harbour",
    "linen",
    "orchard",
    "signal",
    "amber",
    "winter",
    "ladder",
    "paper",
    "cedar",
    "morning",
    "anchor",
    "violet",
    "island",
    "marble",
    "valley",
    "candle",
    "bridge",
    "thunder",
    "basket",
    "silver",
    "garden",
    "mirror",
    "cloud",
]
DEFAULT_WORDS = 16
MARKER = re.compile(r"\[\[sim:[^\[\]]{0,400}\]\]")
_WORD = re.compile(r"\S+\s*|\s+")
_CHARACTERS_PER_ARGUMENT_DELTA = 12
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that the request offers."""

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What a request asks, in no protocol's words."""

    prompt: str
    model: str
    prompt_tokens: int
    max_tokens: int | None = None
    schema: Mapping[str, Any] | None = None
    tools: tuple[Tool, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What the vendor answers, in no protocol's words. `pieces` join up to `text`, or never end."""

    text: str
    pieces: Iterable[str]
    model: str
    finish: str
    prompt_tokens: int
    completion_tokens: int
    refusal: str | None = None
    calls: tuple[Call, ...] = ()


def default_text(prompt: str, words: int = DEFAULT_WORDS, variant: int = 0) -> str:
    """The answer to `prompt` when nothing is scripted: the same prompt always gets the same words."""
    digest = hashlib.sha256(f"{variant}:{MARKER.sub('', prompt).strip()}".encode(errors="replace")).digest()
    chosen = (VOCABULARY[digest[position % 32] % 32] for position in range(max(1, words - 2)))
    return f"Answer {digest[:4].hex()}: {' '.join(chosen)}."


def tokens(text: str) -> int:
    """Tokens in `text` by the simulator's count: one for each word."""
    return len(text.split())


def split(text: str, chunks: int | None) -> list[str]:
    """Split `text` into `chunks` pieces (at most one for each character; None: one for each word) that join up to it
    again.
    """
    if chunks is None:
        return _WORD.findall(text)
    count = max(1, min(chunks, len(text)))
    edges = [len(text) * position // count for position in range(count + 1)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def argument_pieces(text: str) -> list[str]:
    """Split the arguments of a tool call as a vendor streams them."""
    return split(text, max(1, len(text) // _CHARACTERS_PER_ARGUMENT_DELTA))


def tell(question: Question, say: Say, variant: int = 0) -> Told:
    """Decide what is said in answer to `question` under the script `say`."""
    calls = say.calls if say.calls is not None else ()
    if say.calls is None and say.text is None and say.refusal is None and not say.endless:
        calls = tuple(Call(tool.name, sample_object(tool.schema)) for tool in question.tools[:1])
    text = "" if say.refusal is not None or (calls and say.text is None) else _text(question, say, variant)
    finish = say.finish or ("tool_calls" if calls else "stop")
    if say.finish is None and question.max_tokens is not None and not calls and say.size is None:
        words = _WORD.findall(text)
        if len(words) > question.max_tokens:
            text, finish = "".join(words[: question.max_tokens]), "length"
    pieces = _pieces(text, say)
    spoken = tokens(text) + tokens(say.refusal or "") + sum(tokens(call.text()) for call in calls)
    model = say.model or question.model
    return Told(text, pieces, model, finish, question.prompt_tokens, spoken, say.refusal, calls)


def _text(question: Question, say: Say, variant: int) -> str:
    if say.size is not None:
        return ("0123456789abcde " * (say.size // 16 + 1))[: say.size]
    if say.text is not None:
        return say.text
    if say.echo:
        return MARKER.sub("", question.prompt).strip()
    if question.schema is not None:
        return msgspec.json.encode(sample(question.schema)).decode()
    return default_text(question.prompt, max(DEFAULT_WORDS, say.chunks or 0), variant)


def _pieces(text: str, say: Say) -> Iterable[str]:
    if say.endless:
        return itertools.cycle(_WORD.findall(text) or ["more "])
    if say.size is not None and say.chunks is None:
        return split(text, max(1, say.size // 16_384))
    return split(text, say.chunks)


def sample_object(schema: Mapping[str, Any]) -> dict[str, Any]:
    """An object that satisfies `schema`, or an empty one where the schema describes no object."""
    found = sample(schema)
    return found if isinstance(found, dict) else {}


def sample(schema: Mapping[str, Any]) -> Any:
    """A value that satisfies `schema`, for the keywords that structured output allows. Deterministic."""
    return _Sampler(schema).value(schema, 0)


class _Sampler:
    """Walks one JSON Schema; `root` resolves local references."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    def value(self, schema: Any, depth: int) -> Any:
        if not isinstance(schema, Mapping) or depth > _DEEPEST:
            return None
        if "$ref" in schema:
            return self.value(self.resolve(str(schema["$ref"])), depth + 1)
        for keyword in ("const", "enum", "default"):
            if keyword in schema:
                return schema[keyword][0] if keyword == "enum" else schema[keyword]
        for keyword in ("anyOf", "oneOf"):
            if schema.get(keyword):
                return self.value(self.shallowest(schema[keyword]), depth + 1)
        if schema.get("allOf"):
            merged: dict[str, Any] = {}
            for branch in schema["allOf"]:
                merged.update(branch)
            return self.value(merged, depth + 1)
        return self.typed(schema, depth)

    def shallowest(self, branches: list[Any]) -> Any:
        """Prefer a branch that cannot recurse, so that linked lists and trees come to an end."""
        flat = [branch for branch in branches if isinstance(branch, Mapping) and "$ref" not in branch]
        return flat[0] if flat else branches[0]

    def resolve(self, reference: str) -> Any:
        found: Any = self.root
        for name in reference.removeprefix("#").strip("/").split("/"):
            if name:
                found = found.get(name.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
        return found

    def typed(self, schema: Mapping[str, Any], depth: int) -> Any:
        kind = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = kind[0]
        if kind == "object":
            return {name: self.value(child, depth + 1) for name, child in schema.get("properties", {}).items()}
        if kind == "array":
            count = max(int(schema.get("minItems", 1)), 0 if schema.get("maxItems") == 0 else 1)
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(min(count, 64))]
        if kind in ("integer", "number"):
            return _number(schema, kind == "integer")
        return {"boolean": True, "null": None}.get(kind, _string(schema))


def _number(schema: Mapping[str, Any], whole: bool) -> float | int:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None:
        low = 7 if high is None or high > 7 else high - 1
    if "exclusiveMinimum" in schema and low == schema["exclusiveMinimum"]:
        low = low + 1 if whole or high is None else (low + high) / 2
    return math.ceil(low) if whole else float(low)


_FORMATS = {
    "date": "2026-01-31",
    "date-time": "2026-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "email": "someone@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
}


def _string(schema: Mapping[str, Any]) -> str:
    text = _FORMATS.get(str(schema.get("format")), "river stone")
    text += "x" * min(10_000, max(0, int(schema.get("minLength", 0)) - len(text)))
    return text[: int(schema["maxLength"])] if "maxLength" in schema else text


def vector(text: str, dimensions: int) -> list[float]:
    """The embedding of `text`: a unit vector that depends on the text alone."""
    seed = hashlib.sha256(text.encode(errors="replace")).digest()
    source = random.Random(seed)
    values = [source.gauss(0.0, 1.0) for _ in range(dimensions)]
    norm = math.sqrt(sum(value * value for value in values)) or 1.0
    return [value / norm for value in values]


def texts(content: Any, depth: int = 0) -> Iterator[str]:
    """Every text within message content: a string, a list of typed parts, or messages that hold either."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list) and depth < _DEEPEST:
        for part in content:
            yield from texts(part, depth + 1)
    elif isinstance(content, dict) and depth < _DEEPEST:
        yield from texts(content.get("text", content.get("content")), depth + 1)


def last_of_user(messages: list[Any]) -> str:
    """The text of the last message whose role is user, or of all messages where there is none."""
    for message in reversed(messages):
        if isinstance(message, dict) and message.get("role") == "user":
            found = " ".join(texts(message))
            if found:
                return found
    return " ".join(texts(messages))
