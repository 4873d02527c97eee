"""Feeding recorded answers to readers: what a reader said of each event, and what it made of all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from prodworthy.gateway.protocols.protocol import AnswerReader
from prodworthy.gateway.protocols.sse import event_of
from prodworthy.policy.core.exchange import Answer


def named(*events: dict[str, Any]) -> list[bytes]:
    """Typed events, each under an `event:` line with its type."""
    return [event_of(event["type"], msgspec.json.encode(event)) for event in events]


def plain(*events: dict[str, Any]) -> list[bytes]:
    """Events without a name."""
    return [event_of("", msgspec.json.encode(event)) for event in events]


def play(reader: AnswerReader, events: Iterable[bytes]) -> tuple[str, Answer]:
    """A letter for each event ("o" open, "c" closing, "d" dropped, upper case once ended), and the answer."""
    marks = ""
    for event in events:
        mark = reader.event(event)
        letter = "d" if mark.drop else "c" if mark.closing else "o"
        marks += letter.upper() if reader.ended else letter
    return marks, reader.answer()
