"""Frames survive any cut of the stream, and nothing but a frame is taken for one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.limits.wire import (
    MAX_FRAME,
    Answer,
    Answers,
    Ask,
    Asks,
    Frames,
    Hello,
    Stated,
    Statement,
    Welcome,
    WireError,
    pack,
    read_broker,
    read_gateway,
)

TO_BROKER = (
    Hello(1, 2),
    Stated([Statement("w", True, 60, 100, 5, 7)]),
    Asks([Ask("w", False, 10, 20, 0, 1, 2, -1, 0), Ask("t", True, 60, 100, 5, 0, 0, 0, -3)]),
)
TO_GATEWAY = (Welcome(9), Answers([Answer(1, 2, 3, 4)]))


@given(cuts=st.lists(st.integers(0, 200), max_size=12))
def test_any_cut_of_the_stream_gives_the_same_frames(cuts: list[int]) -> None:
    stream = b"".join(pack(frame) for frame in TO_BROKER)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    frames = Frames()
    bodies = [body for a, b in pairwise(edges) for body in frames.feed(stream[a:b])]
    assert tuple(read_gateway(body) for body in bodies) == TO_BROKER


def test_the_broker_is_understood() -> None:
    bodies = Frames().feed(b"".join(pack(frame) for frame in TO_GATEWAY))
    assert tuple(read_broker(body) for body in bodies) == TO_GATEWAY


def test_a_frame_too_long_is_refused_before_it_is_held() -> None:
    with pytest.raises(WireError):
        Frames().feed((MAX_FRAME + 1).to_bytes(4, "big"))


@given(body=st.binary(max_size=60))
def test_rubbish_is_a_wire_error_or_a_frame(body: bytes) -> None:
    for read in (read_gateway, read_broker):
        try:
            frame = read(body)
        except WireError:
            continue
        assert isinstance(frame, Hello | Stated | Asks | Welcome | Answers)


@pytest.mark.parametrize(
    "ask",
    [
        Ask("", False, 1, 1, 0, 1, 0, 0, 0),
        Ask("k" * 513, False, 1, 1, 0, 1, 0, 0, 0),
        Ask("k", False, 0, 1, 0, 1, 0, 0, 0),
        Ask("k", False, 1, -1, 0, 1, 0, 0, 0),
        Ask("k", False, 1, 1, 0, -1, 0, 0, 0),
        Ask("k", False, 1, 1, 0, 1, -1, 0, 0),
        Ask("k", False, 1, 1, 0, 1, 0, 1 << 53, 0),
    ],
)
def test_an_ask_out_of_bounds_is_refused(ask: Ask) -> None:
    with pytest.raises(WireError):
        read_gateway(pack(Asks([ask]))[4:])
