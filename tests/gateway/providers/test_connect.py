"""The scheme of an address chooses the transport."""

from __future__ import annotations

import ssl

import pytest

from prodworthy.gateway.providers.connect import transport_for
from prodworthy.gateway.providers.http1 import Http1Transport
from prodworthy.gateway.providers.http2 import Http2Transport
from tests.gateway.providers.raw_vendor import ask


@pytest.mark.parametrize(
    "url, host, port",
    [
        ("http://localhost", "localhost", 80),
        ("http://127.0.0.1:8080/v1", "127.0.0.1", 8080),
        ("http://[::1]:81", "::1", 81),
    ],
)
def test_in_the_clear(url: str, host: str, port: int) -> None:
    transport = transport_for(url)
    assert isinstance(transport, Http1Transport)
    assert (transport._host, transport._port) == (host, port)


@pytest.mark.parametrize(
    "url, origin",
    [
        ("https://vendor.test/v1", "https://vendor.test"),
        ("HTTPS://Vendor.test:443", "https://vendor.test"),
        ("https://[::1]:8443/", "https://[::1]:8443"),
    ],
)
def test_http2_where_it_is_asked_for(url: str, origin: str) -> None:
    transport = transport_for(url, http2=True)
    assert isinstance(transport, Http2Transport)
    assert transport._origin == origin


@pytest.mark.parametrize(
    "url, host, head",
    [
        ("https://vendor.test/v1", "vendor.test", b"host: vendor.test\r\n"),
        ("HTTPS://Vendor.test:8443", "vendor.test", b"host: vendor.test:8443\r\n"),
    ],
)
def test_over_tls(url: str, host: str, head: bytes) -> None:
    transport = transport_for(url)
    assert isinstance(transport, Http1Transport)
    assert transport._host == host
    assert head in transport._head.write(ask())
    context = transport._tls
    assert context is not None
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    with pytest.raises(ValueError, match="https"):
        transport_for("http://vendor.test", http2=True)


@pytest.mark.parametrize("url", ["", "ftp://a", "http://", "//a", "https://user:key@vendor.test", "http://a:99999"])
def test_other_addresses_are_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is looked at below
        transport_for(url)
    assert "user" not in str(raised.value).replace("user name", "")
