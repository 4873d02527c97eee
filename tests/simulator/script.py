"""What a test may script: the ordinary answer (`Say`), the tool call (`Call`), and what misbehaviours share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import msgspec

from .exchange import Answer, Ask


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that the vendor makes. `arguments` as text goes out as it is, valid JSON or not."""

    name: str
    arguments: Mapping[str, Any] | str

    def text(self) -> str:
        """The arguments as the wire carries them."""
        return self.arguments if isinstance(self.arguments, str) else msgspec.json.encode(self.arguments).decode()


class Behaviour:
    """One thing a script may ask for. `shape` changes what is said, `bend` changes the answer that carries it."""

    __slots__ = ()

    def shape(self, say: Say) -> Say:
        """What is said, given what would have been said. The base changes nothing."""
        return say

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        """The answer, given the true one. The base changes nothing."""
        return answer


@dataclass(frozen=True, slots=True)
class Say(Behaviour):
    """An ordinary answer. A field that is left alone keeps its default or what an earlier behaviour set.

    `text` None means the deterministic default (`default_text`). `chunks` is the number of deltas of a streamed text
    (None: one for each word). `interval` is the time between deltas and `before` the time ahead of the first byte, in
    seconds. `finish` is in OpenAI's words: stop, length, content_filter, tool_calls; where it is set, the caller's
    max_tokens is not obeyed. `calls` () means none, None means: as the request suggests. `size` makes a text of so
    many bytes. `echo` says the prompt back.
    """

    text: str | None = None
    chunks: int | None = None
    interval: float = 0.0
    before: float = 0.0
    finish: str | None = None
    refusal: str | None = None
    calls: tuple[Call, ...] | None = None
    model: str | None = None
    size: int | None = None
    endless: bool = False
    echo: bool = False

    def shape(self, say: Say) -> Say:
        """Lay the fields that were set over those of `say`."""
        ours = {field.name: getattr(self, field.name) for field in fields(self)}
        return replace(say, **{name: value for name, value in ours.items() if value != getattr(PLAIN, name)})

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        """Wait `before` seconds ahead of the first byte."""
        return replace(answer, before=(*answer.before, float(self.before))) if self.before > 0 else answer


PLAIN = Say()


@dataclass(frozen=True, slots=True)
class Dialect:
    """One protocol's way to answer and to fail. `unknown_event` is an event that no client of today knows."""

    name: str
    answer: Callable[[Ask, Say], Answer]
    error: Callable[[int, str], bytes]
    error_event: Callable[[int, str], bytes]
    unknown_event: bytes = b""
