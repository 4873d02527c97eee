"""What the gateways and the broker say to each other: msgpack arrays behind a four-byte length.

A gateway sends Hello once, then Stated (what it spent without the broker), then any number of Asks without waiting. The
broker answers Hello with Welcome, and each Asks with one Answers of the same length, in order. Nothing answers Stated.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

MAX_FRAME = 1 << 20
MAX_ITEMS = 1_000
_Key = Annotated[str, Meta(min_length=1, max_length=512)]
_Count = Annotated[int, Meta(ge=0, lt=1 << 53)]
_Signed = Annotated[int, Meta(gt=-(1 << 53), lt=1 << 53)]
_Positive = Annotated[int, Meta(ge=1, lt=1 << 60)]
_Time = Annotated[int, Meta(ge=0, le=1 << 62)]


class Ask(Struct, array_like=True, frozen=True, gc=False):
    """A request for cells under one key, with the account of what became of the last ones.

    span: emission interval of a rate, or length of a budget's window (ns). bound: burst, or budget. start: start of the
    budget's window as the gateway knows it (ns since 1970), 0 for a rate. need: spent at once when granted, all or
    nothing. extra: wanted besides, to spend later. spent: leased cells spent since the last report (rates only;
    negative when cells granted as `need` were put back). back: leased cells given back; negative is a debt (budgets).
    """

    key: _Key
    budget: bool
    span: _Positive
    bound: _Count
    start: _Time
    need: _Count
    extra: _Count
    spent: _Signed
    back: _Signed


class Statement(Struct, array_like=True, frozen=True, gc=False):
    """What a gateway spent under one key: since it lost the broker (rates), or in this window (budgets)."""

    key: _Key
    budget: bool
    span: _Positive
    bound: _Count
    start: _Time
    amount: _Count


class Answer(Struct, array_like=True, frozen=True, gc=False):
    """granted: need + extra given, 0 when refused. wait: ns until it is worth asking again. room: what is left for all.
    start: start of the window that this counts in (ns since 1970), 0 for a rate."""

    granted: int
    wait: int
    room: int
    start: int


class Hello(Struct, array_like=True, tag=1, frozen=True):
    """Who connects, and the epoch of the broker that it spoke to last (0: none)."""

    lessee: _Time
    epoch: _Time


class Stated(Struct, array_like=True, tag=2, frozen=True):
    """What was spent without the broker, after a Hello."""

    statements: Annotated[list[Statement], Meta(max_length=MAX_ITEMS)]


class Asks(Struct, array_like=True, tag=3, frozen=True):
    """Asks and reports; one Answers comes back."""

    asks: Annotated[list[Ask], Meta(max_length=MAX_ITEMS)]


class Welcome(Struct, array_like=True, tag=1, frozen=True):
    """epoch: which life of the broker this is."""

    epoch: int


class Answers(Struct, array_like=True, tag=2, frozen=True):
    """One answer for each ask of a frame, in order."""

    answers: Annotated[list[Answer], Meta(max_length=MAX_ITEMS)]


class WireError(ValueError):
    """The peer sent a frame that is too long or is not of this protocol."""


_encoder = msgspec.msgpack.Encoder()
_from_gateway: msgspec.msgpack.Decoder[Hello | Stated | Asks] = msgspec.msgpack.Decoder(Hello | Stated | Asks)
_from_broker: msgspec.msgpack.Decoder[Welcome | Answers] = msgspec.msgpack.Decoder(Welcome | Answers)


def pack(frame: Hello | Stated | Asks | Welcome | Answers) -> bytes:
    """The frame as bytes, length first."""
    body = _encoder.encode(frame)
    return len(body).to_bytes(4, "big") + body


def read_gateway(body: bytes) -> Hello | Stated | Asks:
    """A frame from a gateway. Raises WireError."""
    try:
        return _from_gateway.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise WireError("not a frame of a gateway") from error


def read_broker(body: bytes) -> Welcome | Answers:
    """A frame from the broker. Raises WireError."""
    try:
        return _from_broker.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise WireError("not a frame of the broker") from error


class Frames:
    """Cuts a byte stream into frames; holds at most one unfinished frame."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies of the frames that `data` completes. Raises WireError for one above MAX_FRAME."""
        held = self._held + data if self._held else data
        bodies: list[bytes] = []
        at, end = 0, len(held)
        while end - at >= 4:
            length = int.from_bytes(held[at : at + 4], "big")
            if length > MAX_FRAME:
                raise WireError("frame too long")
            if end - at - 4 < length:
                break
            bodies.append(held[at + 4 : at + 4 + length])
            at += 4 + length
        self._held = held[at:]
        return bodies
