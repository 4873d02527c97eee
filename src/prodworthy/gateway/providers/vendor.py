"""A vendor as this gateway reaches it: its API, its address, and its key, attached at the last moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from prodworthy.gateway.providers.transport import Outgoing, Transport

_PASSED = frozenset(
    {
        b"content-type",
        b"accept",
        b"anthropic-version",
        b"anthropic-beta",
        b"openai-beta",
        b"idempotency-key",
        b"inference-header-content-length",
        b"traceparent",
        b"tracestate",
    }
)
"""The only request headers that travel on: nothing that identifies the caller, no key of ours."""

_DROPPED = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"transfer-encoding",
        b"content-length",
        b"content-encoding",
        b"te",
        b"trailer",
        b"upgrade",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"set-cookie",
        b"server",
        b"date",
        b"alt-svc",
        b"strict-transport-security",
    }
)
"""Answer headers that belong to the vendor's own connection (RFC 9110 section 7.6.1) or its own host."""

_OTHERS = (b"x-prodworthy-", b"access-control-")
"""Beginnings of answer headers that only this gateway may speak with, about itself and its own origin."""

Credential = Callable[[], str]
"""Gives the vendor's key at the moment of use, "" where the vendor asks for none. May raise OSError."""


class Vendor(msgspec.Struct, frozen=True):
    """One vendor of the gateway's configuration. `api`: openai, anthropic, open-inference or mlflow.

    `prefix` is the path before the API's own routes; `ask_usage` whether streams are asked for their token counts.
    """

    name: str
    api: str
    prefix: str
    transport: Transport
    credential: Credential
    ask_usage: bool = True

    def request(self, method: str, target: str, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Outgoing:
        """The request as it goes out, with the vendor's key."""
        passed = [(name, value) for name, value in headers if name in _PASSED]
        passed.extend(self._authority(passed))
        return Outgoing(method, self.prefix + target, tuple(passed), body)

    def _authority(self, passed: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        key = self.credential()
        if self.api != "anthropic":
            return [(b"authorization", b"Bearer " + key.encode())] if key else []
        own = [(b"x-api-key", key.encode())] if key else []
        if not any(name == b"anthropic-version" for name, _ in passed):
            own.append((b"anthropic-version", b"2023-06-01"))
        return own


def passed_back(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The vendor's answer headers that the caller sees; nothing may pose as the gateway's own."""
    return [(name, value) for name, value in headers if name not in _DROPPED and not name.startswith(_OTHERS)]
