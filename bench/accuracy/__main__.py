"""`python -m bench.accuracy [NAME...] [--data DIR] [--save FILE]`: how accurate each detector is, with intervals."""

from __future__ import annotations

import argparse
import importlib
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bench.accuracy.figure import Figure

NAMES = ("injection", "personal_data", "secrets", "leak", "grounding")
DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MARKS = ("<!-- figures -->", "<!-- end of figures -->")


def main(arguments: list[str] | None = None) -> int:
    """Measure what was asked for. Returns the exit status: 1 if a bar was missed, 2 if the data is not there."""
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with the labelled sets")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the tables between the marks of this page")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.names) - set(NAMES))
    if unknown:
        parser.error(f"no detector is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    if not given.data.is_dir():
        print(f"{given.data} is not there: name the folder with the labelled sets by --data", file=sys.stderr)
        return 2
    figures = {name: _measured(name, given.data) for name in given.names or NAMES}
    text = as_markdown(figures)
    print(text)
    if given.save:
        given.save.write_text(between(given.save.read_text(encoding="utf-8"), text), encoding="utf-8")
    return 1 if any(verdict(figure) == "missed" for found in figures.values() for figure in found) else 0


def as_markdown(figures: Mapping[str, list[Figure]]) -> str:
    """One table for each detector."""
    lines: list[str] = []
    for name, found in figures.items():
        lines += [f"### {name.replace('_', ' ').capitalize()}", ""]
        lines += ["| figure | value | 95 % interval | bar | | how |", "|---|---|---|---|---|---|"]
        lines += [
            f"| {one.name} | {_number(one.value)} | {_number(one.low)} to {_number(one.high)} | {one.bar} | "
            f"{verdict(one)} | {one.note} |"
            for one in found
        ]
        lines.append("")
    return "\n".join(lines)


def verdict(figure: Figure) -> str:
    """Whether a figure keeps its bar, "" where it has none. A value that is no number misses."""
    if not figure.bar:
        return ""
    relation, limit = figure.bar.split()[:2]
    bound = float(limit)
    kept = figure.value >= bound if relation == ">=" else figure.value <= bound
    return "holds" if kept else "missed"


def between(page: str, text: str) -> str:
    """The page with this text between its marks. Raises ValueError for a page without them."""
    begin, end = (page.index(mark) for mark in MARKS)
    return f"{page[: begin + len(MARKS[0])]}\n\n{text}\n{page[end:]}"


def _measured(name: str, data: Path) -> list[Figure]:
    print(f"{name} ...", file=sys.stderr)
    began = time.monotonic()
    found: list[Figure] = importlib.import_module(f"bench.accuracy.{name}").measure(data)
    print(f"{name}: {len(found)} figures in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return found


def _number(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
