"""OpenAI responses: plain, streamed as typed events, tools, reasoning, structured output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from prodworthy.gateway.protocols import openai_error
from prodworthy.gateway.protocols.fields import count, invalid, optional, required, tool_names
from prodworthy.gateway.protocols.openai_responses_answer import ResponseReader
from prodworthy.gateway.protocols.protocol import Rendered, Wish
from prodworthy.gateway.protocols.sse import event_of
from prodworthy.gateway.protocols.texts import Texts, trusted
from prodworthy.policy.core.exchange import Call, Operation, Passage
from prodworthy.policy.core.refusal import Refusal


class OpenAIResponses:
    """The responses API."""

    name = "openai-responses"
    vendor = "openai"

    def read_call(self, operation: Operation, document: Mapping[str, Any], size: int) -> Call:
        """Read a responses request. Raises Unreadable naming the field."""
        if optional(document, "background", bool):
            raise invalid("background", "must be false: such an answer could be neither stopped nor recorded")
        texts = Texts()
        instructions = optional(document, "instructions", str)
        if instructions:
            texts.found.append(Passage("instructions", "system", instructions))
        prompt = optional(document, "prompt", dict)
        if prompt is not None:
            texts.unread["reference"] = None
            optional(prompt, "variables", dict)
        more_tools = _read_input(document.get("input"), texts)
        texts.rest(document, _READ)
        text = document.get("text")
        wanted = text.get("format") if isinstance(text, dict) else None
        return Call(
            operation,
            model=required(document, "model", str),
            stream=bool(optional(document, "stream", bool)),
            size=size,
            passages=tuple(texts.found),
            tools=tool_names(optional(document, "tools", list) or [], "tools") + more_tools,
            max_tokens=count(document, "max_output_tokens"),
            end_user=optional(document, "safety_identifier", str) or optional(document, "user", str) or "",
            unread=tuple(texts.unread),
            json=isinstance(wanted, dict) and wanted.get("type") in ("json_object", "json_schema"),
        )

    def reader(self, call: Call, document: Mapping[str, Any], listen: bool) -> ResponseReader:
        """A reader for the answer."""
        return ResponseReader(listen, bool(call.tools or document.get("prompt")), call.tools)

    def refuse(self, refusal: Refusal, exchange: str) -> Rendered:
        """An OpenAI error body."""
        return openai_error.render(refusal, exchange)

    def refuse_in_stream(self, refusal: Refusal, exchange: str) -> bytes:
        """An `error` event with the documented fields, and with the `error` object that makes the official SDK raise.

        Its sequence number is 0: how many events came before is the reader's knowledge, and no client needs it.
        """
        error = openai_error.error_object(refusal, exchange)
        told = {"type": "error", "code": error["code"], "message": error["message"], "param": None}
        return event_of("error", msgspec.json.encode({**told, "sequence_number": 0, "error": error}))

    def adapt(self, document: Mapping[str, Any], wish: Wish) -> dict[str, bytes]:
        """Ask for the declared schema unless the caller demands a format or offers tools; usage always comes."""
        text = document.get("text") or {}
        demands = document.get("tools") or document.get("prompt") or not isinstance(text, dict) or text.get("format")
        if wish.schema is None or demands:
            return {}
        wanted = {"type": "json_schema", "name": "answer", "schema": wish.schema, "strict": True}
        return {"text": msgspec.json.encode({**text, "format": wanted})}

    def safe_answer(self, call: Call, text: str, exchange: str) -> Rendered:
        """A response, or a stream of one, with this text."""
        part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
        message = {"id": f"msg_{exchange}", "type": "message", "role": "assistant", "status": "completed"}
        item = {**message, "content": [part]}
        response = {
            "id": f"resp_{exchange}",
            "object": "response",
            "created_at": int(exchange[:12] or "0", 16) // 1000,
            "status": "completed",
            "error": None,
            "incomplete_details": None,
            "model": call.model,
            "output": [item],
            "parallel_tool_calls": False,
            "tool_choice": "none",
            "tools": [],
            "usage": None,
        }
        if not call.stream:
            return Rendered(200, ((b"content-type", b"application/json"),), msgspec.json.encode(response))
        body = _stream(response, item, part, text)
        return Rendered(200, ((b"content-type", b"text/event-stream; charset=utf-8"),), body)


def _stream(response: dict[str, Any], item: dict[str, Any], part: dict[str, Any], text: str) -> bytes:
    """The events of a response with one text."""
    opening = {"response": {**response, "status": "in_progress", "output": []}}
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    begun = {**item, "status": "in_progress", "content": []}
    events: tuple[tuple[str, dict[str, Any]], ...] = (
        ("response.created", opening),
        ("response.in_progress", opening),
        ("response.output_item.added", {"output_index": 0, "item": begun}),
        ("response.content_part.added", {**place, "part": {**part, "text": ""}}),
        ("response.output_text.delta", {**place, "delta": text, "logprobs": []}),
        ("response.output_text.done", {**place, "text": text, "logprobs": []}),
        ("response.content_part.done", {**place, "part": part}),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": response}),
    )
    return b"".join(
        event_of(name, msgspec.json.encode({"type": name, "sequence_number": number, **rest}))
        for number, (name, rest) in enumerate(events)
    )


_READ = frozenset({"instructions", "input", "model", "stream", "include", "truncation"})


def _read_input(given: Any, texts: Texts) -> tuple[str, ...]:
    """Take the texts of the input; returns the names of tools that items offer besides."""
    if isinstance(given, str):
        texts.found.append(Passage("input", "user", given))
        return ()
    if given is None:
        return ()
    if not isinstance(given, list):
        raise invalid("input", "must be a string or a list")
    tools: tuple[str, ...] = ()
    for index, item in enumerate(given):
        where = f"input.{index}"
        if not isinstance(item, dict):
            raise invalid(where, "must be an object")
        texts.walk(item, where, _role(item, where))
        if isinstance(item.get("tools"), list):
            tools += tool_names(item["tools"], f"{where}.tools")
    return tools


def _role(item: dict[str, Any], where: str) -> str:
    """Who speaks: the item's role; items without one repeat what the model said or did."""
    role = item.get("role", "assistant")
    if not isinstance(role, str):
        raise invalid(f"{where}.role", "must be a string")
    return trusted(role)
