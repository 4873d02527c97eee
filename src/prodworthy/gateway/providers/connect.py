"""Chooses how to reach a vendor by its address."""

import ssl
from urllib.parse import urlsplit

from prodworthy.gateway.providers.http1 import ORDINARY, Http1Transport, PoolLimits
from prodworthy.gateway.providers.http2 import Http2Transport
from prodworthy.gateway.providers.transport import Transport


def transport_for(url: str, limits: PoolLimits = ORDINARY, ca: bytes | None = None, http2: bool = False) -> Transport:
    """Return a transport to the origin of `url`; its path is not used.

    `ca` (PEM) is the authority to trust: over HTTP/1.1 instead of the system's, over HTTP/2 besides the public ones.
    `http2` is for a vendor that does not speak HTTP/1.1; see `http2` for what it costs. Raises ValueError where the
    address is not http:// or https:// with a host, or names a user.
    """
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("a vendor's address begins with http:// or https:// and names a host")
    if "@" in parts.netloc:
        raise ValueError("a vendor's address holds no user name or password")
    if parts.scheme == "http":
        if http2:
            raise ValueError("HTTP/2 needs an https:// address")
        return Http1Transport(host, parts.port or 80, limits)
    if http2:
        bracketed = f"[{host}]" if ":" in host else host
        return Http2Transport(bracketed if parts.port in (None, 443) else f"{bracketed}:{parts.port}", limits, ca)
    return Http1Transport(host, parts.port or 443, limits, tls_context(ca))


def tls_context(ca: bytes | None = None) -> ssl.SSLContext:
    """Return what a vendor is checked against: its name, TLS 1.2 or later, and `ca` (PEM) or the system's roots."""
    context = ssl.create_default_context(cadata=None if ca is None else ca.decode("ascii"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context
