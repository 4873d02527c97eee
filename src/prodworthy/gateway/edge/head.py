"""What a request's head says of its path and its body, and the answer to what is no head."""

from __future__ import annotations

import httptools


def path_of(url: bytes) -> bytes:
    """The path of a target, without its query. Raises HttpParserError for one that is none."""
    if not url.isascii():
        raise httptools.HttpParserError("a target beyond ASCII")
    if url.startswith(b"/") and b"?" not in url and b"#" not in url:
        return url
    path: bytes | None = httptools.parse_url(url).path
    return path or b""


def framing_of(headers: list[tuple[bytes, bytes]]) -> tuple[bytes, bytes] | None:
    """The field that says how long the body is, None where there is no body."""
    return next((field for field in headers if field[0] in (b"content-length", b"transfer-encoding")), None)


def complaint(too_large: bool) -> bytes:
    """The answer to what is not HTTP, or to more of it than is allowed, in a form that every client can read."""
    status = b"431 Request Header Fields Too Large" if too_large else b"400 Bad Request"
    code = b"header_too_large" if too_large else b"bad_http"
    text = b"The request head is larger than allowed." if too_large else b"The request is not well-formed HTTP."
    body = b'{"error":{"message":"%s","type":"invalid_request_error","param":null,"code":"%s"}}' % (text, code)
    head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\nx-prodworthy-code: %s\r\n" % (status, code)
    return head + b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body
