"""Finding the texts in messages, content blocks and items, also of kinds that are younger than this code."""

from __future__ import annotations

from typing import Any

import msgspec

from prodworthy.gateway.protocols.fields import invalid
from prodworthy.policy.core.exchange import Passage

_TEXT = frozenset({"text", "input_text", "output_text"})
_ARGUMENTS = frozenset({"arguments", "input", "action", "operation"})
_BY_TOOLS = frozenset({"output", "outputs", "result", "results", "stdout", "stderr", "logs"})
_KEYS = (
    *("text", "refusal", "thinking", "title", "context", "content", "source", "summary", "code", "data"),
    *("function", "custom", "arguments", "input", "action", "operation"),
    *("output", "outputs", "result", "results", "stdout", "stderr", "logs"),
)
_BESIDES = ("refusal", "reasoning_content", "tool_calls", "function_call")
"""Where a message of the chat API holds text besides its content."""


def collect_messages(messages: list[Any], field: str, found: list[Passage]) -> None:
    """Append the texts of a list of messages. Raises Unreadable for an empty list and for a message that is none."""
    if not messages:
        raise invalid(field, "must not be empty")
    for index, message in enumerate(messages):
        where = f"{field}.{index}"
        if not isinstance(message, dict):
            raise invalid(where, "must be an object")
        role = message.get("role", "")
        if not isinstance(role, str):
            raise invalid(f"{where}.role", "must be a string")
        collect_content(message.get("content"), f"{where}.content", role, found)
        if len(message) > 2:
            for key in _BESIDES:
                if key in message:
                    collect(message[key], f"{where}.{key}", role, found)


def collect_content(content: Any, where: str, role: str, found: list[Passage]) -> None:
    """Append the texts of a message's content: a string, or a list of blocks. Raises Unreadable for anything else."""
    if isinstance(content, str):
        found.append(Passage(where, role, content))
    elif isinstance(content, list):
        for index, block in enumerate(content):
            if not isinstance(block, dict):
                raise invalid(f"{where}.{index}", "must be an object")
            collect(block, f"{where}.{index}", role, found)
    elif content is not None:
        raise invalid(where, "must be a string or a list")


def collect(value: Any, where: str, role: str, found: list[Passage]) -> None:
    """Append every text of `value` with its place: strings, and strings under keys that hold text in these APIs.

    What tools answered has the role "tool", whoever sent it. Binary data (images, files) is no text and is left out.
    Raises Unreadable for a text that is no string. Recursion is bounded by the document's own depth.
    """
    if isinstance(value, str):
        found.append(Passage(where, role, value))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            collect(item, f"{where}.{index}", role, found)
    elif isinstance(value, dict):
        _collect_block(value, where, role, found)


def _collect_block(block: dict[str, Any], where: str, role: str, found: list[Passage]) -> None:
    kind = block.get("type")
    if not isinstance(kind, str):
        kind = ""
    # A plain text document's source has its text under `data`.
    if kind in _TEXT and not isinstance(block.get("text", block.get("data")), str):
        raise invalid(f"{where}.text", "must be a string")
    if kind.endswith(("_result", "_output")):
        role = "tool"
    for key in _KEYS:
        value = block.get(key)
        if value is None or _is_binary(kind, key):
            continue
        if key in _ARGUMENTS and isinstance(value, dict):
            # Its keys are the tool's own, so all of it counts as text.
            value = msgspec.json.encode(value).decode() if value else ""
        collect(value, f"{where}.{key}", "tool" if key in _BY_TOOLS else role, found)


def _is_binary(kind: str, key: str) -> bool:
    return (key == "data" and kind != "text") or (key == "result" and kind == "image_generation_call")
