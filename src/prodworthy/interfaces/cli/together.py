"""Options that belong together as one parameter of a verb: each field of a named tuple is an option of its own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints


def together(verb: Callable[..., None]) -> Callable[..., None]:
    """The verb as the parser sees it: a parameter whose type is a named tuple, written out as its fields."""
    hints = get_type_hints(verb, include_extras=True)
    shown: list[inspect.Parameter] = []
    grouped: dict[str, type[Any]] = {}
    for parameter in inspect.signature(verb).parameters.values():
        kind = hints[parameter.name]
        if hasattr(kind, "_fields"):
            grouped[parameter.name] = kind
            shown += _options(kind)
        else:
            shown.append(parameter.replace(annotation=kind, kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(verb)
    def run(**given: Any) -> None:
        for name, kind in grouped.items():
            given[name] = kind(**{field: given.pop(field) for field in kind._fields})
        verb(**given)

    run.__dict__["__signature__"] = inspect.Signature(shown)
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
    return run


def _options(kind: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(kind, include_extras=True)
    return [
        inspect.Parameter(
            field, inspect.Parameter.KEYWORD_ONLY, default=kind._field_defaults[field], annotation=hints[field]
        )
        for field in kind._fields
    ]
