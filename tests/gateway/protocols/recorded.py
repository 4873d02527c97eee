"""Feeding recorded answers to readers: what a reader said of each event, what it heard, and what it made of all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from prodworthy.gateway.protocols.heard import Heard, Piece
from prodworthy.gateway.protocols.protocol import AnswerReader
from prodworthy.gateway.protocols.sse import event_of
from prodworthy.gateway.protocols.texts import at, editable
from prodworthy.policy.core.exchange import Answer


class Played(msgspec.Struct):
    """What became of an answer.

    `marks`: a letter for each event ("o" open, "c" closing, "d" dropped, upper case once ended). `said`: the texts that
    continued from event to event, joined by part. `besides`: the other pieces but for those that repeat one of them.
    `closed`: the parts that each event closed. `heard`: how many events were heard at all.
    """

    marks: str
    answer: Answer
    said: dict[str, str]
    besides: list[Piece]
    closed: list[list[str]]
    heard: int
    unread: list[str]

    @property
    def besides_texts(self) -> list[tuple[str, str]]:
        """The parts and texts of `besides`."""
        return [(piece.part, piece.text) for piece in self.besides]


def named(*events: dict[str, Any]) -> list[bytes]:
    """Typed events, each under an `event:` line with its type."""
    return [event_of(event["type"], msgspec.json.encode(event)) for event in events]


def plain(*events: dict[str, Any]) -> list[bytes]:
    """Events without a name."""
    return [event_of("", msgspec.json.encode(event)) for event in events]


def play(reader: AnswerReader, events: Iterable[bytes]) -> Played:
    """Feed the events of a stream."""
    marks, heard = "", 0
    closed: list[list[str]] = []
    pieces: list[Piece] = []
    unread: dict[str, None] = {}
    for event in events:
        mark = reader.event(event)
        letter = "d" if mark.drop else "c" if mark.closing else "o"
        marks += letter.upper() if reader.ended else letter
        if reader.heard is not None:
            heard += 1
            check_places(reader.heard)
            pieces += reader.heard.pieces
            unread.update(reader.heard.unread)
        closed.append(reader.heard.closed if reader.heard else [])
    said: dict[str, str] = {}
    for piece in pieces:
        if piece.append:
            said[piece.part] = said.get(piece.part, "") + piece.text
    texts = frozenset(said.values())
    besides = [piece for piece in pieces if not piece.append and piece.text not in texts]
    return Played(marks, _answer(reader), said, besides, closed, heard, list(unread))


def read_whole(reader: AnswerReader, body: bytes) -> Played:
    """Feed a complete body; its pieces are all in `besides`."""
    reader.whole(body)
    heard = reader.heard
    if heard is None:
        return Played("", _answer(reader), {}, [], [], 0, [])
    check_places(heard)
    assert not any(piece.append for piece in heard.pieces)
    return Played("", _answer(reader), {}, heard.pieces, [heard.closed], 1, list(heard.unread))


def check_places(heard: Heard) -> None:
    """Every piece stands in the document where its path leads; a key, which cannot be edited, where it cannot."""
    for piece in heard.pieces:
        assert piece.text
        if editable(piece.path):
            found = at(heard.document, piece.path)
            assert type(found) in (str, int)
            assert str(found) == piece.text, piece


def _answer(reader: AnswerReader) -> Answer:
    """The reader's answer, in which no text is kept."""
    answer = reader.answer()
    assert answer.texts == ()
    return answer
