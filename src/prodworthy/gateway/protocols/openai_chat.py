"""OpenAI chat completions: plain, streamed, tools, structured output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from prodworthy.gateway.protocols import openai_error
from prodworthy.gateway.protocols.fields import count, optional, required, tool_names
from prodworthy.gateway.protocols.openai_chat_answer import ChatReader
from prodworthy.gateway.protocols.protocol import Rendered, Wish
from prodworthy.gateway.protocols.sse import event_of
from prodworthy.gateway.protocols.texts import Texts
from prodworthy.policy.core.exchange import Call, Operation
from prodworthy.policy.core.refusal import Refusal


class OpenAIChat:
    """The chat completions API."""

    name = "openai-chat"
    vendor = "openai"

    def read_call(self, operation: Operation, document: Mapping[str, Any], size: int) -> Call:
        """Read a chat request. Raises Unreadable naming the field."""
        texts = Texts()
        texts.messages(required(document, "messages", list), "messages")
        texts.rest(document, _READ)
        wanted = document.get("response_format")
        return Call(
            operation,
            model=required(document, "model", str),
            stream=bool(optional(document, "stream", bool)),
            size=size,
            passages=tuple(texts.found),
            tools=_tools(document),
            max_tokens=count(document, "max_completion_tokens") or count(document, "max_tokens"),
            end_user=optional(document, "safety_identifier", str) or optional(document, "user", str) or "",
            unread=tuple(texts.unread),
            json=isinstance(wanted, dict) and wanted.get("type") in ("json_object", "json_schema"),
        )

    def reader(self, call: Call, document: Mapping[str, Any], listen: bool) -> ChatReader:
        """A reader for the answer."""
        options = document.get("stream_options")
        choices = document.get("n")
        return ChatReader(
            listen,
            usage_asked=bool(isinstance(options, dict) and options.get("include_usage")),
            choices=choices if type(choices) is int and choices > 0 else 1,
        )

    def refuse(self, refusal: Refusal, exchange: str) -> Rendered:
        """An OpenAI error body."""
        return openai_error.render(refusal, exchange)

    def refuse_in_stream(self, refusal: Refusal, exchange: str) -> bytes:
        """An error event, then the end of the stream."""
        error = msgspec.json.encode({"error": openai_error.error_object(refusal, exchange)})
        return event_of("", error) + b"data: [DONE]\n\n"

    def adapt(self, document: Mapping[str, Any], wish: Wish) -> dict[str, bytes]:
        """Ask for usage in streams, and for the declared schema unless the caller demands a format or offers tools."""
        changes: dict[str, bytes] = {}
        if wish.usage and document.get("stream") is True:
            options = document.get("stream_options") or {}
            if isinstance(options, dict) and not options.get("include_usage"):
                changes["stream_options"] = msgspec.json.encode({**options, "include_usage": True})
        if wish.schema is not None and not document.get("response_format") and not document.get("tools"):
            wanted = {"name": "answer", "schema": wish.schema, "strict": True}
            changes["response_format"] = msgspec.json.encode({"type": "json_schema", "json_schema": wanted})
        return changes

    def safe_answer(self, call: Call, text: str, exchange: str) -> Rendered:
        """A completion, or a stream of one, with this text."""
        head = {"id": f"chatcmpl-{exchange}", "created": int(exchange[:12] or "0", 16) // 1000, "model": call.model}
        if not call.stream:
            message = {"role": "assistant", "content": text, "refusal": None}
            choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
            body = msgspec.json.encode({**head, "object": "chat.completion", "choices": [choice]})
            return Rendered(200, ((b"content-type", b"application/json"),), body)
        chunk = {**head, "object": "chat.completion.chunk"}
        first = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
        last = {"index": 0, "delta": {}, "finish_reason": "stop"}
        events = [event_of("", msgspec.json.encode({**chunk, "choices": [choice]})) for choice in (first, last)]
        body = b"".join(events) + b"data: [DONE]\n\n"
        return Rendered(200, ((b"content-type", b"text/event-stream; charset=utf-8"),), body)


_READ = frozenset({"messages", "model", "stream", "stream_options"})


def _tools(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the offered tools, those of the older `functions` included."""
    tools = document.get("tools"), document.get("functions")
    if tools == (None, None):
        return ()
    names = tool_names(optional(document, "tools", list) or [], "tools")
    return names + tool_names(optional(document, "functions", list) or [], "functions")
