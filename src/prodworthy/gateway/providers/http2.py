"""HTTPS to one vendor, over HTTP/2 where the vendor offers it, by pyreqwest (reqwest, hyper and rustls).

The library is used as a connection only: no redirect, proxy, cookie, decompression or repeated request. It repeats one
thing by itself, a request that the vendor declared unprocessed (HTTP/2 REFUSED_STREAM) or that found its idle
connection closed before it was sent. Its error texts quote the address, so none of them is passed on.

It costs about four times the CPU of `http1`, and up to 0.15 it goes on with a request that is cancelled before its
head arrived: the vendor sees the end only at the `whole` deadline. So this is for vendors that speak nothing else.
"""

import asyncio
import weakref
from datetime import timedelta
from typing import Final

from pyreqwest.bytes import Bytes
from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    BuilderError,
    ClientClosedError,
    ConnectError,
    ConnectTimeoutError,
    DecodeError,
    PoolTimeoutError,
    RequestError,
)
from pyreqwest.request import StreamRequest
from pyreqwest.response import Response

from prodworthy.gateway.providers.http1 import ORDINARY, PoolLimits
from prodworthy.gateway.providers.request_head import RequestHead, end_to_end
from prodworthy.gateway.providers.transport import (
    HEAD_BYTES,
    HEAD_FIELDS,
    Deadlines,
    Headers,
    Outgoing,
    Phase,
    VendorFault,
    VendorProtocolError,
    VendorReset,
    VendorTimeout,
    VendorUnreachable,
)

_CLIENTS: Final = 8  # different connect deadlines for one vendor; each has a pool of its own
_WINDOW: Final = 256 * 1024  # bytes the vendor may send ahead of the reader, per HTTP/2 stream
_NOT_HTTP: Final = ("Invalid chunk", "protocol error", "frame with invalid size", "invalid HTTP")
_BEHIND: Final = 1.0  # seconds after ours at which the library's own deadline ends what it would go on with


class Http2Answer:
    """An answer by the library; see `Incoming`."""

    def __init__(self, request: StreamRequest, response: Response, due: tuple[float, float], between: float) -> None:
        """`due`: when the first byte and the whole answer must be here, in the loop's time."""
        self.status = response.status
        self.headers = _headers(response)
        self._loop = asyncio.get_running_loop()
        self._request = request
        self._reader = response.body_reader
        self._between = between
        self._phase: Phase = "first_byte"
        self._first_due, self._whole_due = due
        self._fault: VendorFault | None = None
        self._ended = False
        self._leaving: asyncio.Task[None] | None = None
        self._reading: asyncio.Timeout | None = None
        self._expiry = self._loop.call_at(self._whole_due, self._expire)

    async def read(self) -> bytes:
        """See `Incoming.read`."""
        while not self._ended and self._fault is None:
            chunk = await self._next()
            if chunk:
                self._phase = "between_chunks"
                return chunk
        if self._fault is not None:
            raise self._fault
        return b""

    async def _next(self) -> bytes:
        """Return a chunk, or b"" where one is empty or the answer came to an end of either kind."""
        if self._reading is not None:
            raise RuntimeError("an answer has one reader at a time")
        due = self._loop.time() + self._between
        if self._phase == "first_byte":
            due = max(due, self._first_due)
        try:
            chunk = await self._chunk(due)
        except TimeoutError:
            self.fail(VendorTimeout(self._phase))
            return b""
        except RequestError as error:
            self.fail(_fault(error))
            return b""
        except asyncio.CancelledError:
            self.close()
            raise
        if chunk is None:
            self._ended = True
            self.fail(None)
            return b""
        return chunk.to_bytes()

    async def _chunk(self, due: float) -> Bytes | None:
        try:
            async with asyncio.timeout_at(due) as self._reading:
                return await self._reader.read_chunk()
        finally:
            self._reading = None

    def close(self) -> None:
        """See `Incoming.close`."""
        self.fail(None if self._ended else VendorReset("the answer was closed before its end"))

    def _expire(self) -> None:
        self.fail(VendorTimeout("whole"))

    def fail(self, fault: VendorFault | None) -> None:
        """Let the library go of the answer, once: the first fault, or the end, stays."""
        if self._leaving is not None:
            return
        self._fault = fault
        self._expiry.cancel()
        self._leaving = self._loop.create_task(self._request.__aexit__(None, None, None))
        if self._reading is not None and not self._reading.expired():
            self._reading.reschedule(self._loop.time())  # wakes the reader, who then finds the fault


class Http2Transport:
    """A `Transport` for one https:// origin."""

    def __init__(self, authority: str, limits: PoolLimits = ORDINARY, ca: bytes | None = None) -> None:
        """`authority` is host and port as in a URL; `ca` is a PEM certificate to trust besides the public roots.

        The limits hold for requests with the same connect deadline: each such deadline has a pool of its own.
        """
        self._origin = f"https://{authority}"
        self._head = RequestHead(authority)
        self._limits = limits
        self._ca = ca
        self._clients: dict[float, Client] = {}
        self._answers: weakref.WeakSet[Http2Answer] = weakref.WeakSet()
        self._closed = False

    async def send(self, outgoing: Outgoing, deadlines: Deadlines) -> Http2Answer:
        """See `Transport.send`. `first_byte` begins after at most `connect`: the library does not tell when."""
        request = self._request(outgoing, deadlines)
        started = asyncio.get_running_loop().time()
        first_due = started + deadlines.connect + deadlines.first_byte
        whole_due = started + deadlines.whole
        try:
            async with asyncio.timeout_at(min(first_due, whole_due)):
                response = await request.__aenter__()
        except (ConnectTimeoutError, PoolTimeoutError):
            raise VendorTimeout("connect") from None
        except RequestError as error:
            raise _fault(error) from None
        except TimeoutError:
            raise VendorTimeout("whole" if whole_due <= first_due else "first_byte") from None
        try:
            answer = Http2Answer(request, response, (first_due, whole_due), deadlines.between_chunks)
        except VendorProtocolError:
            await request.__aexit__(None, None, None)
            raise
        self._answers.add(answer)
        return answer

    async def aclose(self) -> None:
        """See `Transport.aclose`."""
        self._closed = True
        for answer in tuple(self._answers):
            answer.fail(VendorReset("the transport was closed before the end of the answer"))
        clients = tuple(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.close()

    def _request(self, outgoing: Outgoing, deadlines: Deadlines) -> StreamRequest:
        self._head.write(outgoing)  # the same rules for a request on either kind of connection
        if self._closed:
            raise VendorUnreachable("the transport is closed")
        client = self._clients.get(deadlines.connect) or self._client(deadlines.connect)
        try:
            builder = client.request(outgoing.method, self._origin + outgoing.target)
            headers = [(name.decode("ascii"), value.decode()) for name, value in end_to_end(outgoing.headers)]
            builder = builder.headers([*headers, ("accept-encoding", "identity")])
            if outgoing.body:
                builder = builder.body_bytes(outgoing.body)
            builder = builder.timeout(timedelta(seconds=deadlines.whole + _BEHIND))
            return builder.streamed_read_buffer_limit(0).build_streamed()
        except (BuilderError, ValueError):
            raise ValueError("the request cannot be written as HTTP") from None

    def _client(self, connect: float) -> Client:
        wait = timedelta(seconds=connect)
        builder = (
            ClientBuilder()
            .https_only(True)
            .http2(True)
            .http2_initial_stream_window_size(_WINDOW)
            .http2_initial_connection_window_size(16 * _WINDOW)
            .http2_max_header_list_size(HEAD_BYTES)
            .http1_lower_case_headers()
            .follow_redirects(False)
            .referer(False)
            .no_proxy()
            .gzip(False)
            .brotli(False)
            .zstd(False)
            .deflate(False)
            .user_agent("prodworthy")
            .max_connections(self._limits.connections)
            .pool_timeout(wait)
            .pool_idle_timeout(timedelta(seconds=self._limits.idle))
            .connect_timeout(wait)
        )
        if self._ca is not None:
            builder = builder.add_root_certificate_pem(self._ca)
        if len(self._clients) >= _CLIENTS:
            self._clients.pop(next(iter(self._clients)))  # answers under way on it go on
        client = self._clients[connect] = builder.build()
        return client


def _headers(response: Response) -> Headers:
    try:
        fields = list(response.headers.items())
    except ValueError:
        raise VendorProtocolError("the answer has a header value that is not ASCII") from None
    if len(fields) > HEAD_FIELDS or sum(len(name) + len(value) + 4 for name, value in fields) > HEAD_BYTES:
        raise VendorProtocolError("the head of the answer is too large")
    return tuple((name.lower().encode("ascii"), value.encode()) for name, value in fields)


def _fault(error: RequestError) -> VendorFault:
    """Return what an error of the library means here; only its kind and its fixed phrases are looked at."""
    causes = [cause["message"] for cause in error.details["causes"] or ()]
    if isinstance(error, ClientClosedError):
        return VendorReset("the transport was closed before the answer")
    if isinstance(error, ConnectError) and "client error (Connect)" in causes:
        return VendorUnreachable("no TLS connection to the vendor")
    if isinstance(error, DecodeError) or (causes and any(phrase in causes[-1] for phrase in _NOT_HTTP)):
        return VendorProtocolError("the answer is not HTTP, or its head is too large")
    return VendorReset("the connection ended before the answer did")
