from __future__ import annotations

import json
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.policy.core.events import Closed, JournalEvent, Raised
from prodworthy.record.journal import frames as module
from prodworthy.record.journal.frames import (
    HEADER,
    Rest,
    Unknown,
    append_frame,
    decode_event,
    encode_event,
    read_frames,
)
from tests.record.journal.samples import GOLDEN

GOLDEN_FILE = Path(__file__).parent / "golden" / "frames.json"


def framed(*events: JournalEvent) -> bytes:
    buffer = bytearray()
    for number, event in enumerate(events, start=1):
        append_frame(buffer, number, event)
    return bytes(buffer)


def raw_frame(payload: bytes) -> bytes:
    length = len(payload).to_bytes(4, "little")
    return length + zlib.crc32(payload, zlib.crc32(length)).to_bytes(4, "little") + payload


WHOLE = framed(*GOLDEN.values())
ENDS = [frame.end for frame in read_frames(WHOLE)[0]]


def test_there_is_a_golden_frame_for_every_kind_of_event() -> None:
    kinds = {kind.__name__ for kind in JournalEvent.__args__}
    assert {name.split()[0] for name in GOLDEN} == kinds
    assert set(json.loads(GOLDEN_FILE.read_text())) == set(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_bytes_of_an_event_never_change(name: str) -> None:
    golden = bytes.fromhex(json.loads(GOLDEN_FILE.read_text())[name])
    assert framed(GOLDEN[name]) == golden
    (frame,), rest = read_frames(golden)
    assert (frame.sequence, frame.event, frame.end, rest) == (1, GOLDEN[name], len(golden), Rest.NONE)
    assert decode_event(frame.body) == GOLDEN[name]
    assert frame.body == encode_event(GOLDEN[name])


def test_frames_follow_each_other() -> None:
    found, rest = read_frames(WHOLE)
    assert [frame.event for frame in found] == list(GOLDEN.values())
    assert [frame.sequence for frame in found] == list(range(1, len(GOLDEN) + 1))
    assert rest is Rest.NONE
    some, rest = read_frames(WHOLE, ENDS[2], most=2)
    assert [frame.sequence for frame in some] == [4, 5]
    assert rest is Rest.NONE


@given(st.integers(0, len(WHOLE)))
def test_any_cut_gives_the_whole_frames_before_it(cut: int) -> None:
    found, rest = read_frames(WHOLE[:cut])
    assert [frame.end for frame in found] == [end for end in ENDS if end <= cut]
    assert rest is (Rest.NONE if cut in {0, *ENDS} else Rest.PARTIAL)


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_any_flipped_byte_gives_no_wrong_frame(at: int, flip: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[at] ^= flip
    found, rest = read_frames(bytes(damaged))
    whole = [end for end in ENDS if end <= at]
    assert [(frame.end, frame.event) for frame in found] == list(zip(whole, GOLDEN.values(), strict=False))
    assert rest is not Rest.NONE


@given(st.binary(max_size=2000))
def test_noise_is_no_frame(noise: bytes) -> None:
    found, rest = read_frames(noise)
    assert found == []
    assert (rest is Rest.NONE) == (noise == b"")


@given(st.integers(1, 100))
def test_a_hole_of_zeros_is_no_frame(size: int) -> None:
    found, rest = read_frames(WHOLE + bytes(size))
    assert len(found) == len(ENDS)
    assert rest is (Rest.PARTIAL if size < HEADER.size else Rest.CORRUPT)


def test_an_event_of_a_newer_version_is_kept_as_it_is() -> None:
    newer = {"type": "Transmogrified", "tenant": "acme", "at": 5, "exchange": "x", "more": [1, 2]}
    (frame,), rest = read_frames(raw_frame(msgspec.msgpack.encode((1, newer))))
    assert frame.event == Unknown("Transmogrified", "acme", 5, exchange="x")
    assert msgspec.msgpack.decode(frame.body) == newer
    assert rest is Rest.NONE


@pytest.mark.parametrize("payload", [b"\xc0", msgspec.msgpack.encode((1, 2)), msgspec.msgpack.encode(("a", {}))])
def test_a_sound_frame_that_holds_no_event_is_corrupt(payload: bytes) -> None:
    assert read_frames(raw_frame(payload)) == ([], Rest.CORRUPT)


def test_what_cannot_be_encoded_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = bytearray(WHOLE)
    monkeypatch.setattr(module, "MOST_FRAME_BYTES", 1000)
    wrong: list[JournalEvent] = [Closed("\ud800", 1), Closed("", 2**70), Raised("", "", 1, "c", "x" * 2000)]
    for event in wrong:
        with pytest.raises(ValueError, match="cannot be recorded"):
            append_frame(buffer, 9, event)
        assert buffer == WHOLE
    append_frame(buffer, 9, Closed("", 1))
    assert read_frames(bytes(buffer))[0][-1].event == Closed("", 1)
