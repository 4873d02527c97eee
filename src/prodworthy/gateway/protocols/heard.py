"""What an answer says, piece by piece: each text with its place in the document that brought it, ready to be edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.texts import Texts, is_sealed, step


class Piece(msgspec.Struct, frozen=True):
    """A text that one event, or a whole body, brings.

    `part` names the text it belongs to across events, `path` where it stands in this document. `append`: it continues
    its part; otherwise it is complete by itself, or repeats a part that came in pieces.
    """

    part: str
    path: str
    text: str
    role: str = "assistant"
    append: bool = False
    json: bool = False


class Heard(msgspec.Struct):
    """One event or body as it was read: the document, its pieces, the parts that end here (a prefix of their names)."""

    document: dict[str, Any]
    pieces: list[Piece] = []
    closed: list[str] = []
    unread: dict[str, None] = {}

    def say(self, part: str, path: str, key: str, text: str) -> None:
        """Take text of a field that continues a part; `part` and `path` lead to the object that holds the field."""
        if not is_sealed(key):
            self.hear(f"{part}.{step(key)}", f"{path}.{step(key)}".removeprefix("."), text)

    def hear(self, part: str, path: str, text: str) -> None:
        """Take text that continues a part."""
        if text:
            leaf = part.rpartition(".")[2]
            role = "reasoning" if "reasoning" in leaf or "thinking" in leaf else "assistant"
            self.pieces.append(Piece(part, path, text, role, True, leaf in ("arguments", "partial_json")))

    def take(self, value: Mapping[str, Any] | list[Any], path: str, name: str, role: str = "assistant") -> None:
        """Take every text below `value`, each complete by itself; `name` is the part's name for `path`.

        Raises AnswerBroken for a text block whose text is no string.
        """
        texts = Texts(answer=True)
        try:
            texts.walk(value, path, role)
        except Unreadable:
            raise AnswerBroken("a content block that is not well formed") from None
        self.unread.update(texts.unread)
        for found in texts.found:
            if found.text:
                below = found.part.removeprefix(path).removeprefix(".")
                part = f"{name}.{below}" if name else below
                self.pieces.append(Piece(part, found.part.removeprefix("."), found.text, found.role, False, found.json))


def read_object(data: bytes) -> dict[str, Any]:
    """A vendor's JSON object. Raises AnswerBroken."""
    try:
        document = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise AnswerBroken("an answer that is not well formed") from None
    if not isinstance(document, dict):
        raise AnswerBroken("an answer that is not an object")
    return document


def without(document: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The document without fields that hold no text of anybody's."""
    return {key: value for key, value in document.items() if key not in keys}


def forget_logprobs(value: Any) -> None:
    """Empty every `logprobs` below `value`: it repeats, token by token, the text as it was before an edit."""
    if isinstance(value, list):
        for item in value:
            forget_logprobs(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "logprobs":
                value[key] = [] if isinstance(inner, list) else None
            else:
                forget_logprobs(inner)
