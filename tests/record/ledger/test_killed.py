"""Processes that append are killed at random points, and take turns: no promised entry is lost, no line forks."""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from prodworthy.record.ledger.checkpoint import Head
from prodworthy.record.ledger.log import open_writer
from prodworthy.record.ledger.note import open_checkpoint
from prodworthy.record.ledger.reading import Reader, read_checkpoint
from prodworthy.record.ledger.storage import FolderStorage
from tests.record.ledger.samples import ORIGIN, key

ROOT = Path(__file__).resolve().parents[3]
SEED = 20_261_124
KILLS = 6


@contextlib.contextmanager
def appending(folder: Path, seed: int) -> Iterator[subprocess.Popen[str]]:
    """A process that stands ready to append; it is killed at the end."""
    command = [sys.executable, "-m", "tests.record.ledger.appending", str(folder), str(seed)]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def promised(lines: list[str]) -> tuple[int, list[Head]]:
    """The largest size that was durable, and the heads that were published; a last line may be half."""
    size, heads = 0, []
    for kind, *rest in (line.split() for line in lines if line.endswith("\n")):
        size = max(size, int(rest[0]))
        if kind == "published":
            heads.append(Head(int(rest[0]), bytes.fromhex(rest[1])))
    return size, heads


def settled(folder: Path, size: int, heads: list[Head]) -> int:
    """Check the ledger as a new writer and a new reader find it; its size."""
    with open_writer(folder, ORIGIN, [key()]) as writer:
        assert writer.size >= size
        for head in heads:
            writer.require_extends(head)
        writer.publish()
        found = writer.size
    storage = FolderStorage(folder)
    reader = Reader(storage, open_checkpoint(read_checkpoint(storage), ORIGIN, [key().verifier]))
    assert list(reader.entries(0, found)) == [b"%d" % number for number in range(found)]
    return found


def test_killed_at_random_points(scratch: Path) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    size = 0
    heads: list[Head] = []
    with contextlib.ExitStack() as stack:
        # all started at once: what takes time is the start of an interpreter
        processes = [stack.enter_context(appending(scratch, SEED + number)) for number in range(KILLS)]
        for process in processes:
            assert process.stdout
            begin(process)
            lines = [process.stdout.readline() for _ in range(chance.randrange(1, 12))]
            process.kill()
            lines += process.stdout.readlines()
            durable, published = promised(lines)
            heads += published
            size = settled(scratch, max(size, durable), heads)
    assert size > KILLS


def test_two_processes_by_turns_keep_one_line(scratch: Path) -> None:
    with appending(scratch, 1) as one, appending(scratch, 2) as two:
        for process in (one, two):
            begin(process)
        lines = []
        for process in (one, two):
            assert process.stdout
            lines.append([process.stdout.readline() for _ in range(8)])
        for process in (one, two):
            process.kill()
        for number, process in enumerate((one, two)):
            assert process.stdout
            lines[number] += process.stdout.readlines()
    sizes, heads = [], []
    for said in lines:
        size, published = promised(said)
        sizes.append(size)
        heads += published
    settled(scratch, max(sizes), heads)
