"""Where the time goes, part by part: each step of a call alone, in this process, without a network."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import msgspec

from bench.http import chat_body
from bench.installation import MANIFEST
from bench.report import Cell, Table
from bench.rig import Bench
from prodworthy.gateway.limits.lease import Lessee
from prodworthy.gateway.protocols.document import read_document
from prodworthy.gateway.protocols.routes import CHAT
from prodworthy.operations.keys.form import compose, digest_of, draw, matches, parse_key
from prodworthy.operations.roster.manifest import parse
from prodworthy.operations.snapshot.compiling import compile_workload
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.controls.contract import Configured, Point, ask
from prodworthy.policy.core.events import Received
from prodworthy.policy.core.exchange import Exchange, Operation
from prodworthy.policy.core.facts import Recording, Switch
from prodworthy.policy.core.quota import DAY, GRANTED, MINUTE, SECOND, Budget, Demand, Rate
from prodworthy.record.journal.spool import Spool

Step = Callable[[], object]


def run(bench: Bench) -> Table:
    """The median of several rounds of each step."""
    spool = Spool(bench.folder / "spool", "bench", "0")
    try:
        steps = [*_reading(), _controls(), _key_check(), _limits(), _appending(spool)]
        rows: list[list[Cell]] = [[name, _each(step, bench)] for name, step in steps]
    finally:
        spool.close()
    return Table("detail", "steps of a 1 KB chat call, each alone", ["", "CPU us"], rows)


def _each(step: Step, bench: Bench) -> float:
    """Microseconds of this thread's CPU time for one call of the step."""
    count, times = bench.count(5_000, 200), []
    for _ in range(bench.count(7, 3)):
        began = time.thread_time_ns()
        for _ in range(count):
            step()
        times.append((time.thread_time_ns() - began) / count / 1_000)
    return statistics.median(times)


def _reading() -> list[tuple[str, Step]]:
    """The request and a chunk of the answer."""
    body = chat_body()
    call = CHAT.read_call(Operation.CHAT, read_document(body), len(body))
    reader = CHAT.reader(call, {}, listen=False)
    event = (
        b'data: {"id":"c","object":"chat.completion.chunk","created":1700000000,"model":"bench-model",'
        b'"choices":[{"index":0,"delta":{"content":"some words "},"finish_reason":null}]}\n\n'
    )
    return [
        ("read the document and the call", lambda: CHAT.read_call(Operation.CHAT, read_document(body), len(body))),
        ("read one event of a stream", lambda: reader.event(event)),
    ]


def _controls() -> tuple[str, Step]:
    """Every control that a workload with all limits asks at REQUEST."""
    catalogue = discover()
    manifest = parse(MANIFEST.format(name="bench", durability="batched"), catalogue)
    workload = compile_workload(msgspec.json.encode(manifest).decode(), 1, catalogue)
    configured: tuple[Configured, ...] = workload.controls[Point.REQUEST]
    body = chat_body()
    call = CHAT.read_call(Operation.CHAT, read_document(body), len(body))
    exchange = Exchange("e", "default", "bench", "bench@1", "production", "openai-chat", "k", "", 0, call)
    facts = {"switch": Switch(False, True), "recording": Recording(True), "quota": GRANTED}
    return f"ask {len(configured)} controls at the request", lambda: [ask(each, exchange, facts) for each in configured]


def _key_check() -> tuple[str, Step]:
    """From the header's text to a match with the stored digest."""
    name, secret = draw()
    digest, text = digest_of(secret), compose(name, secret)

    def check() -> bool:
        parsed = parse_key(text)
        return parsed is not None and matches(parsed[1], digest)

    return "check the key", check


def _limits() -> tuple[str, Step]:
    """Four limits, spent from what this process may spend alone."""
    lessee = Lessee("/nonexistent", 1, 1)
    demands = (
        Demand("rate:w", Rate.per("requests per second of the workload", 1_000_000, SECOND, 1_000_000)),
        Demand("user:w:u", Rate.per("requests per second of the end user", 1_000_000, SECOND, 1_000_000)),
        Demand("tpm:w", Budget("tokens per minute", MINUTE, 1 << 40), 300),
        Demand("tpd:w", Budget("tokens per day", DAY, 1 << 40), 300),
    )
    return "admit within four limits", lambda: lessee.try_admit(demands, time.monotonic_ns())


def _appending(spool: Spool) -> tuple[str, Step]:
    """One Received into the spool, without waiting for the disk."""
    event = Received(
        exchange="0" * 32,
        tenant="default",
        workload="bench",
        at=time.time_ns(),
        release="bench@1",
        protocol="openai-chat",
        operation="chat",
        model="bench-model",
        key="k" * 12,
        salt=b"s" * 32,
        request_digest=b"d" * 32,
        request_bytes=1_000,
    )
    return "append a Received to the spool", lambda: spool.append(event)
