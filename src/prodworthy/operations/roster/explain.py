"""A validator's complaint turned into a fault: which field, what is wrong with it, what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jsonschema_rs

from prodworthy.operations.roster.document import Document, Path, dotted
from prodworthy.operations.roster.faults import Fault

ENOUGH = 500  # faults looked for; fewer are shown, and a hostile text may hold thousands

Complaint = jsonschema_rs.ValidationError
Said = tuple[Path, str, str]  # the path, the problem, the remedy

_REQUIRED = {
    "id": "Write `id: <name of the workload>`, in lower-case letters, digits and -.",
    "owner": "Write `owner: <the person or role accountable>`.",
    "models": "Write `models: [vendor/model]`.",
    "who": "Write `who: <person or rota>`.",
    "route": "Write `route: mailto:name@example.org` or `route: webhook:https://…`.",
    "vendor": "Write `vendor: <name in the gateway's configuration>`, or the short form `vendor/model`.",
    "model": "Write `model: <the vendor's exact version>`, or the short form `vendor/model`.",
    "count": "Write `count: <requests>`.",
}
_SHAPED = {
    "route": "Write `mailto:name@example.org` or `webhook:https://…`.",
    "last": "Write a date as 2026-01-31.",
    "models": "Write `vendor/model`, the vendor in lower-case letters, digits and -.",
}
_NAME = "Use lower-case letters, digits and -, at most 63 characters, with a letter or digit at both ends."
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of fields",
    "null": "nothing",
}


def explain(errors: Iterable[Complaint], schema: Mapping[str, Any], document: Document) -> list[Fault]:
    """The faults behind the complaints, to about `ENOUGH`; what reading already found spoiled is not named again."""
    faults: list[Fault] = []
    for error in errors:
        if len(faults) >= ENOUGH:
            break
        parent = _at(schema, error.schema_path[:-1])
        for path, problem, remedy in _SAID.get(error.kind.name, _other)(error, parent):
            if not any(path[: len(spoiled)] == spoiled for spoiled in document.spoiled):
                faults.append(Fault(document.line(path), dotted(path), problem, remedy))
    return faults


def _nearest(name: str, known: list[str]) -> str:
    """`Did you mean …?` if some known field is near, else all that there are."""
    close = difflib.get_close_matches(name[:80], known, n=1)
    if close:
        return f"Did you mean `{close[0]}`?"
    return f"Remove it; the fields here are: {', '.join(known)}." if known else "Remove it; there is nothing to set."


def _at(schema: Mapping[str, Any], path: list[str | int]) -> Mapping[str, Any]:
    """The part of the schema that holds the keyword that failed."""
    part: Any = schema
    for step in path:
        part = part[step]
    return part if isinstance(part, Mapping) else {}


def _unknown(error: Complaint, parent: Mapping[str, Any]) -> list[Said]:
    above = tuple(error.instance_path)
    names: list[str] = error.kind.as_dict()["unexpected"][:ENOUGH]
    known = list(parent.get("properties", {}))
    if above == ("controls",):
        remedy = f"The catalogue has: {', '.join(known)}."
        return [((*above, name), f"There is no control `{name[:80]}`.", remedy) for name in names]
    return [((*above, name), f"There is no field `{name[:80]}` here.", _nearest(name, known)) for name in names]


def _missing(error: Complaint, parent: Mapping[str, Any]) -> list[Said]:
    name = error.kind.as_dict()["property"]
    remedy = _REQUIRED.get(name, f"Write `{name}:` with its value.")
    return [((*error.instance_path, name), f"`{name}` is missing.", remedy)]


def _choice(error: Complaint, parent: Mapping[str, Any]) -> list[Said]:
    options = [str(option) for option in error.kind.as_dict()["options"]]
    given = error.instance
    if not isinstance(given, str):
        return [(tuple(error.instance_path), f"{_kind(given)} stands here.", f"Write one of: {', '.join(options)}.")]
    close = difflib.get_close_matches(given[:80], options, n=1)
    hint = f"Did you mean `{close[0]}`? " if close else ""
    problem = f"`{given[:40]}` is not a value of this field."
    return [(tuple(error.instance_path), problem, f"{hint}Write one of: {', '.join(options)}.")]


def _type(error: Complaint, parent: Mapping[str, Any]) -> list[Said]:
    path = tuple(error.instance_path)
    expected = list(error.kind.as_dict()["types"])
    wanted = " or ".join(_TYPES[name] for name in expected)
    given = error.instance
    remedy = f"Write {wanted}."
    if given is None:
        remedy = f"Write {wanted}, or remove the line."
    elif len(path) == 2 and path[0] == "models":
        remedy = "Write `vendor/model`."
    elif "string" in expected and isinstance(given, int | float):
        remedy = "Put it in quotes if text is meant."
    elif "array" in expected and isinstance(given, str | int | float):
        remedy = "Write a list: each item on a line of its own, after `- `."
    return [(path, f"{_kind(given)} stands here where {wanted} is meant.", remedy)]


def _whole(error: Complaint, parent: Mapping[str, Any]) -> list[Said]:
    given: Any = error.instance
    if not given.is_integer():
        return []  # the schema's own `type` says so
    instead = f"Write {int(given)}." if abs(given) < 1e15 else "Write a smaller whole number."
    return [(tuple(error.instance_path), "A fraction stands here where a whole number is meant.", instead)]


def _shape(error: Complaint, parent: Mapping[str, Any]) -> list[Said]:
    path = tuple(error.instance_path)
    words = [part for part in path if isinstance(part, str)]
    pattern = error.kind.as_dict()["pattern"]
    remedy = _SHAPED.get(words[-1] if words else "")
    if remedy is None:
        remedy = _NAME if "a-z0-9" in pattern else f"It has to match {pattern}"
    return [(path, "The text does not have the form of this field.", remedy)]


def _bound(words: str, unit: str = "") -> Callable[[Complaint, Mapping[str, Any]], list[Said]]:
    """The explanation of a bound: `words` before the limit, `unit` after it."""

    def said(error: Complaint, parent: Mapping[str, Any]) -> list[Said]:
        limit = parent.get(error.kind.name, "the limit")
        return [(tuple(error.instance_path), f"It must be {words} {limit}{unit}.", f"Write {words} {limit}{unit}.")]

    return said


def _other(error: Complaint, parent: Mapping[str, Any]) -> list[Said]:
    """A keyword without an explanation of its own. The value is not repeated: it may be anything."""
    problem = f"The value breaks the schema's rule `{error.kind.name}`."
    return [(tuple(error.instance_path), problem, "Read this field in the published schema.")]


def _kind(given: Any) -> str:
    """What sort of value stands there, as a sentence's first words."""
    if given is None:
        return "Nothing"
    if isinstance(given, bool):
        return "`true`" if given else "`false`"
    if isinstance(given, int | float):
        return "A number"
    if isinstance(given, str):
        return "Text"
    return "A list" if isinstance(given, list) else "A group of fields"


_SAID: dict[str, Callable[[Complaint, Mapping[str, Any]], list[Said]]] = {
    "additionalProperties": _unknown,
    "required": _missing,
    "enum": _choice,
    "type": _type,
    "whole": _whole,
    "pattern": _shape,
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusiveMinimum": _bound("more than"),
    "exclusiveMaximum": _bound("less than"),
    "minLength": _bound("at least", " characters long"),
    "maxLength": _bound("at most", " characters long"),
    "minItems": _bound("at least", " in number"),
    "maxItems": _bound("at most", " in number"),
}
