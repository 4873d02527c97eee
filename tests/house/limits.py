"""Sizes: how long a module and a function may be, how many parameters, how many modules of ours one may import."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tests.house.source import Breach, Source, definitions

MODULE_LINES = 400
FUNCTION_LINES = 40
PARAMETERS = 5
FAN_OUT = 12


def module_lines(sources: Iterable[Source]) -> Iterator[Breach]:
    """A module has at most 400 lines."""
    for source in sources:
        count = len(source.text.splitlines())
        if count > MODULE_LINES:
            yield Breach("module_lines", source.name, f"{count} lines, at most {MODULE_LINES}")


def function_lines(sources: Iterable[Source]) -> Iterator[Breach]:
    """A function has at most 40 lines, from `def` to its end, docstring included."""
    for source in sources:
        for name, node in definitions(source.tree):
            count = (node.end_lineno or node.lineno) - node.lineno + 1
            if not isinstance(node, ast.ClassDef) and count > FUNCTION_LINES:
                yield Breach("function_lines", f"{source.name}:{name}", f"{count} lines, at most {FUNCTION_LINES}")


def parameters(sources: Iterable[Source]) -> Iterator[Breach]:
    """A function takes at most 5 parameters; `self` and `cls` are not counted."""
    for source in sources:
        for name, node in definitions(source.tree):
            if isinstance(node, ast.ClassDef):
                continue
            spec = node.args
            named = [arg.arg for arg in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs)]
            count = len([arg for arg in named if arg not in {"self", "cls"}]) + bool(spec.vararg) + bool(spec.kwarg)
            if count > PARAMETERS:
                yield Breach("parameters", f"{source.name}:{name}", f"{count} parameters, at most {PARAMETERS}")


def fan_out(sources: Iterable[Source]) -> Iterator[Breach]:
    """A module imports at most 12 modules of ours; late imports count."""
    sources = tuple(sources)
    ours = frozenset(source.name for source in sources)
    for source in sources:
        imported = source.imports(ours)
        if len(imported) > FAN_OUT:
            yield Breach("fan_out", source.name, f"imports {len(imported)} modules of ours, at most {FAN_OUT}")
