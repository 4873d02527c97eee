"""The exchange: one request through the gateway and what answered it, as the controls see them."""

from __future__ import annotations

import enum
from typing import Any

import msgspec


class Operation(enum.StrEnum):
    """What a caller asks for; a key's scopes name operations."""

    CHAT = "chat"
    RESPOND = "respond"
    EMBED = "embed"
    PREDICT = "predict"
    READ = "read"


class Unread(enum.StrEnum):
    """Content that detectors do not read."""

    IMAGE = "image"
    AUDIO = "audio"
    FILE = "file"
    TOKENS = "tokens"
    REFERENCE = "reference"
    TENSOR = "tensor"


class Tensor(msgspec.Struct, frozen=True):
    """One input of a classical model: its declared name, dtype and shape, and its values flattened in row order.

    `values` is None where the request carries the tensor in a form that the gateway does not read value by value.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: tuple[Any, ...] | None


class Passage(msgspec.Struct, frozen=True):
    """One text of a request or an answer: where it stands (`messages.0.content`), who wrote it, and the text.

    `role` is the provenance: system, user, assistant, tool, retrieval or agent (another AI). `start` is where the text
    begins within its part, in code points: a part may be read piece by piece, or hold texts of several origins.
    `json` says that the text is JSON, or a piece of it, as it stands on the wire.
    """

    part: str
    role: str
    text: str
    start: int = 0
    json: bool = False


class Call(msgspec.Struct, frozen=True):
    """What the caller asked, read once from the body by its protocol.

    `model` is the name the client sent ("" if the protocol has none); `max_tokens` is what the caller allows for the
    answer (0 if unsaid). `unread` are the kinds of content that are no text (image, audio, file, tokens, reference,
    tensor); `json` says that the caller asks for an answer in JSON.
    """

    operation: Operation
    model: str = ""
    stream: bool = False
    size: int = 0
    passages: tuple[Passage, ...] = ()
    tensors: tuple[Tensor, ...] = ()
    tools: tuple[str, ...] = ()
    max_tokens: int = 0
    end_user: str = ""
    unread: tuple[str, ...] = ()
    json: bool = False

    @property
    def characters(self) -> int:
        """Characters of text in the request."""
        return sum(len(passage.text) for passage in self.passages)


class Exchange(msgspec.Struct, frozen=True):
    """One request with who sent it: ids, the release that serves it, and the call. Times are Unix nanoseconds."""

    id: str
    tenant: str
    workload: str
    release: str
    environment: str
    protocol: str
    key: str
    subject: str
    at: int
    call: Call


class ToolCall(msgspec.Struct, frozen=True):
    """A tool that an answer calls, by the name under which it was offered."""

    name: str


class Finish(enum.StrEnum):
    """How an answer ended, across protocols."""

    STOP = "stop"
    LENGTH = "length"
    TOOL = "tool"
    REFUSAL = "refusal"
    CUT = "cut"
    UNKNOWN = ""


class Answer(msgspec.Struct, frozen=True):
    """What the vendor answered, read by its protocol: the texts, tokens counted, the model that answered.

    The role of a text is `assistant` for what the model says, `reasoning` for its thoughts, `tool` for what the
    vendor's own tools returned. `unread` are the kinds of content that are no text. `tools` are the names of the tools
    that it calls, one for each call.
    """

    texts: tuple[Passage, ...] = ()
    model: str = ""
    finish: Finish = Finish.UNKNOWN
    tokens_in: int = 0
    tokens_out: int = 0
    refusal: bool = False
    unread: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
