"""What verbs print: aligned columns, ages and times that people read, JSON that scripts read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import typer


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as their widest cell; the last one is not padded."""
    lines = [tuple(header), *(tuple(_printable(cell) for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for number, line in enumerate(lines):
        text = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        typer.secho(text, bold=number == 0)


def line(text: str) -> None:
    """One line of the result."""
    typer.echo(_printable(text))


def pairs(values: Iterable[tuple[str, str]], indent: str = "") -> None:
    """Names and values, one pair a line; pairs without a value are left out."""
    kept = [(name, value) for name, value in values if value]
    width = max((len(name) for name, _ in kept), default=0)
    for name, value in kept:
        typer.echo(f"{indent}{name.ljust(width)}  {_printable(value)}")


def as_json(value: Any) -> None:
    """One JSON document; structures of ours, bytes as base64."""
    import msgspec

    plain = msgspec.to_builtins(value, str_keys=True)
    typer.echo(json.dumps(plain, indent=2, ensure_ascii=False, sort_keys=False))


def as_json_line(value: Any) -> None:
    """One JSON document on one line, written out at once: somebody may be reading it as it comes."""
    import msgspec

    typer.echo(msgspec.json.encode(value).decode())


def moment(at: int | None) -> str:
    """A time (Unix nanoseconds) in UTC, to the second."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def age(at: int, now: int | None = None) -> str:
    """How long ago, in the largest unit that says it well."""
    seconds = max(0, ((now or time.time_ns()) - at) // 1_000_000_000)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def note(text: str) -> None:
    """Something besides the result, on standard error."""
    typer.echo(text, err=True)


def _printable(text: str) -> str:
    """Without control characters: what a caller once sent must not drive somebody's terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
