"""What the ledger costs: durable appends one by one and in batches, and proofs from a log of ten million entries."""

from __future__ import annotations

import hashlib
import itertools
import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.report import Bar, Cell, Table
from bench.rig import Bench
from prodworthy.record.ledger.checkpoint import Checkpoint
from prodworthy.record.ledger.disk import Machine
from prodworthy.record.ledger.dsse import seal
from prodworthy.record.ledger.keys import Kind, generate_key
from prodworthy.record.ledger.log import MOST_WAITING, Writer, open_writer
from prodworthy.record.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion
from prodworthy.record.ledger.note import open_checkpoint
from prodworthy.record.ledger.reading import Reader, read_checkpoint
from prodworthy.record.ledger.statement import PAYLOAD_TYPE, Statement, Subject
from prodworthy.record.ledger.storage import FolderStorage

ORIGIN = "bench.example/ledger"
KEY = generate_key(ORIGIN, Kind.ED25519, bytes(32))
STATEMENTS = generate_key("bench.example/statements", Kind.ED25519, bytes(31) + b"\x01")
BATCH = 256
CHECKPOINTS = 1_000


def run(bench: Bench) -> Table:
    """Appends on this disk, then a log that is built without a signature per entry, and proofs from it."""
    count = bench.count(4_000, 100)
    sync = _syncs(bench.folder / "plain", count)
    single, single_cpu = _rate(bench.folder / "single", count, 1)
    batched, batched_cpu = _rate(bench.folder / "batched", BATCH * bench.count(200, 4), BATCH)
    sealed, sealed_cpu = _rate(bench.folder / "sealed", BATCH * bench.count(200, 4), BATCH, ready=True)
    size = bench.count(10_000_000, 100_000)
    bench.say(f"building a log of {size:,} entries")
    checkpoint = _build(bench.folder / "large", size)
    storage = FolderStorage(bench.folder / "large")
    fresh, kept = _inclusion(storage, checkpoint, bench.count(300, 50))
    between, between_cpu = _consistency(storage, checkpoint)
    bars = [
        Bar("durable signed appends, one by one", 3_000.0, single, "/s", least=True),
        Bar(f"durable signed appends, {BATCH} at once", 20_000.0, batched, "/s", least=True),
        Bar(f"inclusion proof from {size:,} entries, median", 5.0, fresh[0], "ms"),
        Bar(f"consistency across {CHECKPOINTS:,} checkpoints", 1.0, between, "s"),
    ]
    rows: list[list[Cell]] = [
        ["write + fdatasync of 600 bytes, nothing else", f"{sync:,.0f}", "/s"],
        ["sealed and appended one by one", f"{single:,.0f}", "/s"],
        ["  CPU of each", f"{single_cpu:.0f}", "us"],
        ["  of what the disk does with nothing else", f"{100 * single / sync:.0f}", "%"],
        [f"sealed and appended, {BATCH} at once", f"{batched:,.0f}", "/s"],
        ["  CPU of each", f"{batched_cpu:.0f}", "us"],
        [f"appended, {BATCH} at once, sealed before", f"{sealed:,.0f}", "/s"],
        ["  CPU of each", f"{sealed_cpu:.0f}", "us"],
        ["inclusion proof, new reader, median", f"{fresh[0]:.2f}", "ms"],
        ["inclusion proof, new reader, p99", f"{fresh[1]:.2f}", "ms"],
        ["inclusion proof, same reader, median", f"{kept[0]:.2f}", "ms"],
        [f"{CHECKPOINTS:,} consistency proofs, made and verified", f"{between:.2f}", "s"],
        ["  CPU of them", f"{between_cpu:.2f}", "s"],
    ]
    rows += [[f"times the bar: {bar.what}", f"{_ratio(bar):.2f}", "x"] for bar in bars]
    notes = [
        "appends include the publication that the writer makes whenever 16,384 entries wait, and the last one",
        "fdatasync is this disk's promise; appends one by one cannot be faster than it",
        "files may be in the page cache; a new reader reads the checkpoint's right edge first; every tile is verified",
    ]
    return Table("ledger", "signed evidence in a Merkle log", ["what", "measured", ""], rows, bars, notes)


def _ratio(bar: Bar) -> float:
    """How many times better than the bar."""
    return bar.measured / bar.bar if bar.least else bar.bar / bar.measured


def _syncs(path: Path, count: int) -> float:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    data = bytes(600)
    began = time.perf_counter()
    for _ in range(count):
        os.write(descriptor, data)
        os.fdatasync(descriptor)
    rate = count / (time.perf_counter() - began)
    os.close(descriptor)
    return rate


def _entry(number: int) -> bytes:
    digest = hashlib.sha256(number.to_bytes(8, "big")).hexdigest()
    subject = Subject(f"segment {number}", {"sha256": digest})
    statement = Statement((subject,), "https://bench.example/segment/v1", {"first": number, "last": number})
    return seal(PAYLOAD_TYPE, statement.data(), [STATEMENTS]).data()


def _rate(folder: Path, count: int, batch: int, ready: bool = False) -> tuple[float, float]:
    """Entries per second, and CPU us of each; sealed on its way unless they are `ready` before the clock starts."""
    with open_writer(folder, ORIGIN, [KEY]) as writer:
        made = [_entry(number) for number in range(count)] if ready else []
        began, used = time.perf_counter(), time.process_time()
        for start in range(0, count, batch):
            numbers = range(start, min(start + batch, count))
            writer.append([made[number] if ready else _entry(number) for number in numbers])
        writer.publish()
        return count / (time.perf_counter() - began), (time.process_time() - used) / count * 1e6


class _Careless(Machine):
    """Does not wait for the disk: the large log is built to be read, not to be kept."""

    def sync(self, descriptor: int) -> None:
        pass

    def sync_directory(self, path: Path) -> None:
        pass


def _build(folder: Path, size: int) -> Checkpoint:
    with open_writer(folder, ORIGIN, [KEY], machine=_Careless()) as writer:
        for numbers in _ranges(size):
            writer.append([number.to_bytes(8, "big") for number in numbers])
        writer.publish()
        _expect(writer, size)
    return open_checkpoint(read_checkpoint(FolderStorage(folder)), ORIGIN, [KEY.verifier])


def _ranges(size: int) -> Iterator[range]:
    return (range(start, min(start + MOST_WAITING, size)) for start in range(0, size, MOST_WAITING))


def _expect(writer: Writer, size: int) -> None:
    if writer.head.size != size:
        raise RuntimeError(f"the log has {writer.head.size} entries instead of {size}")


def _inclusion(
    storage: FolderStorage, checkpoint: Checkpoint, count: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Median and p99 in ms: with a new reader for each proof, and with one reader for all."""
    indexes = [number * 7_919_993 % checkpoint.size for number in range(1, count + 1)]
    one = Reader(storage, checkpoint)
    for index in indexes[:20]:
        leaf = leaf_hash(one.entry(index))
        verify_inclusion(leaf, index, checkpoint.size, one.inclusion_proof(index), checkpoint.root)
    return (
        _timed(indexes, lambda index: Reader(storage, checkpoint).inclusion_proof(index)),
        _timed(indexes, one.inclusion_proof),
    )


def _timed(indexes: list[int], prove: Callable[[int], object]) -> tuple[float, float]:
    taken = []
    for index in indexes:
        began = time.perf_counter()
        prove(index)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def _consistency(storage: FolderStorage, checkpoint: Checkpoint) -> tuple[float, float]:
    """Seconds, and CPU seconds, to prove from the tiles that each checkpoint continues the last, and to verify it."""
    sizes = [checkpoint.size * number // CHECKPOINTS for number in range(1, CHECKPOINTS + 1)]
    before = Reader(storage, checkpoint)
    roots = {size: before.head_at(size).root for size in sizes}
    reader = Reader(storage, checkpoint)
    began, used = time.perf_counter(), time.process_time()
    for old, new in itertools.pairwise(sizes):
        verify_consistency(old, new, reader.consistency_proof(old, new), roots[old], roots[new])
    return time.perf_counter() - began, time.process_time() - used
