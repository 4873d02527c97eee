"""What an audit pack costs: made from 100,000 statements (a million exchanges), and verified on one core."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from bench.report import Bar, Cell, Table
from bench.rig import Bench
from prodworthy.assurance.audit.verifying.opened import Trust
from prodworthy.assurance.audit.verifying.verdicts import Verdict
from prodworthy.assurance.audit.verifying.verify import verify
from prodworthy.interfaces.standards import load_standard
from prodworthy.policy.core.evidence import Tally
from prodworthy.record.ledger.trust import parse_policy
from tests.assurance.audit.building import CLAIMS, DAY, NOW
from tests.assurance.packing.installation import DESK, SECOND, FilesOnDisk, Installation

STATEMENTS = 100_000
EXCHANGES = 10
CONTROLS = 16
"""Controls that each statement tells of: as many as this version has."""
_AS_CHILD = "import sys; from bench.packs import child; child(*sys.argv[1:])"


def run(bench: Bench) -> Table:
    """Seal, then make and verify in processes of their own, so that each one's memory is its own."""
    count = bench.count(STATEMENTS, 2_000)
    bench.say(f"sealing {count:,} statements")
    made = _measured("make", bench.folder, count)
    bench.say("verifying")
    verified = _measured("verify", bench.folder, count)
    size = (bench.folder / "pack.zip").stat().st_size
    rows: list[list[Cell]] = [
        ["statements, exchanges in them", f"{count:,}, {count * EXCHANGES:,}"],
        ["bytes of the pack", f"{size:,}"],
        ["made: CPU seconds", f"{made[0]:.1f}"],
        ["made: wall seconds", f"{made[1]:.1f}"],
        ["made: memory at its highest, MB", f"{made[2]:.0f}"],
        ["verified: CPU seconds", f"{verified[0]:.1f}"],
        ["verified: wall seconds", f"{verified[1]:.1f}"],
        ["verified: memory at its highest, MB", f"{verified[2]:.0f}"],
    ]
    bars = [
        Bar(f"verifying {count:,} statements, CPU of one core", 30.0, verified[0], "s"),
        Bar("memory while a pack is made", 200.0, made[2], "MB"),
        Bar("memory while a pack is verified", 200.0, verified[2], "MB"),
    ]
    return Table("packs", "Audit packs", ["what", "measured"], rows, bars)


def child(what: str, folder: str, count: str) -> None:
    """One of the two in a process of its own; prints CPU seconds, wall seconds and megabytes."""
    place = Path(folder)
    one = sealed(place, int(count)) if what == "make" else None
    cpu, wall = time.process_time(), time.monotonic()
    if one is not None:
        with (place / "pack.zip").open("w+b") as file:
            one.write(file, DESK)
    else:
        trust = Trust(parse_policy((place / "policy.txt").read_bytes()), (load_standard(),))
        with (place / "pack.zip").open("rb") as file:
            outcome = verify(file, trust)
        assert outcome.verdict is Verdict.PASS, outcome.lines()
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    print(cpu, wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def sealed(folder: Path, count: int) -> Installation:
    """An installation with so many statements of traffic, whose ledger is in a folder."""
    one = Installation(FilesOnDisk(folder / "ledger"))
    names = [f"PSF-{number % 8 + 1}.{number // 8 + 1}" for number in range(CONTROLS)]
    tallies = {name: Tally({"allow": 9, "block": 1}, {"allow": 3}, 9, 3) for name in names}
    one.did(("", ""), "Installed", version="1", controls=dict.fromkeys(names, "m"))
    one.did(DESK, "Declared", version=1, digest="d", claims=CLAIMS)
    one.moment = NOW - 40 * DAY
    for _ in range(count):
        one.traffic(DESK, EXCHANGES, controls=tallies, models={"vendor/model": EXCHANGES})
        one.moment += 20 * SECOND
    one.publish()
    (folder / "policy.txt").write_bytes(one.policy().text())
    return one


def _measured(what: str, folder: Path, count: int) -> tuple[float, float, float]:
    command = [sys.executable, "-c", _AS_CHILD, what, str(folder), str(count)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.split()
    return float(found[0]), float(found[1]), float(found[2])
