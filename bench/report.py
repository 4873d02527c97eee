"""What a benchmark found: tables and bars, printed as text, kept as JSON, written into the documentation."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable
from pathlib import Path

import msgspec

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
Cell = str | int | float


class Bar(msgspec.Struct, frozen=True):
    """A bar that the project sets itself: what was measured against it, in `unit`. `least` says which way it holds."""

    what: str
    bar: float
    measured: float
    unit: str = ""
    least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the bar was met."""
        return self.measured >= self.bar if self.least else self.measured <= self.bar


class Table(msgspec.Struct, frozen=True):
    """One benchmark's result."""

    name: str
    title: str
    columns: list[str]
    rows: list[list[Cell]]
    bars: list[Bar] = []
    notes: list[str] = []


class Report(msgspec.Struct, frozen=True):
    """A whole run."""

    date: str
    machine: str
    python: str
    quick: bool
    tables: list[Table]


def report_of(tables: list[Table], quick: bool) -> Report:
    """A report of this run, on this machine."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return Report(today, f"{_processor()}, {os.cpu_count()} cores", platform.python_version(), quick, tables)


def as_text(table: Table) -> str:
    """A table for the terminal, with its bars and notes."""
    lines = ["", f"{table.name}: {table.title}", ""]
    lines += [f"  {line}" for line in _aligned([table.columns, *(_cells(row) for row in table.rows)])]
    if table.bars:
        lines += ["", *(f"  {line}" for line in _aligned([_bar_cells(bar) for bar in table.bars]))]
    lines += [f"  note: {note}" for note in table.notes]
    return "\n".join(lines)


def as_markdown(report: Report) -> str:
    """The figures as they stand in the documentation."""
    kind = "quick run, too short to quote" if report.quick else "full run"
    parts = [f"{report.date}, {report.machine}, Python {report.python}, {kind}."]
    for table in report.tables:
        parts.append(f"### {table.name}: {table.title}")
        parts.append(_markdown([table.columns, *(_cells(row) for row in table.rows)]))
        if table.bars:
            parts.append(_markdown([["bar", "", "measured", ""], *(_bar_cells(bar) for bar in table.bars)]))
        parts.extend(f"{note}" for note in table.notes)
    return "\n\n".join(parts) + "\n"


def save(report: Report, path: Path) -> None:
    """Keep the report as JSON, and write its figures into the page of the same name beside it, if there is one."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n")
    page = path.with_suffix(".md")
    if page.exists():
        page.write_text(with_figures(page.read_text(encoding="utf-8"), report), encoding="utf-8")


def read(path: Path) -> Report:
    """A report that `save` kept."""
    return msgspec.json.decode(path.read_bytes(), type=Report)


def with_figures(page: str, report: Report) -> str:
    """The page with these figures between its marks. Raises ValueError where a mark is missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n\n{as_markdown(report)}\n{END}{after}"


def _bar_cells(bar: Bar) -> list[str]:
    sign = "at least" if bar.least else "at most"
    measured = f"{_number(bar.measured)} {bar.unit}".strip()
    return [bar.what, f"{sign} {_number(bar.bar)} {bar.unit}".strip(), measured, "holds" if bar.holds else "MISSED"]


def _cells(row: Iterable[Cell]) -> list[str]:
    return [cell if isinstance(cell, str) else _number(cell) for cell in row]


def _number(value: float) -> str:
    """Three figures, or all of a whole number."""
    if isinstance(value, int) or abs(value) >= 1_000:
        return f"{round(value):,}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _markdown(rows: list[list[str]]) -> str:
    head, *body = rows
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *body))


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
