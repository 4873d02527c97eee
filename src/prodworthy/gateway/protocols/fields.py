"""Reading fields of a caller's document with errors that name the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.policy.core.refusal import Code

T = TypeVar("T")

MAX_COUNT = 2**31 - 1
"""Largest number of tokens that a request may name; what is larger is no request but an attack on the accounts."""

_KINDS: dict[type, str] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


def invalid(field: str, problem: str) -> Unreadable:
    """The refusal for one field."""
    return Unreadable(Code.INVALID_REQUEST, f"Field {field!r} {problem}.")


def required(document: Mapping[str, Any], field: str, kind: type[T]) -> T:
    """The field's value. Raises Unreadable if it is absent or of another type."""
    value = optional(document, field, kind)
    if value is None:
        raise invalid(field, "is required")
    return value


def optional(document: Mapping[str, Any], field: str, kind: type[T]) -> T | None:
    """The field's value or None (also for null). Raises Unreadable if it is of another type."""
    value = document.get(field)
    if value is None:
        return None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid(field, f"must be {_KINDS[kind]}")
    return value


def count(document: Mapping[str, Any], field: str) -> int:
    """The field as a number of tokens, 0 if absent. Raises Unreadable if it is none, negative or beyond MAX_COUNT."""
    if field not in document:
        return 0
    value = optional(document, field, int) or 0
    if not 0 <= value <= MAX_COUNT:
        raise invalid(field, f"must lie between 0 and {MAX_COUNT}")
    return value


def nested(document: Mapping[str, Any], field: str, inner: str, kind: type[T]) -> T | None:
    """The value of a field within an object, or None if either is absent. Raises Unreadable for another type."""
    outer = optional(document, field, dict)
    if outer is None or outer.get(inner) is None:
        return None
    value = outer[inner]
    if not isinstance(value, kind):
        raise invalid(f"{field}.{inner}", f"must be {_KINDS[kind]}")
    return value


def tool_names(tools: list[Any], field: str) -> tuple[str, ...]:
    """What the offered tools are called: by name, else by kind. Raises Unreadable for a tool that is no object."""
    found = []
    for index, tool in enumerate(tools):
        if not isinstance(tool, dict):
            raise invalid(f"{field}.{index}", "must be an object")
        inner = tool.get("function") or tool.get("custom")
        names = [inner.get("name")] if isinstance(inner, dict) else [tool.get(key) for key in _NAMES]
        found.append(next((name for name in names if name and isinstance(name, str)), ""))
    return tuple(found)


_NAMES = ("name", "server_label", "toolset_name", "type")
