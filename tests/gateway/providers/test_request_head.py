"""The head that leaves: exact bytes, nothing of another hop, nothing that could begin a second request."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.providers.request_head import RequestHead, end_to_end
from prodworthy.gateway.providers.transport import Outgoing


def write(outgoing: Outgoing) -> bytes:
    return RequestHead("vendor.test:8080").write(outgoing)


def test_the_head_is_these_bytes() -> None:
    outgoing = Outgoing("POST", "/v1/x?y=1", ((b"Authorization", b"Bearer k"), (b"x-a", b"")), b"12345")
    assert write(outgoing) == (
        b"POST /v1/x?y=1 HTTP/1.1\r\nhost: vendor.test:8080\r\naccept-encoding: identity\r\n"
        b"Authorization: Bearer k\r\nx-a: \r\ncontent-length: 5\r\n\r\n"
    )


@pytest.mark.parametrize("method, stated", [("GET", False), ("HEAD", False), ("POST", True), ("DELETE", True)])
def test_an_empty_body_has_a_length_where_the_method_expects_one(method: str, stated: bool) -> None:
    assert (b"content-length: 0\r\n" in write(Outgoing(method, "/", (), b""))) is stated


def test_fields_of_one_hop_stay_here() -> None:
    hop = (
        (b"Connection", b"close, X-Private"),
        (b"x-private", b"1"),
        (b"Keep-Alive", b"5"),
        (b"Transfer-Encoding", b"chunked"),
        (b"TE", b"trailers"),
        (b"Host", b"other"),
        (b"Content-Length", b"99"),
        (b"Accept-Encoding", b"gzip"),
        (b"Expect", b"100-continue"),
        (b"Upgrade", b"h2c"),
        (b"Proxy-Authorization", b"secret"),
    )
    kept = (b"x-public", b"2")
    assert end_to_end((*hop, kept)) == (kept,)
    for headers in ((*hop, kept), (kept, *hop), (*hop[4:], kept)):
        assert write(Outgoing("POST", "/", headers, b"")) == (
            b"POST / HTTP/1.1\r\nhost: vendor.test:8080\r\naccept-encoding: identity\r\n"
            b"x-public: 2\r\ncontent-length: 0\r\n\r\n"
        )


@pytest.mark.parametrize(
    "outgoing",
    [
        Outgoing("POST", "/", ((b"a", b"1\r\nb: 2"),), b""),
        Outgoing("POST", "/", ((b"a", b"1\nb: 2"),), b""),
        Outgoing("POST", "/", ((b"a", b"1\rb"),), b""),
        Outgoing("POST", "/", ((b"a", b"1\0"),), b""),
        Outgoing("POST", "/", ((b"a b", b"1"),), b""),
        Outgoing("POST", "/", ((b"a\r\nb", b"1"),), b""),
        Outgoing("POST", "/", ((b"", b"1"),), b""),
        Outgoing("POST", "/", ((b"a:", b"1"),), b""),
        Outgoing("POST / HTTP/1.1\r\n", "/", (), b""),
        Outgoing("post", "/", (), b""),
        Outgoing("POST", "/a b", (), b""),
        Outgoing("POST", "/a\r\nb: c", (), b""),
        Outgoing("POST", "v1/chat", (), b""),
        Outgoing("POST", "/\u00e9", (), b""),
    ],
)
def test_what_cannot_stand_in_a_head_is_refused_without_being_quoted(outgoing: Outgoing) -> None:
    with pytest.raises(ValueError, match=r"^(a header|the method|the target)[a-zA-Z ]+$"):
        write(outgoing)


def test_what_is_kept_is_bounded() -> None:
    head = RequestHead("vendor.test")
    for number in range(3000):
        head.write(Outgoing("GET", f"/{number}", ((b"x-%d" % number, b"1"),), b""))
    assert len(head._routes) <= 1024
    assert len(head._names) <= 1024


@given(st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=8)), max_size=6))
def test_any_head_has_only_its_own_lines(headers: list[tuple[bytes, bytes]]) -> None:
    try:
        head = write(Outgoing("POST", "/", tuple(headers), b""))
    except ValueError:
        return
    lines = head.split(b"\r\n")
    kept = end_to_end(tuple(headers))
    assert lines[3:] == [*(name + b": " + value for name, value in kept), b"content-length: 0", b"", b""]
