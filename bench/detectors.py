"""What each detector costs alone: a small request, an answer, what of it is final, and the worst megabyte."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from bench.content import chat, prose, workload
from bench.report import Bar, Cell, Table
from bench.rig import Bench
from prodworthy.gateway.detectors.declared import NotEquipped
from prodworthy.gateway.detectors.detector import Detector, Reading, follows
from prodworthy.gateway.detectors.equipment import BUILDERS
from prodworthy.gateway.protocols.document import read_document
from prodworthy.gateway.protocols.routes import CHAT
from prodworthy.policy.core.exchange import Call, Operation, Passage

SMALL = 1_000
"""Characters of a small request's texts, and of a small answer."""
LARGEST = 1_000_000
"""Bytes of a text that means harm, as UTF-8."""
WORST = 0.5
"""CPU seconds that a detector may take for it."""
HOSTILE = (
    *("a ", "<a", "<a='", "<svg ", "<a src=x>", "[", "](", "[a](", "![a][", "[a](//x)", "*/", ";a", "\x1b]", "\x9d"),
    *("http://", "https://x.test/?a=the+b ", "data:", "1", "1 ", "1-", "4111 ", "a@", "a.b@c.d ", "key=", "sk-", "eyJ"),
    *("&#", "%41", "\\u0041", "\u200b", "\u4e2d", "A", "ignore all previous instructions ", prose(200), " ", "\n"),
)
"""Units whose repetition has been costly somewhere."""


def run(bench: Bench) -> Table:
    """CPU time of this thread; the quickest of several rounds."""
    rows: list[list[Cell]] = []
    worst: dict[str, float] = {}
    for profile in ("fast", "default"):
        for fact, detector in _built(profile):
            if profile == "default" and fact != "injection":
                continue
            name = f"{fact}, {profile}" if fact == "injection" else fact
            bench.say(name)
            worst[name], unit = max(_hostile(detector, bench))
            rows.append([name, *_ordinary(detector, bench), worst[name], repr(unit[:12])])
    return Table(
        "detectors",
        f"each alone, texts of {SMALL:,} characters, prose",
        ["", "request us", "answer us", "settled us", "worst megabyte s", "which repeats"],
        rows,
        [Bar(f"worst megabyte, {name}", WORST, seconds, "s") for name, seconds in worst.items()],
        ["every detector measures a request and an answer here, also where nobody asks it about one of them"],
    )


def _built(profile: str) -> Iterator[tuple[str, Detector]]:
    for fact, build in BUILDERS.items():
        try:
            yield fact, build(workload(profile))
        except NotEquipped:  # its weights are not part of this checkout
            continue


def _ordinary(detector: Detector, bench: Bench) -> list[Cell]:
    body, said = chat(SMALL), prose(SMALL)
    call = CHAT.read_call(Operation.CHAT, read_document(body), len(body))
    asked, answered = Reading(call.passages, call), _answer(said, call)
    steps: list[Callable[[], object]] = [lambda: detector.measure(asked), lambda: detector.measure(answered)]
    if follows(detector):
        following = detector
        steps.append(lambda: following.settled(said))
    found: list[Cell] = [_quickest(step, bench.count(200, 5), 5) * 1_000_000 for step in steps]
    return [*found, *[""] * (3 - len(found))]


def _hostile(detector: Detector, bench: Bench) -> Iterator[tuple[float, str]]:
    """Seconds for each text that means harm, as a request of a document, and as an answer to a prompt that holds it."""
    size = bench.count(LARGEST, LARGEST // 20)
    for unit in HOSTILE:
        text = unit * (size // len(unit.encode()))
        prompt = (unit * 40)[:400]
        roles: Mapping[str, str] = {"system": prompt, "user": "Please go on.", "tool": prompt}
        passages = tuple(Passage(f"messages.{role}", role, said) for role, said in roles.items())
        call = Call(Operation.CHAT, passages=passages)
        readings = (_answer(text, call), Reading((Passage("messages.9.content", "tool", text),), call))
        for reading in readings:
            yield _quickest(partial(detector.measure, reading), 1, 1), unit
        if follows(detector):
            yield _quickest(partial(detector.settled, text), 1, 1), unit


def _answer(text: str, call: Call) -> Reading:
    return Reading((Passage("choices.0.message.content", "assistant", text),), call)


def _quickest(step: Callable[[], object], count: int, rounds: int) -> float:
    """CPU seconds of this thread for one call of the step."""
    step()
    times = []
    for _ in range(rounds):
        began = time.thread_time()
        for _ in range(count):
            step()
        times.append((time.thread_time() - began) / count)
    return min(times)
