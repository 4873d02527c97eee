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
from prodworthy.gateway.pipeline.current import Policy
from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.runtime import assemble
from prodworthy.gateway.pipeline.served import prepare
from prodworthy.gateway.pipeline.stage import passed, standing_of
from prodworthy.gateway.protocols.document import read_document
from prodworthy.gateway.protocols.routes import CHAT
from prodworthy.operations.keys.form import compose, digest_of, draw, matches, parse_key
from prodworthy.operations.roster.manifest import parse
from prodworthy.operations.snapshot.compiling import compile_workload
from prodworthy.operations.snapshot.snapshot import Key, Workload
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.controls.contract import Configured, Point, ask
from prodworthy.policy.controls.deployment_safety import stage_gate
from prodworthy.policy.core.events import Received
from prodworthy.policy.core.evidence import LIVE, TEST
from prodworthy.policy.core.exchange import Exchange, Operation
from prodworthy.policy.core.facts import Recording, Standing, Switch
from prodworthy.policy.core.quota import DAY, GRANTED, MINUTE, SECOND, Budget, Demand, Rate
from prodworthy.policy.core.stages import PILOT, Scope
from prodworthy.record.journal.spool import Spool
from prodworthy.record.store.vault import Vault

Step = Callable[[], object]


def run(bench: Bench) -> Table:
    """The median of several rounds of each step."""
    spool = Spool(bench.folder / "spool", "bench", "0")
    try:
        steps = [*_reading(), *_controls(), *_stage_gate(spool), _key_check(), _limits(), _appending(spool)]
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


def _workload() -> Workload:
    """A workload with all limits."""
    catalogue = discover()
    manifest = parse(MANIFEST.format(name="bench", durability="batched"), catalogue)
    return compile_workload(msgspec.json.encode(manifest).decode(), 1, catalogue)


def _exchange() -> Exchange:
    body = chat_body()
    call = CHAT.read_call(Operation.CHAT, read_document(body), len(body))
    return Exchange("e", "default", "bench", "bench@1", "production", "openai-chat", "k", "someone", 0, call)


def _controls() -> list[tuple[str, Step]]:
    """Every control that such a workload asks at REQUEST, with the stage gate and without it."""
    every: tuple[Configured, ...] = _workload().controls[Point.REQUEST]
    others = tuple(each for each in every if each.control is not stage_gate.CONTROL)
    exchange, standing = _exchange(), Standing(PILOT, TEST)
    facts = {"switch": Switch(False, True), "recording": Recording(True), "quota": GRANTED, "standing": standing}
    return [
        (f"ask {len(others)} controls at the request", lambda: [ask(each, exchange, facts) for each in others]),
        ("the same, with the stage gate", lambda: [ask(each, exchange, facts) for each in every]),
    ]


def _stage_gate(spool: Spool) -> list[tuple[str, Step]]:
    """All that the stage gate costs one exchange: the fact, the question, and the end user counted."""
    runtime = assemble(spool, Vault(bytes(32)), Lessee("/nonexistent", 1, 1), 1.0)
    place, known = ("default", "bench"), frozenset(f"user {number}" for number in range(1_000))
    runtime.current.policy = Policy(users={place: known | {"someone"}})
    scope = Scope(users=2_000, rate=(100, 1_000), tools=("look",))
    served = prepare(msgspec.structs.replace(_workload(), stage=PILOT, scope=scope), {})
    asked = next(each for each in served.admission if each.control is stage_gate.CONTROL)
    exchange = _exchange()

    def through(traffic: str) -> Step:
        entry = Entry(runtime, served, Key("k", *place, b"", frozenset(), traffic=traffic), "openai-chat")
        entry.subject = "someone"

        def step() -> None:
            ask(asked, exchange, {"standing": standing_of(runtime, served, entry)})
            passed(runtime, served, entry)

        return step

    return [
        ("the stage gate, test traffic", through(TEST)),
        ("the stage gate, live in a Pilot with every cap", through(LIVE)),
    ]


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
