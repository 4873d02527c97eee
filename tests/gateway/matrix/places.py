"""Every place of a request in which text can stand, protocol by protocol, and the document that puts a text there."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Document = dict[str, Any]

USER = {"role": "user", "content": "What is a river?"}
TOOL = {"type": "object", "properties": {}}
PIXEL = "iVBORw0KGgo="


class Place(NamedTuple):
    """Where a text stands in a request: the fields that put it there, beside those of the plain request.

    `role` is the provenance that controls must be told. `editable`: an edit can be made there; elsewhere a control that
    wants one stops the request. `manifest`: what the workload has to declare. `tail`: raw bytes after the JSON, with
    their header.
    """

    put: Callable[[str], Document]
    role: str = "user"
    editable: bool = True
    manifest: Mapping[str, Any] = {}
    unread: str = ""
    tail: Callable[[str], bytes] | None = None


def messages(*said: Document) -> Document:
    """The field of a conversation."""
    return {"messages": [*said, USER]}


def quoted(text: str) -> str:
    """Arguments of a call, as JSON."""
    return json.dumps({"place": text})


def escaped(text: str) -> str:
    """The same, each letter written as an escape: the text is there for whoever decodes it."""
    return '{"place":"' + "".join(f"\\u{ord(letter):04x}" for letter in text) + '"}'


def address(text: str) -> str:
    """An address that carries the text."""
    return "https://pictures.example/" + text.replace(" ", "-")


def _chat_call(arguments: Callable[[str], str]) -> Callable[[str], Document]:
    def put(text: str) -> Document:
        call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": arguments(text)}}
        return messages(
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "done"},
        )

    return put


def _chat_result(content: Callable[[str], Any]) -> Callable[[str], Document]:
    def put(text: str) -> Document:
        call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
        return messages(
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": content(text)},
        )

    return put


def _cited(text: str) -> Document:
    return {"type": "url_citation", "start_index": 0, "end_index": 3, "url": "https://a.example/", "title": text}


def _schema(text: str) -> Document:
    return {"name": "answer", "schema": {"type": "object", "description": text}}


def _chat_blocks(*blocks: Document) -> Document:
    return messages({"role": "user", "content": list(blocks)})


RETRIEVED = {"retrieved": {"opening": "<context>", "closing": "</context>"}}

_COMMON_OPENAI: dict[str, Place] = {
    "metadata": Place(lambda text: {"metadata": {"note": text}}),
    "user field": Place(lambda text: {"user": text}),
    "unknown field": Place(lambda text: {"x_new": {"deep": [text]}}),
    "name of a field": Place(lambda text: {"x_new": {text: 1}}, editable=False),
}

CHAT: dict[str, Place] = {
    "id": Place(lambda text: messages({"role": "tool", "tool_call_id": text.replace(" ", "-"), "content": "done"})),
    "system": Place(lambda text: messages({"role": "system", "content": text}), "system"),
    "developer": Place(lambda text: messages({"role": "developer", "content": text}), "developer"),
    "user": Place(lambda text: messages({"role": "user", "content": text})),
    "user, in blocks": Place(lambda text: _chat_blocks({"type": "text", "text": text})),
    "assistant history": Place(lambda text: messages({"role": "assistant", "content": text}), "assistant"),
    "other agent": Place(lambda text: messages({"role": "assistant", "name": "b", "content": text}), "agent"),
    "tool definition": Place(
        lambda text: {
            "tools": [{"type": "function", "function": {"name": "a", "description": text, "parameters": TOOL}}]
        },
        "definition",
    ),
    "tool result": Place(_chat_result(lambda text: text), "tool"),
    "tool result, in blocks": Place(_chat_result(lambda text: [{"type": "text", "text": text}]), "tool"),
    "tool arguments": Place(_chat_call(quoted), "assistant"),
    "tool arguments, escaped": Place(_chat_call(escaped), "assistant"),
    "structured output": Place(
        lambda text: {"response_format": {"type": "json_schema", "json_schema": _schema(text)}}, "definition"
    ),
    "citation": Place(
        lambda text: messages({"role": "assistant", "content": "Yes.", "annotations": [_cited(text)]}), "assistant"
    ),
    "retrieved text": Place(
        lambda text: messages({"role": "user", "content": f"Look: <context>{text}</context>"}),
        "retrieval",
        manifest=RETRIEVED,
    ),
    "picture's words": Place(lambda text: messages({"role": "user", "content": f"![{text}](https://a.example/b)"})),
    "picture's address": Place(
        lambda text: _chat_blocks({"type": "image_url", "image_url": {"url": address(text)}}), unread="image"
    ),
    "reasoning": Place(
        lambda text: messages({"role": "assistant", "content": "Yes.", "reasoning_content": text}), "assistant"
    ),
    "refusal": Place(lambda text: messages({"role": "assistant", "content": None, "refusal": text}), "assistant"),
    **_COMMON_OPENAI,
}


def _items(*items: Document) -> Document:
    return {"input": [*items, USER]}


def _responses_message(role: str, kind: str) -> Callable[[str], Document]:
    return lambda text: _items({"role": role, "content": [{"type": kind, "text": text}]})


def _responses_call(arguments: Callable[[str], str]) -> Callable[[str], Document]:
    return lambda text: _items(
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": arguments(text)},
        {"type": "function_call_output", "call_id": "c1", "output": "done"},
    )


def _responses_result(text: str) -> Document:
    call = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
    return _items(call, {"type": "function_call_output", "call_id": "c1", "output": text})


def _searched(text: str) -> Document:
    found = [{"file_id": "file-1", "filename": "a.txt", "score": 0.5, "text": text}]
    return _items(
        {"type": "file_search_call", "id": "fs1", "status": "completed", "queries": ["river"], "results": found}
    )


RESPONSES: dict[str, Place] = {
    "id": Place(lambda text: _items({"role": "user", "content": "Yes.", "id": text.replace(" ", "-")})),
    "sealed by the vendor": Place(
        lambda text: _items({"type": "reasoning", "id": "r1", "summary": [], "encrypted_content": text})
    ),
    "system": Place(lambda text: {"instructions": text}, "system"),
    "developer": Place(lambda text: _items({"role": "developer", "content": text}), "developer"),
    "user": Place(lambda text: {"input": text}),
    "user, in blocks": Place(_responses_message("user", "input_text")),
    "assistant history": Place(_responses_message("assistant", "output_text"), "assistant"),
    "tool definition": Place(
        lambda text: {"tools": [{"type": "function", "name": "a", "description": text, "parameters": TOOL}]},
        "definition",
    ),
    "tool result": Place(_responses_result, "tool"),
    "tool arguments": Place(_responses_call(quoted), "assistant"),
    "tool arguments, escaped": Place(_responses_call(escaped), "assistant"),
    "structured output": Place(
        lambda text: {"text": {"format": {"type": "json_schema", **_schema(text)}}}, "definition"
    ),
    "citation": Place(
        lambda text: _items(
            {
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Yes.", "annotations": [_cited(text)]}],
            }
        ),
        "assistant",
    ),
    "retrieved text": Place(_searched, "retrieval", unread="reference"),
    "picture's words": Place(lambda text: {"input": f"![{text}](https://a.example/b)"}),
    "picture's address": Place(
        lambda text: _items({"role": "user", "content": [{"type": "input_image", "image_url": address(text)}]}),
        unread="image",
    ),
    "reasoning": Place(
        lambda text: _items({"type": "reasoning", "id": "r1", "summary": [{"type": "summary_text", "text": text}]}),
        "assistant",
    ),
    "refusal": Place(
        lambda text: _items({"role": "assistant", "content": [{"type": "refusal", "refusal": text}]}), "assistant"
    ),
    "prompt's variables": Place(
        lambda text: {"prompt": {"id": "p1", "variables": {"place": text}}}, unread="reference"
    ),
    **_COMMON_OPENAI,
}


def _claude_call(text: str) -> Document:
    return messages(
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "look", "input": {"q": text}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "done"}]},
    )


def _claude_result(content: Callable[[str], Any]) -> Callable[[str], Document]:
    def put(text: str) -> Document:
        called = {"type": "tool_use", "id": "t1", "name": "look", "input": {}}
        result = {"type": "tool_result", "tool_use_id": "t1", "content": content(text)}
        return messages({"role": "assistant", "content": [called]}, {"role": "user", "content": [result]})

    return put


def _claude_cited(text: str) -> Document:
    cited = {"type": "char_location", "cited_text": text, "document_index": 0, "start_char_index": 0}
    block = {"type": "text", "text": "Yes.", "citations": [{**cited, "end_char_index": 9, "document_title": "a"}]}
    return messages({"role": "assistant", "content": [block]})


def _claude_blocks(*blocks: Document) -> Document:
    return messages({"role": "user", "content": list(blocks)})


MESSAGES: dict[str, Place] = {
    "id": Place(
        lambda text: messages(
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": text.replace(" ", "-")}]}
        )
    ),
    "sealed by the vendor": Place(
        lambda text: messages({"role": "assistant", "content": [{"type": "redacted_thinking", "data": text}]})
    ),
    "system": Place(lambda text: {"system": text}, "system"),
    "system, in blocks": Place(lambda text: {"system": [{"type": "text", "text": text}]}, "system"),
    "user": Place(lambda text: messages({"role": "user", "content": text})),
    "user, in blocks": Place(lambda text: _claude_blocks({"type": "text", "text": text})),
    "assistant history": Place(lambda text: messages({"role": "assistant", "content": text}), "assistant"),
    "tool definition": Place(
        lambda text: {"tools": [{"name": "a", "description": text, "input_schema": TOOL}]}, "definition"
    ),
    "tool result": Place(_claude_result(lambda text: text), "tool"),
    "tool result, in blocks": Place(_claude_result(lambda text: [{"type": "text", "text": text}]), "tool"),
    "tool arguments": Place(_claude_call, "assistant"),
    "structured output": Place(
        lambda text: {
            "output_config": {"format": {"type": "json_schema", "schema": {"type": "object", "description": text}}}
        },
        "definition",
    ),
    "citation": Place(_claude_cited, "assistant"),
    "retrieved text": Place(
        lambda text: _claude_blocks(
            {"type": "document", "title": "a", "source": {"type": "text", "media_type": "text/plain", "data": text}}
        ),
        "retrieval",
    ),
    "search result": Place(
        lambda text: _claude_blocks(
            {
                "type": "search_result",
                "source": "https://a.example/",
                "title": "a",
                "content": [{"type": "text", "text": text}],
            }
        ),
        "retrieval",
    ),
    "picture's words": Place(lambda text: messages({"role": "user", "content": f"![{text}](https://a.example/b)"})),
    "picture's address": Place(
        lambda text: _claude_blocks({"type": "image", "source": {"type": "url", "url": address(text)}}),
        unread="image",
    ),
    "reasoning": Place(
        lambda text: messages(
            {"role": "assistant", "content": [{"type": "thinking", "thinking": text, "signature": "c2lnbmVk"}]}
        ),
        "assistant",
    ),
    "metadata": Place(lambda text: {"metadata": {"user_id": text}}),
    "unknown field": Place(lambda text: {"x_new": {"deep": [text]}}),
    "name of a field": Place(lambda text: {"x_new": {text: 1}}, editable=False),
}

EMBEDDINGS: dict[str, Place] = {
    "embeddings input": Place(lambda text: {"input": text}),
    "embeddings input, a list": Place(lambda text: {"input": ["a river", text]}),
    **{name: place for name, place in _COMMON_OPENAI.items() if name != "metadata"},
}

_X = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}


def _binary(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<I", len(data)) + data


def _binary_head(text: str) -> Document:
    size = {"binary_data_size": len(_binary(text))}
    return {"inputs": [_X, {"name": "word", "shape": [1], "datatype": "BYTES", "parameters": size}]}


INFER: dict[str, Place] = {
    "scorer's features": Place(
        lambda text: {"inputs": [_X, {"name": "word", "shape": [1], "datatype": "BYTES", "data": [text]}]}
    ),
    "scorer's features, binary": Place(_binary_head, editable=False, tail=_binary),
    "metadata": Place(lambda text: {"parameters": {"note": text}}, "definition"),
    "name of a feature": Place(
        lambda text: {"inputs": [_X, {"name": text, "shape": [1], "datatype": "INT64", "data": [1]}]}
    ),
    "unknown field": Place(lambda text: {"x_new": {"deep": [text]}}),
    "name of a field": Place(lambda text: {"x_new": {text: 1}}, editable=False),
}

MLFLOW: dict[str, Place] = {
    "scorer's features": Place(
        lambda text: {"dataframe_split": {"columns": ["a", "b"], "data": [[1.5, text]]}, "instances": None}
    ),
    "scorer's features, as records": Place(
        lambda text: {"dataframe_records": [{"a": 1.5, "b": text}], "instances": None}
    ),
    "scorer's features, as instances": Place(lambda text: {"instances": [{"a": 1.5, "b": text}]}),
    "scorer's features, as inputs": Place(lambda text: {"inputs": {"a": [1.5], "b": [text]}, "instances": None}),
    "name of a feature": Place(
        lambda text: {"dataframe_split": {"columns": [text], "data": [[1.5]]}, "instances": None}
    ),
    "metadata": Place(lambda text: {"params": {"note": text}}),
    "unknown field": Place(lambda text: {"x_new": {"deep": [text]}}),
    "name of a field": Place(lambda text: {"params": {text: 1}}, editable=False),
}

REQUESTS: Mapping[str, Mapping[str, Place]] = {
    "chat": CHAT,
    "responses": RESPONSES,
    "embeddings": EMBEDDINGS,
    "messages": MESSAGES,
    "infer": INFER,
    "mlflow": MLFLOW,
}
