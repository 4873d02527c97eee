"""All cells of the matrix, and how one is run: a real request to a real gateway, seen from the caller, the vendor and
the record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from prodworthy.policy.core.events import Completed, Raised, Received, Sampled
from prodworthy.record.store.vault import place as sealed_place
from tests.gateway.edge.raw import Reply, Wire, post
from tests.gateway.matrix.answers import ANSWERS, Given, Spot, given
from tests.gateway.matrix.controls import ANSWER, CONTROLS, OUTCOMES, REQUEST, Effect, Variant
from tests.gateway.matrix.detectors import WORDS, Bench
from tests.gateway.matrix.places import REQUESTS, RETRIEVED, Place
from tests.gateway.matrix.reasons import Cell, reasons
from tests.gateway.pipeline.speech import EVERY, Speech, declare
from tests.gateway.serving import Gateway
from tests.simulator import Vendor as Simulator

SPEECHES: Mapping[str, Speech] = {speech.name: speech for speech in EVERY}
PLACES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {REQUEST: REQUESTS, ANSWER: ANSWERS}

HEAD = "The river runs past the old mill, and nobody there minds it at all. "
TAIL = " Then it comes to the harbour."
FOLD = 3
"""How often an answer says it first: more than is held back from the caller."""
IN_WINDOWS = frozenset({"PSF-1.5", "PSF-2.4", "PSF-3.1", "PSF-7.3"})
"""Controls that decide on an answer while it is on its way."""

LETTERS = 4
"""So many letters of a word in a row are a piece of it."""


def names(direction: str) -> list[str]:
    """Every place that any protocol has."""
    return list(dict.fromkeys(name for places in PLACES[direction].values() for name in places))


def every_cell() -> Iterator[Cell]:
    """All of the matrix, whether it has results or not."""
    for protocol in SPEECHES:
        for stream in (False, True):
            for criterion in CONTROLS:
                for direction in (REQUEST, ANSWER):
                    for place in names(direction):
                        for outcome in OUTCOMES:
                            yield Cell(protocol, stream, direction, place, criterion, outcome)


def variants(cell: Cell) -> list[Variant]:
    """The ways in which a cell is run; none where it has no result."""
    place = PLACES[cell.direction][cell.protocol].get(cell.place)
    if place is None or (cell.stream and cell.protocol not in STREAMED):
        return []
    found = CONTROLS[cell.criterion].get((cell.direction, cell.outcome), ())
    return [v for v in found if v.roles is None or (isinstance(place, Place) and place.role in v.roles)]


STREAMED = frozenset({"chat", "responses", "messages"})


class Expected(NamedTuple):
    """What the record must say of one exchange."""

    cell: Cell
    variant: Variant
    exchange: str
    code: str
    outcome: str


class Runner:
    """Runs the cells of one protocol, mode and control; collects what is wrong instead of stopping at it."""

    def __init__(self, gateway: Gateway, simulator: Simulator, protocol: str, stream: bool) -> None:
        self.wrong: list[str] = []
        self.ran = 0
        self._gateway = gateway
        self._simulator = simulator
        self._speech = SPEECHES[protocol]
        self._stream = stream
        self._bench = Bench("", "", "")
        self._expected: list[Expected] = []

    async def run(self, cell: Cell, variant: Variant) -> None:
        """Run one cell in one way."""
        self.ran += 1
        place = PLACES[cell.direction][cell.protocol][cell.place]
        self._declare(cell, variant, place)
        word = WORDS[variant.fact] if cell.outcome != "allow" else "otter"
        said = HEAD * (FOLD if cell.direction == ANSWER else 1) + word + TAIL
        if cell.direction == REQUEST:
            reply, sent = await self._ask(place, said, {})
            faults = [*self._seen_by_vendor(cell, variant, place, sent, word)]
            roles = self._bench.roles(variant.fact)
            if cell.outcome in ("redact", "hold", "block") and roles != {place.role}:
                faults.append(f"read as said by {sorted(roles)}, {place.role} expected")
        else:
            answer = given(cell.protocol, place, said, cell.stream)
            reply, _ = await self._ask(None, said, {"answer": answer})
            faults = [*self._seen_by_caller(cell, variant, place, reply, word)]
        code = self._code(cell, variant, place)
        faults += self._told(reply, code, place)
        self.wrong += [f"{cell}: {fault}" for fault in faults]
        same = code in (variant.code, "vendor_broken") or cell.direction == REQUEST
        recorded = variant.recorded if same else "block"
        exchange = reply.header("x-prodworthy-exchange") or ""
        self._expected.append(Expected(cell, variant, exchange, code, recorded))

    async def on_record(self) -> None:
        """Look at what was recorded of everything that was run."""
        await self._gateway.runtime.live.emptied()
        self._gateway.runtime.tally.flush(0)
        pairs = await self._gateway.recorded(self.ran)
        found = {completed.exchange: (received, completed) for received, completed in pairs}
        self._gateway.runtime.spool.close()
        events = self._gateway.events()
        sampled = {event.exchange: event for event in events if isinstance(event, Sampled)}
        told = sum(e.count for e in events if isinstance(e, Raised) and e.condition == "not_measured")
        want = [expected for expected in self._expected if expected.variant.effect is Effect.TOLD]
        if len(want) > told:
            self.wrong.append(f"{len(want)} answers that nobody could measure, {told} told")
        for expected in self._expected:
            if expected.exchange not in found:
                self.wrong.append(f"{expected.cell}: not on record")
                continue
            faults = _of_record(self._gateway, expected, *found[expected.exchange], sampled.get(expected.exchange))
            self.wrong += [f"{expected.cell}: {fault}" for fault in faults]

    def _declare(self, cell: Cell, variant: Variant, place: Any) -> None:
        controls = {criterion: {"settings": dict(settings)} for criterion, settings in variant.controls.items()}
        for criterion in controls.keys() & {"PSF-1.1", "PSF-2.4"} if place.unread else ():
            controls[criterion]["settings"]["unread"] = [place.unread]
        manifest: dict[str, Any] = {**RETRIEVED, **variant.manifest, "controls": controls}
        if cell.outcome == "late":
            # A vendor's error must overtake the detectors, on a busy machine too.
            overtaken = self._code(cell, variant, place) == "vendor_broken"
            manifest["limits"] = {"timeouts": {"detection": 2.0 if overtaken else 0.01}}
        at = "" if cell.criterion == "PSF-1.3" else cell.direction
        self._bench = Bench(cell.outcome, variant.fact, at)
        declare(self._gateway, self._simulator, self._speech, equipment=self._bench.equipment, **manifest)

    async def _ask(self, place: Place | None, said: str, more: Mapping[str, Given]) -> tuple[Reply, bytes]:
        """Ask once; what was sent."""
        speech = self._speech
        spot = next(iter(ANSWERS[speech.name].values()))
        plain = _plain(speech.name)
        self._simulator.reset()
        self._simulator.always(more.get("answer") or given(speech.name, plain or spot, "Yes.", self._stream))
        document = {**speech.document, **({"stream": True} if self._stream else {})}
        fields: list[tuple[str, str]] = []
        tail = b""
        if place is not None:
            document.update(place.put(said))
        head = json.dumps({key: value for key, value in document.items() if value is not None}).encode()
        if place is not None and place.tail is not None:
            tail = place.tail(said)
            fields.append(("inference-header-content-length", str(len(head))))
        async with await Wire.open(self._gateway.port) as wire:
            await wire.send(post(speech.path, head + tail, self._gateway.keys[speech.workload], fields))
            reply = await wire.reply()
        await self._gateway.runtime.live.emptied()
        self._bench.let_go()
        return reply, head + tail

    def _code(self, cell: Cell, variant: Variant, place: Any) -> str:
        """The code that the caller must get, "" for none."""
        if cell.direction == ANSWER and cell.place == "vendor's error":
            stopped = variant.effect is Effect.STOPPED or not place.editable
            return "vendor_broken" if cell.stream or stopped else ""
        if variant.effect is Effect.EDITED and not place.editable:
            return "cannot_decide"
        return variant.code

    def _told(self, reply: Reply, code: str, place: Any) -> Iterator[str]:
        """Whether the caller is told so in its own protocol."""
        if isinstance(place, Spot) and place.status != 200 and not code:
            if reply.status != place.status:
                yield f"the vendor's error {place.status} arrives as {reply.status}"
            return
        streamed = (reply.header("content-type") or "").startswith("text/event-stream")
        if not code:
            if reply.status != 200:
                yield f"refused with {reply.code}: {reply.body[:200]!r}"
            elif self._stream and not self._speech.is_whole(reply.body):
                yield "the stream does not end as a good one"
            return
        try:
            got = self._speech.stream_error(reply.body) if streamed else self._speech.error_code(reply)
        except (AssertionError, KeyError, ValueError, TypeError):
            got = f"no refusal ({reply.status}, {reply.body[-200:]!r})"
        if got != code:
            yield f"{code} expected, got {got}"

    def _seen_by_vendor(self, cell: Cell, variant: Variant, place: Place, sent: bytes, word: str) -> Iterator[str]:
        received = [got.body for got in self._simulator.received]
        if self._code(cell, variant, place):
            if received:
                yield "the vendor was asked"
            return
        if len(received) != 1:
            yield f"the vendor was asked {len(received)} times"
            return
        (body,) = received
        if variant.effect is Effect.EDITED:
            if pieces_of(word, body):
                yield f"the vendor saw {pieces_of(word, body)}"
            if variant.fact != "injection" and not (b"mill" in _plainly(body) and b"harbour" in _plainly(body)):
                yield "the rest of the text is gone too"
        elif body != sent and _without_usage(body) != _without_usage(sent):
            yield "the request was changed"

    def _seen_by_caller(self, cell: Cell, variant: Variant, spot: Spot, reply: Reply, word: str) -> Iterator[str]:
        code, effect = self._code(cell, variant, spot), variant.effect
        if code or effect in (Effect.EDITED, Effect.REPLACED):
            seen = pieces_of(word, reply.body)
            if seen:
                yield f"the caller saw {seen}"
        begins = cell.stream and cell.place == "text" and cell.outcome == "block" and cell.criterion in IN_WINDOWS
        if begins and not any("old mill" in text for text in _joined(reply.body)):
            yield "nothing of the stream went out before it was stopped"
        if code or effect is Effect.REPLACED:
            return
        if effect is Effect.EDITED:
            text = b"".join((_plainly(reply.body), *(_plainly(text.encode()) for text in _joined(reply.body))))
            if not (b"mill" in text and b"harbour" in text):
                yield "the rest of the answer is gone too"
        elif reply.body != answer_bytes(given(cell.protocol, spot, _said(word), cell.stream)):
            yield "the answer was changed"


def _said(word: str) -> str:
    return HEAD * FOLD + word + TAIL


def answer_bytes(answer: Given) -> bytes:
    """The bytes of a scripted answer."""
    _, body = answer._answer
    return body if isinstance(body, bytes) else b"".join(body)


def _plain(protocol: str) -> Spot | None:
    """An answer in which nothing matters."""
    return ANSWERS[protocol].get("text")


def _without_usage(body: bytes) -> Any:
    document = json.loads(body)
    document.pop("stream_options", None)
    return document


_ESCAPE = re.compile(rb"\\+u00([0-7][0-9a-f])")


def _plainly(body: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), body)


def pieces_of(word: str, body: bytes) -> list[str]:
    """Pieces of a word in a body, or in what the events of a stream join up to."""
    texts = [_plainly(body).decode(), *(_plainly(text.encode()).decode() for text in _joined(body))]
    found = {word[at : at + LETTERS] for at in range(len(word) - LETTERS + 1)}
    return sorted(piece for piece in found if any(piece in text for text in texts))


def _joined(body: bytes) -> Iterator[str]:
    """Texts that go on from event to event, by their place in the events."""
    parts: dict[str, list[str]] = {}
    for line in body.split(b"\n"):
        if line.startswith(b"data: {"):
            _collect(json.loads(line[6:]), "", parts)
    yield from ("".join(texts) for texts in parts.values())


def _collect(value: Any, where: str, parts: dict[str, list[str]]) -> None:
    if isinstance(value, str):
        parts.setdefault(where, []).append(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _collect(inner, f"{where}.{key}", parts)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _collect(inner, f"{where}.{index}", parts)


def _of_record(
    gateway: Gateway, expected: Expected, received: Received, completed: Completed, sampled: Sampled | None
) -> Iterator[str]:
    """What is wrong with the record of one exchange."""
    cell, variant = expected.cell, expected.variant
    if completed.code != expected.code:
        yield f"recorded with code {completed.code!r}, {expected.code!r} expected"
    if cell.criterion == "PSF-2.5":
        if (sampled.outcome if sampled else "") != variant.recorded:
            yield f"sampled as {sampled.outcome if sampled else None}, {variant.recorded!r} expected"
        return
    outcomes = [decided.outcome for decided in completed.decisions if decided.criterion == cell.criterion]
    whole_error = cell.place == "vendor's error" and (cell.stream or cell.criterion == "PSF-1.3")
    if outcomes != [expected.outcome] and not whole_error:
        yield f"recorded as {outcomes}, {expected.outcome} expected"
    if cell.criterion == "PSF-1.3":
        yield from _of_kept(gateway, expected, received, completed)


def _of_kept(gateway: Gateway, expected: Expected, received: Received, completed: Completed) -> Iterator[str]:
    cell, variant = expected.cell, expected.variant
    event: Received | Completed = received if cell.direction == REQUEST else completed
    where = sealed_place(event.tenant, event.exchange, type(event).__name__)
    kept = gateway.runtime.vault.open_spool(event.content, where) if event.content else b""
    if variant.effect is Effect.KEPT_NOTHING or cell.place == "vendor's error":
        if kept:
            yield "content was kept that nobody could read"
    elif not kept:
        place = PLACES[cell.direction][cell.protocol][cell.place]
        if cell.outcome == "allow" or place.editable:
            yield "nothing was kept"
    elif pieces_of(WORDS[variant.fact], kept):
        yield "the word was kept"


def tally() -> tuple[dict[Cell, list[Variant]], list[str]]:
    """The cells that have results, and what is wrong with the others."""
    runs: dict[Cell, list[Variant]] = {}
    wrong: list[str] = []
    for cell in every_cell():
        ways, why = variants(cell), reasons(cell)
        if ways and any(not rule.exempts for rule in why):
            wrong.append(f"{cell}: has a result, and a reason for none: {why[0].reason}")
        elif not ways and not why:
            wrong.append(f"{cell}: neither a result nor a reason")
        if ways and not why:
            runs[cell] = ways
    return runs, wrong
