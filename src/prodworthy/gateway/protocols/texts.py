"""Finding every text of a document, so that nothing reaches a model or a caller unseen; and putting edited texts back.

Everything is walked, also fields that are younger than this code. What is left out is named here, with its reason:
short words of the protocol itself, what a vendor sealed, and binary content, which is counted under its kind instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from prodworthy.gateway.protocols.fields import invalid
from prodworthy.policy.core.exchange import Passage

_WORDS = frozenset(
    {"type", "role", "id", "object", "model", "call_id", "tool_call_id", "tool_use_id", "item_id", "status", "format"}
    | {"media_type", "mime_type", "detail", "finish_reason", "stop_reason", "service_tier", "system_fingerprint"}
    | {"phase", "datatype", "content_type", "encoding_format", "event_id", "response_id"}
)
"""Fields of the protocols that hold one of their own words, or an id. Anything longer or with a space is read."""

_WORD = re.compile(r"[\w.:/+=$#-]{0,128}")

_SEALED = frozenset({"encrypted_content", "signature", "thought_signature", "encrypted_index"})
"""What a vendor sealed for itself: nobody else can read or write it."""

_BLOCKS = {"text": "text", "input_text": "text", "output_text": "text"}
"""Blocks of content by the field that must hold their text; a model's thoughts are another one."""

_RAW_JSON = frozenset({"arguments", "partial_json"})
_IN_REQUESTS = {
    **dict.fromkeys(("output", "outputs", "result", "results", "stdout", "stderr", "logs"), "tool"),
    "tools": "definition",
}
_IN_ANSWERS = {
    **_IN_REQUESTS,
    **dict.fromkeys(("reasoning", "reasoning_content", "reasoning_details", "thinking", "summary"), "reasoning"),
    **dict.fromkeys(("annotations", "citations"), "citation"),
}
"""Fields that say from whom the texts below them are."""

_RETRIEVED = frozenset({"document", "search_result", "file_search_call"})
_REFERENCES = frozenset({"file_id", "previous_response_id", "conversation", "vector_store_ids", "file_ids"})
"""Fields that put content into the model's context which only the vendor holds."""

_BINARY = {"file_data": "file", "b64_json": "image", "partial_image_b64": "image", "embedding": "tokens"}
_DATA_URL = re.compile(r"data:([\w.+/;=-]{0,120});base64,[A-Za-z0-9+/=_-]*")
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})

_LONG = 10**6
"""Whole numbers from seven digits on are read like text: they may be card, account or telephone numbers."""

_OWN = re.compile(r"\.(?:arguments|input)(?:\.|$)|^metadata(?:\.|$)")
"""Objects whose fields are a model's or a caller's own: no word of a protocol stands there."""

_SAID = re.compile(r"\.(?:arguments|input|action|operation|variables)(?:\.|$)|^metadata(?:\.|$)")
"""Where numbers are what a model or a caller says, and no setting of the protocol."""


def step(key: str) -> str:
    """A key as one step of a part's name."""
    return key.replace("~", "~0").replace(".", "~1") if "." in key or "~" in key else key


def is_sealed(key: str) -> bool:
    """Whether the field holds what only the vendor can read."""
    return key in _SEALED


def editable(part: str) -> bool:
    """Whether an edit can be made there: in values, not in keys."""
    return not _KEY_PART.search(part)


_KEY_PART = re.compile(r"(?:^|\.)~[a-z]")


class Texts:
    """The texts found in one document, and the kinds of content in it that are no text."""

    def __init__(self, answer: bool = False, own: bool = False) -> None:
        """`answer`: the document is a model's answer, in which thoughts and citations are told from what it says.
        `own`: all its fields are the caller's own."""
        self.found: list[Passage] = []
        self.unread: dict[str, None] = {}
        self._roles = _IN_ANSWERS if answer else _IN_REQUESTS
        self._blocks = {**_BLOCKS, "thinking": "thinking"} if answer else _BLOCKS
        self._own = own
        self._around = ""  # the kind of the block around a field

    def messages(self, messages: list[Any], field: str) -> None:
        """Take a list of messages. Raises Unreadable for an empty list and for a message that is none."""
        if not messages:
            raise invalid(field, "must not be empty")
        for index, message in enumerate(messages):
            where = f"{field}.{index}"
            if not isinstance(message, dict):
                raise invalid(where, "must be an object")
            role = _role(message, where)
            for key, value in message.items():
                if key == "content" and type(value) is str:
                    self.found.append(Passage(f"{where}.content", role, value))
                elif key == "content":
                    self.content(value, f"{where}.content", role)
                elif key != "role":
                    self._field(message, key, where, role)

    def content(self, content: Any, where: str, role: str) -> None:
        """Take a message's content: a string, or a list of blocks. Raises Unreadable for anything else."""
        if isinstance(content, str):
            self.found.append(Passage(where, role, content))
        elif isinstance(content, list):
            for index, block in enumerate(content):
                if not isinstance(block, dict):
                    raise invalid(f"{where}.{index}", "must be an object")
            self._content(content, where, role)
        elif content is not None:
            raise invalid(where, "must be a string or a list")

    def rest(self, document: Mapping[str, Any], read: frozenset[str]) -> None:
        """Take every top-level field that is not in `read`. Numbers at the top are settings of the protocol."""
        for key, value in document.items():
            if key not in read and not isinstance(value, int | float):
                self._field(document, key, "", "definition" if key in _DEFINITIONS else "user")

    def walk(self, value: Any, where: str, role: str) -> None:
        """Take every text below `value`. Recursion is bounded by the document's own depth.

        What tools answered has the role "tool", what was retrieved "retrieval", whoever sent it. Raises Unreadable for
        a block of content whose text is no string.
        """
        if isinstance(value, str):
            self._text(value, where, role)
        elif isinstance(value, dict):
            self._block(value, where, role)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.walk(item, f"{where}.{index}", role)
        elif type(value) is int and not -_LONG < value < _LONG and (self._own or _SAID.search(where)):
            self.found.append(Passage(where, role, str(value)))

    def _is_own(self, where: str) -> bool:
        return self._own or _OWN.search(where) is not None

    def _content(self, content: Any, where: str, role: str) -> None:
        """Blocks of content, each with the text that its kind must have."""
        listed = isinstance(content, list)
        for index, block in enumerate(content if listed else (content,)):
            place = f"{where}.{index}" if listed else where
            kind = block.get("type") if isinstance(block, dict) else None
            field = self._blocks.get(kind) if isinstance(kind, str) else None
            if field and not isinstance(block.get(field, block.get("data")), str) and not self._is_own(where):
                raise invalid(f"{place}.{field}", "must be a string")
            self.walk(block, place, role)

    def _block(self, block: dict[str, Any], where: str, role: str) -> None:
        around, kind = self._around, block.get("type")
        if isinstance(kind, str) and not self._is_own(where):
            if kind.endswith(("_result", "_output")):
                role = "tool"
            if kind in _RETRIEVED:
                role = "retrieval"
            if kind == "item_reference":
                self.unread["reference"] = None
            self._around = kind if kind not in ("url", "base64", "file") else f"{around} {kind}"
        for key in block:
            self._field(block, key, where, role)
        self._around = around

    def _field(self, block: Mapping[str, Any], key: str, where: str, role: str) -> None:
        if not _WORD.fullmatch(key):
            self.found.append(Passage(f"{where}.~k{len(self.found)}".removeprefix("."), role, key))
        if key == "logprobs":
            return  # repeats, token by token, what stands beside it
        of_answer = where in ("", "response") and self._roles is _IN_ANSWERS and key in ("output", "outputs")
        if role != "retrieval" and not of_answer:
            role = self._roles.get(key, role)
        self._value(block, key, where, role)

    def _value(self, block: Mapping[str, Any], key: str, place: str, role: str) -> None:
        value, own = block[key], self._is_own(place)
        where = f"{place}.{step(key)}" if place else step(key)
        if key in _REFERENCES and value and not own:
            self.unread["reference"] = None
        if not isinstance(value, str):
            if key in ("content", "output") and isinstance(value, list | dict):
                self._content(value, where, role)
            else:
                self.walk(value, where, role)
        elif not own and self._is_no_text(block, key, value, place):
            return
        else:
            self._text(value, where, role, not own and key in _RAW_JSON)

    def _is_no_text(self, block: Mapping[str, Any], key: str, value: str, place: str) -> bool:
        """Whether a field of the protocol holds something else than text; binary content is counted."""
        if key in _SEALED or (key in _WORDS and _WORD.fullmatch(value)):
            if key == "id" and place.endswith(".audio") and self._roles is _IN_REQUESTS:
                self._count("reference")
            return True
        kind = self._binary(block, key, place)
        if kind == "sealed":
            return True
        if kind:
            return self._count(kind)
        if key in ("url", "image_url", "file_url"):
            self._fetched(key)
        return False

    def _count(self, kind: str) -> bool:
        self.unread[kind] = None
        return True

    def _fetched(self, key: str) -> None:
        """Count what the vendor fetches from an address, as it does for images and files."""
        around = f"{key} {self._around}"
        if "image" in around:
            self._count("image")
        elif key == "file_url" or "document" in around or "file" in around:
            self._count("file")

    def _binary(self, block: Mapping[str, Any], key: str, place: str) -> str:
        """The kind of binary content that the field holds, "" if it is text."""
        if key in _BINARY:
            return _BINARY[key]
        kind, media = block.get("type"), block.get("media_type", "")
        if key == "result" and kind == "image_generation_call":
            return "image"
        if key != "data" or kind == "text":
            return ""
        if kind == "redacted_thinking":
            return "sealed"
        if isinstance(media, str) and media:
            return _media(media)
        return "audio" if "format" in block or place.endswith(".audio") else "file"

    def _text(self, value: str, where: str, role: str, raw: bool = False) -> None:
        found = _DATA_URL.fullmatch(value) if value.startswith("data:") else None
        if found is not None:
            self._count(_media(found[1]))
        else:
            self.found.append(Passage(where, role, value, 0, raw))


def put(document: Any, part: str, text: str) -> None:
    """Put an edited text where `part` says. Raises LookupError for a part that is no text of the document's own."""
    *steps, last = part.split(".")
    place = document
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[_key(step)]
    if isinstance(place, list):
        place[int(last)] = text
    elif (key := _key(last)) in place:
        place[key] = text
    else:
        raise LookupError(part)


def at(document: Any, part: str) -> Any:
    """What stands where `part` says. Raises LookupError."""
    for step in part.split("."):
        document = document[int(step)] if isinstance(document, list) else document[_key(step)]
    return document


def _key(step: str) -> str:
    return step.replace("~1", ".").replace("~0", "~") if "~" in step else step


def trusted(role: str) -> str:
    """The provenance that a role of the protocol stands for. A role that none has is not trusted."""
    return role if role in _ROLES else "tool" if role else "user"


def _role(message: dict[str, Any], where: str) -> str:
    """Who speaks; an assistant with a name is another agent."""
    role = message.get("role", "")
    if not isinstance(role, str):
        raise invalid(f"{where}.role", "must be a string")
    if role in ("user", "system"):
        return role
    return "agent" if role == "assistant" and message.get("name") else trusted(role)


def _media(media: str) -> str:
    """The kind of content that a media type stands for."""
    return next((kind for kind in ("image", "audio") if media.startswith(kind)), "file")


_DEFINITIONS = frozenset(
    {"tools", "functions", "response_format", "text", "output_config", "output_format", "tool_choice", "mcp_servers"}
    | {"function_call", "parameters"}
)
"""Fields in which the application describes tools and formats; their texts are neither the user's nor the system's."""
