"""The stream guard: whatever the cutting, the caller gets what deciding on the whole text gives; nothing blocked."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.gateway.detectors.detector import Reading, settled_words
from prodworthy.gateway.pipeline.guard import Guard, Watch
from prodworthy.gateway.pipeline.measuring import Measuring
from prodworthy.gateway.pipeline.pseudonyms import Pseudonyms
from prodworthy.gateway.pipeline.relaying import edit_event
from prodworthy.gateway.protocols.heard import Heard
from prodworthy.gateway.protocols.sse import data_of, event_of
from prodworthy.policy.controls.contract import Configured, Control, NoSettings, Point, Stand, configure
from prodworthy.policy.core.edits import masks
from prodworthy.policy.core.exchange import Call, Operation, Passage
from prodworthy.policy.core.facts import Facts, Finding
from prodworthy.policy.core.manifest import Mode
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Edit, Redact, Verdict

CALL = Call(Operation.CHAT)
CARD = re.compile(r"(?<!\d)(?<!\d )\d{4}(?: \d{4}){1,3}(?! ?\d)")
ADDRESS = re.compile(r'(?<![^\s"])[^\s@"]{1,30}@[^\s@"]{1,30}(?![^\s"])')
FORBIDDEN = re.compile(r"(?<!\w)forbidden(?!\w)")


class Pattern:
    """A detector of one pattern that spans at most 24 characters with spaces, or one word of at most 64."""

    slow = False
    context = 1_024

    def __init__(self, fact: str, pattern: re.Pattern[str]) -> None:
        self.fact = fact
        self._pattern = pattern
        self.windows: list[int] = []

    def measure(self, reading: Reading) -> tuple[Finding, ...]:
        self.windows += [len(text.text) for text in reading.texts]
        return tuple(
            Finding(text.part, text.start + found.start(), text.start + found.end(), self.fact)
            for text in reading.texts
            for found in self._pattern.finditer(text.text)
        )

    def settled(self, text: str) -> int:
        return settled_words(text, 24, 64)


class Broken(Pattern):
    def measure(self, reading: Reading) -> tuple[Finding, ...]:
        raise RuntimeError("out of order")


def _redacting(fact: str) -> Control:
    def decide(subject: object, facts: Facts, settings: object) -> Verdict:
        found: Any = facts[fact]
        return Redact(masks(found), f"{fact} masked") if found else ALLOW

    return Control(f"PSF-9.{fact}", fact, (Stand(Point.RESPONSE, decide, lambda _: frozenset({fact})),))


def _blocking(fact: str) -> Control:
    def decide(subject: object, facts: Facts, settings: object) -> Verdict:
        return Block(f"{fact} found", Code.BLOCKED) if facts[fact] else ALLOW

    return Control(f"PSF-9.{fact}", fact, (Stand(Point.RESPONSE, decide, lambda _: frozenset({fact})),))


CONTROLS = (_redacting("card"), _redacting("address"), _blocking("forbidden"))


def _detectors() -> tuple[Pattern, ...]:
    return Pattern("card", CARD), Pattern("address", ADDRESS), Pattern("forbidden", FORBIDDEN)


def _configured(mode: Mode = Mode.ENFORCE) -> tuple[Configured, ...]:
    return tuple(asked for control in CONTROLS for asked in configure(control, mode, NoSettings()))


def _guard(
    whole: bool = False, mode: Mode = Mode.ENFORCE, detectors: Sequence[Any] = (), stand_ins: Any = None
) -> Guard:
    watch = Watch(_configured(mode), tuple(detectors) or _detectors(), 5.0, mode is Mode.ENFORCE, whole)
    return Guard(watch, Measuring(), CALL, stand_ins)


def _event(part: str, text: str) -> tuple[bytes, Heard]:
    document = {"part": part, "delta": text, "logprobs": [text]}
    heard = Heard(document)
    heard.hear(part, "delta", text)
    return event_of("", json.dumps(document).encode()), heard


def _text(events: Sequence[bytes], part: str = "content") -> str:
    documents = [json.loads(data_of(event)) for event in events]
    return "".join(document["delta"] for document in documents if document["part"] == part)


async def _play(guard: Guard, pieces: Sequence[tuple[str, str]]) -> tuple[list[bytes], bool]:
    """Feed pieces one by one; what left, and whether it was stopped."""
    left: list[bytes] = []
    for part, text in pieces:
        guard.take(*_event(part, text), edit_event)
        if await guard.settle(complete=False):
            return left, True
        left += guard.release()
    stopped = await guard.settle(complete=True)
    return left + ([] if stopped else guard.release()), stopped


def _on_the_whole(text: str) -> tuple[str, int]:
    """The reference: what is found in the whole text, replaced; and where something forbidden begins.

    Characters are marked one by one, and every run that some finding covers becomes the name of its longest.
    """
    found = [(match, "card") for match in CARD.finditer(text)] + [
        (match, "address") for match in ADDRESS.finditer(text)
    ]
    joined = [any(match.start() < at < match.end() for match, _ in found) for at in range(len(text) + 1)]
    told, at = [], 0
    while at < len(text):
        end = at + 1
        while joined[end]:
            end += 1
        inside = [(m.end() - m.start(), -m.start(), kind) for m, kind in found if at <= m.start() and m.end() <= end]
        told.append(f"[{max(inside)[2]}]" if inside else text[at:end])
        at = end
    stop = FORBIDDEN.search(text)
    return "".join(told), -1 if stop is None else stop.start()


FRAGMENTS = st.sampled_from(
    (
        *("4111 1111 1111 1111", "1234 5678", "a@b.example", "someone.with.a.long.name@example.org", "forbidden"),
        *("forbid", " ", "\n", "plain words go on ", "x" * 70, "12", "@", "é", "😀", "0000 0000", "un", "ding", ", "),
    )
)
TEXTS = st.lists(FRAGMENTS, max_size=40).map("".join)


def _cut(text: str, cuts: Sequence[int]) -> list[tuple[str, str]]:
    bounds = [0, *sorted({cut % (len(text) + 1) for cut in cuts}), len(text)]
    return [("content", text[start:end]) for start, end in itertools.pairwise(bounds) if start < end]


CUTS = st.lists(st.integers(0, 4_000), max_size=60)


@settings(max_examples=600, deadline=None)
@given(TEXTS, CUTS, st.booleans())
async def test_any_cutting_gives_what_the_whole_gives(text: str, cuts: list[int], whole: bool) -> None:
    edited, stop = _on_the_whole(text)
    left, stopped = await _play(_guard(whole), _cut(text, cuts))
    assert stopped == (stop >= 0)
    if not stopped:
        assert _text(left) == edited
        return
    before, _ = _on_the_whole(text[:stop])
    sent = _text(left)
    assert "forbidden" not in sent or "forbidden" in before
    assert edited.startswith(sent), "what left before the stop is the beginning of the decided text"
    assert not (whole and sent)


@settings(max_examples=200, deadline=None)
@given(TEXTS.filter(lambda text: not FORBIDDEN.search(text)), CUTS, st.booleans())
async def test_arguments_in_json_are_decided_as_their_reader_sees_them(text: str, cuts: list[int], ascii: bool) -> None:
    raw = json.dumps({"say": text, "n": 1}, ensure_ascii=ascii).replace("@", "\\u0040")
    left, stopped = await _play(_guard(), [("call.arguments", piece) for _, piece in _cut(raw, cuts)])
    assert not stopped
    before, after = '{"say": "', '", "n": 1}'
    edited, _ = _on_the_whole(f"{before}{text}{after}")
    told = json.loads(_text(left, "call.arguments"))
    assert set(told) == {"say", "n"}
    # Where two findings overlap, the longer one names the place; an escape makes it longer on the wire.
    assert _unnamed(told["say"]) == _unnamed(edited[len(before) : -len(after)])


def _unnamed(text: str) -> str:
    return text.replace("[card]", "[]").replace("[address]", "[]")


async def test_a_number_in_arguments_becomes_a_string() -> None:
    raw = '{"a": 4111 1111, "b": "x"}'
    left, _ = await _play(_guard(), [("call.arguments", raw[:9]), ("call.arguments", raw[9:])])
    assert json.loads(_text(left, "call.arguments")) == {"a": "[card]", "b": "x"}


async def test_text_leaves_as_soon_as_nothing_can_change_it() -> None:
    guard = _guard()
    text = "plain words go on and on, " * 20
    left = []
    for start in range(0, len(text), 8):
        guard.take(*_event("content", text[start : start + 8]), edit_event)
        assert not await guard.settle(complete=False)
        left += guard.release()
        assert start + 8 - len(_text(left)) <= 24 + 96 + 8 + 8, "look-back, stride, a word, an event"
    assert len(_text(left)) > 400


async def test_windows_stay_small_however_long_the_answer() -> None:
    detectors = _detectors()
    await _play(_guard(detectors=detectors), [("content", "words and words ")] * 2_000)
    assert max(detectors[0].windows) < 1_400


async def test_what_is_decided_is_not_looked_at_again() -> None:
    guard = _guard()
    for number in range(200):
        event, heard = _event("content", f"words {number} ")
        heard.take({"citations": [f"see page {number}"]}, "", "")
        heard.document["citations"] = [f"see page {number}"]
        guard.take(event, heard, edit_event)
        assert not await guard.settle(complete=False)
        guard.release()
        assert len(guard._open) <= 1
    assert len(guard.texts()) == 201


async def test_an_event_without_edits_keeps_its_bytes_and_one_with_edits_loses_its_logprobs() -> None:
    guard = _guard()
    plain, _ = _event("content", "hello there ")
    left, _ = await _play(guard, [("content", "hello there "), ("content", "a@b.example"), ("content", " bye")])
    assert left[0] == plain
    assert json.loads(data_of(left[1])) == {"part": "content", "delta": "[address]", "logprobs": []}


async def test_parts_are_decided_apart_and_keep_their_order() -> None:
    guard = _guard()
    pieces = [("one", "4111 1111 "), ("two", "a@b.ex"), ("one", "1111 1111"), ("two", "ample")]
    left, stopped = await _play(guard, pieces)
    assert not stopped
    assert (_text(left, "one"), _text(left, "two")) == ("[card]", "[address]")
    assert [json.loads(data_of(event))["part"] for event in left] == [part for part, _ in pieces]


async def test_a_part_that_is_complete_leaves_at_once_and_what_reaches_back_into_it_is_stopped() -> None:
    guard = _guard()
    event, heard = _event("content", "card 4111 1111")
    heard.closed.append("content")
    guard.take(event, heard, edit_event)
    assert not await guard.settle(complete=False)
    assert _text(guard.release()) == "card [card]"
    guard.take(*_event("content", " 1111 1111"), edit_event)
    assert await guard.settle(complete=True), "half of the number is out already"
    assert {decision.record.code for decision in guard.decisions} >= {"cannot_decide"}


async def test_a_repetition_of_a_part_gets_the_same_edits() -> None:
    guard = _guard()
    for piece in ("write to a@b.ex", "ample now"):
        guard.take(*_event("content", piece), edit_event)
    heard = Heard({"done": {"text": "write to a@b.example now"}}, closed=["content"])
    heard.take(heard.document, "", "")
    guard.take(event_of("done", json.dumps(heard.document).encode()), heard, edit_event)
    assert not await guard.settle(complete=True)
    last = guard.release()[-1]
    assert last.startswith(b"event: done\n")
    assert json.loads(data_of(last)) == {"done": {"text": "write to [address] now"}}


@pytest.mark.parametrize("complete", [False, True])
async def test_a_detector_that_fails_stops_the_answer(complete: bool) -> None:
    guard = _guard(detectors=(Broken("card", CARD), *_detectors()[1:]))
    guard.take(*_event("content", "nothing to see here " * 10), edit_event)
    assert await guard.settle(complete)
    (decision,) = [d for d in guard.decisions if d.record.criterion == "PSF-9.card"]
    assert (decision.record.outcome, decision.record.code) == ("block", "cannot_decide")


async def test_observing_delays_and_changes_nothing() -> None:
    guard = _guard(mode=Mode.OBSERVE)
    event, heard = _event("content", "a@b.example forbidden")
    guard.take(event, heard, edit_event)
    assert not await guard.settle(complete=False)
    assert guard.release() == [event]
    assert not await guard.settle(complete=True)
    assert {d.record.criterion: d.record.outcome for d in guard.decisions} == {
        "PSF-9.card": "allow",
        "PSF-9.address": "redact",
        "PSF-9.forbidden": "block",
    }


async def test_an_answer_that_says_nothing_is_decided_on_too() -> None:
    guard = _guard()
    assert not await guard.settle(complete=True)
    assert [d.record.outcome for d in guard.decisions] == ["allow"] * 3


def _tokens() -> tuple[Pseudonyms, str]:
    made = Pseudonyms(lambda *parts: "ab" * 32, ("t", "w"), "s")
    text = Passage("messages.0.content", "user", "I am a@b.example")
    found = {"personal_data": (Finding("messages.0.content", 5, 16, "email"),)}
    (token,) = made.measure_found(Reading((text,), CALL), found)  # type: ignore[arg-type]  # facts hold any object
    return made, token.text


def _restoring(subject: object, facts: Facts, settings: object) -> Verdict:
    found: Any = facts["pseudonyms"]
    return Redact(tuple(Edit(p.part, p.start, p.end, p.text) for p in found), "restored") if found else ALLOW


@given(st.lists(st.integers(1, 7), min_size=30, max_size=60), st.sampled_from(["", "[", "[EMAIL_", "] [x"]))
async def test_a_token_cut_anywhere_becomes_the_data_again(sizes: list[int], noise: str) -> None:
    stand_ins, token = _tokens()
    control = Control("PSF-9.r", "r", (Stand(Point.RESPONSE, _restoring, lambda _: frozenset({"pseudonyms"})),))
    watch = Watch(configure(control, Mode.ENFORCE, NoSettings()), (), 5.0, True, False)
    text, pieces = f"{noise}Dear {token}, we wrote to {token}{noise}", []
    rest = text
    for size in sizes:
        pieces.append(("content", rest[:size]))
        rest = rest[size:]
    pieces = [piece for piece in [*pieces, ("content", rest)] if piece[1]]
    left, stopped = await _play(Guard(watch, Measuring(), CALL, stand_ins), pieces)
    assert not stopped
    assert _text(left) == text.replace(token, "a@b.example")
