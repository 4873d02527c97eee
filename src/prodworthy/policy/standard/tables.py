"""Reads TOML tables into frozen dataclasses, strictly.

It refuses what nobody declared, what is missing, a value of another kind (true is no number), text that is empty,
overlong or holds control characters, and numbers and lists beyond their bounds. Nothing is guessed or converted, but
for a whole number where a fraction may stand.
"""

from __future__ import annotations

import difflib
import functools
import tomllib
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

MOST_TEXT = 1_000_000
"""Characters in one file."""
MOST_WORDS = 1_000
"""Characters in one value."""
MOST_ENTRIES = 500
"""Entries in one list or table."""
MOST_NUMBER = 1_000_000


class StandardFault(ValueError):
    """The standard's data cannot be used: `where` it is wrong, the `problem`, and the `remedy`."""

    def __init__(self, where: str, problem: str, remedy: str) -> None:
        """One fault, told in full in the exception's text."""
        self.where, self.problem, self.remedy = where, problem, remedy
        super().__init__(f"{where}: {problem} {remedy}")


def parsed(text: str, where: str) -> dict[str, Any]:
    """The tables of one TOML file. Raises StandardFault for one that is too large, or no TOML."""
    if len(text) > MOST_TEXT:
        raise StandardFault(where, f"The file is longer than {MOST_TEXT} characters.", "Split it.")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as fault:  # ValueError: also a number of more digits than Python reads
        raise StandardFault(where, f"This is no TOML: {fault}.", "Mend the file at that place.") from None


def read(kind: type[T], table: object, where: str) -> T:
    """One entry as a dataclass of `kind`, by the types of its fields. Raises StandardFault."""
    if not isinstance(table, dict):
        raise StandardFault(where, "A table is expected.", "Write it as [name] or [[name]].")
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # every kind is a dataclass
    for name in table:
        if name not in known:
            raise StandardFault(where, f"The field `{name}` is unknown.", _hint(name, known))
    optional = {name for name, field in known.items() if field.default is not MISSING}
    for name in known:
        if name not in table and name not in optional:
            raise StandardFault(where, f"The field `{name}` is missing.", "Add it.")
    hints = _hints_of(kind)
    return kind(**{name: _value(hints[name], value, f"{where}.{name}") for name, value in table.items()})


def _value(hint: Any, value: object, where: str) -> Any:
    if isinstance(hint, types.UnionType):  # `X | None`: TOML has no null, so a value that is there is an X
        return _value(get_args(hint)[0], value, where)
    if get_origin(hint) is tuple:
        return _entries(get_args(hint)[0], value, where)
    if get_origin(hint) is dict:
        return _named(get_args(hint)[1], value, where)
    if is_dataclass(hint):
        return read(hint, value, where)  # type: ignore[arg-type]  # a dataclass is a type here, never an instance
    if issubclass(hint, StrEnum):
        return _choice(hint, value, where)
    return _plain(hint, value, where)


def _plain(hint: type[Any], value: object, where: str) -> Any:
    if hint is float and type(value) is int:
        value = float(value)
    if type(value) is not hint:
        raise StandardFault(where, f"This is no {_NAMES[hint]}.", f"Write a {_NAMES[hint]}.")
    if isinstance(value, str) and not (0 < len(value) <= MOST_WORDS and value.isprintable()):
        remedy = f"Write 1 to {MOST_WORDS} printable characters on one line."
        raise StandardFault(where, "The text is empty, too long, or not printable.", remedy)
    if isinstance(value, int | float) and not 0 <= value <= MOST_NUMBER:
        raise StandardFault(where, f"The number is not within 0 to {MOST_NUMBER}.", "Correct it.")
    return value


def _choice(hint: type[StrEnum], value: object, where: str) -> StrEnum:
    if not isinstance(value, str) or value not in list(hint):
        raise StandardFault(where, f"`{value}` is not among the choices.", f"Write one of {', '.join(hint)}.")
    return hint(value)


def _entries(hint: Any, value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > MOST_ENTRIES:
        raise StandardFault(where, f"A list of at most {MOST_ENTRIES} entries is expected.", "Write it in brackets.")
    found = tuple(_value(hint, entry, f"{where}[{number}]") for number, entry in enumerate(value, 1))
    for number, entry in enumerate(found):
        if entry in found[:number]:
            raise StandardFault(f"{where}[{number + 1}]", "The entry stands there twice.", "Remove one.")
    return found


def _named(hint: Any, value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > MOST_ENTRIES:
        raise StandardFault(where, f"A table of at most {MOST_ENTRIES} entries is expected.", "Write it as [name].")
    return {_plain(str, name, where): _value(hint, entry, f"{where}.{name}") for name, entry in value.items()}


def _hint(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known are {', '.join(known)}."


_hints_of: Callable[[Any], dict[str, Any]] = functools.cache(get_type_hints)
_NAMES: Mapping[type[Any], str] = {str: "text", int: "whole number", float: "number", bool: "true or false"}
