"""Rules of a business as expressions in CEL (the Common Expression Language), checked and bounded before they are used.

The evaluator knows no budget, so what could cost much is refused when a rule is declared: quantifiers in one another,
`map` and `filter` (their cost grows with the square of a list), patterns that are not written out, and functions and
names that are not listed here. What a rule then costs is bounded by its length and by the size of the answer.
A rule sees nothing but the answer: no clock, no files, no network.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

LONGEST = 500
"""Characters of one expression."""
QUANTIFIERS = 2
NAMES = frozenset({"answer", "text"})
MOST_CHARACTERS = 32_768
MOST_VALUES = 500
DEEPEST = 32
"""What of an answer rules are asked about: its characters, the values of its JSON, and how deep they lie."""
FUNCTIONS = frozenset({"size", "contains", "startsWith", "endsWith", "matches", "double", "int", "has"})
_OPERATORS = frozenset(
    {"_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_+_", "_-_", "_*_", "_/_", "_%_", "-_"}
    | {"_?_:_", "_[_]", "@in", "@not_strictly_false"}
)
_STRING = re.compile(r"""[rR](?:"[^"\n]*"|'[^'\n]*')|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""")
_UNCLEAR = re.compile(r'""""|//|\w""')
_QUANTIFIER = re.compile(r"\.\s*(?:all|exists|exists_one)\s*\(\s*([A-Za-z_]\w*)\s*,")
_NAMED = re.compile(r"\b(?:answer|text)\b")
_COSTLY = re.compile(r"\.\s*(map|filter)\s*\(")
_MATCHES = re.compile(r"\bmatches\b")
_WRITTEN_OUT = re.compile(r'\.\s*matches\s*\(\s*""\s*\)')
_PATTERN = re.compile(rf"\.\s*matches\s*\(\s*({_STRING.pattern})")
_REPEATED = re.compile(r"\{\d")


class Undecided(ValueError):
    """A rule came to no verdict on an answer: a field that is missing, values that cannot be compared, too much."""


def checked(source: str) -> None:
    """Refuse an expression that is none, or that could cost much.

    Raises:
        ValueError: says what is wrong with it, and what to write instead.
    """
    if len(source) > LONGEST:
        raise ValueError(f"an expression has at most {LONGEST} characters: make several rules of it")
    bare = _STRING.sub('""', source)
    if _UNCLEAR.search(bare) or "'" in bare or '"' in bare.replace('""', ""):
        raise ValueError("write strings in single or double quotes, raw ones with an `r`, and no comments")
    if costly := _COSTLY.search(bare):
        raise ValueError(f"`{costly[1]}` is not allowed: ask with `all`, `exists` or `exists_one`")
    _bounded(bare, _inner(bare))
    if len(_REPEATED.findall(source)) > 1:
        raise ValueError("patterns may count repetitions once (`{2,5}`)")
    program = _program(source)
    if unknown := set(program.functions()) - FUNCTIONS - _OPERATORS:
        raise ValueError(f"no function `{min(unknown)}` here: there are {', '.join(sorted(FUNCTIONS))}")
    if unknown := set(program.variables()) - NAMES - set(_QUANTIFIER.findall(bare)):
        raise ValueError(f"nothing is called `{min(unknown)}` here: there are {', '.join(sorted(NAMES))}")
    _patterns_compile(source)


def _bounded(bare: str, inner: list[str]) -> None:
    if len(inner) > QUANTIFIERS:
        raise ValueError(f"an expression has at most {QUANTIFIERS} quantifiers: make several rules of it")
    if any(_QUANTIFIER.search(each) for each in inner):
        raise ValueError("a quantifier within another is not allowed: make the list flat, or two rules of it")
    if any(len(_NAMED.findall(each)) > 2 for each in inner):
        raise ValueError("a quantifier may name `answer` and `text` twice: it reads them for every element")
    if len(_MATCHES.findall(bare)) != len(_WRITTEN_OUT.findall(bare)) or any(map(_MATCHES.search, inner)):
        raise ValueError("write `value.matches('a pattern')`, with the pattern written out and in no quantifier")


def holds(source: str, context: Mapping[str, Any]) -> bool:
    """Whether a checked expression is true of this context, as `context_of` makes it. Raises Undecided."""
    try:
        said = _program(source).execute(dict(context))
    except LookupError as error:
        raise Undecided("it asks for a field that the answer lacks") from error
    except (ValueError, TypeError, ArithmeticError, RuntimeError) as error:
        raise Undecided("it compares or computes what cannot be") from error
    if not isinstance(said, bool):
        raise Undecided("it is neither true nor false")
    return said


def context_of(text: str, answer: Any) -> dict[str, Any]:
    """What a rule sees: the text, and the JSON that it holds or None. Raises Undecided for more than rules read."""
    if len(text) > MOST_CHARACTERS:
        raise Undecided(f"the answer has more than {MOST_CHARACTERS} characters")
    level, count = [answer], 0
    for _ in range(DEEPEST):
        count += len(level)
        if count > MOST_VALUES:
            raise Undecided(f"the answer has more than {MOST_VALUES} values")
        level = [value for each in level for value in _within(each)]
    if level:
        raise Undecided(f"the answer is nested more than {DEEPEST} deep")
    return {"text": text, "answer": answer}


def _within(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _inner(bare: str) -> list[str]:
    """What stands within each quantifier, without strings."""
    found = []
    for quantifier in _QUANTIFIER.finditer(bare):
        place, depth = quantifier.end(), 1
        while place < len(bare) and depth:
            depth += {"(": 1, ")": -1}.get(bare[place], 0)
            place += 1
        found.append(bare[quantifier.end() : place])
    return found


def _patterns_compile(source: str) -> None:
    for pattern in _PATTERN.finditer(source):
        try:
            _program(f"''.matches({pattern[1]})").execute({})
        except RuntimeError as error:
            raise ValueError("a pattern is not in the syntax of RE2, or too large") from error


@functools.lru_cache(maxsize=1024)
def _program(source: str) -> Any:
    """The compiled expression. Raises ValueError where it is none, with the place in it."""
    # Imported where a rule is declared: it costs 30 MB and a third of a second, which nobody else should pay.
    import cel

    try:
        return cel.compile(source)
    except ValueError as error:
        place = re.search(r"<input>:(\d+):(\d+): (?:Syntax error: )?([^\n]{0,120})", str(error))
        what = f"line {place[1]}, character {place[2]}: {place[3].split(' expecting ')[0]}" if place else ""
        raise ValueError(what or "this is no expression in CEL") from None
