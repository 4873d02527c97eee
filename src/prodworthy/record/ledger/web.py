"""One bounded question over HTTPS, or over plain HTTP to this machine: what witnesses and authorities are asked by.

Never on the request path. Follows no redirect, asks no proxy, reads no environment, and takes a limited time and a
limited answer.
"""

from __future__ import annotations

import http.client
import ipaddress
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from prodworthy.record.ledger.faults import Malformed, Unreachable

LARGEST_ANSWER = 1 << 20
LONGEST_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, media type in lower case without its parameters, body."""

    status: int
    media_type: str
    body: bytes


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def post(url: str, body: bytes, media_type: str, timeout: float = 10.0) -> Answer:
    """Send `body` and return the answer, whatever its status. `timeout` is in seconds, for each wait on the network.

    Raises:
        Malformed: the address is not https, nor http on this machine.
        Unreachable: no answer, not in time, or one that is too large.
    """
    check_url(url)
    if not 0 < timeout <= LONGEST_WAIT_S:
        raise Malformed(f"a time-out is more than 0 and at most {LONGEST_WAIT_S:.0f} seconds")
    request = urllib.request.Request(url, body, {"Content-Type": media_type}, method="POST")  # noqa: S310  # the address was checked
    host = urllib.parse.urlsplit(url).hostname
    try:
        try:
            answer = _OPENER.open(request, timeout=timeout)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            found = answer.read(LARGEST_ANSWER + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(
            f"{host} did not answer: {type(error).__name__}; it is asked again with the next checkpoint"
        ) from error
    if len(found) > LARGEST_ANSWER:
        raise Unreachable(f"{host} gave an answer of more than {LARGEST_ANSWER:,} bytes")
    return Answer(answer.status, answer.headers.get_content_type(), found)


def check_url(url: str) -> None:
    """Raises Malformed unless `url` is https, or http to this machine, and carries no user or fragment."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Malformed("this is no address of a web server") from error
    if (
        not host
        or "@" in parts.netloc
        or parts.fragment
        or any(character <= " " or character > "~" for character in url)
    ):
        raise Malformed("an address is https://host/path, without a user and without a fragment")
    if parts.scheme != "https" and not (parts.scheme == "http" and _loopback(host)):
        raise Malformed("an address is https; plain http is for this machine only")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
