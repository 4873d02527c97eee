"""Templates to pages: everything escaped, nothing loaded from elsewhere, and the forms in which values are read."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template, select_autoescape

PACKAGE = "prodworthy.interfaces.console"
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


def render(name: str, **values: Any) -> str:
    """The page of a template. Raises jinja2.UndefinedError where a value is missing."""
    return _template(name).render(**values)


@functools.cache
def asset(name: str) -> bytes | None:
    """A file of the pages, None for one that there is not."""
    return _files("assets").get(name)


@functools.cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=DictLoader({file: text.decode() for file, text in _files("templates").items()}),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FORMS
    return environment.get_template(name)


@functools.cache
def _files(folder: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (resources.files(PACKAGE) / folder).iterdir()}


def moment(at: int) -> str:
    """A time (Unix ns) in UTC, to the minute."""
    return datetime.fromtimestamp(at // 10**9, UTC).strftime("%Y-%m-%d %H:%M")


def date(at: int) -> str:
    """A time (Unix ns) in UTC, to the day."""
    return datetime.fromtimestamp(at // 10**9, UTC).strftime("%Y-%m-%d")


def age(at: int, now: int) -> str:
    """How long before `now`, in the largest unit that says it well; a dash for never."""
    if not at:
        return "\N{EN DASH}"
    passed = max(0, now - at) // 10**9
    for size, unit in UNITS:
        if passed >= size:
            return f"{passed // size} {unit}"
    return f"{passed} s"


def tenths(value: int) -> str:
    """A level as it is read: 3.1."""
    return f"{value // 10}.{value % 10}"


def share(millionths: int) -> str:
    """A share as it is read, in per cent."""
    return f"{millionths / 10_000:.2f} %"


def seconds(microseconds: int) -> str:
    """A duration as it is read."""
    return f"{microseconds / 1_000_000:.3f} s"


def rate(per_second: float) -> str:
    """Exchanges per second as they are read; nothing is a dash."""
    if not per_second:
        return "\N{EN DASH}"
    return f"{per_second:.2f}/s" if per_second < 10 else f"{per_second:,.0f}/s"


FORMS: dict[str, Callable[..., str]] = {
    "moment": moment,
    "date": date,
    "age": age,
    "tenths": tenths,
    "share": share,
    "seconds": seconds,
    "rate": rate,
}
"""The filters that templates have besides jinja's own."""
