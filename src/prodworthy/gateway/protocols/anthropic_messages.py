"""Anthropic messages: plain, streamed, tools, thinking, structured output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from prodworthy.gateway.protocols.anthropic_answer import MessageReader
from prodworthy.gateway.protocols.fields import count, nested, optional, required, tool_names
from prodworthy.gateway.protocols.protocol import Rendered, Wish, refusal_headers
from prodworthy.gateway.protocols.sse import event_of
from prodworthy.gateway.protocols.texts import Texts
from prodworthy.policy.core.exchange import Call, Operation
from prodworthy.policy.core.refusal import Refusal

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
}
"""Error types by status, as the API documents them; other statuses below 500 are invalid_request_error."""


class AnthropicMessages:
    """The messages API."""

    name = "anthropic-messages"
    vendor = "anthropic"

    def read_call(self, operation: Operation, document: Mapping[str, Any], size: int) -> Call:
        """Read a messages request. Raises Unreadable naming the field."""
        tools = tool_names(optional(document, "tools", list) or [], "tools")
        servers = tool_names(optional(document, "mcp_servers", list) or [], "mcp_servers")
        texts = Texts()
        texts.content(document.get("system"), "system", "system")
        texts.messages(required(document, "messages", list), "messages")
        texts.rest(document, _READ)
        config = document.get("output_config")
        wanted = document.get("output_format") or (config.get("format") if isinstance(config, dict) else None)
        return Call(
            operation,
            model=required(document, "model", str),
            stream=bool(optional(document, "stream", bool)),
            size=size,
            passages=tuple(texts.found),
            tools=tools + servers,
            max_tokens=count(document, "max_tokens"),
            end_user=nested(document, "metadata", "user_id", str) or "",
            unread=tuple(texts.unread),
            json=bool(wanted),
        )

    def reader(self, call: Call, document: Mapping[str, Any], listen: bool) -> MessageReader:
        """A reader for the answer."""
        return MessageReader(listen)

    def refuse(self, refusal: Refusal, exchange: str) -> Rendered:
        """An Anthropic error body; the request id is the exchange's, in the header that the SDK reads too."""
        headers = refusal_headers(refusal)
        if exchange:
            headers = (*headers, (b"request-id", exchange.encode()))
        return Rendered(refusal.code.status, headers, msgspec.json.encode(error_body(refusal, exchange)))

    def refuse_in_stream(self, refusal: Refusal, exchange: str) -> bytes:
        """An error event, which ends a stream."""
        return event_of("error", msgspec.json.encode(error_body(refusal, exchange)))

    def adapt(self, document: Mapping[str, Any], wish: Wish) -> dict[str, bytes]:
        """Ask for the declared schema unless the caller demands a format or offers tools; usage always comes."""
        config = document.get("output_config") or {}
        demands = document.get("tools") or document.get("mcp_servers") or document.get("output_format")
        if wish.schema is None or demands or not isinstance(config, dict) or config.get("format"):
            return {}
        wanted = {"type": "json_schema", "schema": wish.schema}
        return {"output_config": msgspec.json.encode({**config, "format": wanted})}

    def safe_answer(self, call: Call, text: str, exchange: str) -> Rendered:
        """A message, or a stream of one, with this text."""
        usage = {"input_tokens": 0, "output_tokens": 0}
        message = {
            "id": f"msg_{exchange}",
            "type": "message",
            "role": "assistant",
            "model": call.model,
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": usage,
        }
        if not call.stream:
            return Rendered(200, ((b"content-type", b"application/json"),), msgspec.json.encode(message))
        opening = {**message, "content": [], "stop_reason": None}
        end = {"stop_reason": "end_turn", "stop_sequence": None}
        events: tuple[tuple[str, dict[str, Any]], ...] = (
            ("message_start", {"message": opening}),
            ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
            ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": text}}),
            ("content_block_stop", {"index": 0}),
            ("message_delta", {"delta": end, "usage": usage}),
            ("message_stop", {}),
        )
        body = b"".join(event_of(name, msgspec.json.encode({"type": name, **rest})) for name, rest in events)
        return Rendered(200, ((b"content-type", b"text/event-stream; charset=utf-8"),), body)


def error_body(refusal: Refusal, exchange: str) -> dict[str, Any]:
    """The error body. The code stands twice: as `code`, and where the official SDK reads its `error_code`."""
    code, status = refusal.code, refusal.code.status
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
    details = {"error_code": code.value}
    error = {"type": kind, "message": refusal.text, "code": code.value, "details": details}
    return {"type": "error", "error": error, "request_id": exchange or None}


_READ = frozenset({"system", "messages", "model", "stream"})
