"""The stream guard: text leaves only when no later text can change what the controls say of it.

Events wait in the order in which they came. Each part of the answer is measured window by window and decided on up to
where its findings are final; an event goes out once all that it says is decided, its own bytes untouched unless an edit
falls on them. A whole answer is a stream of one event. Any cutting of an answer into events gives the same text.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from prodworthy.gateway.detectors.detector import Detector, Reading, Windowed, follows
from prodworthy.gateway.pipeline.measuring import Facts, Measuring
from prodworthy.gateway.pipeline.nearby import near
from prodworthy.gateway.pipeline.spoken import STRIDE, Spoken
from prodworthy.gateway.protocols.heard import Heard, Piece, forget_logprobs
from prodworthy.gateway.protocols.texts import put
from prodworthy.policy.controls.contract import Configured, Decision, ask
from prodworthy.policy.core.edits import merge
from prodworthy.policy.core.exchange import Answer, Call, Passage
from prodworthy.policy.core.verdict import Allow, Edit, Redact

Render = Callable[[bytes, Mapping[str, bytes]], bytes]
"""An event's bytes with some of its document's fields set anew."""


class Watch(msgspec.Struct, frozen=True):
    """Who judges an answer window by window: the controls, the detectors they need, how long measuring may take.

    `acting`: at least one of the controls is enforced. `whole`: nothing may leave before the answer is complete.
    """

    controls: tuple[Configured, ...]
    detectors: tuple[Detector, ...]
    seconds: float
    acting: bool
    whole: bool


class Guard:
    """Guards one answer."""

    def __init__(self, watch: Watch, measuring: Measuring, call: Call, stand_ins: Windowed | None) -> None:
        """`stand_ins` finds the tokens of this exchange's own request, if it has any."""
        self._watch = watch
        self._detectors = watch.detectors if stand_ins is None else (*watch.detectors, stand_ins)
        self._following = [detector for detector in self._detectors if follows(detector)]
        self._context = max((detector.context for detector in self._following), default=0)
        self._measuring = measuring
        self._call = call
        self._parts: dict[str, Spoken] = {}
        self._streamed: list[Spoken] = []
        self._open: dict[
            str, Spoken
        ] = {}  # what is not decided to its end, so that a long answer costs no more per event
        self._queue: deque[_Waiting] = deque()
        self._complete = False
        self._unread: dict[str, None] = {}
        self._decisions: dict[str, Decision] = {}

    @property
    def decisions(self) -> list[Decision]:
        """The most severe decision of each control so far."""
        return list(self._decisions.values())

    @property
    def acts(self) -> bool:
        """Whether what a control says of the answer, window by window, can change it."""
        return self._watch.acting

    @property
    def unread(self) -> tuple[str, ...]:
        """Kinds of content in the answer that are no text."""
        return tuple(self._unread)

    def texts(self) -> tuple[Passage, ...]:
        """What the vendor said, before any edit."""
        return tuple(Passage(part.name, part.role, part.text, 0, part.json) for part in self._parts.values())

    def take(self, event: bytes, heard: Heard | None, render: Render) -> None:
        """Take the next event; None is heard where it says nothing."""
        waiting = _Waiting(event, heard, render)
        if heard is not None:
            self._unread.update(heard.unread)
            waiting.spans = [self._place(piece) for piece in heard.pieces]
            for ended in heard.closed:
                for part in self._streamed:
                    if part.name == ended or part.name.startswith(f"{ended}."):
                        part.closed = True
        self._queue.append(waiting)

    async def settle(self, complete: bool) -> bool:
        """Decide on all that has become final; whether an enforced control stops the answer."""
        watch = self._watch
        if not complete and (watch.whole or not watch.acting):
            return False
        self._complete = complete
        if complete:
            for part in self._open.values():
                part.closed = True
        due = [part for part in self._open.values() if part.due()]
        windows = [(part, *part.window(self._following)) for part in due]
        windows = [(part, text, upto) for part, text, upto in windows if part.closed or upto >= part.decided + STRIDE]
        if not windows and not (complete and not self._decisions):
            return False
        reading = Reading(tuple(text for _, text, _ in windows), self._call, Answer(unread=self.unread))
        detectors = near(self._detectors, self._context, {part.name: part.decided for part, _, _ in windows})
        facts = await self._measuring.measure(detectors, reading, watch.seconds)
        return self._decide({part.name: (part, upto) for part, _, upto in windows}, facts, reading)

    def release(self) -> list[bytes]:
        """The events at the head of the queue that may go out now."""
        ready: list[bytes] = []
        if self._watch.whole and not self._complete:
            return ready
        while self._queue and (not self._watch.acting or self._queue[0].decided):
            ready.append(self._queue.popleft().bytes())
        return ready

    def _place(self, piece: Piece) -> tuple[Piece, Spoken, int, int]:
        """The part that a piece belongs to, or repeats, and where in it the piece stands."""
        if piece.append:
            part = self._parts.get(piece.part)
            if part is None:
                part = self._begin(piece.part, piece)
                self._streamed.append(part)
            self._open[part.name] = part
            return piece, part, *part.hear(piece.text)
        for part in self._streamed:
            if part.length == len(piece.text) and part.text == piece.text:
                return piece, part, 0, part.length
        part = self._begin(piece.part if piece.part not in self._parts else f"{piece.part}#{len(self._parts)}", piece)
        self._open[part.name] = part
        start, end = part.hear(piece.text)
        part.closed = True
        return piece, part, start, end

    def _begin(self, name: str, piece: Piece) -> Spoken:
        part = self._parts[name] = Spoken(name, piece.role, piece.json or self._call.json, self._context)
        return part

    def _decide(self, windows: dict[str, tuple[Spoken, int]], facts: Facts, reading: Reading) -> bool:
        """Ask the controls on what is final in these windows."""
        limits = {name: _outside(name, part.decided, upto, facts) for name, (part, upto) in windows.items()}
        late = any(_reaches_back(part, facts) for part, _ in windows.values())
        final = {name: _final(fact, windows, limits) for name, fact in facts.items()} if not late else {}
        subject = msgspec.structs.replace(reading.answer or Answer(), texts=reading.texts)
        decisions = [ask(configured, subject, final) for configured in self._watch.controls]
        edits: list[Edit] = []
        stopped = False
        for decision in decisions:
            self._note(decision)
            if decision.acts and isinstance(decision.verdict, Redact):
                edits += decision.verdict.edits
            stopped = stopped or (decision.acts and not isinstance(decision.verdict, Redact))
        if stopped:
            return True
        merged = merge(edits)
        if not all(windows[name][0].editable for name in merged):
            return self._impossible()
        for name, (part, _) in windows.items():
            part.decide(limits[name], merged.get(name, ()))
            if part.closed and part.decided == part.length:
                del self._open[name]
        return False

    def _impossible(self) -> bool:
        """An edit is wanted where none can be made: what a control wanted changed never passes unchanged."""
        for configured in self._watch.controls:
            self._note(ask(configured, Answer(), {}))
        return True

    def _note(self, decision: Decision) -> None:
        """Keep the most severe decision of each control, the first of equals."""
        criterion = decision.record.criterion
        before = self._decisions.get(criterion)
        if before is None or _severity(before) < _severity(decision):
            self._decisions[criterion] = decision


class _Waiting:
    """One event that waits for the decisions on what it says."""

    def __init__(self, event: bytes, heard: Heard | None, render: Render) -> None:
        self._event = event
        self._heard = heard
        self._render = render
        self.spans: Sequence[tuple[Piece, Spoken, int, int]] = ()

    @property
    def decided(self) -> bool:
        return all(part.decided >= end for _, part, _, end in self.spans)

    def bytes(self) -> bytes:
        """The event with the edits that fall on it; its own bytes where none does."""
        changed: dict[str, Any] = {}
        for piece, part, start, _ in self.spans:
            text = part.edited(piece.text, start) if part.edits else piece.text
            if text != piece.text and self._heard is not None:
                put(self._heard.document, piece.path, text)
                top = piece.path.partition(".")[0]
                changed[top] = self._heard.document[top]
        if not changed:
            return self._event
        forget_logprobs(changed)
        fields = {name: msgspec.json.encode(value) for name, value in changed.items()}
        if self._heard is not None and "logprobs" in self._heard.document:
            fields["logprobs"] = b"[]"
        return self._render(self._event, fields)


def _outside(name: str, decided: int, upto: int, facts: Facts) -> int:
    """The last position up to `upto` that lies within no finding of the part."""
    spans = [(f.start, f.end) for fact in facts.values() for f in _spans(fact) if f.part == name]
    for start, end in sorted(spans, reverse=True):
        if start < upto < end and start >= decided:
            upto = start
    return max(upto, decided)


def _reaches_back(part: Spoken, facts: Facts) -> bool:
    """Whether a finding begins in what left before the part went on, and ends behind it: too late to act on."""
    at = part.resumed_at
    return at > 0 and any(f.part == part.name and f.start < at < f.end for fact in facts.values() for f in _spans(fact))


def _final(fact: object, windows: dict[str, tuple[Spoken, int]], limits: dict[str, int]) -> object:
    """The findings that begin in what was not decided yet and is final now."""
    if not isinstance(fact, tuple):
        return fact
    return tuple(
        found
        for found in fact
        if found.part in windows and windows[found.part][0].decided <= found.start < limits[found.part]
    )


def _spans(fact: object) -> tuple[Any, ...]:
    return tuple(found for found in fact if hasattr(found, "start")) if isinstance(fact, tuple) else ()


def _severity(decision: Decision) -> int:
    if isinstance(decision.verdict, Allow):
        return 0
    return _SEVERITY[decision.record.outcome]


_SEVERITY = {"redact": 1, "hold": 2, "block": 3}
