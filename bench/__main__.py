"""`python -m bench [NAME...] [--quick] [--save FILE]`: runs the benchmarks and prints their tables."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from pathlib import Path

from bench.processes import ROOT
from bench.report import Table, as_text, report_of, save
from bench.rig import Bench

NAMES = (
    "throughput",
    "latency",
    "durable",
    "streams",
    "memory",
    "kill",
    "limits",
    "detail",
    "detectors",
    "reading",
    "guarded",
    "ledger",
    "assess",
    "packs",
    "mutations",
    "pages",
)


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for. Returns the exit status, 1 if a bar was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition("`: ")[2])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="short rounds: shows that it works, too short to quote")
    parser.add_argument(
        "--save", type=Path, metavar="FILE", help="keep the figures as JSON; a .md beside it shows them"
    )
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.names) - set(NAMES))
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    tables = [run(name, given.quick) for name in given.names or NAMES]
    if given.save:
        save(report_of(tables, given.quick), given.save)
        print(f"\nsaved in {given.save}")
    missed = [bar.what for table in tables for bar in table.bars if not bar.holds]
    if missed:
        print(f"\nmissed: {'; '.join(missed)}")
    return 1 if missed and not given.quick else 0


def run(name: str, quick: bool) -> Table:
    """Run one benchmark in a folder of its own and print its table."""
    module = importlib.import_module(f"bench.{name}")
    began = time.monotonic()
    # In this repository: the system's temporary folder may be memory, and a journal belongs on a disk.
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as folder:
        found: Table = module.run(Bench(Path(folder), quick, lambda text: print(f"{name}: {text}", file=sys.stderr)))
    print(as_text(found))
    print(f"  took {time.monotonic() - began:.0f} s", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
