"""The same connections over TLS: who is trusted, and that the promises hold there too, on both event loops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from prodworthy.gateway.providers.connect import transport_for
from prodworthy.gateway.providers.transport import (
    Deadlines,
    Transport,
    VendorReset,
    VendorTimeout,
    VendorUnreachable,
)
from tests.gateway.providers import certificates
from tests.gateway.providers.raw_vendor import (
    AMPLE,
    HELLO,
    Peer,
    RawVendor,
    Script,
    answering,
    ask,
    rest,
    run,
    until,
    vendor,
)

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Pki:
    def __init__(self, folder: Path) -> None:
        self.ca, self.server = certificates.make(folder, ["h2", "http/1.1"])

    @asynccontextmanager
    async def talking(self, script: Script, name: str = "localhost") -> AsyncIterator[tuple[Transport, RawVendor]]:
        async with vendor(script, self.server) as raw:
            transport = transport_for(f"https://{name}:{raw.port}", ca=self.ca)
            try:
                yield transport, raw
            finally:
                await transport.aclose()


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(params=["uvloop", "asyncio"])
def loop(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_answers_over_one_connection_that_is_kept(pki: Pki, loop: str) -> None:
    async def main() -> None:
        async with pki.talking(answering(HEAD, b"3\r\none\r\n", b"3\r\ntwo\r\n0\r\n\r\n")) as (transport, raw):
            for _ in range(20):
                answer = await transport.send(ask(), AMPLE)
                assert await rest(answer) == b"onetwo"
                answer.close()
            assert raw.accepted == 1

    run(main(), loop)


def test_a_large_body_and_a_large_answer(pki: Pki, loop: str) -> None:
    big = bytes(range(256)) * 16384
    seen = []

    async def script(peer: Peer) -> None:
        seen.append(await peer.request())
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(big), big)
        await peer.gone()

    async def main() -> None:
        async with pki.talking(script) as (transport, _):
            assert await rest(await transport.send(ask(body=big), AMPLE)) == big
            assert seen[0].endswith(big)

    run(main(), loop)


@pytest.mark.parametrize("parts", [(), (HEAD,), (HEAD, b"2\r\nhi\r\n")])
def test_the_vendor_sees_at_once_that_nobody_waits_any_more(pki: Pki, parts: tuple[bytes, ...], loop: str) -> None:
    ready = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(*parts)
        ready.set()
        await peer.gone()

    async def main() -> None:
        async with pki.talking(script) as (transport, raw):

            async def whole() -> bytes:
                return await rest(await transport.send(ask(), AMPLE))

            task = asyncio.ensure_future(whole())
            await ready.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: raw.open == 0)

    run(main(), loop)


def test_an_answer_that_is_cut_off(pki: Pki, loop: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD, b"2\r\nhi\r\n")

    async def main() -> None:
        async with pki.talking(script) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            assert await answer.read() == b"hi"
            with pytest.raises(VendorReset):
                await answer.read()

    run(main(), loop)


def test_only_the_named_vendor_with_a_certificate_of_the_authority_is_trusted(
    pki: Pki, loop: str, tmp_path: Path
) -> None:
    other = Pki(tmp_path)

    async def main() -> None:
        async with vendor(answering(HELLO), pki.server) as raw:
            wrong_ca = transport_for(f"https://localhost:{raw.port}", ca=other.ca)
            public_roots = transport_for(f"https://localhost:{raw.port}")
            wrong_name = transport_for(f"https://127.0.0.2:{raw.port}", ca=pki.ca)
            for transport in (wrong_ca, public_roots, wrong_name):
                with pytest.raises(VendorUnreachable):
                    await transport.send(ask(), AMPLE)
                await transport.aclose()

    run(main(), loop)


def test_a_handshake_that_never_ends_is_a_connect_timeout(pki: Pki, loop: str) -> None:
    async def main() -> None:
        async with vendor(answering(HELLO)) as raw:  # accepts, and never speaks TLS
            transport = transport_for(f"https://localhost:{raw.port}", ca=pki.ca)
            with pytest.raises(VendorTimeout, match="connect"):
                await transport.send(ask(), Deadlines(connect=0.1))
            await until(lambda: raw.open == 0)
            await transport.aclose()

    run(main(), loop)
