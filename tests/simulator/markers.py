"""Markers in a request body, `[[sim:NAME key=value ...]]`, become behaviours. The table is in `misbehaviour.py`."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from . import misbehaviour as wrong
from .exchange import Refused
from .script import Behaviour, Call, Say

_MARKER = re.compile(rb"\[\[sim:([a-z0-9-]{1,40})((?: [^\[\]]{0,400})?)\]\]")
_MOST = 16
_TEXTS = frozenset({"text", "name", "message", "model", "arguments", "refusal"})


def _tool(name: str = "unnamed", arguments: str = "{}") -> Behaviour:
    return wrong.Calls(Call(str(name), str(arguments)))


NAMES: Mapping[str, Callable[..., Behaviour]] = {
    "say": Say,
    "status": wrong.Status,
    "error-in-stream": wrong.ErrorInStream,
    "reset": wrong.Reset,
    "hangup": wrong.Hangup,
    "stall": wrong.Stall,
    "stall-in-stream": functools.partial(wrong.Stall, before=False),
    "cut": wrong.Cut,
    "bad-json": wrong.BadJson,
    "bad-chunk": wrong.BadChunk,
    "no-terminal": wrong.NoTerminal,
    "wrong-model": wrong.WrongModel,
    "drip": wrong.Drip,
    "endless": wrong.Endless,
    "gzip-bomb": wrong.GzipBomb,
    "huge": wrong.Huge,
    "not-json": wrong.NotJson,
    "invalid-utf8": wrong.InvalidUtf8,
    "empty": wrong.Empty,
    "off-schema": wrong.OffSchema,
    "off-envelope": wrong.OffEnvelope,
    "refusal": wrong.Refusal,
    "truncate": wrong.Truncate,
    "tool": _tool,
    "future": wrong.Future,
    "long-header": wrong.LongHeader,
    "close-after": wrong.CloseAfter,
    "echo": wrong.Echo,
}


@dataclass(frozen=True, slots=True)
class Marked:
    """One marker as found: its own bytes, what it asks for, and how many times it holds (None: always)."""

    source: bytes
    behaviour: Behaviour
    times: int | None


def read(body: bytes) -> tuple[Marked, ...]:
    """The markers in `body`, in order. Raises `Refused` (400) for one that means nothing, so that a slip shows."""
    if b"[[sim:" not in body:
        return ()
    found = tuple(_read(*match.group(0, 1, 2)) for match in _MARKER.finditer(body))
    if not found or len(found) > _MOST:
        raise Refused(400, f"simulator: a request takes 1 to {_MOST} well-formed markers, this one has {len(found)}")
    return found


@functools.lru_cache(maxsize=1024)
def _read(source: bytes, name: bytes, words: bytes) -> Marked:
    make = NAMES.get(name.decode())
    if make is None:
        raise Refused(400, f"simulator: no marker is named {name.decode()!r}; there are: {', '.join(NAMES)}")
    options: dict[str, Any] = {}
    for word in words.decode(errors="replace").split():
        key, equals, value = word.partition("=")
        options[key] = unquote(value) if key in _TEXTS else _value(value) if equals else True
    times = options.pop("times", None)
    try:
        inspect.signature(make).bind(**options)
    except TypeError as fault:
        raise Refused(400, f"simulator: marker {name.decode()!r}: {fault}") from fault
    return Marked(source, make(**options), times)


def _value(text: str) -> bool | int | float | str | None:
    if text in ("true", "false", "none"):
        return {"true": True, "false": False}.get(text)
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return unquote(text)
