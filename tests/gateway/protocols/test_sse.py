import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.protocols.sse import MAX_EVENT, EventTooLarge, Splitter, bare, data_of, event_of

_PIECES = st.sampled_from(
    [
        b"data: {}",
        b"data: [DONE]",
        b"event: ping",
        b": comment",
        b"data:",
        b"x",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\r\n\r\n",
    ]
)
_STREAMS = st.lists(_PIECES, max_size=40).map(b"".join)


def _split(stream: bytes, cuts: list[int]) -> tuple[list[bytes], bytes]:
    splitter = Splitter()
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    events = []
    for start, end in itertools.pairwise(places):
        events += splitter.feed(stream[start:end])
    return events, splitter.rest()


@given(_STREAMS, st.lists(st.integers(min_value=0), max_size=20))
def test_any_chunking_gives_the_same_events_and_keeps_every_byte(stream: bytes, cuts: list[int]) -> None:
    events, rest = _split(stream, cuts)
    assert b"".join(events) + rest == stream
    assert (events, rest) == _split(stream, [])
    assert (events, rest) == _split(stream, list(range(len(stream))))


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r", b"\n\r\n", b"\r\n\n"])
def test_every_kind_of_blank_line_ends_an_event(end: bytes) -> None:
    stream = b"data: a" + end + b"data: b" + end
    for cuts in ([], list(range(len(stream)))):
        assert _split(stream, cuts) == ([b"data: a" + end, b"data: b" + end], b"")


def _spec_data(event: bytes) -> bytes:
    """The data of one event, line by line, as the specification has it."""
    lines = event.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = []
    for line in lines:
        field, colon, value = line.partition(":")
        if field == "data" and colon:
            found.append(value[1:] if value.startswith(" ") else value)
    return "\n".join(found).encode("latin-1")


@given(_STREAMS)
def test_data_is_read_as_the_specification_has_it(stream: bytes) -> None:
    for event in _split(stream, [])[0]:
        assert data_of(event) == _spec_data(event)


@pytest.mark.parametrize(
    "event, data",
    [
        (b'data: {"a":1}\n\n', b'{"a":1}'),
        (b'event: message_stop\ndata: {"a":1}\n\n', b'{"a":1}'),
        (b'event: x\r\ndata: {"a":1}\r\n\r\n', b'{"a":1}'),
        (b"data: one\ndata: two\n\n", b"one\ntwo"),
        (b"data:tight\n\n", b"tight"),
        (b"\xef\xbb\xbfdata: after a byte order mark\n\n", b"after a byte order mark"),
        (b": keep-alive\n\n", b""),
        (b"event: ping\n\n", b""),
    ],
)
def test_shapes_of_data(event: bytes, data: bytes) -> None:
    assert data_of(event) == data


def test_an_event_of_ours_reads_back() -> None:
    assert data_of(event_of("error", b"{}")) == b"{}"
    assert data_of(event_of("", b"{}")) == b"{}"


def test_an_event_without_end_is_cut_off() -> None:
    splitter = Splitter()
    splitter.feed(b"x" * MAX_EVENT)
    with pytest.raises(EventTooLarge):
        splitter.feed(b"x")
    with pytest.raises(EventTooLarge):
        Splitter().feed(b"x" * MAX_EVENT + b"\n\n")


def _seconds(stream: bytes, size: int) -> float:
    splitter = Splitter()
    begun = time.process_time()
    for start in range(0, len(stream), size):
        splitter.feed(stream[start : start + size])
    return time.process_time() - begun


@pytest.mark.parametrize("piece", [b"\n\n", b"\r\n\r\n", b"\n", b"\r", b"data: x\n\n", b"x"])
def test_the_time_grows_with_the_bytes_and_not_with_their_square(piece: bytes) -> None:
    # Quadratic work takes minutes at this size; the bound leaves room for a slow machine.
    stream = piece * (1_000_000 // len(piece))
    assert _seconds(stream, len(stream)) < 5.0
    assert _seconds(stream, 1_000) < 5.0


@pytest.mark.parametrize(
    "event, left",
    [
        (b"data: {}\n\n", b"data: {}\n\n"),
        (b"event: a.b\ndata: {}\n\n", b"event: a.b\ndata: {}\n\n"),
        (b": words\n\n", b":\n\n"),
        (b"event: a\n\n", b":\n\n"),
        (b": words\nevent: a\nid: 7\ndata: {}\nwords\n\n", b"event: a\ndata: {}\n\n"),
        (b"data: {\r\ndata: }\r\nevent: a\r\n\r\n", b"event: a\ndata: {\ndata: }\n\n"),
        (b"event: a\nevent: b\ndata: {}\n\n", b"event: b\ndata: {}\n\n"),
        (b"event: some words\ndata: {}\n\n", b"data: {}\n\n"),
        (b"\xef\xbb\xbfretry: 9\rdata:[DONE]\r\r", b"data:[DONE]\n\n"),
    ],
)
def test_a_bare_event_is_its_name_and_its_data(event: bytes, left: bytes) -> None:
    assert bare(event) == left
    assert bare(left) == left
    assert data_of(left) == data_of(event)
