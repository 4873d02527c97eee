"""Strings that match an expression, drawn at random: the tables are tested with what they say they find."""

from __future__ import annotations

import random
import re
import string
from typing import Any

_PARSER: Any = vars(re)["_parser"]
_LETTERS = string.ascii_letters + string.digits + "-_+/=.\"'"


def sample(pattern: str, draw: random.Random) -> str:
    """A string that the expression matches. Knows what the tables use: classes, groups, choices, repeats."""
    return "".join(_piece(str(kind), value, draw) for kind, value in _PARSER.parse(pattern))


def _piece(kind: str, value: Any, draw: random.Random) -> str:
    if kind == "LITERAL":
        return chr(value)
    if kind == "IN":
        return _member(value, draw)
    if kind == "BRANCH":
        return "".join(_piece(str(inner), given, draw) for inner, given in draw.choice(value[1]))
    if kind == "SUBPATTERN":
        return "".join(_piece(str(inner), given, draw) for inner, given in value[3])
    if kind == "MAX_REPEAT":
        low, high, body = value
        times = draw.randint(low, min(int(high), low + 8))
        return "".join(_piece(str(inner), given, draw) for _ in range(times) for inner, given in body)
    assert kind in ("ASSERT", "ASSERT_NOT"), kind
    return ""


def _member(choices: Any, draw: random.Random) -> str:
    allowed = [char for char in _LETTERS + "%" if any(_holds(str(kind), value, char) for kind, value in choices)]
    return draw.choice([char for char in allowed if char.isalnum()] or allowed)


def _holds(kind: str, value: Any, char: str) -> bool:
    if kind == "RANGE":
        return bool(value[0] <= ord(char) <= value[1])
    if kind == "CATEGORY":
        return char.isdigit()
    return bool(kind == "LITERAL" and value == ord(char))
